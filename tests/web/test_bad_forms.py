"""What attendees may get wrong: the form comes back in the series' language, filled in, with every error
beside its field."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from tests.web.conftest import House
from tests.web.reading import Page

pytestmark = pytest.mark.usefixtures("nothing_half_written")

GOOD = {"name": "Mia Lang", "email": "mia@example.org", "privacy": "yes"}
ONE_LINE = "Bitte schreib das in eine Zeile, ohne Zeilenumbruch."
NO_TEXT = "Hier steckt ein Zeichen drin, das kein Text ist (U+{}). Bitte lösch es oder tipp den Text neu ein."
TURNED = "Hier steckt ein unsichtbares Zeichen drin, das die Schreibrichtung umkehrt. Bitte tipp den Text neu ein."
NO_NAME = "Bitte schreib hier einen Namen hin, ohne Web- oder E-Mail-Adresse."
EMPTY = "Bitte gib deinen Namen an."
NO_ADDRESS = "Das sieht nicht nach einer E-Mail-Adresse aus. Sie sollte so aussehen: name@example.org."
SPACES = "In einer E-Mail-Adresse gibt es keine Leerzeichen."
ACCENTS = "Wir können nur an Adressen schreiben, die vor dem @ keine Umlaute oder Akzente haben."
CONSENT = "Ohne deine Einwilligung können wir dich nicht anmelden."
ADDRESSES = [
    pytest.param("", "Bitte gib deine E-Mail-Adresse ein.", id="none"),
    pytest.param("   ", "Bitte gib deine E-Mail-Adresse ein.", id="only spaces"),
    pytest.param("mia", NO_ADDRESS, id="no @"),
    pytest.param("mia@", NO_ADDRESS, id="no domain"),
    pytest.param("@example.org", NO_ADDRESS, id="nobody"),
    pytest.param("mia@example", NO_ADDRESS, id="no dot"),
    pytest.param("mia@localhost", NO_ADDRESS, id="this machine"),
    pytest.param("mia@[127.0.0.1]", NO_ADDRESS, id="an IP address"),
    pytest.param("mia..lang@example.org", NO_ADDRESS, id="two dots"),
    pytest.param("<mia@example.org>", NO_ADDRESS, id="angle brackets"),
    pytest.param("mia@example.org,ole@example.org", NO_ADDRESS, id="two"),
    pytest.param("mia@example.org\nBcc:ole@example.org", NO_ADDRESS, id="a header"),
    pytest.param("mia\t@example.org", SPACES, id="a tab"),
    pytest.param("m" * 65 + "@example.org", NO_ADDRESS, id="more than 64 before the @"),
    pytest.param("mia@" + "e" * 250 + ".org", NO_ADDRESS, id="a name longer than the DNS allows"),
    pytest.param("m" * 60_000 + "@example.org", NO_ADDRESS, id="60,000 characters"),
    pytest.param("mia @example.org", SPACES, id="a space"),
    pytest.param('"mia lang"@example.org', SPACES, id="a quoted space"),
    pytest.param("mia@example.org\r\nBcc: ole@example.org", SPACES, id="a whole header"),
    pytest.param("müller@example.org", ACCENTS, id="an umlaut before the @"),
    pytest.param("mu\u0308ller@example.org", ACCENTS, id="an umlaut of two characters"),
]


@pytest.mark.parametrize(("address", "said"), ADDRESSES)
def test_an_address_we_cannot_write_to_is_refused_beside_its_field(house: House, address: str, said: str) -> None:
    for path in (f"/editions/{house['open']}/registrations", "/series/kaffeepause/subscriptions"):
        answer = house.stage.post(path, GOOD | {"email": address})
        page = Page(answer.body)
        assert (answer.status_code, page.language, page.errors) == (422, "de", {"email": said})
        assert page.value("email") == address
        assert page.title.startswith("Fehler: ")
        assert page.summary == [("#email", said)]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        pytest.param("name", "", EMPTY, id="no name"),
        pytest.param("name", " \t ", EMPTY, id="a name of spaces"),
        pytest.param("name", "\u200b\u2060", EMPTY, id="a name nobody sees"),
        pytest.param("name", "x" * 101, "Bitte höchstens 100 Zeichen; das sind 101.", id="a name too long"),
        pytest.param("name", "Mia\r\nBcc: all@example.org", ONE_LINE, id="a header in a name"),
        pytest.param("name", "Mia\nLang", ONE_LINE, id="a name of two lines"),
        pytest.param("name", "Mia\x00", NO_TEXT.format("0000"), id="NUL"),
        pytest.param("name", "Mia\x1b[31m", NO_TEXT.format("001B"), id="a terminal's colour"),
        pytest.param(
            "name",
            "M\ufffdller",
            "Ein Zeichen ist unterwegs verloren gegangen: Stattdessen steht da „\ufffd“. "
            "Bitte tipp es noch einmal ein.",
            id="a lost character",
        ),
        pytest.param("name", "Hol dir deinen Preis: www.evil.example/x", NO_NAME, id="a web address as a name"),
        pytest.param("name", "mia@example.org", NO_NAME, id="an e-mail address as a name"),
        pytest.param("name", "\u3164\u2800", EMPTY, id="a name of fillers"),
        pytest.param("name", "\u202egnaL aiM", TURNED, id="a name turned around"),
        pytest.param("name", "\ue000manage_url\ue001", NO_TEXT.format("E000"), id="a mark that mails are filled by"),
        pytest.param("organisation", "Stadt\nHerz", ONE_LINE, id="an organisation of two lines"),
        pytest.param("organisation", "x" * 121, "Bitte höchstens 120 Zeichen; das sind 121.", id="a long organisation"),
        pytest.param("note", "x" * 2001, "Bitte höchstens 2000 Zeichen; das sind 2001.", id="a note too long"),
        pytest.param("note", "bell \x07", NO_TEXT.format("0007"), id="a bell in a note"),
        pytest.param("privacy", "", CONSENT, id="no consent"),
        pytest.param("privacy", "on", CONSENT, id="another value for the consent"),
    ],
)
def test_one_wrong_field_is_said_beside_it_and_the_rest_stays_filled_in(
    house: House, field: str, value: str, said: str
) -> None:
    fields = GOOD | {"organisation": "Stadt", "note": "Warum?\nWie?", "announcements": "yes", field: value}
    answer = house.stage.post(f"/editions/{house['open']}/registrations", fields)
    page = Page(answer.body)
    assert (answer.status_code, page.errors, page.summary) == (422, {field: said}, [(f"#{field}", said)])
    for name in ("name", "email", "organisation"):
        # HTMLParser reads NUL as it is written; a browser shows the replacement character.
        assert page.value(name).replace("\r\n", "\n") == fields[name].replace("\r\n", "\n")
    assert page.value("note") == fields["note"]
    assert page.ticked("privacy") == (field != "privacy")
    assert page.ticked("announcements")


def test_an_empty_form_names_all_that_is_missing_at_once(house: House) -> None:
    page = Page(house.stage.post(f"/editions/{house['open']}/registrations", {}).body)
    assert page.errors == {"name": EMPTY, "email": "Bitte gib deine E-Mail-Adresse ein.", "privacy": CONSENT}
    assert [where for where, _ in page.summary] == ["#name", "#email", "#privacy"]
    assert "3 Angaben fehlen oder stimmen noch nicht" in page.text
    assert not page.ticked("privacy")
    assert not page.ticked("announcements")


def test_an_english_series_speaks_english_to_a_german_browser(house: House) -> None:
    answer = house.stage.client.http.post(
        f"/editions/{house['english']}/registrations",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "de"},
        body=urlencode(GOOD | {"email": "mia"}).encode(),
    )
    page = Page(answer.body)
    assert (answer.status_code, page.language) == (422, "en")
    assert page.errors == {"email": "This does not look like an e-mail address. It needs a form like name@example.org."}


def test_html_in_a_field_comes_back_as_text(house: House) -> None:
    evil = '"><script>alert(1)</script></textarea><img src=x onerror=alert(1)>'
    answer = house.stage.post(
        f"/editions/{house['open']}/registrations", {"name": evil, "email": evil, "note": evil, "organisation": evil}
    )
    page = Page(answer.body)
    assert answer.status_code == 422
    assert page.all("script") == page.all("img") == []
    assert [page.value(name) for name in ("name", "email", "note", "organisation")] == [evil] * 4


@pytest.mark.parametrize(
    ("edition", "status", "said"),
    [
        ("cancelled", 410, "Dieser Termin fällt leider aus."),
        ("over", 410, "Dieser Termin ist vorbei"),
        ("running", 409, "Läuft gerade; die Anmeldung ist geschlossen."),
        ("closed", 409, "Die Anmeldung zu diesem Termin ist geschlossen."),
        ("full", 409, "Alle Plätze sind vergeben."),
    ],
)
def test_an_edition_that_takes_nobody_says_why_and_where_else_to_go(
    house: House, edition: str, status: int, said: str
) -> None:
    answer = house.stage.post(f"/editions/{house[edition]}/registrations", GOOD | {"announcements": "yes"})
    page = Page(answer.body)
    assert (answer.status_code, page.language) == (status, "de")
    assert said in page.text
    assert "/series/kaffeepause" in [link["href"] for link in page.all("a")]
    assert page.buttons == {}


@pytest.mark.parametrize("edition", ["cancelled", "over", "closed", "full"])
def test_errors_are_not_told_about_a_form_that_is_no_longer_there(house: House, edition: str) -> None:
    page = Page(house.stage.post(f"/editions/{house[edition]}/registrations", {"name": ""}).body)
    assert (page.summary, page.errors) == ([], {})
    assert not page.title.startswith("Fehler")


@pytest.mark.parametrize(
    "path",
    ["/editions/{draft}", "/editions/nonesuch", "/editions/nonesuch/registered", "/editions/{draft}/registered",
     "/series/nonesuch", "/series/nonesuch/subscribed", "/editions/" + "x" * 3000, "/series/" + "x" * 3000],
)  # fmt: skip
def test_what_does_not_exist_is_a_page_that_says_so(house: House, path: str) -> None:
    for language, said in [
        ("de-AT,de;q=0.9", "Diese Seite haben wir nicht gefunden. Vielleicht ist der Link unvollständig?"),
        ("fr", "We could not find this page. Perhaps the link is incomplete?"),
    ]:
        answer = house.stage.get(path.format_map(house.editions), **{"Accept-Language": language})
        page = Page(answer.body)
        assert (answer.status_code, page.language) == (404, language[:2] if language != "fr" else "en")
        assert said in page.text


@pytest.mark.parametrize("edition", ["draft", "nonesuch"])
def test_nobody_registers_for_what_the_public_cannot_see(house: House, edition: str) -> None:
    path = house.editions.get(edition, edition)
    assert house.stage.post(f"/editions/{path}/registrations", GOOD).status_code == 404


def test_nobody_subscribes_to_a_series_that_does_not_exist(house: House) -> None:
    assert house.stage.post("/series/nonesuch/subscriptions", {"email": "mia@example.org"}).status_code == 404


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("application/json", json.dumps(GOOD).encode(), id="JSON"),
        pytest.param("multipart/form-data; boundary=x", b"--x--", id="multipart"),
        pytest.param("text/plain", urlencode(GOOD).encode(), id="text"),
        pytest.param("", urlencode(GOOD).encode(), id="none"),
    ],
)
def test_only_forms_are_read_as_forms(house: House, content_type: str, body: bytes) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    for path in (f"/editions/{house['open']}/registrations", "/series/kaffeepause/subscriptions"):
        answer = house.stage.client.http.post(path, headers=headers, body=body)
        assert answer.status_code == 415
        assert "Please send this as a form (application/x-www-form-urlencoded)." in Page(answer.body).text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"name=" + b"x" * 70_000, 413, id="too large"),
        pytest.param(b"name=%ff&email=%c3", 400, id="escapes that are not UTF-8"),
        pytest.param(b"name=\xff", 400, id="not UTF-8"),
        pytest.param(b"name=%ED%A0%80", 400, id="half a surrogate pair"),
        pytest.param(b"a=1&" * 200, 400, id="two hundred fields"),
    ],
)
def test_a_form_that_cannot_be_read_says_what_to_do(house: House, body: bytes, status: int) -> None:
    answer = house.stage.post(f"/editions/{house['open']}/registrations", body)
    page = Page(answer.body)
    assert answer.status_code == status
    assert page.heading == "This did not work"


# Links


def other_than(first: str) -> str:
    """Another character that an id may begin with: ids are random, so no fixed one is always another."""
    return "b" if first != "b" else "c"


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda token: token[:-1], id="the last character lost"),
        pytest.param(lambda token: token[: len(token) // 2], id="half of it lost"),
        pytest.param(lambda token: token.rpartition(".")[0], id="no signature"),
        pytest.param(lambda token: token + "x", id="one character more"),
        pytest.param(lambda token: other_than(token[0]) + token[1:], id="another edition or series"),
        pytest.param(lambda token: token.swapcase(), id="in another case"),
        pytest.param(lambda _: "x", id="nonsense"),
        pytest.param(lambda _: ".", id="a dot"),
        pytest.param(lambda _: "ä", id="not ASCII"),
        pytest.param(lambda _: "x" * 4000, id="without end"),
    ],
)
def test_a_forged_or_truncated_link_opens_nothing(house: House, harm: object) -> None:
    assert callable(harm)
    registration = harm(house.registration.rpartition("/")[2])
    confirm, end = (harm(path.split("/")[2]) for path in (house.confirm, house.end))
    for path in (f"/registrations/{registration}", f"/registrations/{registration}/calendar.ics",
                 f"/subscriptions/{confirm}/confirm", f"/subscriptions/{end}/end"):  # fmt: skip
        answer = house.stage.get(path, **{"Accept-Language": "de"})
        assert answer.status_code == 404
        assert "first@example.org" not in answer.body.decode()
        assert "Link" in Page(answer.body).text
    for path in (f"/registrations/{registration}/cancel", f"/subscriptions/{confirm}/confirm",
                 f"/subscriptions/{end}/end"):  # fmt: skip
        assert house.stage.post(path).status_code == 404


def test_a_link_to_one_thing_opens_no_other(house: House) -> None:
    registration, confirm, end = (path.split("/")[2] for path in (house.registration, house.confirm, house.end))
    for other in (confirm, end):
        assert house.stage.get(f"/registrations/{other}").status_code == 404
        assert house.stage.post(f"/registrations/{other}/cancel").status_code == 404
    for token, action in ((registration, "end"), (registration, "confirm"), (confirm, "end"), (end, "confirm")):
        assert house.stage.get(f"/subscriptions/{token}/{action}").status_code == 404
        assert house.stage.post(f"/subscriptions/{token}/{action}").status_code == 404


def test_a_link_of_ours_to_nothing_is_not_found(house: House) -> None:
    """Signed by us, but the registration or subscription is gone."""
    links = house.stage.world.links
    nobody = "f" * 32
    paths = [
        links.manage(house["open"], nobody),
        links.manage("nonesuch", nobody),
        links.confirm("kaffeepause", nobody, 1),
        links.end("kaffeepause", nobody),
        links.confirm("nonesuch", nobody, 1),
    ]
    for path in (url.removeprefix(links.site_url) for url in paths):
        assert house.stage.get(path).status_code == 404
        posted = f"{path}/cancel" if "registrations" in path else path
        assert house.stage.post(posted).status_code == 404


def test_a_seat_cannot_be_given_back_once_it_is_over(house: House) -> None:
    world = house.stage.world
    person = world.addresses.parse("first@example.org").hash
    path = world.links.manage(house["over"], person).removeprefix(world.links.site_url)
    assert house.stage.get(path).status_code == 200
    assert house.stage.post(f"{path}/cancel").status_code == 410
