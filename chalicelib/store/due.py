"""What is due and when somebody looks at it again; the tick; the halts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.due import Due, Matter
from chalicelib.domain.halt import Halt
from chalicelib.domain.mailing import Mailing
from chalicelib.store import keys
from chalicelib.store.table import Item, LostRace, Table, Write, attributes

EVERYBODY = "everybody"


class Ticked(NamedTuple):
    """What one tick remembers for the next: from which day on to look for due rows, and how far those who came before
    counts were kept are counted (``EVERYBODY``, or where to go on; empty: nobody yet)."""

    since: datetime
    counted: str


class DueRows:
    table: Table

    def halts(self) -> list[Halt]:
        """Those that stand, and those that have ended and were not forgotten yet."""
        return load_halts(self.table.get(keys.halt()))

    def stop_sending(self, halts: Sequence[Halt], *, over: Sequence[Halt] = ()) -> None:
        """What each halt concerns waits until its end.

        Halts of other scopes stay, whoever writes them at the same moment.

        ``over`` have ended and are forgotten, unless one of them was renewed meanwhile.
        """
        try:
            self.table.write([_stop(halts, [old for old in over if old.scope not in {new.scope for new in halts}])])
        except LostRace:
            self.table.write([_stop(halts, [])])

    def due(self, now: datetime, *, since: datetime) -> Iterator[Due]:
        """What has a due row between ``since``'s day and ``now``, in order of the rows' times."""
        day = since.astimezone(UTC).date()
        while day <= now.astimezone(UTC).date():
            for item in self.table.query(keys.due_day(day), end=keys.iso(now) + "~"):
                yield keys.read_due(item["sk"]["S"])
            day += timedelta(days=1)

    def ticked_and_halts(self) -> tuple[Ticked | None, list[Halt]]:
        """What the tick remembers, nothing before the very first one; and the halts."""
        found = self.table.get_many([keys.tick(), keys.halt()])
        item = found.get(keys.tick())
        return _ticked(item) if item else None, load_halts(found.get(keys.halt()))

    def forget_due(self, due: Due) -> None:
        """A leftover: nobody looks for it."""
        self.table.write([{"Delete": {"Key": attributes(keys.due(due))}}])

    def forget_finished(self, mailings: list[Mailing]) -> None:
        """The due rows of mailings to one person that are finished, at once.

        The tick finds whatever is left of them.
        """
        self.table.delete([keys.due(due_again(mailing)) for mailing in mailings])

    def remember_tick(self, ticked: Ticked) -> None:
        remembered = {"since": {"S": keys.iso(ticked.since)}, "counted": {"S": ticked.counted}}
        self.table.write([{"Put": {"Item": attributes(keys.tick()) | remembered}}])


def _ticked(item: Item) -> Ticked:
    return Ticked(datetime.fromisoformat(item["since"]["S"]), item.get("counted", {"S": ""})["S"])


def due_again(mailing: Mailing) -> Due:
    """When the tick looks after the mailing."""
    return Due(mailing.look_at, Matter.MAILING, mailing.id)


def due_row_stands(mailing: Mailing, at: datetime) -> bool:
    """Whether the due row found at ``at`` is where the mailing expects it; else it is a leftover.

    Keys keep milliseconds.
    """
    return keys.iso(mailing.look_at) == keys.iso(at)


def due_row(mailing: Mailing) -> Write:
    return {"Put": {"Item": attributes(keys.due(due_again(mailing)))}}


def no_due_row(mailing: Mailing) -> Write:
    return {"Delete": {"Key": attributes(keys.due(due_again(mailing)))}}


def load_halts(item: Item | None) -> list[Halt]:
    """Each is an attribute of the one item, named by its scope: two workers that write different ones do not meet."""
    return [
        Halt(scope, datetime.fromisoformat(told["until"]["S"]), told["reason"]["S"], told["alarm"]["BOOL"])
        for scope, kept in (item or {}).items()
        if (told := kept.get("M"))
    ]


def _stop(halts: Sequence[Halt], over: Sequence[Halt]) -> Write:
    names = {f"#{number}": halt.scope for number, halt in enumerate([*halts, *over])}
    told = [
        {"M": {"until": {"S": keys.iso(halt.until)}, "reason": {"S": halt.reason}, "alarm": {"BOOL": halt.alarm}}}
        for halt in [*halts, *over]
    ]
    values = {f":{number}": value for number, value in enumerate(told)}
    kept, ended = range(len(halts)), range(len(halts), len(names))
    update = "SET " + ", ".join(f"#{number} = :{number}" for number in kept)
    asked: Item = {
        "Key": attributes(keys.halt()),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
    if ended:
        update += " REMOVE " + ", ".join(f"#{number}" for number in ended)
        asked["ConditionExpression"] = " AND ".join(f"#{number} = :{number}" for number in ended)
    return {"Update": asked | {"UpdateExpression": update}}
