"""One render path: what is personal is put in afterwards, by us or by SES, and reads the same either way."""

from __future__ import annotations

import json
import unicodedata
from html import unescape

import pytest
from hypothesis import example, given

from chalicelib.domain.edition import Speaker
from chalicelib.domain.series import Language
from chalicelib.mail.messages import (
    MESSAGES,
    Announcement,
    EditionCancelled,
    EditionFull,
    Message,
    RegistrationConfirmation,
    SubmissionKept,
)
from chalicelib.mail.render import Letter, Unrenderable, render
from local.ses.template import render as as_ses_does
from tests.builders import a_series, an_edition
from tests.mail.samples import LINES, VALUES, a_message
from tests.web.reading import Page

JOINER = "\u2060"
"""What keeps two opening braces apart."""

every_message = pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.folder())
CONFIRMATION = render(a_message(RegistrationConfirmation))


def by_ses(letter: Letter, values: dict[str, str]) -> Letter:
    data = json.loads(json.dumps(letter.data(values)))
    subject, text, html = (as_ses_does(part, data) for part in letter.as_template().values())
    return Letter(letter.language, subject, text, html, ())


def spaced(text: str) -> str:
    return " ".join(text.split())


@every_message
def test_a_list_mail_and_a_personal_mail_say_the_same(kind: type[Message]) -> None:
    letter = render(a_message(kind))
    assert by_ses(letter, VALUES) == letter.filled(VALUES)
    assert set(letter.personal) <= set(kind.personal)


@given(name=LINES)
@example(name="<b>Mia</b>")
@example(name="&lt;Mia&gt; &amp;")
def test_any_name_survives_in_text_and_html_whoever_fills_it_in(name: str) -> None:
    values = VALUES | {"name": name}
    for mail in (CONFIRMATION.filled(values), by_ses(CONFIRMATION, values)):
        page = Page(mail.html)
        assert f"Hallo {name},\n" in mail.text
        assert f"Hallo {spaced(name)}," in page.text
        assert len(page.elements) == len(Page(CONFIRMATION.filled(VALUES).html).elements), "the name became markup"


@given(title=LINES, speaker=LINES, sender=LINES, announcement=LINES)
def test_whatever_organisers_write_a_mail_can_be_rendered_sent_and_read(
    title: str, speaker: str, sender: str, announcement: str
) -> None:
    edition = an_edition(title=title, speakers=(Speaker(name=speaker),), announcement=announcement)
    letter = render(a_message(Announcement, series=a_series(title=title, sender_name=sender), edition=edition))
    mail = by_ses(letter, VALUES)
    assert mail == letter.filled(VALUES)
    assert mail.subject.replace(JOINER, "") == spaced(f"10. März, 14:30 Uhr: {title}").replace(JOINER, "")
    for said in (title, speaker, sender):
        assert spaced(said).replace(JOINER, "") in spaced(mail.text).replace(JOINER, "")
        assert spaced(said).replace(JOINER, "") in spaced(unescape(Page(mail.html).text)).replace(JOINER, "")


@pytest.mark.parametrize("language", Language, ids=str)
@every_message
def test_every_line_of_a_text_mail_has_at_most_78_columns(kind: type[Message], language: Language) -> None:
    series = a_series(
        language=language, title="Gemeinsam durch die Jahreszeiten: ein Garten für alle Generationen im Viertel"
    )
    for mail in (
        render(a_message(kind, series=series)).filled(VALUES),
        by_ses(render(a_message(kind, series=series)), VALUES),
    ):
        for line in mail.text.split("\n"):
            assert len(line) <= 78, line
        assert "\n-- \n" in mail.text


def test_an_address_behind_its_label_stays_on_its_line_however_long_it_is() -> None:
    address = "https://campus.example.org/" + "a" * 80
    letter = render(a_message(RegistrationConfirmation, series=a_series(imprint_url=address, privacy_url=address)))
    assert f"\nImpressum: {address}\n" in letter.text
    assert f"verwenden wir nur für diese\nVeranstaltung. Mehr dazu:\n{address}\n" in letter.text


def test_a_personal_address_behind_its_label_stays_there_whoever_fills_it_in() -> None:
    letter, values = render(a_message(Announcement)), VALUES | {"unsubscribe_url": "https://example.org/" + "a" * 150}
    assert by_ses(letter, values) == letter.filled(values)
    assert f"\nAbbestellen: {values['unsubscribe_url']}\n" in letter.filled(values).text


def test_what_was_laid_out_with_the_announcement_is_not_broken_again() -> None:
    address, code = "https://example.org/" + "a" * 80, "x " * 60
    written = f"- {address}\n- b\n\n> {address}\n\n1. {address}\n2. d\n\nSo:\n\n    {code}"
    letter = render(a_message(Announcement, edition=an_edition(announcement=written)))
    assert f"\n-\n  {address}\n" not in letter.text
    for line in (f"- {address}", f"> {address}", f"1. {address}", f"    {code}".rstrip()):
        assert line in [one.rstrip() for one in letter.text.split("\n")]


