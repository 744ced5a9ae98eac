"""What translators work with: no words lost, every message there, and what is known of each."""

import re
import shutil
from pathlib import Path

import pytest

from fhir_handout.catalogues import Lack, read_translation
from fhir_handout.errors import UsageError
from fhir_handout.pack import load_pack
from fhir_handout.pack_files import files_of
from fhir_handout.translating import back_translations, renewed, statuses, to_back_translate
from unit.handouts import loaded

SHIPPED = Path(__file__).parents[2] / "templates" / "muscle_cramps"
LANGUAGES = [name for name in loaded().catalogues.languages if name != "en"]
FILES = dict(files_of(SHIPPED))


def po(language: str) -> bytes:
    return FILES[f"locale/{language}/messages.po"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_renewing_a_catalogue_that_is_whole_changes_no_byte(language: str) -> None:
    assert renewed(language, loaded(), po(language)).decode() == po(language).decode()


def test_a_new_catalogue_has_every_message_and_no_words() -> None:
    made = read_translation("de", renewed("de", loaded(), None), loaded().catalogues.source)
    assert set(made.gaps) == set(loaded().catalogues.source)
    assert set(made.gaps.values()) == {Lack.MISSING}
    assert not made.problems


def test_a_translator_sees_what_the_pack_knows_of_a_statement() -> None:
    text = renewed("de", loaded(), None).decode()
    (entry,) = re.findall(r'((?:#\..*\n)+)msgctxt "quinine-avoid"', text)
    assert "#. avoid, in the section prevent" in entry
    assert "#. Says: quinine: avoid any" in entry
    assert "#. Sources: " in entry
    assert "#. Near to harm: it is translated back" in entry
    assert '#. Spoken to: caregiver\nmsgctxt "sheet-purpose@caregiver"' in text


def test_a_changed_source_keeps_the_words_and_makes_them_fuzzy(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
    source = folder / "locale" / "en.yaml"
    source.write_text(source.read_text("utf-8").replace("Stop what you", "Halt what you"), "utf-8")
    changed = load_pack(folder)
    before = changed.catalogues.translation("es")
    assert before is not None
    assert before.gaps == {"ease-stop": Lack.OUTDATED}
    data = renewed("es", changed, po("es"))
    after = read_translation("es", data, changed.catalogues.source)
    assert after.gaps == {"ease-stop": Lack.FUZZY}
    old = loaded().catalogues["es"]["ease-stop"]
    assert '#, fuzzy\nmsgctxt "ease-stop"\nmsgid "Halt what you' in data.decode()
    assert old in data.decode()


def test_words_whose_message_is_gone_are_kept_as_obsolete() -> None:
    text = po("es").decode()
    more = text + '\nmsgctxt "ease-ice"\nmsgid "Cool it."\nmsgstr "Enfríelo."\n'
    once = renewed("es", loaded(), more.encode())
    assert '#~ msgstr "Enfríelo."' in once.decode()
    assert renewed("es", loaded(), once) == once


@pytest.mark.parametrize("damaged", [b"\r", b"# only a comment\n", b"msgid\rmsgstr\r"])
def test_a_file_without_messages_is_not_written_over(damaged: bytes) -> None:
    with pytest.raises(UsageError) as error:
        renewed("es", loaded(), b"# words\r" + damaged)
    assert error.value.code == "bad-catalogue"


def test_a_message_that_begins_to_depend_on_a_number_keeps_its_words(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
    source = folder / "locale" / "en.yaml"
    text = source.read_text("utf-8")
    counted = "section-first: {one: Before you start, other: Before you start}"
    text = text.replace("section-first: Before you start", counted)
    top = text.index("section-top:")
    end = text.index("section-top@caregiver:")
    text = text[:top] + "section-top: The most important things for you\n" + text[end:]
    source.write_text(text, "utf-8")
    made = renewed("es", load_pack(folder), po("es")).decode()
    words = loaded().catalogues["es"]
    assert f'msgstr[1] "{words["section-first"]}"' in made
    assert f'msgstr "{words["section-top"]}"' in made


@pytest.mark.parametrize("tag", ["xx", "en", "ES", "es_MX", "pt-br"])
def test_what_is_no_tag_of_a_translation_is_refused(tag: str) -> None:
    with pytest.raises(UsageError) as error:
        renewed(tag, loaded(), None)
    assert error.value.code == "no-such-language"


def test_a_file_that_cant_be_read_is_not_written_over() -> None:
    with pytest.raises(UsageError) as error:
        renewed("es", loaded(), b'msgid "x\n')
    assert error.value.code == "bad-catalogue"


# --- the second look ------------------------------------------------------------------------------


def test_what_warns_forbids_or_is_about_drinking_and_supplements_is_translated_back() -> None:
    wanted = {name.partition("@")[0] for name in to_back_translate(loaded())}
    for message in ("section-emergency-lead", "sheet-interpreter", "emergency-number-unknown"):
        assert message in wanted
    for statement in loaded().content.statements:
        tags = {tag["topic"] for tag in statement.tags} | {statement.topic}
        is_near = statement.kind in ("avoid", "replace", "call", "emergency")
        is_near = is_near or bool(tags & {"fluids", "supplements", "minerals", "quinine"})
        if is_near:
            assert statement.id in wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_near_to_harm_has_its_words_of_today_translated_back(language: str) -> None:
    words = loaded().catalogues[language]
    backed = back_translations(FILES, language)
    assert list(backed) == to_back_translate(loaded())
    for name, (said, back) in backed.items():
        assert said == words[name], f"{name} was changed since it was translated back"
        assert set(re.findall(r"\{\w+\}", said)) == set(re.findall(r"\{\w+\}", back)), name
        assert back.isprintable()
        assert len(back.split()) >= 2, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_back_lost_a_warnings_urgency_or_its_not(language: str) -> None:
    """Read by a program: where the English says now, today or not, so does what came back."""
    english = loaded().catalogues["en"]
    now = re.compile(r"right away|immediately|at once|\bnow\b|today|same day|urgent|promptly", re.I)
    never = re.compile(
        r"\b(can)?not\b|n[’']t\b|\bno\b|\bnever\b|\bnone\b|\bstop(s|ped|ping)?\b|avoid|without|unable|inability",
        re.I,
    )
    for name, (_, back) in back_translations(FILES, language).items():
        for what in (now, never):
            if what.search(english[name]):
                assert what.search(back), (name, english[name], back)


def test_the_status_tells_how_far_each_language_has_come() -> None:
    found = {status.language: status for status in statuses(loaded(), FILES)}
    assert sorted(found) == sorted(LANGUAGES)
    for status in found.values():
        assert status.is_complete
        assert status.backed == status.to_back == len(to_back_translate(loaded()))
        assert (status.reviewed, status.statements) == (0, len(loaded().content.statements))
        assert status.messages == len(loaded().catalogues.source)
