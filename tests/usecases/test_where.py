"""Where an edition takes place: in a room, online, or both; with a link that is known or follows."""

from __future__ import annotations

from typing import Any

import icalendar
import msgspec
import pytest

from chalicelib.domain.edition import Edition, Location
from chalicelib.store import items
from tests.builders import an_edition, organised, registered
from tests.stage import Stage
from tests.web.reading import Page

URL = "https://meet.example.org/kaffee"
ROOM, LINK, LATER = {"place": "Rathaus"}, {"join_url": URL}, {"online": True}
FOLLOWS = "Den Zugangslink bekommst du noch."
HINT = "Dorthin schicken wir die Bestätigung"
WAYS = [
    pytest.param(ROOM, "Rathaus", ".", "Rathaus", id="a room"),
    pytest.param(LINK, "online", " und den Zugangslink.", URL, id="a link"),
    pytest.param(LATER, "online", " und später den Zugangslink.", "Online", id="a link that follows"),
    pytest.param(ROOM | LINK, "Rathaus oder online", " und den Zugangslink.", "Rathaus", id="a room and a link"),
    pytest.param(
        ROOM | LATER, "Rathaus oder online", " und später den Zugangslink.", "Rathaus", id="a room, and a link follows"
    ),
]


def page(on_stage: Stage, path: str) -> str:
    return " ".join(Page(on_stage.get(path).body.decode()).text.split())


@pytest.mark.parametrize(("location", "said", "hint", "in_the_calendar"), WAYS)
def test_everybody_reads_where_and_participants_how_to_join(
    on_stage: Stage, location: dict[str, Any], said: str, hint: str, in_the_calendar: str
) -> None:
    edition = organised(on_stage, location=location)
    assert on_stage.api("GET", f"/editions/{edition}")[1]["location"] == location
    public = page(on_stage, f"/editions/{edition}")
    assert f"Wo {said[0].upper()}{said[1:]}" in public
    assert f"{HINT}{hint}" in public
    assert said in page(on_stage, "/series/kaffeepause")
    registered(on_stage, edition)
    (mail,) = on_stage.inbox()
    assert f"Wo: {said}\n" in mail["text"]
    follows, known = "online" in location, "join_url" in location
    assert (FOLLOWS in mail["text"], URL in mail["text"], URL in mail["html"]) == (follows, known, known)
    event: Any = icalendar.Calendar.from_ical(on_stage.files("mia@example.org")[0].content).walk("VEVENT")[0]
    assert (event["location"], URL in event["description"]) == (in_the_calendar, known)
    assert URL not in on_stage.get(f"/editions/{edition}").body.decode()
    own = on_stage.get(on_stage.link("mia@example.org", "/registrations/")).body.decode()
    assert (FOLLOWS in own, URL in own) == (follows, known)
    form = {"name": "Ole", "email": "ole@example.org", "privacy": "yes"}
    confirmed = page(on_stage, on_stage.post(f"/editions/{edition}/registrations", form).headers["Location"])
    assert ("Darin findest du den Zugangslink" in confirmed) == known
    assert ("Den Zugangslink bekommst du noch per E-Mail." in confirmed) == follows


@pytest.mark.parametrize(("location", "said", "hint", "in_the_calendar"), WAYS)
def test_a_copy_takes_place_where_the_first_one_did(
    on_stage: Stage, location: dict[str, Any], said: str, hint: str, in_the_calendar: str
) -> None:
    del said, hint, in_the_calendar
    edition = organised(on_stage, location=location)
    status, copy = on_stage.api("POST", f"/editions/{edition}/copy", {"starts_at": "2027-04-14T14:30"})
    assert (status, copy["location"]) == (201, location)


@pytest.mark.parametrize(
    ("before", "after", "subject"),
    [
        (LINK, ROOM | LINK, "Jetzt auch vor Ort"),
        (ROOM, ROOM | LATER, "Jetzt auch online"),
        (ROOM, ROOM | LINK, "Jetzt auch online"),
        (ROOM | LATER, ROOM, "Jetzt nur noch vor Ort"),
        (ROOM | LINK, LINK, "Jetzt online"),
        (ROOM | LINK, {"place": "Saal"} | LINK, "Neuer Ort"),
        (LINK, ROOM, "Neuer Ort"),
        (ROOM | LINK, {"place": "Saal"}, "Neuer Ort"),
    ],
)
def test_a_move_says_what_is_new_about_where(
    on_stage: Stage, before: dict[str, Any], after: dict[str, Any], subject: str
) -> None:
    edition = organised(on_stage, location=before)
    registered(on_stage, edition)
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", {"location": after})
    assert (status, answer["edition"]["location"]) == (200, after)
    on_stage.run()
    assert on_stage.inbox()[-1]["subject"] == f"{subject}: Gemeinsam wirken"


@pytest.mark.parametrize(
    ("stored", "location"),
    [
        ({"join_url": URL, "place": ""}, Location(join_url=URL)),
        ({"join_url": "", "place": "Rathaus"}, Location(place="Rathaus")),
    ],
)
def test_an_edition_of_an_earlier_version_takes_place_where_it_did(stored: dict[str, str], location: Location) -> None:
    body = msgspec.to_builtins(an_edition()) | {"location": stored}
    item: Any = {"body": {"S": msgspec.json.encode(body).decode()}}
    assert items.load(Edition, item).location == location
