"""What the page shows of findings and lines: views without words, from made-up findings."""

import pytest

from fhir_handout.model import Conflict, Status
from fhir_handout.patient_record import Coding
from fhir_handout.service.page.findings import (
    absent_labels,
    conflict_views,
    finding_views,
    link_to,
    options,
)
from fhir_handout.service.page.lines import (
    alert_views,
    omission_views,
    section_views,
    sensitive_labels,
    topic_views,
)
from unit.handouts import TODAY, found, handout, loaded
from unit.sheets import SITE

FOUND = ("kidney_failure.dialysis", "diuretic.loop", "diabetes.type_2?", "pregnancy*")
LINK = "https://ehr.example/open?resource={reference}"


def test_findings_come_surest_first_and_absent_ones_apart() -> None:
    made, pack = found(*FOUND), loaded().content
    views = finding_views(made, pack, LINK)
    order = [Status(each.status) for each in views]
    certainty = [Status.PRESENT, Status.POSSIBLE, Status.UNKNOWN]
    assert order == sorted(order, key=certainty.index)
    assert Status.ABSENT not in order
    of_factors = {f.risk_factor for f in made.findings if f.status is Status.ABSENT}
    assert len(absent_labels(made, pack)) == len(of_factors)


def test_each_finding_can_be_taken_out_or_answered_but_for_an_age() -> None:
    pack = loaded().content
    for each in finding_views(found(*FOUND, "age.65_and_over"), pack, None):
        change = each.key.partition("|")[0]
        if each.label.startswith(pack.risk_factors["age"].label):
            assert each.key == ""
        else:
            assert change == ("answered" if each.status == "unknown" else "taken_out")


def test_what_is_there_for_sure_is_not_offered_again() -> None:
    offered = {
        kind.value for _, kinds in options(found(*FOUND), loaded().content) for kind in kinds
    }
    assert "diuretic|loop" not in offered
    assert {"diuretic|thiazide", "diabetes|type_2", "heart_failure|"} <= offered
    assert not any(value.startswith("age|") for value in offered)


@pytest.mark.parametrize(
    ("template", "link"),
    [
        (LINK, "https://ehr.example/open?resource=Condition%2F1"),
        ("https://ehr.example/{reference}/view", "https://ehr.example/Condition/1/view"),
        (None, ""),
    ],
)
def test_links_are_as_the_site_says(template: str | None, link: str) -> None:
    assert link_to(template, "Condition/1") == link


def test_a_code_and_words_that_disagree() -> None:
    coding = Coding("http://snomed.info/sct", "1", "some words")
    (view,) = conflict_views([Conflict("Condition/1", coding, ("a",), ("b",))], LINK)
    assert (view.by_code, view.by_display) == (("a",), ("b",))
    assert "some words (SNOMED CT 1)" in view.what


def test_every_line_of_the_sheet_and_every_omission_says_why() -> None:
    from fhir_handout.translate import translate

    made = handout(*FOUND)
    english = translate(made, loaded().catalogues["en"], "en", SITE, "", TODAY)
    sections = section_views(made, english, "en")
    lines = [line for section in sections for line in section.lines]
    assert [line.statement for line in lines] == [
        line.statement for section in english.sections for line in section.lines
    ]
    because = {advice.statement: advice.because for advice in made.advice}
    assert all(len(line.because) == len(because[line.statement]) for line in lines)
    assert all(line.rows for line in lines)
    assert {line.review for line in lines} == {"drafted"}
    left_out = omission_views(made, loaded().catalogues["en"])
    assert [line.statement for line in left_out] == [o.statement for o in made.omissions]
    assert all(line.text for line in left_out)
    assert len(topic_views(made)) == len(made.levels)


def test_urgent_alerts_come_first() -> None:
    made = handout("high_potassium_result.6_0_or_more", "magnesium_product", "kidney_failure")
    urgent = [alert.urgent for alert in alert_views(made)]
    assert len(urgent) > 1
    assert urgent == sorted(urgent, reverse=True)
    assert urgent[0]


def test_what_is_withheld_is_told_to_the_clinician_by_its_reason() -> None:
    made = handout("pregnancy*", "diuretic.loop")
    assert len(sensitive_labels(made, "confidential")) == 1
    assert sensitive_labels(made, "implausible") == ()
