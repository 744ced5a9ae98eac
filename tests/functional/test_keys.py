"""The commands `keys`, run as their users run them."""

import json
from pathlib import Path

from fhir_handout.store.sealing import Sealing
from functional.conftest import Run


def published(run: Run) -> list[dict[str, str]]:
    done = run("keys", "public", "--file", "keys.json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)["keys"]
    return found


def test_keys_are_made_published_used_and_retired(run: Run, tmp_path: Path) -> None:
    first = run("keys", "new", "--file", "keys.json")
    assert first.returncode == 0, first.stderr
    (old,) = published(run)
    assert first.stdout.startswith(f"{old['kid']} ES384 is the key that signs now")
    later = run("keys", "new", "--alg", "RS384", "--later", "--file", "keys.json")
    assert "does not sign yet" in later.stdout
    assert [key["alg"] for key in published(run)] == ["ES384", "RS384"]
    new = published(run)[1]["kid"]
    assert run("keys", "use", new, "--file", "keys.json").returncode == 0
    assert run("keys", "retire", old["kid"], "--file", "keys.json").returncode == 0
    assert [key["kid"] for key in published(run)] == [new]
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_no_command_prints_what_is_private(run: Run, tmp_path: Path) -> None:
    said = "".join(
        run("keys", *words, "--file", "keys.json").stdout
        for words in (["new"], ["new", "--alg", "RS384"], ["public"])
    )
    for key in json.loads((tmp_path / "keys.json").read_text())["keys"]:
        private = {n: v for n, v in key.items() if n in ("d", "p", "q", "dp", "dq", "qi")}
        assert private
        assert not any(value in said for value in private.values())


def test_mistakes_are_one_line_that_says_what_to_do(run: Run) -> None:
    for words, code, status in (
        (["public"], "no-keys", 2),
        (["retire", "none"], "no-keys", 2),
    ):
        done = run("keys", *words, "--file", "keys.json")
        assert (done.returncode, done.stdout) == (status, "")
        assert done.stderr.startswith(f"fhir-handout: {code}: ")
        assert len(done.stderr.splitlines()) == 1
    made = run("keys", "new", "--file", "keys.json").stdout.split()[0]
    last = run("keys", "retire", made, "--file", "keys.json")
    assert last.returncode == 2
    assert "last-key" in last.stderr


def test_a_secret_is_new_each_time_and_seals(run: Run) -> None:
    one, other = (run("keys", "secret").stdout for _ in range(2))
    assert one != other
    assert Sealing(one.split()).open(Sealing(one.split()).seal(["x"])) == ["x"]
