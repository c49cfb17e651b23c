"""Stories to live through under all kinds of trouble: an edition from the first subscription to its cancellation,
a broadcast, and the next edition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from chalicelib.domain.copies import copy_id
from tests.builders import end_link, organised, subscribed
from tests.faults.life import Chapter, Life
from tests.faults.people import readers
from tests.inside import Kept
from tests.stage import Stage

HOUR = timedelta(hours=1)
MANY = 120
"""Three batches."""

EDITION_TOLD = {
    "subscription-confirmation": 3,
    "announcement": 2,
    "registration-confirmation": 2,
    "seat-given-back": 2,
    "reminder": 2,
    "edition-moved": 1,
    "announced-edition-moved": 2,
    "message-to-registered": 1,
    "edition-cancelled": 1,
    "announced-edition-cancelled": 2,
}


@dataclass
class Doors:
    """Where people and organisers knock: pages, links in mails, the API."""

    stage: Stage
    edition: str

    def visit(self, life: Life, path: str, **fields: str) -> None:
        life.press(lambda: self.stage.post(path, fields))

    def register(self, life: Life, name: str) -> None:
        path = f"/editions/{self.edition}/registrations"
        self.visit(life, path, name=name, email=f"{name}@example.org", privacy="yes")

    def give_back(self, life: Life, name: str) -> None:
        person = self.stage.world.addresses.hash(f"{name}@example.org")
        self.visit(life, urlsplit(self.stage.world.links.manage(self.edition, person)).path + "/cancel")

    def organise(self, life: Life, verb: str, **wish: Any) -> None:
        life.press(lambda: self.stage.api("POST", f"/editions/{self.edition}/{verb}", wish))


def an_edition(on_stage: Stage) -> tuple[Kept, list[Chapter]]:
    """Mia stays to the end.

    Ole gives his place back at once, Ida before the first reminder; Ex unsubscribes before the announcement.
    """
    doors = Doors(on_stage, organised(on_stage, publish=False, starts_at="2027-02-04T14:30", seats=10))
    for email in ("bo@example.org", "ex@example.org"):
        subscribed(on_stage, email)
    on_stage.travel(on_stage.clock.now() + HOUR)
    return on_stage.keep(), [
        partial(subscribe, doors),
        partial(confirm_and_unsubscribe, doors),
        partial(publish, doors),
        partial(register, doors),
        partial(remind, doors),
        partial(move, doors),
        partial(write, doors),
        partial(remind_again, doors),
        partial(cancel, doors),
    ]


def subscribe(doors: Doors, life: Life) -> None:
    doors.visit(life, "/series/kaffeepause/subscriptions", email="sub@example.org")
    life.wait(HOUR)


def confirm_and_unsubscribe(doors: Doors, life: Life) -> None:
    doors.visit(life, doors.stage.link("sub@example.org", "/confirm"))
    doors.visit(life, end_link(doors.stage, "ex@example.org"))


def publish(doors: Doors, life: Life) -> None:
    doors.organise(life, "publish", announce="now")
    life.wait(HOUR)


def register(doors: Doors, life: Life) -> None:
    for name in ("mia", "ole", "ida"):
        doors.register(life, name)
    doors.give_back(life, "ole")  # before the queue was worked on
    life.wait(HOUR)


def remind(doors: Doors, life: Life) -> None:
    doors.give_back(life, "ida")
    life.until(datetime(2027, 2, 3, 9, 0, tzinfo=UTC))


def move(doors: Doors, life: Life) -> None:
    doors.organise(life, "move", starts_at="2027-02-05T14:30", note="The room is taken.")
    life.wait(HOUR)


def write(doors: Doors, life: Life) -> None:
    doors.organise(life, "messages", subject="The door", text="Ring at the **left**.", at="now")
    life.wait(HOUR)


def remind_again(doors: Doors, life: Life) -> None:
    life.until(datetime(2027, 2, 4, 9, 0, tzinfo=UTC))


def cancel(doors: Doors, life: Life) -> None:
    doors.organise(life, "cancel", reason="Andrea is *ill*.", note="Keep the book.")
    life.wait(HOUR)


def the_next_edition(on_stage: Stage) -> tuple[Kept, list[Chapter]]:
    """An edition is copied twice, and the second copy deleted.

    The first copy is published, and the draft after it made by the tick.
    """
    doors = Doors(on_stage, organised(on_stage))
    return on_stage.keep(), [
        partial(copy, doors),
        partial(copy_and_delete, doors),
        partial(want_drafts_ahead, doors),
        partial(publish_the_copy, doors),
    ]


def copy(doors: Doors, life: Life) -> None:
    doors.organise(life, "copy", starts_at="2027-04-14T14:30")


def copy_and_delete(doors: Doors, life: Life) -> None:
    doors.organise(life, "copy", starts_at="2027-05-12T14:30")
    unwanted = copy_id("kaffeepause", datetime(2027, 5, 12, 14, 30), 0)
    life.press(lambda: doors.stage.api("DELETE", f"/editions/{unwanted}"))


def want_drafts_ahead(doors: Doors, life: Life) -> None:
    """A draft is ahead already."""
    rhythm = {"rule": "FREQ=MONTHLY;BYDAY=2WE", "at": "14:30"}
    life.press(lambda: doors.stage.api("PATCH", "/series/kaffeepause", {"rhythm": rhythm, "drafts_ahead": True}))
    life.wait(HOUR)


def publish_the_copy(doors: Doors, life: Life) -> None:
    copied = copy_id("kaffeepause", datetime(2027, 4, 14, 14, 30), 0)
    life.press(lambda: doors.stage.api("POST", f"/editions/{copied}/publish", {"announce": None}))
    life.wait(HOUR)


def announced_again(on_stage: Stage) -> tuple[Kept, list[Chapter]]:
    """An edition is announced after some minutes, and once more with the same text; then the text is corrected, and it
    is announced to those without a seat.

    Mia reads the first and the correction, Ole joins after the first. Ida registers before the correction, which she
    gets as well. The last is news to Tom alone.
    """
    doors = Doors(on_stage, organised(on_stage))
    for email in ("mia@example.org", "ida@example.org"):
        subscribed(on_stage, email)
    on_stage.travel(on_stage.clock.now() + HOUR)
    return on_stage.keep(), [
        partial(announce, doors, announce={"in_minutes": 10}),
        partial(join, doors, "ole"),
        partial(announce, doors, announce="now"),
        partial(another_text, doors),
        partial(correct, doors),
        partial(join, doors, "tom"),
        partial(announce, doors, announce="now", to="not_registered"),
    ]


ANNOUNCED_AGAIN_TOLD = {
    "subscription-confirmation": 4,
    "registration-confirmation": 1,
    "announcement": 4,
    "correction": 3,
}


def announce(doors: Doors, life: Life, **wish: Any) -> None:
    doors.organise(life, "announce", **wish)
    life.wait(HOUR)


def join(doors: Doors, name: str, life: Life) -> None:
    doors.visit(life, "/series/kaffeepause/subscriptions", email=f"{name}@example.org")
    life.wait(HOUR)
    doors.visit(life, doors.stage.link(f"{name}@example.org", "/confirm"))


def correct(doors: Doors, life: Life) -> None:
    doors.organise(life, "correct", text="Da war ein Fehler.")
    life.wait(HOUR)


def another_text(doors: Doors, life: Life) -> None:
    life.press(lambda: doors.stage.api("PATCH", f"/editions/{doors.edition}", {"announcement": "Etwas anderes."}))
    doors.register(life, "ida")
    life.wait(HOUR)


LINK_TOLD = {"registration-confirmation": 3, "seat-given-back": 1, "joining-link": 7}


def a_link(on_stage: Stage) -> tuple[Kept, list[Chapter]]:
    """Three people register before there is a link, and one of them gives the seat back before the second link.

    The third link comes before the move was told, so one mailing tells both.
    """
    doors = Doors(on_stage, organised(on_stage, location={"online": True}))
    return on_stage.keep(), [
        partial(register_for_the_link, doors),
        partial(link, doors, "first"),
        partial(link_again, doors),
        partial(move_and_link, doors),
    ]


def register_for_the_link(doors: Doors, life: Life) -> None:
    for name in ("mia", "ole", "ida"):
        doors.register(life, name)
    life.wait(HOUR)


def link(doors: Doors, name: str, life: Life) -> None:
    wanted = {"location": {"join_url": f"https://meet.example.org/{name}"}, "tell_registered": True}
    life.press(lambda: doors.stage.api("PATCH", f"/editions/{doors.edition}", wanted))
    life.wait(HOUR)


def link_again(doors: Doors, life: Life) -> None:
    doors.give_back(life, "ida")
    life.wait(HOUR)
    link(doors, "second", life)


def move_and_link(doors: Doors, life: Life) -> None:
    doors.organise(life, "move", starts_at="2027-03-11T14:30")
    link(doors, "third", life)


THANKS_TOLD = {
    "registration-confirmation": 3,
    "seat-given-back": 1,
    "edition-moved": 2,
    "reminder": 2,
    "thank-you": 2,
}


def thanks(on_stage: Stage) -> tuple[Kept, list[Chapter]]:
    """Planned for later, moved along, and brought forward by the recording; of three people, one gives the seat
    back."""
    doors = Doors(on_stage, organised(on_stage, publish=False, starts_at="2027-02-04T14:30"))
    return on_stage.keep(), [
        partial(publish_with_thanks, doors),
        partial(register_for_the_link, doors),
        partial(move_with_thanks, doors),
        partial(thank, doors),
        partial(thank_again, doors),
    ]


def publish_with_thanks(doors: Doors, life: Life) -> None:
    doors.organise(life, "publish", announce=None, thank="2027-02-06T10:00")


def move_with_thanks(doors: Doors, life: Life) -> None:
    doors.give_back(life, "ida")
    life.wait(HOUR)
    doors.organise(life, "move", starts_at="2027-02-01T16:30")
    life.until(datetime(2027, 2, 1, 16, 30, tzinfo=UTC))


def thank(doors: Doors, life: Life) -> None:
    wanted = {"recording_url": "https://film.example.org/1", "thank": "now"}
    life.press(lambda: doors.stage.api("PATCH", f"/editions/{doors.edition}", wanted))
    life.wait(HOUR)


def thank_again(doors: Doors, life: Life) -> None:
    thank(doors, life)
    life.until(datetime(2027, 2, 4, 12, 0, tzinfo=UTC))


def a_broadcast(on_stage: Stage) -> tuple[Kept, list[Chapter]]:
    doors = Doors(on_stage, organised(on_stage, publish=False))
    readers(on_stage, MANY)
    return on_stage.keep(), [partial(publish, doors)]
