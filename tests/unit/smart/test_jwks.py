"""Which keys are used, and when a set is fetched."""

import json
import threading

import jwt
import pytest

from fhir_handout.errors import InvalidFhir, Unreachable, UsageError
from fhir_handout.smart.jwks import CacheTimes, FetchedKeys, GivenKeys
from fhir_handout.smart.public_key import public_key
from unit.smart.tokens import jwk, key_set, private_key

URL = "https://ehr.example.org/jwks.json"


class Server:
    """A key set at a URL, and how often it was asked for."""

    def __init__(self, *keys):
        self.keys, self.asked, self.time, self.error = keys, 0, 0.0, None

    def __call__(self, url):
        assert url == URL
        self.asked += 1
        if self.error:
            raise self.error
        return key_set(*self.keys)

    def set(self, **times):
        return FetchedKeys(URL, self, CacheTimes(**times), clock=lambda: self.time)


# --- which keys ---


@pytest.mark.parametrize(
    ("key", "algorithms"),
    [
        (jwk("rsa"), {"RS256", "RS384"}),
        (jwk("rsa", alg="RS384"), {"RS384"}),
        (jwk("P-384"), {"ES384"}),
        (jwk("P-256"), {"ES256"}),
        (jwk("P-384", use=None, key_ops=["verify"]), {"ES384"}),
    ],
)
def test_good_keys_are_for_their_own_algorithms(key, algorithms):
    found = public_key(key)
    assert found is not None
    assert found.algorithms == algorithms


@pytest.mark.parametrize(
    "key",
    [
        jwk("rsa-1024"),
        jwk("P-521"),
        jwk("rsa", use="enc"),
        jwk("rsa", use=5),
        jwk("rsa", key_ops=["encrypt"]),
        jwk("rsa", key_ops="verify"),
        jwk("rsa", alg="HS256"),
        jwk("rsa", alg="none"),
        jwk("rsa", alg="RS512"),
        jwk("P-384", alg="ES256"),
        jwk("rsa", d="AQAB"),
        jwk("rsa", k="AAAA"),
        jwt.algorithms.ECAlgorithm.to_jwk(private_key("P-384"), as_dict=True),
        jwk("rsa", kid=5),
        jwk("rsa", n="!!"),
        jwk("rsa", n=5),
        jwk("rsa", e="AA"),
        jwk("P-384", x="AAAA"),
        jwk("P-384", crv="P-256"),
        jwk("P-384", crv=["P-384"]),
        {"kty": "RSA", "kid": "k"},
        {"kty": "oct", "k": "AAAA", "kid": "k", "alg": "HS256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "k"},
        {},
        None,
        "key",
    ],
)
def test_other_keys_are_passed_over(key):
    assert public_key(key) is None
    assert len(GivenKeys(key_set(key, jwk("P-384")))) == 1


def test_a_point_that_is_not_on_its_curve_is_no_key():
    good = jwk("P-384")
    assert public_key({**good, "x": good["y"]}) is None


# --- files ---


def test_a_file_of_keys(tmp_path):
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(key_set(jwk("rsa"))))
    assert GivenKeys.of_file(file).find("rsa-0", "RS384")


@pytest.mark.parametrize("text", ["{", "[]", '{"keys": {}}', '{"keys": []}', "5", ""])
def test_a_file_without_a_key_is_an_error(tmp_path, text):
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        GivenKeys.of_file(file)
    assert caught.value.code == "bad-key-set"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError) as caught:
        GivenKeys.of_file(tmp_path / "none")
    assert caught.value.code == "no-key-set"


# --- fetched ---


def test_a_set_is_fetched_when_it_is_needed_and_kept():
    server = Server(jwk("rsa"))
    keys = server.set(used=900, between=60)
    assert server.asked == 0
    for server.time in (0, 1, 899):
        assert keys.find("rsa-0", "RS384")
    assert server.asked == 1
    server.time = 900
    assert keys.find("rsa-0", "RS384")
    assert server.asked == 2


