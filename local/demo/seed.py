"""Something to look at: a German and an English series, people, editions past, published and in draft, and
three forms elsewhere.

Everything is done as organisers and attendees would do it, over HTTP, beginning three weeks ago: the past edition was
really announced, its reminders really went out, and all of it lies in the inbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from local.demo.visitor import Visitor
from local.processes.system import LocalSystem
from local.site.form_tools import AGREE

BERLIN = ZoneInfo("Europe/Berlin")
LONDON = ZoneInfo("Europe/London")

GERMAN = {
    "slug": "virtuelle-kaffeepause",
    "title": "Virtuelle Kaffeepause",
    "language": "de",
    "zone": BERLIN.key,
    "sender_name": "Campus Miteinander",
    "sender_address": "kaffeepause@campus-miteinander.example",
    "reply_to": "hallo@campus-miteinander.example",
    "imprint_url": "https://campus-miteinander.example/impressum",
    "privacy_url": "https://campus-miteinander.example/datenschutz",
    "description": (
        "Eine Dreiviertelstunde, ein Gast, ein Thema: Wir treffen uns online auf einen Kaffee mit Menschen aus anderen "
        "Organisationen und lassen uns erzählen, was bei ihnen gelingt. Danach ist Zeit für **eure Fragen**."
    ),
}
ENGLISH = {
    "slug": "library-lunch-talks",
    "title": "Library Lunch Talks",
    "language": "en",
    "zone": LONDON.key,
    "sender_name": "Harbour Street Library",
    "sender_address": "talks@harbour-street-library.example",
    "imprint_url": "https://harbour-street-library.example/imprint",
    "privacy_url": "https://harbour-street-library.example/privacy",
    "description": "Bring a sandwich. Once a month somebody from the neighbourhood tells us what they are working on.",
}

PAST = {
    "title": "Ehrenamt und Beruf: Wie passt das zusammen?",
    "speakers": [
        {"name": "Leyla Brandt", "organisation": "Zeitspende Nord", "link": "https://zeitspende-nord.example"}
    ],
    "announcement": (
        "Zwei Stunden in der Woche, aber bitte nicht dienstags: Leyla Brandt vermittelt "
        "Menschen, die wenig Zeit und viel Lust haben.\n\n"
        "- Welche Aufgaben sich gut in kurze Stücke teilen lassen\n"
        "- Was Arbeitgeber beitragen können\n"
        "- Wie aus einem Nachmittag ein Ehrenamt wird\n"
    ),
    "location": {"join_url": "https://treffen.example/kaffeepause"},
}
PUBLISHED = {
    "title": "Gemeinsam wirken: Collective Impact im Alltag",
    "speakers": [
        {"name": "Jonas Weidner", "organisation": "Netzwerk Stadtgrün", "link": "https://stadtgruen.example"},
        {"name": "Amira Solak", "organisation": "Bürgerstiftung Talheim"},
    ],
    "announcement": (
        "Allein kommt man schneller los, gemeinsam kommt man weiter. Aber wie einigt man sich mit acht "
        "Organisationen auf *ein* Ziel?\n\n"
        "Jonas Weidner und Amira Solak erzählen von drei Jahren Stadtgrün:\n\n"
        "- Was hinter dem Begriff **Collective Impact** steckt\n"
        "- Wie sie ihr gemeinsames Ziel gefunden haben, und woran sie merken, dass es vorangeht\n"
        "- Was ein Bündnis stark macht, und was es auseinanderbringt\n\n"
        "Zum Einlesen: [Fünf Zutaten für ein gutes Bündnis](https://stadtgruen.example/buendnis)\n"
    ),
    "location": {"join_url": "https://treffen.example/kaffeepause"},
    "seats": 30,
}
DRAFT = {
    "title": "Erzähl doch mal: Geschichten, die Spenden wert sind",
    "speakers": [{"name": "Milan Okafor", "organisation": "Radio Nachbarschaft"}],
    "announcement": (
        "Warum bleibt die eine Geschichte hängen und die andere nicht? Milan Okafor sammelt seit zehn Jahren "
        "Stimmen aus dem Viertel.\n\n"
        "- Wie man Menschen zum Erzählen bringt\n"
        "- Was man weglassen darf\n"
        "- Wo die Grenze zur Rührseligkeit liegt\n\n"
        "Bring gern eine eigene Geschichte mit, sie darf auch unfertig sein.\n"
    ),
    "location": {"join_url": "https://treffen.example/kaffeepause"},
}
LUNCH = {
    "title": "What the river remembers",
    "speakers": [{"name": "Rosa Whitlock", "organisation": "Harbour Street Archive"}],
    "announcement": (
        "Flood marks, ferry tickets and a very angry letter from 1908: Rosa Whitlock reads the river in paper.\n\n"
        "- What the archive holds, and what it does not\n"
        "- How to read a flood map\n"
        "- Your own photographs are welcome\n"
    ),
    "location": {"place": "Reading room, 12 Harbour Street", "join_url": "https://meet.example/lunch"},
    "seats": 12,
}

SOURCES: tuple[dict[str, object], ...] = (
    {"name": "Typeform", "kind": "typeform", "to": {"series": GERMAN["slug"]}},
    {"name": "Tally", "kind": "tally", "to": {"series": GERMAN["slug"]}},
    {
        "name": "WordPress",
        "kind": "token",
        "to": {"series": GERMAN["slug"]},
        # Contact Form 7 sends a 1 for a box that was ticked, not what people agreed to.
        "consent": {"field": "privacy", "equals": "1", "wording": AGREE},
    },
)
"""Forms elsewhere, which ``/local/forms`` plays."""

ATTENDEES = (("Mia Lang", "mia@example.org"), ("Ole Sand", "ole@example.org"))
LISTENERS = ("mia@example.org", "tarik@example.org", "jule@example.org")


def seed(system: LocalSystem) -> str:
    """Live through three weeks; gives the id of the draft, which is due to be published."""
    today = system.now()
    system.clock.travel(today - timedelta(weeks=3))
    visitor = Visitor(system)
    for series in (GERMAN, ENGLISH):
        visitor.api("POST", "/series", series)
    for source in SOURCES:
        visitor.api("POST", "/sources", source)
    for email in LISTENERS:
        visitor.subscribe(GERMAN["slug"], email)
    visitor.subscribe(ENGLISH["slug"], "sam@example.org")
    past = _edition(visitor, GERMAN, PAST, _at(today - timedelta(days=9), BERLIN, "14:30"))
    _publish(visitor, past)
    visitor.register(past, *ATTENDEES[0])
    system.travel(to=(today - timedelta(days=2)).isoformat())

    published = _edition(visitor, GERMAN, PUBLISHED, _at(today + timedelta(days=8), BERLIN, "14:30"))
    _publish(visitor, published)
    for attendee in ATTENDEES:
        visitor.register(
            published, *attendee, organisation="Nachbarschaftshilfe", note="Klappt das auch mit ganz kleinen Vereinen?"
        )
    _publish(visitor, _edition(visitor, ENGLISH, LUNCH, _at(today + timedelta(days=15), LONDON, "12:30")))
    draft = _edition(visitor, GERMAN, DRAFT, _at(today + timedelta(days=29), BERLIN, "14:30"))
    system.travel(to=today.isoformat())
    return draft


def _edition(visitor: Visitor, series: dict[str, str], edition: Mapping[str, object], starts_at: str) -> str:
    given = {**edition, "starts_at": starts_at, "duration_minutes": 45}
    return str(visitor.api("POST", f"/series/{series['slug']}/editions", given)["id"])


def _publish(visitor: Visitor, edition: str) -> None:
    visitor.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    visitor.system.drain(hidden_too=False)


def _at(day: datetime, zone: ZoneInfo, time: str) -> str:
    return f"{day.astimezone(zone):%Y-%m-%d}T{time}"
