"""A limit on the whole time that something takes."""

import time

import pytest

from fhir_handout.ehr.deadline import within


def test_what_is_done_in_time_is_given_or_raised() -> None:
    assert within(5, lambda: "done") == "done"
    assert within(5, lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)


def test_what_is_late_is_not_waited_for() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, lambda: time.sleep(1))
    assert time.monotonic() - began < 0.5
