"""No clinical word in Python: what a handout is about stands in its pack alone.

Looked at are the names and the texts of the source; docstrings and comments may give examples.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fhir_handout.pack import load_pack, pack_folder
from fhir_handout.pack_files import shipped_packs

SOURCE = Path(__file__).resolve().parents[2] / "plugin" / "fhir_handout"
OF_EVERYBODY = {"age"}
"""Risk factors of the packs that every record tells of."""
ALLOWED = re.compile(
    # The pack that is chosen where nobody chose one, and the example patient of the help.
    r"\bmuscle_cramps\b|(?<=^  fhir-handout )(preview|explain|attach) kidney-failure(?= )",
    re.MULTILINE,
)
# Words of both subjects that are no id of a risk factor or a value set.
SUBJECTS = (
    r"cramps?|spasms?|bruis\w*|hand|fingers?|calf|diuretics?|dialysis|kidneys?|renal|"
    r"diabet\w*|pregnan\w*|potassium|magnesium|sodium|statins?|insulin|warfarin|aspirin|apixaban|"
    r"anticoagula\w*|antiplatelet\w*|thinners?|clots?|bleed\w*|swell\w*|quinine"
)


def vocabulary() -> re.Pattern[str]:
    """The subjects, and what the packs that ship look for."""
    ids = set()
    for name in shipped_packs():
        pack = load_pack(pack_folder(name))
        ids |= {*pack.content.risk_factors, *(found["id"] for found in pack.value_sets)}
    longest_first = sorted(ids - OF_EVERYBODY, key=len, reverse=True)
    words = "|".join(re.escape(each).replace("_", "[-_ ]") for each in longest_first)
    return re.compile(rf"(?<![a-zA-Z])(?:{words}|{SUBJECTS})(?![a-zA-Z])", re.IGNORECASE)


CLINICAL = vocabulary()


def spoken(source: str) -> Iterator[str]:
    """Every name and text of a module, its docstrings left out."""
    tree = ast.parse(source)
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.value
        for field in ("id", "attr", "name", "arg"):
            if isinstance(found := getattr(node, field, None), str):
                yield found


def clinical(source: str) -> set[str]:
    return {text for text in spoken(source) if CLINICAL.search(ALLOWED.sub("", text))}


MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_names_nothing_that_a_handout_is_about(module: Path) -> None:
    assert clinical(module.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    "source",
    [
        'factor = "blood_thinner"',
        'value_set = "chronic-kidney-disease-stage-3"',
        'text = f"Call when the bruise {grows}"',
        "has_diabetes = True",
        "def stop_diuretic(): ...",
        'pack = "bruised_hand"',
        'lists = ("kidney-failure-acute", "muscle_cramps")',
    ],
)
def test_a_clinical_word_is_noticed(source: str) -> None:
    assert clinical(source)


def test_an_example_in_a_docstring_is_none() -> None:
    assert clinical('"""As in a pregnancy."""\ndef f():\n    """Of a bruise."""\n') == set()
