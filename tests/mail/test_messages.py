"""Every mail we send, by its class: its files, what its templates may know, and what each has to say."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from jinja2 import meta, nodes

from chalicelib.domain.edition import Location, Speaker
from chalicelib.domain.heard import News
from chalicelib.domain.mails import Kind
from chalicelib.domain.series import Language
from chalicelib.mail.messages import (
    MESSAGES,
    Announcement,
    EditionCancelled,
    EditionFull,
    EditionMoved,
    Message,
    RegistrationConfirmation,
    Reminder,
    SeatGivenBack,
    SubmissionKept,
)
from chalicelib.mail.render import Letter, render
from chalicelib.words.language import TEMPLATES
from chalicelib.words.templating import environment
from tests.builders import a_series, an_edition
from tests.mail.samples import SITE, VALUES, a_message
from tests.web.reading import Page

HYBRID = Location(place="Rathaus", join_url="https://a.example.org")
OTHER_DAY, OTHER_HOUR, SAME = datetime(2027, 3, 9, 14, 30), datetime(2027, 3, 10, 10, 0), datetime(2027, 3, 10, 14, 30)
PARTS = {"subject.txt", "body.txt", "body.html"}
EMAILS = TEMPLATES / "emails"
ENVIRONMENT = environment(Language.GERMAN)

every_message = pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.folder())
both_languages = pytest.mark.parametrize("language", Language)


def letter(kind: type[Message], language: Language = Language.GERMAN, **given: object) -> Letter:
    message = a_message(kind, **{"series": a_series(language=language)} | given)
    return render(message).filled(VALUES)


def sources(kind: type[Message]) -> dict[str, nodes.Template]:
    """Its templates and all they extend or import, parsed."""
    found: dict[str, nodes.Template] = {}
    wanted = [f"emails/{kind.folder()}/{part}" for part in PARTS]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = ENVIRONMENT.parse((TEMPLATES / name).read_text("utf-8"))
            wanted += [one for one in meta.find_referenced_templates(found[name]) if one]
    return found


def test_every_folder_belongs_to_a_message_and_every_message_to_a_kind_of_mailing() -> None:
    folders = {path.name for path in EMAILS.iterdir() if path.is_dir()} - {"_base"}
    assert folders == {kind.folder() for kind in MESSAGES} == set(Kind)


@every_message
def test_a_message_has_its_three_files_and_no_other(kind: type[Message]) -> None:
    assert {path.name for path in (EMAILS / kind.folder()).iterdir()} == PARTS


@every_message
def test_a_template_knows_the_fields_and_the_personal_names_only(kind: type[Message]) -> None:
    known = kind.names() | set(kind.personal) | set(ENVIRONMENT.globals)
    for name, source in sources(kind).items():
        macros = {macro for line in source.find_all(nodes.FromImport) for macro in line.names}
        assert meta.find_undeclared_variables(source) - macros <= known, name


@every_message
def test_every_personal_name_is_printed_and_nothing_is_decided_by_it(kind: type[Message]) -> None:
    """What differs from person to person is filled in after rendering: a template that asks would ask a mark."""
    printed = set()
    for name, source in sources(kind).items():
        for deciding in [*source.find_all(nodes.If), *source.find_all(nodes.CondExpr)]:
            assert not {used.name for used in deciding.test.find_all(nodes.Name)} & set(kind.personal), name
        for changing in source.find_all(nodes.Filter):
            assert not {used.name for used in changing.find_all(nodes.Name)} & set(kind.personal), name
        printed |= {used.name for used in source.find_all(nodes.Name)}
    assert set(kind.personal) <= printed


@both_languages
@every_message
def test_every_mail_has_imprint_and_privacy_notice_in_text_and_html(kind: type[Message], language: Language) -> None:
    mail = letter(kind, language)
    links = {link["href"]: link.text for link in Page(mail.html).all("a")}
    imprint, privacy = {"de": ("Impressum", "Datenschutzhinweise"), "en": ("Imprint", "Privacy notice")}[language]
    for url, words in (
        ("https://campus.example.org/impressum", imprint),
        ("https://campus.example.org/datenschutz", privacy),
    ):
        assert f"{words}: {url}" in mail.text
        assert links[url] == words  # fmt: skip


@both_languages
@every_message
def test_every_mail_is_whole_and_in_one_language(kind: type[Message], language: Language) -> None:
    mail = letter(kind, language)
    page = Page(mail.html)
    assert page.language == language
    assert page.title
    assert "\n" not in mail.subject
    assert mail.subject.strip() == mail.subject != ""
    foreign = (
        ("Imprint", "Hello", "Kind regards", "Unsubscribe") if language == "de" else ("Impressum", "Hallo", "Grüße")
    )
    for word in foreign:
        assert not re.search(rf"\b{word}\b", f"{mail.subject} {mail.text} {page.text}")  # fmt: skip
    for left_over in ("{{", "{%", "%(", "\ue000", "\ue001", "None", "Undefined"):
        assert left_over not in mail.subject + mail.text + mail.html
    assert not re.search(r"\n\n\n", mail.text), "two empty lines in a row"
    links = page.all("a")
    assert links
    assert all(link["href"].startswith(("https://", "mailto:")) for link in links)


@every_message
def test_a_mail_loads_nothing_from_anywhere(kind: type[Message]) -> None:
    """No pictures, fonts, style sheets or scripts: nobody learns who reads when, and nothing is missing offline."""
    html = letter(kind).html
    page = Page(html)
    assert [page.all(tag) for tag in ("img", "script", "iframe", "object", "link")] == [[]] * 5
    assert "url(" not in html
    assert "@import" not in html


@every_message
def test_a_mail_offers_the_links_it_is_for(kind: type[Message]) -> None:
    mail = letter(kind)
    hrefs = {link["href"] for link in Page(mail.html).all("a")}
    for name in (name for name in kind.personal if name.endswith("_url")):
        assert VALUES[name] in hrefs
        assert VALUES[name] in mail.text
    if "name" in kind.personal:
        assert "Hallo Mia Lang," in mail.text
        assert "Hallo Mia Lang," in Page(mail.html).text


@pytest.mark.parametrize(
    ("kind", "language", "subject"),
    [
        (Announcement, "de", "10. März, 14:30 Uhr: Gemeinsam wirken"),
        (Announcement, "en", "10 March, 14:30: Gemeinsam wirken"),
        (RegistrationConfirmation, "de", "Du bist dabei: Gemeinsam wirken"),
        (RegistrationConfirmation, "en", "You’re in: Gemeinsam wirken"),
        (EditionMoved, "de", "Neuer Termin: 10. März, 14:30 Uhr – Gemeinsam wirken"),
        (EditionMoved, "en", "New date: 10 March, 14:30 – Gemeinsam wirken"),
        (EditionCancelled, "de", "Fällt aus: Gemeinsam wirken (10. März)"),
        (EditionCancelled, "en", "Cancelled: Gemeinsam wirken (10 March)"),
        (EditionFull, "de", "Leider kein Platz mehr: Gemeinsam wirken"),
        (EditionFull, "en", "Sorry, no seat left: Gemeinsam wirken"),
        (SubmissionKept, "de", "Eine Anmeldung hat nicht geklappt: Formular „Unser Formular“"),
        (SubmissionKept, "en", "Somebody could not be registered: form “Unser Formular”"),
    ],
)
def test_the_subject_says_what_the_mail_is_about(kind: type[Message], language: Language, subject: str) -> None:
    assert letter(kind, Language(language)).subject == subject


@pytest.mark.parametrize(
    ("kind", "language", "said"),
    [
        (kind, language, said[language])
        for kinds, said in (
            (
                (Announcement, RegistrationConfirmation, Reminder, EditionMoved),
                {"de": "Mittwoch, 10. März 2027, 14:30 Uhr", "en": "Wednesday, 10 March 2027, 14:30"},
            ),
            (
                (EditionFull, EditionCancelled, SeatGivenBack),
                {"de": "am Mittwoch, 10. März 2027, um 14:30 Uhr", "en": "on Wednesday, 10 March 2027, at 14:30"},
            ),
        )
        for kind in kinds
        for language in ("de", "en")
    ],
)
def test_a_date_is_written_as_people_say_it(kind: type[Message], language: Language, said: str) -> None:
    mail = letter(kind, Language(language))
    assert said in " ".join(mail.text.split())
    assert said in Page(mail.html).text


@pytest.mark.parametrize(
    ("days_left", "german", "english"),
    [
        (0, "Heute, 14:30 Uhr: Gemeinsam wirken", "Today, 14:30: Gemeinsam wirken"),
        (1, "Morgen, 14:30 Uhr: Gemeinsam wirken", "Tomorrow, 14:30: Gemeinsam wirken"),
        (7, "In 7 Tagen: Gemeinsam wirken", "In 7 days: Gemeinsam wirken"),
    ],
)
def test_a_reminder_counts_days_as_people_do(days_left: int, german: str, english: str) -> None:
    assert letter(Reminder, days_left=days_left).subject == german
    assert letter(Reminder, Language.ENGLISH, days_left=days_left).subject == english


@pytest.mark.parametrize(
    ("was", "news", "location", "subject"),
    [
        (OTHER_DAY, {*News}, Location(place="Rathaus"), "Neuer Termin: 10. März, 14:30 Uhr – Gemeinsam wirken"),
        (OTHER_HOUR, {*News}, Location(place="Rathaus"), "Neue Uhrzeit: 14:30 Uhr – Gemeinsam wirken"),
        (SAME, {*News}, Location(place="Rathaus"), "Neuer Ort: Gemeinsam wirken"),
        (SAME, {*News}, Location(join_url="https://a.example.org"), "Jetzt online: Gemeinsam wirken"),
        (SAME, {News.PLACE, News.IN_A_ROOM}, Location(online=True), "Jetzt online: Gemeinsam wirken"),
        (SAME, {News.PLACE, News.IN_A_ROOM, News.LINK}, HYBRID, "Jetzt auch vor Ort: Gemeinsam wirken"),
        (SAME, {News.PLACE, News.LINK}, HYBRID, "Neuer Ort: Gemeinsam wirken"),
        (SAME, {News.ONLINE, News.LINK}, HYBRID, "Jetzt auch online: Gemeinsam wirken"),
        (SAME, {News.ONLINE, News.LINK}, Location(place="Rathaus"), "Jetzt nur noch vor Ort: Gemeinsam wirken"),
        (
            SAME,
            {News.LINK, News.MINUTES},
            Location(join_url="https://a.example.org"),
            "Neuer Zugangslink: Gemeinsam wirken",
        ),
        (SAME, {News.LINK, News.MINUTES}, Location(), "Neue Dauer: Gemeinsam wirken"),
        (SAME, {News.LINK}, Location(), "Es hat sich etwas geändert: Gemeinsam wirken"),
        (SAME, set(), Location(place="Rathaus"), "Es hat sich etwas geändert: Gemeinsam wirken"),
        (None, {*News}, Location(place="Rathaus"), "Es hat sich etwas geändert: Gemeinsam wirken"),
    ],
)
def test_a_move_names_what_has_changed(was: datetime | None, news: set[News], location: Location, subject: str) -> None:
    mail = letter(EditionMoved, was=was, news=frozenset(news), edition=an_edition(location=location))
    assert mail.subject == subject
    assert ("Bisher:" in mail.text) == (was in (OTHER_DAY, OTHER_HOUR))


def test_a_move_to_another_place_that_is_online_as_well_says_both() -> None:
    news = frozenset({News.PLACE, News.ONLINE, News.LINK})
    mail = letter(EditionMoved, was=SAME, news=news, edition=an_edition(location=HYBRID))
    for said in (" ".join(mail.text.split()), " ".join(Page(mail.html).text.split())):
        both = "findet jetzt an einem anderen Ort statt. „Gemeinsam wirken“ findet jetzt auch online statt."
        assert both in said
        assert "einen neuen Zugangslink" not in said


def test_a_place_and_online_is_said_as_both_and_the_link_only_to_participants() -> None:
    for kind in (Announcement, RegistrationConfirmation, Reminder, EditionMoved):
        mail = letter(kind, edition=an_edition(location=HYBRID))
        assert "Wo: Rathaus oder online\n" in mail.text
        assert "Rathaus oder online" in Page(mail.html).text
        assert (HYBRID.join_url in mail.text, HYBRID.join_url in mail.html) == (kind is not Announcement,) * 2
        later = letter(kind, edition=an_edition(location=Location(place="Rathaus", online=True)))
        assert ("Den Zugangslink bekommst du noch." in later.text) == (kind is not Announcement)


@pytest.mark.parametrize("kind", [RegistrationConfirmation, Reminder, EditionMoved])
def test_who_has_a_seat_is_told_how_to_join_and_nobody_else(kind: type[Message]) -> None:
    url = "https://meet.example.org/kaffee"
    assert url in letter(kind).text
    assert url in letter(kind).html
    assert url not in letter(Announcement).text + letter(Announcement).html
    at_a_place = letter(kind, edition=an_edition(location=Location(place="Rathaus, Saal 2")))
    assert "Rathaus, Saal 2" in at_a_place.text
    assert "Zugangslink" not in at_a_place.text
    later = letter(kind, edition=an_edition(location=Location()))
    assert "Den Zugangslink bekommst du noch." in later.text


def test_an_announcement_without_words_or_speakers_still_reads_well() -> None:
    for language in Language:
        mail = letter(Announcement, language, edition=an_edition(announcement="", speakers=()))
        assert f"{SITE}/editions/0123456789ab" in mail.text
        assert "\n\n\n" not in mail.text


def test_several_speakers_are_named_as_one_would_say_it() -> None:
    speakers = (Speaker(name="Ada", organisation="Stadt"), Speaker(name="Bo"), Speaker(name="Cy"))
    assert "Mit: Ada (Stadt), Bo und Cy" in letter(Announcement, edition=an_edition(speakers=speakers)).text


def test_the_opt_in_mail_advertises_nothing() -> None:
    """Courts hold that a double opt-in mail that advertises is itself unsolicited: no dates, no titles of editions."""
    from chalicelib.mail.messages import SubscriptionConfirmation

    hrefs = {link["href"] for link in Page(letter(SubscriptionConfirmation).html).all("a")}
    assert hrefs == {
        VALUES["confirm_url"],
        "https://campus.example.org/impressum",
        "https://campus.example.org/datenschutz",
    }
