"""What tests are made of: sensible values, of which a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.domain.consent import Consent
from chalicelib.domain.edition import Edition, Location, Speaker, Status
from chalicelib.domain.registration import Person, Place, Registration
from chalicelib.domain.series import Language, Series
from chalicelib.domain.subscription import Standing, Subscriber

if TYPE_CHECKING:
    from tests.stage import Stage

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)


def a_series(**given: Any) -> Series:
    usual: dict[str, Any] = {
        "slug": "kaffeepause",
        "title": "Virtuelle Kaffeepause",
        "language": Language.GERMAN,
        "zone": "Europe/Berlin",
        "sender_name": "Campus für Ehrenamt",
        "sender_address": "kaffee@campus.example.org",
        "imprint_url": "https://campus.example.org/impressum",
        "privacy_url": "https://campus.example.org/datenschutz",
        "created_at": NOW,
    }
    return Series(**usual | given)


def an_edition(**given: Any) -> Edition:
    usual: dict[str, Any] = {
        "id": "0123456789ab",
        "series": "kaffeepause",
        "title": "Gemeinsam wirken",
        "local_start": datetime(2027, 3, 10, 14, 30),
        "zone": "Europe/Berlin",
        "minutes": 45,
        "location": Location(join_url="https://meet.example.org/kaffee"),
        "speakers": (Speaker(name="Andrea Blau", organisation="Stadt mit Herz"),),
        "announcement": "Worum es geht:\n\n- was das heißt\n- wie es gelingt",
        "status": Status.PUBLISHED,
        "created_at": NOW,
        "published_at": NOW,
    }
    return Edition(**usual | given)


def a_person(name: str = "Mia Lang", **given: Any) -> Person:
    usual: dict[str, Any] = {"hash": "a" * 32, "address": "mia@example.org", "name": name}
    return Person(**usual | given)


def a_registration(**given: Any) -> Registration:
    usual: dict[str, Any] = {
        "edition": "0123456789ab",
        "person": a_person(),
        "place": Place.CONFIRMED,
        "since": NOW,
        "asked_at": NOW,
    }
    return Registration(**usual | given)


def a_consent(**given: Any) -> Consent:
    usual: dict[str, Any] = {"wording": "Ja, gern.", "wording_version": "1", "source": "test", "requested_at": NOW}
    return Consent(**usual | given)


def a_subscriber(**given: Any) -> Subscriber:
    usual: dict[str, Any] = {
        "series": "kaffeepause",
        "hash": "a" * 32,
        "address": "mia@example.org",
        "standing": Standing.ACTIVE,
        "since": NOW,
        "consent": a_consent(),
    }
    return Subscriber(**usual | given)


SERIES = {
    "slug": "kaffeepause",
    "title": "Virtuelle Kaffeepause",
    "language": "de",
    "zone": "Europe/Berlin",
    "sender_name": "Campus für Ehrenamt",
    "sender_address": "kaffee@campus.example.org",
    "imprint_url": "https://campus.example.org/impressum",
    "privacy_url": "https://campus.example.org/datenschutz",
}
EDITION = {
    "title": "Gemeinsam wirken",
    "starts_at": "2027-03-10T14:30",
    "duration_minutes": 45,
    "location": {"join_url": "https://meet.example.org/kaffee"},
    "speakers": [{"name": "Andrea Blau", "organisation": "Stadt mit Herz", "link": "https://stadt.example.org"}],
    "announcement": "Worum es geht:\n\n- was das heißt\n- wie es gelingt",
}


def organised(on_stage: Stage, *, publish: bool = True, series: dict[str, Any] | None = None, **edition: Any) -> str:
    """A series and an edition made through the API; gives the edition's id."""
    on_stage.api("POST", "/series", SERIES | (series or {}))
    slug = (SERIES | (series or {}))["slug"]
    status, made = on_stage.api("POST", f"/series/{slug}/editions", EDITION | edition)
    assert status == 201, made
    if publish:
        status, answer = on_stage.api("POST", f"/editions/{made['id']}/publish", {"announce": None})
        assert status == 200, answer
    return str(made["id"])


def registered(
    on_stage: Stage, edition_id: str, email: str = "mia@example.org", name: str = "Mia Lang", **more: str
) -> None:
    """Somebody fills in the form, and their confirmation arrives."""
    fields = {"name": name, "email": email, "privacy": "yes"} | more
    answer = on_stage.post(f"/editions/{edition_id}/registrations", fields)
    assert answer.status_code == 303, answer.body.decode()
    on_stage.run()


def end_link(on_stage: Stage, email: str = "mia@example.org", slug: str = "kaffeepause") -> str:
    """The path of the link that ends a subscription, as announcements carry it."""
    links, person = on_stage.world.links, on_stage.world.addresses.hash(email)
    return links.end(slug, person).removeprefix(links.site_url)


def subscribed(on_stage: Stage, email: str = "mia@example.org", slug: str = "kaffeepause") -> None:
    """Somebody subscribes and confirms."""
    assert on_stage.post(f"/series/{slug}/subscriptions", {"email": email}).status_code == 303
    on_stage.run()
    assert on_stage.post(on_stage.link(email, "/confirm")).status_code == 303
