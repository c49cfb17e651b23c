"""What is measured with: a series, an edition and people as an organiser would have them."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from chalicelib.domain.consent import Consent
from chalicelib.domain.subscription import Standing, Subscriber

SERIES = {
    "slug": "kaffeepause",
    "title": "Virtuelle Kaffeepause",
    "language": "de",
    "zone": "Europe/Berlin",
    "sender_name": "Campus für Ehrenamt",
    "sender_address": "kaffee@campus.example.org",
    "reply_to": "frag@campus.example.org",
    "imprint_url": "https://campus.example.org/impressum",
    "privacy_url": "https://campus.example.org/datenschutz",
}
EDITION = {
    "title": "Gemeinsam wirken: wie Vereine vor Ort zusammenfinden",
    "duration_minutes": 45,
    "location": {"join_url": "https://meet.example.org/kaffee"},
    "speakers": [{"name": "Andrea Blau", "organisation": "Stadt mit Herz", "link": "https://stadt.example.org"}],
    "announcement": "Worum es geht:\n\n- was das **heißt**\n- wie es [gelingt](https://campus.example.org)\n\n" * 5,
}


def a_subscriber(hash_: str, address: str, *, now: datetime) -> Subscriber:
    words = "Ja, ich möchte per E-Mail erfahren, wenn die Virtuelle Kaffeepause einen neuen Termin ankündigt."
    consent = Consent(wording=words, wording_version="0" * 11 + "1", source="page", requested_at=now, confirmed_at=now)
    return Subscriber(
        series=str(SERIES["slug"]),
        hash=hash_,
        address=address,
        standing=Standing.ACTIVE,
        since=now,
        consent=consent,
        counted=True,
    )


def a_form(address: str) -> str:
    fields = {"name": "Jörg Müller-Weiß", "email": address, "organisation": "Stadt mit Herz", "privacy": "yes"}
    return urlencode(fields)
