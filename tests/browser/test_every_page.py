"""Every page and every mail, as phones and desktops show them, in light and dark: accessible, and never
wider than the window."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app import app
from chalicelib.domain.mails import Kind
from chalicelib.web.methods import offered
from local.demo.seed import GERMAN
from tests.browser.axe import WCAG, violations
from tests.browser.browser import DESKTOP, PHONE, Browser
from tests.browser.every_page import every_page
from tests.browser.site import Site, de

NARROW = (320, 700)
"""What a desktop window becomes at a zoom of 400 % (WCAG 2.2, 1.4.10)."""

LOOKS = [
    pytest.param(size, dark, id=f"{name}, {'dark' if dark else 'light'}")
    for name, size in (("phone", PHONE), ("desktop", DESKTOP))
    for dark in (False, True)
]

NOT_PAGES = {"/assets/style.css", "/favicon.ico", "/robots.txt", "/registrations/{token}/calendar.ics"}


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, str]:
    return every_page(site)


@pytest.fixture(scope="module")
def mails(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every kind of mail as it was received, as a file."""
    folder = tmp_path_factory.mktemp("mails")
    everybody = site.edition(
        "Für alle Fälle", in_days=5, publish=False, announcement="# Worum es geht\n\n- eins\n- zwei\n\n> Zitat"
    )
    site.people.subscribe(GERMAN["slug"], READER)
    site.people.fill_in(site.people.link(READER, "/confirm"))
    site.people.api("POST", f"/editions/{everybody}/publish", {"announce": "now"})
    site.people.register(everybody, "Pia Post", "post@example.org")
    site.people.fill_in(f"{site.german}/subscriptions", email="post@example.org")
    over = site.edition(
        "Schön war es", in_days=2, slides=[{"title": "Folien des Abends", "url": "https://f.example/1"}]
    )
    site.people.register(over, "Pia Post", "post@example.org")
    site.people.fill_in(f"{site.personal_page(everybody, 'Rita Rückgabe', 'rita@example.org')}/cancel")
    site.post_arrives()
    site.people.api("PATCH", f"/editions/{everybody}", {"announcement": "# Worum es geht\n\n- eins\n- drei\n\n> Zitat"})
    site.system.travel(advance="PT10M")
    site.people.api("POST", f"/editions/{everybody}/correct", {"text": "Aus *zwei* wird **drei**."})
    site.post_arrives()
    site.system.travel(advance="P4D")
    day = site.system.now() + timedelta(days=3)
    site.people.api("POST", f"/editions/{everybody}/move", {"starts_at": f"{day:%Y-%m-%dT19:00}", "note": "> Bis bald"})
    site.post_arrives()
    site.system.travel(advance="PT10M")
    site.post_arrives()
    link = {"location": {"join_url": "https://treffen.example/neu"}, "tell_registered": True}
    site.people.api("PATCH", f"/editions/{everybody}", link)
    site.post_arrives()
    site.people.api("PATCH", f"/editions/{over}", {"recording_url": "https://film.example/abend", "thank": "now"})
    site.post_arrives()
    message = {"subject": "Der Eingang ist links", "text": "Bitte **links** klingeln.\n\n- oder anrufen", "at": "now"}
    site.people.api("POST", f"/editions/{everybody}/messages", message)
    site.post_arrives()
    site.people.api("POST", f"/editions/{everybody}/cancel", {"reason": "Andrea ist *krank*.", "note": "> Bis bald"})
    site.post_arrives()
    site.system.travel(advance="PT10M")
    site.post_arrives()
    site.fill_in_elsewhere(site.edition("Kein Platz mehr", seats=1), "Ada Früh", "ada@example.org", "voll@example.org")
    kinds = {}
    for mail in site.system.inbox(READER):
        if kind := TO_READERS.get(_kind_of(mail["subject"])):
            kinds[kind] = folder / f"{kind}.html"
            kinds[kind].write_text(mail["html"], "utf-8")
    for mail in [one for to in ("post", "mia", "voll", "rita") for one in site.system.inbox(f"{to}@example.org")] + [
        *site.system.inbox(GERMAN["reply_to"])
    ]:
        kind = next(iter(mail["tags"].get("kind", [])), "") or _kind_of(mail["subject"])
        if kind and kind not in kinds:
            kinds[kind] = folder / f"{kind}.html"
            kinds[kind].write_text(mail["html"], "utf-8")
    return kinds


