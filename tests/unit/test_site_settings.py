"""A site's settings: all of them, and every mistake in one line."""

from pathlib import Path

import pytest

from fhir_handout.errors import UsageError
from fhir_handout.model import SiteLink
from fhir_handout.settings import Settings, load_settings


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    file = tmp_path / "site.toml"
    file.write_text(text, "utf-8")
    return load_settings(environ, file)


def test_without_a_file_nothing_is_set_and_every_format_is_attached():
    settings = load_settings({"HOME": "/nowhere"}, None)
    assert (settings.site.name, settings.token, settings.takes_drafts) == ("", None, None)
    assert settings.formats == ("pdf", "html", "text")
    assert settings.cache_dir == Path("/nowhere/.cache/fhir-handout")


def test_the_file_may_be_named_by_the_environment(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text('[site]\nname = "A"\n')
    assert load_settings({"FHIR_HANDOUT_SETTINGS": str(file)}, None).site.name == "A"


def test_the_file_of_approvals_lies_beside_the_settings(tmp_path):
    settings = load(tmp_path, '[content]\napprovals = "approved/now.yaml"\n')
    assert settings.approvals == tmp_path / "approved" / "now.yaml"
    assert load(tmp_path, '[content]\napprovals = "/etc/a.yaml"').approvals == Path("/etc/a.yaml")
    assert load(tmp_path, "").approvals is None


def test_links_are_text_or_text_and_address(tmp_path):
    settings = load(
        tmp_path,
        '[site]\nappointment = "Tuesday"\nfind_doctor = {text = "Us", url = "https://a.example"}\n'
        'related_services = ["One", {text = "Two", url = "https://b.example"}]\n',
    )
    assert settings.site.appointment == SiteLink("Tuesday")
    assert settings.site.find_doctor == SiteLink("Us", "https://a.example")
    assert [link.text for link in settings.site.related_services] == ["One", "Two"]


@pytest.mark.parametrize(
    "text",
    [
        '[site]\nfind_doctor = {text = "x", url = "javascript:alert(1)"}',
        '[site]\nfind_doctor = {text = "x", url = "not an address"}',
        '[site]\nfind_doctor = {text = "x", url = "http://["}',
        '[site]\nfind_doctor = {url = "https://a.example"}',
        '[site]\nfind_doctor = {text = "x", odd = "y"}',
        "[site]\nfind_doctor = 5",
        "[site]\nname = 5",
        '[site]\ncountry = "Utopia"',
        '[site]\nodd = "x"',
        '[content]\nodd = "x"',
        "[content]\napprovals = 5",
        '[content]\napprovals = " "',
        'content = "x"',
        'site = "x"',
        "[odd]",
        '[ehr]\nformats = ["docx"]',
        "[ehr]\nformats = []",
        "[ehr]\nread_timeout = 0",
        "[ehr]\nread_timeout = true",
        '[ehr]\ntakes_drafts = "no"',
        "[ehr]\nodd = 1",
        "[terminology]\nvalue_sets = 5",
        '[terminology]\nvalue_sets = " "',
        '[terminology]\nodd = "x"',
        'terminology = "x"',
        "[ehr",
    ],
)
def test_a_wrong_setting_is_refused(tmp_path, text):
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert caught.value.code == "bad-settings"


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(UsageError, match="can't read"):
        load_settings({}, tmp_path / "nowhere.toml")
    (tmp_path / "site.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not TOML"):
        load_settings({}, tmp_path / "site.toml")


def test_the_token_comes_from_the_environment_before_its_file(tmp_path):
    file = tmp_path / "token"
    file.write_text("from-file\n")
    of_file = {"FHIR_HANDOUT_TOKEN_FILE": str(file)}
    assert load_settings(of_file, None).token == "from-file"
    assert load_settings({**of_file, "FHIR_HANDOUT_TOKEN": "direct"}, None).token == "direct"
    assert "direct" not in repr(load_settings({"FHIR_HANDOUT_TOKEN": "direct"}, None))


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_token_file_without_a_token_is_an_error(tmp_path, content):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_settings({"FHIR_HANDOUT_TOKEN_FILE": str(file)}, None)
    assert caught.value.code == "no-token-file"


def test_what_the_server_adapter_needs_is_handed_on(tmp_path):
    rest = load(
        tmp_path, "[ehr]\nread_timeout = 9\ntakes_drafts = false\n", FHIR_HANDOUT_CA_BUNDLE="/ca"
    ).rest()
    assert (rest.read_timeout, rest.takes_drafts, rest.ca_bundle) == (9.0, False, Path("/ca"))


@pytest.mark.parametrize("written", ["sets", "./sets"])
def test_a_folder_of_value_sets_is_looked_for_beside_the_settings_file(tmp_path, written):
    settings = load(tmp_path, f'[terminology]\nvalue_sets = "{written}"\n')
    assert settings.value_sets == tmp_path / "sets"
    settings = load(tmp_path, '[terminology]\nvalue_sets = "/etc/sets"\n')
    assert settings.value_sets == Path("/etc/sets")
    assert load(tmp_path, "[terminology]\n").value_sets is None
    assert load_settings({}, None).value_sets is None


def test_relative_xdg_folders_are_passed_over():
    settings = load_settings({"HOME": "/h", "XDG_CACHE_HOME": "rel", "XDG_STATE_HOME": "/s"}, None)
    assert settings.cache_dir == Path("/h/.cache/fhir-handout")
    assert settings.state_dir == Path("/s/fhir-handout")


# --- the terminology server ---

CANONICAL = (
    '[terminology.canonical]\nheart-failure = "http://snomed.info/sct?fhir_vs=ecl/<<1 OR <<2"\n'
)


def test_a_terminology_server_and_its_value_sets(tmp_path):
    text = f'[terminology]\nserver = "https://tx.example.org/r4"\n{CANONICAL}'
    found = load(tmp_path, text, FHIR_HANDOUT_TOKEN="ehr", FHIR_HANDOUT_TERMINOLOGY_TOKEN="tx")
    assert found.terminology is not None
    assert found.terminology.server == "https://tx.example.org/r4"
    assert found.terminology.canonical == {
        "heart-failure": "http://snomed.info/sct?fhir_vs=ecl/<<1 OR <<2"
    }
    assert (found.terminology.token, found.token) == ("tx", "ehr")
    assert "'tx'" not in repr(found)


def test_the_terminology_servers_token_can_be_in_a_file(tmp_path):
    token = tmp_path / "token"
    token.write_text("tx\n")
    text = f'[terminology]\nserver = "http://127.0.0.1:8080/r4"\n{CANONICAL}'
    found = load(tmp_path, text, FHIR_HANDOUT_TERMINOLOGY_TOKEN_FILE=str(token))
    assert found.terminology is not None
    assert found.terminology.token == "tx"
    token.unlink()
    with pytest.raises(UsageError, match="FHIR_HANDOUT_TERMINOLOGY_TOKEN_FILE"):
        load(tmp_path, text, FHIR_HANDOUT_TERMINOLOGY_TOKEN_FILE=str(token))


@pytest.mark.parametrize("text", ["", "[terminology]", "[terminology.canonical]"])
def test_without_a_terminology_server_nobody_is_asked(tmp_path, text):
    assert load(tmp_path, text).terminology is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CANONICAL, "terminology.server and terminology.canonical go together"),
        ('[terminology]\nserver = "https://a.example"', "go together"),
        (f'[terminology]\nserver = "http://tx.example.org/r4"\n{CANONICAL}', "no https address"),
        (f'[terminology]\nserver = "ftp://localhost"\n{CANONICAL}', "no https address"),
        (f'[terminology]\nserver = "https://a.example?x=1"\n{CANONICAL}', "no https address"),
        (f'[terminology]\nserver = "https://a.example/ r4"\n{CANONICAL}', "no https address"),
        (f'[terminology]\nserver = "https://["\n{CANONICAL}', "no https address"),
        (f'[terminology]\nserver = "https://a.example:no"\n{CANONICAL}', "no https address"),
        (f"[terminology]\nserver = 5\n{CANONICAL}", "no https address"),
        ('[terminology]\nserver = "https://a.example"\ncanonical = "x"', "is no table"),
        (
            '[terminology]\nserver = "https://a.example"\n[terminology.canonical]\nx = 5',
            "terminology.canonical.x is no canonical URL",
        ),
        (
            '[terminology]\nserver = "https://a.example"\n[terminology.canonical]\nx = "heart"',
            "terminology.canonical.x is no canonical URL",
        ),
        ("[terminology]\nodd = 1", "unknown key terminology.odd"),
        ('terminology = "x"', "terminology is no table"),
    ],
)
def test_a_wrong_terminology_setting_is_refused(tmp_path, text, said):
    with pytest.raises(UsageError, match=said) as caught:
        load(tmp_path, text)
    assert caught.value.code == "bad-settings"


def test_value_sets_that_the_pack_has_not_are_named(tmp_path):
    text = f'[terminology]\nserver = "https://tx.example.org"\n{CANONICAL}odd = "urn:oid:1.2"\n'
    found = load(tmp_path, text).terminology
    assert found is not None
    found.refuse_unknown({"odd", "heart-failure"})
    with pytest.raises(UsageError, match="value set odd;") as caught:
        found.refuse_unknown({"heart-failure"})
    assert caught.value.code == "bad-settings"