def test_a_personal_value_is_never_broken_in_the_middle_and_a_line_has_room_for_a_usual_one() -> None:
    letter = render(a_message(SubmissionKept))
    template = letter.as_template()["Text"]
    assert all(f"{{{{{name}}}}}" in template for name in letter.personal)
    for line in letter.filled(VALUES | {"source_name": "Anmeldung Kaffee"}).text.split("\n"):
        assert len(line) <= 78, line


def test_sentences_that_are_a_personal_value_are_wrapped_where_they_are_filled_in() -> None:
    sentences = " ".join(["Ein Satz für den Menschen, der das Formular gemacht hat."] * 4)
    mail = render(a_message(SubmissionKept)).filled(VALUES | {"problem": sentences, "remedy": sentences})
    assert max(map(len, mail.text.split("\n"))) <= 78
    assert spaced(mail.text).count(sentences) == 2


@every_message
def test_no_line_is_longer_than_mail_allows_whatever_is_filled_in(kind: type[Message]) -> None:
    longest = {name: value if name.endswith("_url") else "👩" * 100 for name, value in VALUES.items()}
    wide = a_series(title="👩 " * 99, sender_name="👩" * 100)
    for letter in (render(a_message(kind, series=wide)), render(a_message(kind))):
        for mail in (letter.filled(longest), by_ses(letter, longest)):
            assert max(len(line.encode()) for line in mail.text.split("\n")) <= 998


@given(title=LINES)
@example(title="<b>Wirken</b>")
@example(title="</td></tr></table>")
def test_a_title_in_html_is_text_and_never_markup(title: str) -> None:
    usual = Page(render(a_message(EditionCancelled)).html)
    page = Page(render(a_message(EditionCancelled, edition=an_edition(title=title))).html)
    assert [element.tag for element in page.elements] == [element.tag for element in usual.elements]


@pytest.mark.parametrize("braces", ["{{", "{{name}}", "{{{x}}}", "{{{{", "{ {{ {", "{{#if}}", "{{unsubscribe_url}}"])
def test_double_braces_are_kept_apart_so_that_ses_sees_no_variable(braces: str) -> None:
    letter = render(a_message(Announcement, edition=an_edition(title=braces, announcement=braces)))
    parts = letter.as_template()
    variables = {f"{{{{{name}}}}}" for name in letter.personal} | {f"{{{{{name}_html}}}}" for name in letter.personal}
    for part in parts.values():
        for variable in variables:
            part = part.replace(variable, "")  # noqa: PLW2901
        assert "{{" not in part
    assert by_ses(letter, VALUES).text.replace(JOINER, "").count(braces) == 2


def test_a_subject_that_looks_encoded_is_encoded_by_ses_and_reads_as_it_was_written() -> None:
    title = "=?utf-8?q?Mia?="
    letter = render(a_message(EditionFull, series=a_series(language=Language.ENGLISH), edition=an_edition(title=title)))
    subject = letter.as_template()["Subject"]
    assert "=?" not in subject
    assert title in subject.replace(JOINER, "")


def test_a_value_that_is_missing_is_an_error_before_anything_is_sent() -> None:
    with pytest.raises(KeyError):
        CONFIRMATION.filled({"name": "Mia"})
    with pytest.raises(KeyError):
        CONFIRMATION.data({"name": "Mia"})


def test_a_mail_that_programs_would_cut_off_is_not_sent() -> None:
    with pytest.raises(Unrenderable, match="bytes of HTML; mail programs cut it off above 100,000"):
        render(a_message(Announcement, edition=an_edition(announcement="&" * 20_000)))


def test_a_field_a_template_asks_for_in_vain_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.words.templating import environment

    english = environment(a_series().language)
    monkeypatch.setattr(english, "loader", _with(english.loader, "emails/announcement/subject.txt", "{{ colour }}"))
    monkeypatch.setattr(english, "cache", {})
    with pytest.raises(Unrenderable, match="emails/announcement does not render"):
        render(a_message(Announcement))


def test_marks_are_of_characters_that_no_door_lets_in() -> None:
    from chalicelib.mail.render import CLOSE, OPEN
    from chalicelib.words.text import HIDDEN

    assert OPEN
    assert CLOSE
    assert {unicodedata.category(mark) for mark in OPEN + CLOSE} <= HIDDEN


def _with(loader: object, name: str, source: str) -> object:
    from jinja2 import BaseLoader, ChoiceLoader, DictLoader

    assert isinstance(loader, BaseLoader)
    return ChoiceLoader([DictLoader({name: source}), loader])
