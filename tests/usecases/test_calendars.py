"""What somebody's calendar is told, one entry after the other: by mails, and by the download on their page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import icalendar
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from local.ses.mailbox import attachments
from tests.builders import organised, registered
from tests.stage import Stage

MIA = "mia@example.org"
OUT = "Du bist abgemeldet: Gemeinsam wirken (10. März)"


class Entry(NamedTuple):
    uid: str
    method: str
    status: str
    sequence: int
    start: datetime

    @property
    def says(self) -> tuple[str, datetime | None]:
        return self.status, None if self.status == "CANCELLED" else self.start


def read(raw: bytes) -> Entry:
    calendar: Any = icalendar.Calendar.from_ical(raw)
    (event,) = calendar.walk("VEVENT")
    return Entry(event["uid"], calendar["method"], event["status"], event["sequence"], event["dtstart"].dt)


def received(on_stage: Stage) -> list[Entry]:
    """The entries in Mia's mails, oldest first."""
    return [read(file.content) for mail in [*on_stage.mailbox.newest_first(to=MIA)][::-1] for file in attachments(mail)]


def downloaded(on_stage: Stage) -> Entry:
    return read(on_stage.get(on_stage.link(MIA, "/registrations/") + "/calendar.ics").body)


def gives_back(on_stage: Stage) -> None:
    on_stage.post(on_stage.link(MIA, "/registrations/") + "/cancel")


def test_giving_a_seat_back_takes_the_date_out_of_the_calendar(on_stage: Stage) -> None:
    registered(on_stage, organised(on_stage))
    gives_back(on_stage)
    gives_back(on_stage)
    on_stage.run()
    assert on_stage.subjects(MIA)[1:] == [OUT]
    given, taken = received(on_stage)
    assert (given.method, taken.method, taken.status) == ("PUBLISH", "CANCEL", "CANCELLED")
    assert taken.uid == given.uid
    assert taken.sequence > given.sequence
    assert downloaded(on_stage) == taken


def test_the_page_after_giving_back_offers_what_takes_the_date_out(on_stage: Stage) -> None:
    registered(on_stage, organised(on_stage))
    path = on_stage.link(MIA, "/registrations/")
    assert "Aus dem Kalender nehmen" not in on_stage.get(path).body.decode()
    gives_back(on_stage)
    page = on_stage.get(path).body.decode()
    assert f"{path}/calendar.ics" in page
    assert "Aus dem Kalender nehmen" in page


def test_who_takes_the_seat_again_before_the_mail_went_out_is_not_told_they_had_given_it_back(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    gives_back(on_stage)
    registered(on_stage, edition)
    assert OUT not in on_stage.subjects(MIA)
    assert received(on_stage)[-1].method == "PUBLISH"


def test_a_seat_given_back_before_the_edition_was_called_off_is_told_as_what_it_is(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    gives_back(on_stage)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert on_stage.subjects(MIA)[1:] == [OUT]
    (mail,) = on_stage.inbox(MIA)[1:]
    assert "wieder anmelden" not in mail["text"]
    assert received(on_stage)[-1].method == "CANCEL"


@pytest.mark.parametrize("lagging", [False, True], ids=["at once", "worked on now and then"])
def test_whatever_happens_news_is_above_all_before_and_a_calendar_shows_what_is_true(
    on_stage: Stage, *, lagging: bool
) -> None:
    edition = organised(on_stage, starts_at="2027-03-10T14:30")
    registered(on_stage, edition)
    kept = on_stage.keep()
    actions = ["confirm", "give back", "move", *(["work"] if lagging else []), "cancel"]

    @settings(max_examples=8, phases=(Phase.explicit, Phase.generate))
    @given(st.lists(st.sampled_from(actions), max_size=9))
    @example(["give back", "move", "confirm", "give back", "cancel"])
    @example(["confirm", "confirm", "move", "give back", "confirm", "move"])
    def tried(steps: list[str]) -> None:
        on_stage.back_to(kept)
        for number, step in enumerate(steps):
            on_stage.clock.turn(by=timedelta(hours=1))
            act(on_stage, edition, step, number)
            if not lagging:
                on_stage.run()
                assert downloaded(on_stage).sequence >= received(on_stage)[-1].sequence
        on_stage.run()
        entries = received(on_stage)
        assert len({one.uid for one in entries}) == 1
        shown = entries[0]
        for entry in entries[1:]:
            # What says the same again, late, may be below: a calendar passes over it.
            assert entry.sequence > shown.sequence or entry.says == shown.says
            shown = max(shown, entry, key=lambda one: one.sequence)
        assert downloaded(on_stage).sequence >= shown.sequence
        assert downloaded(on_stage).says == shown.says

    tried()


def act(on_stage: Stage, edition: str, step: str, number: int) -> None:
    match step:
        case "confirm":
            form = {"name": "Mia", "email": MIA, "privacy": "yes"}
            assert on_stage.post(f"/editions/{edition}/registrations", form).status_code in (303, 410)
        case "give back":
            gives_back(on_stage)
        case "move":
            to = datetime(2027, 3, 11 + number, 14, 30, tzinfo=UTC)
            on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": f"{to:%Y-%m-%dT%H:%M}"})
        case "cancel":
            on_stage.api("POST", f"/editions/{edition}/cancel")
        case _:
            on_stage.run()
