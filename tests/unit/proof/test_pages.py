"""What a reader gets of a page: the words in their order, and nothing of how they are laid out."""

from fhir_handout.proof.pages import page

HTML = """<!DOCTYPE html><html><head><title>A tab</title><style>p { color: red }</style></head>
<body><h1>Title</h1><p class="x">For <bdi>A &amp; B</bdi>,
today</p><ul><li>One</li><li>Two</li></ul>
<figure><svg><title>Drawn</title><text>Label</text></svg><figcaption>Caption</figcaption></figure>
<p>Last</p></body></html>"""


def test_a_page_is_its_blocks_in_order() -> None:
    assert page("html", HTML).blocks == ("Title", "For A & B, today", "One", "Two", "Last")


def test_what_is_beside_the_text_is_read_apart() -> None:
    assert page("html", HTML).aside == ("A tab", "Drawn", "Label", "Caption")


def test_text_is_read_without_its_underlines_and_list_signs() -> None:
    source = "Title\n=====\n\nA - b\n- One\n  goes on\n- Two\n\nHead\n----\n"
    assert page("text", source).text == "Title A - b One goes on Two Head"
