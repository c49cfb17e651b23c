"""tzdata changes between planning and sending: Berlin, with rules made up in files of their own."""

from __future__ import annotations

import struct
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.builders import organised, registered, subscribed
from tests.stage import Stage

Rules = Callable[[int], None]


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Rules]:
    """Berlin is so many hours ahead of UTC from now on, all year."""

    def change(hours: int) -> None:
        name = f"<+{hours:02}>-{hours}"
        block = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 4) + struct.pack(
            ">lbb4s", hours * 3600, 0, 0, b"XXX\0"
        )
        file = tmp_path / "Europe" / "Berlin"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(block * 2 + f"\n{name}\n".encode())
        zoneinfo.reset_tzpath(to=[tmp_path])
        zoneinfo.ZoneInfo.clear_cache()
        assert datetime(2027, 3, 10, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset().seconds == hours * 3600  # type: ignore[union-attr]

    yield change
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


def planned(on_stage: Stage) -> str:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage, "sub@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "2027-03-03T09:00"})
    registered(on_stage, edition)
    return edition


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1), (1, 0)], ids=["sooner", "later", "without offset"])
def test_announcement_and_reminders_keep_their_wall_clock_time(
    on_stage: Stage, rules: Rules, before: int, after: int
) -> None:
    rules(before)
    planned(on_stage)
    on_stage.settle()
    rules(after)
    on_stage.travel(datetime(2027, 2, 2, 2, 0, tzinfo=UTC))  # the tick comes every minute: also in this night
    on_stage.travel(datetime(2027, 3, 10, 14, 0, tzinfo=UTC))
    sent = {mail["subject"]: datetime.fromisoformat(mail["sent_at"]) for mail in on_stage.inbox()}
    local = {
        subject: f"{at.astimezone(zoneinfo.ZoneInfo('Europe/Berlin')):%m-%dT%H:%M}" for subject, at in sent.items()
    }
    assert local["10. März, 14:30 Uhr: Gemeinsam wirken"] == "03-03T09:00"
    assert local["Morgen, 14:30 Uhr: Gemeinsam wirken"] == "03-09T09:00"
    assert local["Heute, 14:30 Uhr: Gemeinsam wirken"] == "03-10T13:30"


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1)], ids=["sooner", "later"])
def test_a_thank_you_keeps_its_wall_clock_time_when_rules_change_after_the_end(
    on_stage: Stage, rules: Rules, before: int, after: int
) -> None:
    rules(before)
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.api("PATCH", f"/editions/{edition}", {"thank": "2027-03-30T09:00"})
    on_stage.travel(datetime(2027, 3, 20, tzinfo=UTC))
    rules(after)
    on_stage.travel(datetime(2027, 3, 21, 2, 0, tzinfo=UTC))  # the tick comes every minute: also in this night
    on_stage.travel(datetime(2027, 3, 31, tzinfo=UTC))
    (sent,) = [mail["sent_at"] for mail in on_stage.inbox() if mail["subject"].startswith("Danke")]
    local = datetime.fromisoformat(sent).astimezone(zoneinfo.ZoneInfo("Europe/Berlin"))
    assert f"{local:%m-%dT%H:%M}" == "03-30T09:00"


@pytest.mark.parametrize("verb", ["", "move"])
def test_an_edition_is_found_once_in_its_series(on_stage: Stage, rules: Rules, verb: str) -> None:
    rules(1)
    edition = organised(on_stage)
    rules(2)
    if verb:
        status, _ = on_stage.api("POST", f"/editions/{edition}/{verb}", {"starts_at": "2027-03-11T10:00"})
        assert status == 200
    for _ in range(2):
        shown = on_stage.api("GET", "/series/kaffeepause/editions")[1]["items"]
        assert [one["id"] for one in shown] == [edition]
        assert on_stage.api("PATCH", f"/editions/{edition}", {"title": "Anders"})[0] == 200
    assert (
        len(
            [
                item
                for item in on_stage.items()
                if item["pk"]["S"] == "SERIES#kaffeepause" and edition in item["sk"]["S"]
            ]
        )
        == 1
    )


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1)])
def test_an_edition_is_past_or_ahead_by_todays_rules(on_stage: Stage, rules: Rules, before: int, after: int) -> None:
    rules(before)
    edition = organised(on_stage)
    rules(after)
    start, store = on_stage.world.store.edition(edition).starts_at, on_stage.world.store
    assert [one.id for one in store.editions_of("kaffeepause", since=start)] == [edition]
    assert store.editions_of("kaffeepause", until=start, backwards=True) == []
