"""The grammar of scopes, and what covers what."""

import itertools

import pytest

from fhir_handout.smart.scopes import missing, parsed, split

LETTERS = "cruds"
VERBS = [
    "".join(chosen) for n in range(1, 6) for chosen in itertools.combinations(LETTERS, n)
]  # in the order of `cruds`, as the grammar wants them


@pytest.mark.parametrize("verbs", VERBS)
def test_every_choice_of_verbs_in_order_is_a_scope(verbs):
    scope = parsed(f"patient/Condition.{verbs}")
    assert scope is not None
    assert scope.verbs == set(verbs)


@pytest.mark.parametrize(("text", "verbs"), [("read", "rs"), ("write", "cud"), ("*", "cruds")])
def test_scopes_of_version_1(text, verbs):
    for level, kind in itertools.product(("patient", "user", "system"), ("*", "Observation")):
        scope = parsed(f"{level}/{kind}.{text}")
        assert scope is not None
        assert (scope.level, scope.type, scope.verbs) == (level, kind, set(verbs))


@pytest.mark.parametrize(
    "text",
    [
        "patient/Condition.",
        "patient/Condition.sr",
        "patient/Condition.rr",
        "patient/Condition.x",
        "patient/Condition.reads",
        "patient/Condition",
        "patient/condition.rs",
        "patient/.rs",
        "practitioner/Condition.rs",
        "patient/**.rs",
        "patient/Condition.rs?",
        "Condition.rs",
        "launch/patient",
        "openid",
        "",
        "*",
        "patient/Condition.rs ",
        "patient/Condition.rs\n",
    ],
)
def test_what_is_no_scope_on_resources(text):
    assert parsed(text) is None


@pytest.mark.parametrize(
    "granted",
    [
        "patient/Condition.rs",
        "patient/Condition.cruds",
        "patient/*.rs",
        "patient/*.cruds",
        "patient/Condition.read",
        "patient/*.read",
        "patient/*.*",
        "patient/Condition.*",
        "user/Condition.rs",
        "user/*.read",
        "patient/Condition.r user/*.s",
        "patient/Condition.r patient/Condition.s",
        "http://smarthealthit.org/fhir/scopes/patient/Condition.rs",
    ],
)
def test_covered(granted):
    assert missing(split(granted), ["patient/Condition.rs"]) == ()


@pytest.mark.parametrize(
    "granted",
    [
        "",
        "patient/Condition.r",
        "patient/Condition.s",
        "patient/Condition.cud",
        "patient/Condition.write",
        "patient/Observation.rs",
        "system/Condition.rs",
        "system/*.cruds",
        "patient/Condition.rs?category=problem-list-item",
        "patient/*.rs?_security=x patient/Condition.r",
        "Patient/Condition.rs",
        "patient/Conditions.rs",
    ],
)
def test_not_covered(granted):
    assert missing(split(granted), ["patient/Condition.rs"]) == ("patient/Condition.rs",)


def test_a_patients_scope_does_not_cover_a_users_nor_anybodys_a_systems():
    assert missing(["patient/*.cruds"], ["user/Condition.r"])
    assert missing(["user/*.cruds", "patient/*.cruds"], ["system/Condition.r"])
    assert missing(["system/*.cruds"], ["system/Condition.r"]) == ()


def test_a_wildcard_is_covered_by_a_wildcard_alone():
    assert missing(["patient/Condition.rs", "patient/Patient.rs"], ["patient/*.rs"])
    assert missing(["user/*.cruds"], ["patient/*.rs"]) == ()


def test_a_limited_scope_covers_a_need_of_the_same_limit():
    limited = "patient/Observation.rs?category=laboratory"
    assert missing([limited], [limited]) == ()
    assert missing([limited], ["patient/Observation.rs?category=vital-signs"])
    assert missing(["patient/Observation.rs"], [limited]) == ()


def test_other_scopes_are_compared():
    assert missing(["openid"], ["openid", "fhirUser", "launch/patient"]) == (
        "fhirUser",
        "launch/patient",
    )
    uri = "http://openid.net/specs/openid-connect-core-1_0#openid"
    assert missing([uri], ["openid"]) == ()


def test_more_granted_never_leaves_more_missing():
    needed = ["patient/Condition.rs", "user/Patient.r", "openid"]
    some = ["patient/*.r", "user/*.read", "openid", "patient/Condition.s", "junk", "a/b.c?d"]
    for n in range(len(some) + 1):
        for granted in itertools.combinations(some, n):
            fewer = set(missing(granted, needed))
            for one in some:
                assert set(missing((*granted, one), needed)) <= fewer