READER = "leserin@example.org"
TO_READERS = {Kind.EDITION_MOVED: Kind.ANNOUNCED_MOVED, Kind.EDITION_CANCELLED: Kind.ANNOUNCED_CANCELLED}
"""What somebody is told who only subscribed has the subject that those read who registered."""


def _kind_of(subject: str) -> str:
    signs = {
        de("Please confirm"): Kind.SUBSCRIPTION_CONFIRMATION,
        de("You’re in: %(title)s", title=""): Kind.REGISTRATION_CONFIRMATION,
        de("Your registration is cancelled: %(title)s (%(day)s)", title="", day="").split(":")[0]: Kind.SEAT_GIVEN_BACK,
        de("Correction: %(subject)s", subject=""): Kind.CORRECTION,
        de("A new date"): Kind.EDITION_MOVED,
        de("Your link to join"): Kind.JOINING_LINK,
        de("Cancelled"): Kind.EDITION_CANCELLED,
        de("Thank you, and the recording: %(title)s", title=""): Kind.THANK_YOU,
        de("Sorry, no seat left: %(title)s", title=""): Kind.EDITION_FULL,
        de("Somebody could not be registered"): Kind.SUBMISSION_KEPT,
        "Der Eingang ist links": Kind.MESSAGE_TO_REGISTERED,
        "Morgen,": Kind.REMINDER,
        "Heute,": Kind.REMINDER,
    }
    known = next((kind for sign, kind in signs.items() if subject.startswith(sign)), None)
    return known or (Kind.ANNOUNCEMENT if re.match(r"\d+\. \w+, ", subject) else "")


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_axe_finds_nothing_on_any_page(
    pages: dict[str, str], browser: Browser, size: tuple[int, int], dark: bool
) -> None:
    browser.look_through(size, dark)
    assert found_on(pages, browser, lambda: violations(browser.driver)) == {}


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_axe_finds_nothing_on_a_form_with_errors(
    site: Site, browser: Browser, size: tuple[int, int], dark: bool
) -> None:
    browser.look_through(size, dark)
    for path, button in ((f"/editions/{site.talk}", "Register"), (site.german, "Subscribe to announcements")):
        browser.open(path)
        browser.press(de(button))
        assert browser.all("#errors li")
        assert violations(browser.driver) == []
        assert browser.overhang() == 0


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_axe_finds_nothing_in_any_mail(
    mails: dict[str, Path], browser: Browser, size: tuple[int, int], dark: bool
) -> None:
    assert set(mails) == set(Kind)
    browser.look_through(size, dark)
    addresses = {kind: file.as_uri() for kind, file in mails.items()}
    assert found_on(addresses, browser, lambda: violations(browser.driver, *WCAG)) == {}


@pytest.mark.parametrize("size", [NARROW, PHONE, (768, 1024)], ids=str)
def test_nothing_is_wider_than_its_window(
    pages: dict[str, str], mails: dict[str, Path], browser: Browser, size: tuple[int, int]
) -> None:
    browser.look_through(size)
    addresses = pages | {kind: file.as_uri() for kind, file in mails.items()}
    assert found_on(addresses, browser, lambda: [f"{browser.overhang()} px"] if browser.overhang() else []) == {}


def test_every_page_of_the_application_is_among_these(pages: dict[str, str]) -> None:
    paths = [urlsplit(path).path for path in pages.values()]
    routes = {
        path for path, entries in app.routes.items() if "GET" in offered(entries) and not path.startswith("/api/")
    }
    left = [
        route
        for route in routes - NOT_PAGES
        if not any(re.fullmatch(re.sub(r"{\w+}", "[^/]+", route), path) for path in paths)
    ]
    assert left == []


def found_on(addresses: dict[str, str], browser: Browser, look: Callable[[], list[str]]) -> dict[str, list[str]]:
    """What ``look`` finds, by the name of the page."""
    found = {}
    for name, address in addresses.items():
        browser.open(address)
        if seen := look():
            found[name] = seen
    return found
