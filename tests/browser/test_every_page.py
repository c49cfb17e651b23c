"""Every page and every mail, as phones and desktops show them, in light and dark: accessible, and never wider than the window."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app import app
from chalicelib.domain.mailing import Kind
from chalicelib.web.methods import offered
from local.seed import GERMAN
from tests.browser.axe import WCAG, violations
from tests.browser.browser import DESKTOP, PHONE, Browser
from tests.browser.site import Site, de

LONG = (
    "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente: wer sie bekommt, wer sie bezahlt und warum das alle angeht"
)
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
    """Every state a page can be in, by name."""
    people = site.people
    full, closed = site.edition("Ausverkauft", seats=1), site.edition("Nur bis gestern", in_days=3)
    over, off = site.edition("Gestern war schön", in_days=1), site.edition("Fällt ins Wasser")
    running = site.edition("Drei Tage am Stück", in_days=1, duration_minutes=42 * 60)
    elsewhere = site.edition(
        LONG,
        location={"place": "Gemeindehaus, " + "Lange" * 30},
        speakers=[{"name": "N" * 100, "organisation": "O" * 120, "link": "https://lang.example/" + "x" * 300}],
        announcement="# Eins\n\n## Zwei\n\n> Zitat\n\n1. Erstens\n2. Zweitens\n\n`code` "
        + "w" * 200
        + "\n\n---\n\n    eingerückt "
        + "v" * 200,
        registration_closes_at=f"{site.system.now() + timedelta(days=2):%Y-%m-%dT%H:%M}",
    )
    people.api(
        "PATCH",
        f"/editions/{closed}",
        {"registration_closes_at": f"{site.system.now() + timedelta(hours=26):%Y-%m-%dT%H:%M}"},
    )
    personal = {
        "coming": site.personal_page(site.talk, "Pia Platz", "pia@example.org"),
        "given back": site.personal_page(site.talk, "Rolf Rückzug", "rolf@example.org"),
        "at a place": site.personal_page(elsewhere, "E" * 100, "lang@example.org"),
        "over": site.personal_page(over, "Paul Perfekt", "paul@example.org"),
        "running": site.personal_page(running, "Rita Rundum", "rita@example.org"),
        "cancelled": site.personal_page(off, "Olga Off", "olga@example.org"),
    }
    people.fill_in(f"{personal['given back']}/cancel")
    people.register(full, "Ada Früh", "ada@example.org")
    people.api("POST", f"/editions/{off}/cancel")
    people.fill_in(f"{site.german}/subscriptions", email="neu@example.org")
    pending = people.link("neu@example.org", "/confirm")
    people.subscribe("virtuelle-kaffeepause", "aktiv@example.org")
    active = people.link("aktiv@example.org", "/confirm")
    people.subscribe("virtuelle-kaffeepause", "ende@example.org")
    ended = people.link("ende@example.org", "/confirm")
    unsubscribed = people.end_link("ende@example.org")
    people.fill_in(unsubscribed)
    registered = site.led_to(site.talk, "gerade@example.org")
    with_announcements = site.led_to(site.talk, "gern@example.org", announcements="yes")
    unreachable = [site.led_to(site.talk, "bounce@simulator.amazonses.com") for _ in range(2)][-1]
    site.system.travel(advance="P1DT10H")
    mail = site.system.inbox("pia@example.org")[0]["id"]
    return {
        "front page": "/",
        "series, German": site.german,
        "series, English": site.english,
        "subscribed": f"{site.german}/subscribed",
        "subscribed-unreachable": f"{site.german}/subscribed?mail=not-sent",
        "edition": f"/editions/{site.talk}",
        "edition, English": f"/editions/{site.lunch}",
        "edition, full": f"/editions/{full}",
        "edition, closed": f"/editions/{closed}",
        "edition, running": f"/editions/{running}",
        "edition, over": f"/editions/{over}",
        "edition, cancelled": f"/editions/{off}",
        "edition, everything long": f"/editions/{elsewhere}",
        "registered": registered,
        "registered, announcements": with_announcements,
        "registered-unreachable": unreachable,
        "registered, by its address": f"/editions/{site.talk}/registered",
        **{f"registration, {state}": path for state, path in personal.items()},
        "confirm, pending": pending,
        "confirm, active": active,
        "confirm, ended": ended,
        "unsubscribe": people.end_link("aktiv@example.org"),
        "unsubscribed": unsubscribed,
        "forged": "/registrations/forged",
        "not found": "/nowhere/at/all",
        "address of a form": f"/editions/{site.talk}/registrations",
        "local": "/local",
        "local inbox": "/local/inbox",
        "local inbox, empty": "/local/inbox?to=nobody@example.org",
        "local mail": f"/local/inbox/{mail}",
        "local mail, text": f"/local/inbox/{mail}?view=text",
        "local mail, source": f"/local/inbox/{mail}?view=source",
        "local mail, headers": f"/local/inbox/{mail}?view=headers",
        "local clock": "/local/clock",
        "local, not found": "/local/nothing",
    }


@pytest.fixture(scope="module")
def mails(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every kind of mail as it was received, as a file."""
    folder = tmp_path_factory.mktemp("mails")
    everybody = site.edition(
        "Für alle Fälle", in_days=5, publish=False, announcement="# Worum es geht\n\n- eins\n- zwei\n\n> Zitat"
    )
    site.people.api("POST", f"/editions/{everybody}/publish", {"announce": "now"})
    site.people.register(everybody, "Pia Post", "post@example.org")
    site.people.fill_in(f"{site.german}/subscriptions", email="post@example.org")
    site.people.fill_in(f"{site.personal_page(everybody, 'Rita Rückgabe', 'rita@example.org')}/cancel")
    site.post_arrives()
    site.system.travel(advance="P4D")
    day = site.system.now() + timedelta(days=3)
    site.people.api("POST", f"/editions/{everybody}/move", {"starts_at": f"{day:%Y-%m-%dT19:00}"})
    site.post_arrives()
    site.people.api("POST", f"/editions/{everybody}/cancel")
    site.post_arrives()
    site.fill_in_elsewhere(site.edition("Kein Platz mehr", seats=1), "Ada Früh", "ada@example.org", "voll@example.org")
    kinds = {}
    for mail in [one for to in ("post", "mia", "voll", "rita") for one in site.system.inbox(f"{to}@example.org")] + [
        *site.system.inbox(GERMAN["reply_to"])
    ]:
        kind = next(iter(mail["tags"].get("kind", [])), "") or _kind_of(mail["subject"])
        if kind and kind not in kinds:
            kinds[kind] = folder / f"{kind}.html"
            kinds[kind].write_text(mail["html"], "utf-8")
    return kinds


def _kind_of(subject: str) -> str:
    signs = {
        de("Please confirm"): Kind.SUBSCRIPTION_CONFIRMATION,
        de("You’re in: %(title)s", title=""): Kind.REGISTRATION_CONFIRMATION,
        de("Your registration is cancelled: %(title)s (%(day)s)", title="", day="").split(":")[0]: Kind.SEAT_GIVEN_BACK,
        de("A new date"): Kind.EDITION_MOVED,
        de("Cancelled"): Kind.EDITION_CANCELLED,
        de("Sorry, no seat left: %(title)s", title=""): Kind.EDITION_FULL,
        de("Somebody could not be registered"): Kind.SUBMISSION_KEPT,
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