def test_an_unknown_kid_has_it_fetched_anew_once_a_minute():
    server = Server(jwk("rsa"))
    keys = server.set(used=900, between=60)
    keys.find("rsa-0", "RS384")
    server.keys = (jwk("rsa", 1),)
    for server.time in (1, 59):
        assert keys.find("rsa-1", "RS384") == ()
    assert server.asked == 1
    server.time = 60
    assert keys.find("rsa-1", "RS384")
    assert server.asked == 2
    assert keys.find("rsa-0", "RS384") == ()  # it was taken out, so it is no more


def test_a_server_that_is_down_is_not_asked_by_every_request():
    server = Server(jwk("rsa"))
    server.error = Unreachable("unreachable", "no")
    keys = server.set(between=60)
    for server.time in (0, 1, 59):
        with pytest.raises(Unreachable):
            keys.find("rsa-0", "RS384")
    assert server.asked == 1
    server.error, server.time = None, 60
    assert keys.find("rsa-0", "RS384")


def test_old_keys_serve_on_for_a_while():
    server = Server(jwk("rsa"))
    keys = server.set(used=900, between=60, kept=3600)
    assert keys.find("rsa-0", "RS384")
    server.error, server.time = Unreachable("unreachable", "no"), 3599
    assert keys.find("rsa-0", "RS384")
    server.time = 3600
    with pytest.raises(Unreachable):
        keys.find("rsa-0", "RS384")


@pytest.mark.parametrize("sent", [{}, {"keys": 5}, {"keys": []}, {"keys": [{"kty": "oct"}]}])
def test_a_set_without_a_usable_key_is_an_error(sent):
    keys = FetchedKeys(URL, lambda url: sent)
    with pytest.raises(InvalidFhir, match="ehr.example.org") as caught:
        keys.find("k", "RS384")
    assert caught.value.code == "bad-key-set"
    assert "jwks.json" not in caught.value.message


@pytest.mark.parametrize("keys_now", [[], [{"kty": "oct"}]])
def test_keys_that_were_withdrawn_count_no_more(keys_now):
    sent = [key_set(jwk("rsa"))]
    now = [0.0]
    keys = FetchedKeys(URL, lambda url: sent[0], CacheTimes(used=900), lambda: now[0])
    assert keys.find("rsa-0", "RS384")
    sent[0], now[0] = {"keys": keys_now}, 900
    for now[0] in (900, 4000, 80_000):
        with pytest.raises(InvalidFhir):
            keys.find("rsa-0", "RS384")


@pytest.mark.parametrize("sent_now", [{}, {"keys": 5}, []])
def test_what_is_no_set_of_keys_takes_no_key_away(sent_now):
    sent = [key_set(jwk("rsa"))]
    now = [0.0]
    keys = FetchedKeys(URL, lambda url: sent[0], CacheTimes(used=900), lambda: now[0])
    assert keys.find("rsa-0", "RS384")
    sent[0], now[0] = sent_now, 900
    assert keys.find("rsa-0", "RS384")


def test_threads_that_come_at_once_fetch_once():
    server, found = Server(jwk("rsa")), []
    keys = server.set()
    threads = [
        threading.Thread(target=lambda: found.append(keys.find("rsa-0", "RS384"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == 1
    assert all(found)
    assert len(found) == 8


def test_while_one_thread_fetches_the_old_keys_do_for_the_others():
    server, began, goes_on = Server(jwk("rsa")), threading.Event(), threading.Event()
    slow = [False]

    def fetch(url):
        if slow[0]:
            began.set()
            assert goes_on.wait(10)
        return server(url)

    keys = FetchedKeys(URL, fetch, CacheTimes(used=900), clock=lambda: server.time)
    assert keys.find("rsa-0", "RS384")
    slow[0], server.time, server.keys = True, 900, (jwk("rsa"), jwk("rsa", 1))
    first: list[object] = []
    fetching = threading.Thread(target=lambda: first.append(keys.find("rsa-0", "RS384")))
    fetching.start()
    assert began.wait(10)
    assert keys.find("rsa-0", "RS384")  # at once, though the fetch has not ended
    new: list[object] = []
    waiting = threading.Thread(target=lambda: new.append(keys.find("rsa-1", "RS384")))
    waiting.start()
    goes_on.set()
    for thread in (fetching, waiting):
        thread.join(10)
    assert first[0]
    assert new[0]  # a key that only the new set has is waited for
    assert server.asked == 2
