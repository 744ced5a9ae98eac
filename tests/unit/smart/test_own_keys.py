"""Our keys: their file, their ids, what is published of them, and who may read it."""

import json
import threading

import jwt
import pytest

from fhir_handout.errors import UsageError
from fhir_handout.smart.client import ASSERTION_TYPE, Client, KeyFile, authenticated
from fhir_handout.smart.jwks import GivenKeys
from fhir_handout.smart.own_key import new_key, own_key, thumbprint
from fhir_handout.smart.own_keys import add_key, load_keys, retire_key, use_key
from fhir_handout.smart.signed_tokens import verified
from unit.smart.tokens import NOW, jwk, private_key

ALGORITHMS = ("ES384", "RS384")
PUBLIC = {
    "RS384": {"kid", "kty", "alg", "use", "n", "e"},
    "ES384": {"kid", "kty", "alg", "use", "crv", "x", "y"},
}
ENDPOINT = "https://auth.example.org/token"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys.json"


def kids(file):
    return [key.kid for key in load_keys(file).keys]


def test_the_id_of_a_key_is_the_thumbprint_of_the_standard():
    """The example of RFC 7638."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE"
        "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q"
        "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6"
        "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    found = thumbprint({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert found == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_no_id_of_a_new_key_looks_like_an_option_of_the_command_that_retires_it():
    """One in 64 would; of 600 there would be one but for once in 10,000."""
    assert not [kid for _ in range(600) if (kid := new_key("ES384").kid).startswith("-")]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_new_key_signs_and_its_public_part_verifies(file, algorithm):
    key = add_key(file, algorithm)
    keys = load_keys(file)
    token = keys.signed({"iss": "a", "aud": "b", "exp": NOW + 60})
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    public = GivenKeys(keys.public())
    assert verified(token, public, issuer="a", audience="b", now=NOW)["iss"] == "a"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_nothing_private_is_published_or_printed(file, algorithm):
    add_key(file, algorithm)
    keys = load_keys(file)
    (published,) = keys.public()["keys"]
    assert set(published) == PUBLIC[algorithm]
    (whole,) = json.loads(file.read_text())["keys"]
    private = {name: value for name, value in whole.items() if name not in PUBLIC[algorithm]}
    assert "d" in private
    said = json.dumps(keys.public()) + repr(keys) + str(keys.keys[0])
    assert not any(value in said for value in private.values())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_keys_are_strong_and_no_two_are_the_same(algorithm):
    first, second = new_key(algorithm), new_key(algorithm)
    assert first.kid != second.kid
    assert first.key.key_size >= {"RS384": 2048, "ES384": 384}[algorithm]


def test_only_its_owner_may_read_the_file(file):
    add_key(file, "ES384")
    assert file.stat().st_mode & 0o777 == 0o600
    add_key(file, "ES384")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o666, 0o601])
def test_a_file_that_everybody_may_read_is_refused(file, mode):
    add_key(file, "ES384")
    file.chmod(mode)
    with pytest.raises(UsageError) as caught:
        load_keys(file)
    assert caught.value.code == "keys-exposed"
    file.chmod(0o640)  # as secrets are mounted for a service's group
    assert load_keys(file)


def test_a_new_key_signs_and_the_old_one_stays_published(file):
    old = add_key(file, "ES384")
    new = add_key(file, "RS384")
    assert kids(file) == [new.kid, old.kid]
    assert [key["kid"] for key in load_keys(file).public()["keys"]] == [new.kid, old.kid]
    assert jwt.get_unverified_header(load_keys(file).signed({}))["kid"] == new.kid


def test_a_key_may_be_published_first_and_sign_later(file):
    old = add_key(file, "ES384")
    new = add_key(file, "ES384", later=True)
    assert kids(file) == [old.kid, new.kid]
    use_key(file, new.kid)
    assert kids(file) == [new.kid, old.kid]


def test_the_first_key_signs_even_if_it_was_to_sign_later(file):
    key = add_key(file, "ES384", later=True)
    assert kids(file) == [key.kid]


def test_a_retired_key_is_gone(file):
    old, new = add_key(file, "ES384"), add_key(file, "ES384")
    retire_key(file, old.kid)
    assert kids(file) == [new.kid]
    assert old.private["d"] not in file.read_text()


def test_the_key_that_signs_is_not_retired(file):
    key = add_key(file, "ES384")
    with pytest.raises(UsageError) as caught:
        retire_key(file, key.kid)
    assert caught.value.code == "last-key"
    assert kids(file) == [key.kid]


@pytest.mark.parametrize("do", [retire_key, use_key])
def test_a_key_that_is_not_there(file, do):
    add_key(file, "ES384")
    with pytest.raises(UsageError) as caught:
        do(file, "none")
    assert caught.value.code == "no-such-key"


def test_the_key_is_chosen_by_what_the_server_takes(file):
    add_key(file, "RS384")
    add_key(file, "ES384")
    keys = load_keys(file)
    for taken, used in (
        ((), "ES384"),
        (("RS384",), "RS384"),
        (("RS384", "ES384"), "ES384"),
        (("ES384", "PS512"), "ES384"),
    ):
        assert jwt.get_unverified_header(keys.signed({}, taken))["alg"] == used
    with pytest.raises(UsageError) as caught:
        keys.signed({}, ("RS256",))
    assert caught.value.code == "no-key-for-this"


def whole(key, **changed):
    return {**key.public, **key.private, **changed}


def spoiled():
    key = new_key("ES384")
    rsa = jwt.algorithms.RSAAlgorithm.to_jwk(private_key("rsa-1024"), as_dict=True)
    p256 = jwt.algorithms.ECAlgorithm.to_jwk(private_key("P-256"), as_dict=True)
    return [
        key.public,
        whole(key, alg="ES256"),
        whole(key, alg="RS384"),
        whole(key, alg="none"),
        whole(key, alg=5),
        whole(key, d="!!"),
        whole(key, d=5),
        whole(key, x=key.private["y"]),
        {**rsa, "alg": "RS384"},
        {**p256, "alg": "ES384"},
        {"kty": "oct", "k": "AAAA", "alg": "HS256"},
        {},
        None,
        5,
    ]


@pytest.mark.parametrize("wrong", spoiled())
def test_a_key_that_we_may_not_sign_with_spoils_its_file(file, wrong):
    assert own_key(wrong) is None
    file.write_text(json.dumps({"keys": [whole(new_key("ES384")), wrong]}))
    file.chmod(0o600)
    with pytest.raises(UsageError) as caught:
        load_keys(file)
    assert caught.value.code == "bad-keys"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": []}', '{"keys": 5}', "5"])
def test_a_file_without_keys_is_an_error(file, text):
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(UsageError) as caught:
        load_keys(file)
    assert caught.value.code == "bad-keys"


def test_a_file_that_is_not_there(file):
    with pytest.raises(UsageError) as caught:
        load_keys(file)
    assert caught.value.code == "no-keys"


def test_a_place_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        add_key(tmp_path / "file" / "keys.json", "ES384")
    assert caught.value.code == "cannot-write"


def test_commands_at_once_lose_no_key(file):
    threads = [threading.Thread(target=add_key, args=(file, "ES384")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kids(file)) == 6


# --- signing in ---


def test_a_public_client_says_its_name_and_nothing_else():
    form = authenticated(Client("app"), {"grant_type": "x"}, ENDPOINT, NOW)
    assert form == {"grant_type": "x", "client_id": "app"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_assertion_says_all_that_smart_wants(file, algorithm):
    key = add_key(file, algorithm)
    form = authenticated(Client("app", KeyFile(file)), {"grant_type": "x"}, ENDPOINT, NOW + 0.7)
    assert set(form) == {"grant_type", "client_assertion_type", "client_assertion"}
    assert form["client_assertion_type"] == ASSERTION_TYPE
    header = jwt.get_unverified_header(form["client_assertion"])
    assert header == {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    claims = verified(
        form["client_assertion"],
        GivenKeys(load_keys(file).public()),
        issuer="app",
        audience=ENDPOINT,
        now=NOW,
    )
    assert claims["sub"] == claims["iss"] == "app"
    assert claims["aud"] == ENDPOINT
    assert isinstance(claims["exp"], int)
    assert NOW < claims["exp"] <= NOW + 300
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti"}


def test_no_two_assertions_are_the_same(file):
    add_key(file, "ES384")
    client = Client("app", KeyFile(file))
    found = set()
    for _ in range(20):
        token = authenticated(client, {}, ENDPOINT, NOW)["client_assertion"]
        found.add(jwt.decode(token, options={"verify_signature": False})["jti"])
    assert len(found) == 20


def test_a_rotated_key_is_used_without_a_restart(file):
    keys = KeyFile(file)
    first = add_key(file, "ES384")
    assert keys.current().keys[0].kid == first.kid
    assert keys.current() is keys.current()
    second = add_key(file, "ES384")
    assert keys.current().keys[0].kid == second.kid
    file.unlink()
    with pytest.raises(UsageError):
        keys.current()


def test_what_is_published_is_fit_for_an_ehr(file):
    """Bare keys with `kty` and `kid`, each id once, nothing that only a certificate has."""
    for algorithm in (*ALGORITHMS, *ALGORITHMS):
        add_key(file, algorithm)
    published = load_keys(file).public()["keys"]
    assert len({key["kid"] for key in published}) == 4
    assert all(set(key) == PUBLIC[key["alg"]] for key in published)
    assert len(GivenKeys({"keys": published})) == 4
    assert jwk("rsa")
