"""Reviews: whose they are, of which words, and that changed words are drafted again."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_handout.errors import BadContent
from fhir_handout.pack import load_pack
from fhir_handout.pack_model import Review, ReviewStatus
from fhir_handout.pack_problems import Problem
from fhir_handout.reviews import current_reviews, review_status, words_hash
from unit.handouts import loaded

SHIPPED = Path(__file__).parents[2] / "templates" / "muscle_cramps"
WORDS = {"one": "Rest.", "one@child": "Let your child rest.", "one-more": "Sleep.", "two": "Wait."}
SPANISH = {"one": "Descanse.", "two": "Espere."}
CATALOGUES = {"en": WORDS, "es": SPANISH}
STATEMENTS = frozenset({"one", "two", "one-more"})


def entry(**changes: Any) -> dict[str, Any]:
    read = {"one": words_hash("one", WORDS), "two": words_hash("two", WORDS)}
    whole = {
        "language": "en",
        "status": "reviewed",
        "by": "A. Example",
        "role": "pharmacist",
        "on": "2026-11-23",
        "statements": read,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def reviewed(
    *entries: Any, words: dict[str, str] | None = None
) -> tuple[dict[str, dict[str, Review]], list[str]]:
    problems: list[Problem] = []
    catalogues = {**CATALOGUES, "en": words or WORDS}
    table = {"reviews": list(entries)}
    found = current_reviews(table, STATEMENTS, catalogues, problems)
    return found, [str(problem) for problem in problems]


def test_a_review_says_who_in_what_role_and_when() -> None:
    found, problems = reviewed(entry(by=" A. Example "))
    review = Review(ReviewStatus.REVIEWED, "A. Example", "pharmacist", date(2026, 11, 23))
    assert found == {"en": {"one": review, "two": review}}
    assert problems == []


@pytest.mark.parametrize("changed", ["one", "one@child"])
def test_a_changed_sentence_is_drafted_again_and_the_others_are_not(changed: str) -> None:
    found, problems = reviewed(entry(), words={**WORDS, changed: "Rest well."})
    assert set(found["en"]) == {"two"}
    assert problems == []


def test_another_statement_of_a_longer_name_is_another_statement() -> None:
    found, _ = reviewed(entry(), words={**WORDS, "one-more": "Sleep well."})
    assert set(found["en"]) == {"one", "two"}


def test_a_review_of_one_language_is_none_of_another() -> None:
    found, problems = reviewed(entry(language="es"))  # of the English words
    assert found == {"es": {}}
    assert problems == []


@pytest.mark.parametrize("order", [1, -1])
def test_an_approval_stands_above_a_review(order: int) -> None:
    found, _ = reviewed(*[entry(), entry(status="approved")][::order])
    assert {review.status for review in found["en"].values()} == {ReviewStatus.APPROVED}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"language": "tlh"}, "unknown language tlh"),
        ({"language": ...}, "unknown language None"),
        ({"status": "drafted"}, "status is neither reviewed nor approved"),
        ({"status": ...}, "status is neither reviewed nor approved"),
        ({"by": ...}, "by is missing"),
        ({"by": "  "}, "by is missing"),
        ({"role": ...}, "role is missing"),
        ({"role": 5}, "role is missing"),
        ({"on": ...}, "on is no day such as 2026-11-23"),
        ({"on": "2026-02-30"}, "on is no day such as 2026-11-23"),
        ({"on": "November"}, "on is no day such as 2026-11-23"),
        ({"on": "20261123"}, "on is no day such as 2026-11-23"),
        (
            {"statements": ...},
            "statements is no mapping of statements to the hashes of their words",
        ),
        ({"statements": {}}, "statements is no mapping of statements to the hashes of their words"),
        ({"statements": ["one"]}, "statements is no mapping"),
        ({"statements": {"three": "0" * 16}}, "unknown statement three"),
        ({"statements": {"one": "0" * 15}}, "one: no hash of 16 digits"),
        ({"statements": {"one": ["0" * 16]}}, "one: no hash of 16 digits"),
        ({"remark": "x"}, "unknown key remark"),
    ],
)
def test_a_mistake_is_named_and_reviews_nothing(changes: dict[str, Any], said: str) -> None:
    found, problems = reviewed(entry(**changes))
    assert found == {}
    assert len(problems) == 1
    assert problems[0].startswith(f"reviews.yaml: review 1: {said}")


def test_what_is_no_list_of_reviews_is_named() -> None:
    problems: list[Problem] = []
    assert current_reviews({"reviewers": []}, STATEMENTS, CATALOGUES, problems) == {}
    said = [str(problem) for problem in problems]
    assert said == ["reviews.yaml: unknown key reviewers", "reviews.yaml: lists no reviews"]
    assert reviewed("yes")[1] == ["reviews.yaml: review 1: is no mapping"]


# --- in a pack ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "pack"))


def record(folder: Path, **changes: Any) -> None:
    words = loaded().catalogues["en"]
    read = {"statements": {"ease-stop": words_hash("ease-stop", words)}}
    text = yaml.safe_dump({"reviews": [entry(**read, **changes)]})
    text = text.replace("'on'", "on").replace("'2026-11-23'", "2026-11-23")  # as people write it
    (folder / "reviews.yaml").write_text(text, "utf-8")


def test_the_pack_that_ships_claims_no_review() -> None:
    pack = loaded().content
    assert not (SHIPPED / "reviews.yaml").exists()
    for statement in pack.statements:
        assert review_status(pack, statement.id, "en") is ReviewStatus.DRAFTED


def test_a_pack_is_loaded_with_its_reviews(folder: Path) -> None:
    record(folder)
    pack = load_pack(folder).content
    assert review_status(pack, "ease-stop", "en") is ReviewStatus.REVIEWED
    assert review_status(pack, "ease-rest", "en") is ReviewStatus.DRAFTED
    assert review_status(pack, "ease-stop", "es") is ReviewStatus.DRAFTED


def test_a_sentence_changed_after_its_review_is_drafted_when_the_pack_is_loaded(
    folder: Path,
) -> None:
    record(folder)
    path = folder / "locale" / "en.yaml"
    path.write_text(path.read_text("utf-8").replace("Stop what", "Halt what"), "utf-8")
    pack = load_pack(folder).content
    assert review_status(pack, "ease-stop", "en") is ReviewStatus.DRAFTED


def test_a_wrong_review_is_a_problem_of_the_pack(folder: Path) -> None:
    record(folder, role="")
    with pytest.raises(BadContent) as caught:
        load_pack(folder)
    assert caught.value.problems == ("reviews.yaml:2: review 1: role is missing",)
