"""Tables of cases: each row is a sentence, a record, and what must come of it."""

from collections.abc import Iterable

import pytest


def table(names: str, rows: Iterable[tuple[object, ...]]) -> pytest.MarkDecorator:
    """Cases whose first column is the sentence they are known by."""
    return pytest.mark.parametrize(names, [pytest.param(*row[1:], id=str(row[0])) for row in rows])
