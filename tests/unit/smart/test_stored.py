"""What is kept of a launch comes back as it was."""

import pytest

from fhir_handout.smart.launch import Started
from fhir_handout.smart.stored import kept, started_from, tokens_from
from fhir_handout.smart.tokens import Context, Tokens

STARTED = Started("s", "n", "v", "https://ehr.example.org", "https://us.example.org", ("a", "b"))
TOKENS = Tokens("a", 1.5, ("x",), "r", "i", "p", "e", (Context("List/1", "r"),), "c", False, "n")


def test_a_launch_and_its_tokens_come_back():
    assert started_from(kept(STARTED)) == STARTED
    assert tokens_from(kept(TOKENS)) == TOKENS
    bare = Tokens("a", 1.0, ())
    assert tokens_from(kept(bare)) == bare


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b"5", b'{"scopes": []}'])
def test_other_bytes_are_none_of_ours(data):
    for read in (started_from, tokens_from):
        with pytest.raises(ValueError, match=r".+"):
            read(data)


def test_one_is_not_taken_for_the_other():
    with pytest.raises(ValueError, match="no tokens"):
        tokens_from(kept(STARTED))
    with pytest.raises(ValueError, match="no launch"):
        started_from(kept(TOKENS))
