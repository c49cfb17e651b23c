"""An announcement to very many that is edited while it is being sent, and its corrections: who was told what?

It counts only where everybody got the announcement once and as a whole, what is kept of it is what their mail said, and
exactly those who were told something else are told what has changed since.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from http import HTTPStatus

from bench.announced import MOST_READ, Announced, address_of
from bench.ground import Ground, Wrong, ground
from bench.measure import Beside, Figure, Target, middle
from chalicelib.domain.delivery import HANDED_OVER, Batch, Outcome
from chalicelib.domain.guards import Skip
from chalicelib.domain.mailing import Mailing
from chalicelib.store import items, keys

SIZE, RUNS = 100_000, 1
FEW = 600
PER = 1000
Outcomes = Counter[tuple[str, str]]


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """People, beside those there must be; CPU milliseconds of a request, beside the same with few people; of a
    correction to 1,000 people, beside the announcement.

    Raises ``Wrong`` where anybody got what was not theirs, or did not get what was.
    """
    now = [datetime.now(UTC)]
    with ground(clock=lambda: now[0]) as here:
        here.series()
        here.subscribers(FEW)
        here.ask("mark")
        Story(here, FEW, now)  # warm
        few = [Story(here, FEW, now) for _ in range(runs)]
        many = [Story(here, size, now) for _ in range(runs)]
    return [*_people(many[-1], size=size, runs=runs), *_costs(few, many, size=size, runs=runs)]


class Story:
    """Announced, edited meanwhile, corrected, edited meanwhile, corrected again, and looked at. Raises ``Wrong``.

    ``announcing`` and ``correcting`` are CPU milliseconds for 1,000 mails; ``skipped`` is how many a correction had
    nothing to tell.
    """

    def __init__(self, here: Ground, people: int, now: list[datetime]) -> None:
        here.ask("rewind")
        here.subscribers(people)
        self.about = Announced(here, people, now)
        self.step = people // 40
        self.announcing = PER * 1000 * self._announce() / len(self.about.told.by_address)
        self.correcting = PER * 1000 * self._correct() / self.about.told.changes.total()
        self.skipped = self._check()

    @property
    def stayed(self) -> list[str]:
        everybody = map(address_of, range(self.about.people))
        return [address for address in everybody if address not in self.about.left]

    def _announce(self) -> float:
        """Edited when a third is sent, and by two at once during a call when two thirds are; one function dies before
        SES is called and one after."""
        about, path = self.about, f"/editions/{self.about.edition}"
        about.request("publish", "POST", f"{path}/publish", {"announce": "now"})
        with about.watched() as meter:
            waiting = about.batches()
            third = len(waiting) // 3
            first, second, rest = waiting[:third], waiting[third : 2 * third], waiting[2 * third :]
            about.leave(3, self.step)
            about.send(first)
            about.die("before", second)
            taken = about.die("after", second)
            about.edit()
            about.request("too early", "POST", f"{path}/correct", {}, HTTPStatus.CONFLICT)
            about.leave(4, self.step)
            about.come_again()
            about.report(taken)
            about.send(second)
            about.ses.meanwhile = about.edit_both_at_once
            about.send(rest)
            about.finish()
        return meter.cpu

    def _correct(self) -> float:
        """A function dies between the mails to those who were told the first version and those who were told the
        second; when nearly all is sent, the announcement is edited, and corrected once more."""
        about, path = self.about, f"/editions/{self.about.edition}/correct"
        with about.watched() as meter:
            about.request("correct", "POST", path, {})
            waiting = about.batches()
            late = len(waiting) // 6
            waiting, rest = waiting[:-late], waiting[-late:]
            taken = about.die("between", waiting)
            about.send(waiting)
            about.edit()
            about.request("correct", "POST", path, {})
            about.send(about.batches())
            about.come_again()
            about.report(taken)
            about.send(rest)
            about.finish()
        return meter.cpu

    def _check(self) -> int:
        """Everybody knows the last version, and what is kept and shown of them is what their mails said; gives how many
        mails of corrections were not due. Raises ``Wrong``."""
        about, told = self.about, self.about.told
        if (last := told.last(self.stayed)) != {about.version: len(self.stayed)}:
            raise Wrong(f"version {about.version} is the last; what {len(self.stayed)} people know: {last}")
        for address, versions in about.left.items():
            if told.by_address.get(address, []) != versions:
                raise Wrong(f"{address} had unsubscribed and was written to")
        kept = dict[str, list[int]]()
        outcomes = [self._outcomes(mailing, kept) for mailing in about.mailings()]
        if kept != told.by_address:
            some = [(one, kept.get(one), versions) for one, versions in told.by_address.items()]
            raise Wrong(f"kept is another text than was sent: {[one for one in some if one[1] != one[2]][:3]}")
        self._check_report(len(kept), told.changes.total())
        return sum(found[Outcome.SKIPPED, Skip.TOLD_ALREADY] for found in outcomes)

    def _outcomes(self, mailing: Mailing, kept: dict[str, list[int]]) -> Outcomes:
        """Adds to ``kept`` which version each person is kept to have been sent; gives how many have which outcome, for
        which reason, as the API shows it. Raises ``Wrong``."""
        about, found = self.about, Outcomes()
        for item in about.here.ask("items", {"pk": keys.mailing(mailing.id).pk, "sk": keys.BATCH}):
            batch = items.load(Batch, item)
            for hash_, one in batch.deliveries.items():
                found[one.outcome, one.reason] += 1
                if one.outcome in HANDED_OVER:
                    number = int(hash_, 16) // (16**32 // about.people)
                    kept.setdefault(address_of(number), []).append(about.digests[batch.named_to(hash_).text])
        shown = about.request("look", "GET", f"/mailings/{mailing.id}")
        reasons = {(outcome, why): number for outcome, by in shown["reasons"].items() for why, number in by.items()}
        if found != reasons | {(Outcome.SENT, ""): shown["totals"]["sent"]}:
            raise Wrong(f"{shown['totals']} and {reasons} are shown of {found}")
        return found

    def _check_report(self, announced: int, corrected: int) -> None:
        """Raises ``Wrong``."""
        report = self.about.request("look", "GET", f"/editions/{self.about.edition}/report")
        sent = {one["message"]: one["sent"] for one in report["mails"]}
        if sent != {"announcement": announced, "correction": corrected}:
            raise Wrong(f"the report says {sent}, and {announced} were announced, {corrected} corrected")


def _people(story: Story, *, size: int, runs: int) -> list[Figure]:
    """Of one run: the others were checked alike."""
    about, told = story.about, story.about.told
    first = ", ".join(f"{number:,} version {version}" for version, number in sorted(told.first().items()))
    changes = ", ".join(f"{number:,} {was} → {now}" for (was, now), number in sorted(told.changes.items()))
    absent = sum(not versions for versions in about.left.values())
    return [
        Figure(
            name="edited-announced",
            value=len(told.by_address),
            unit="people",
            floor=size - absent,
            beside=Beside.FLOOR,
            runs=runs,
            size=size,
            target=Target(most=1),
            note=f"{first}; {absent} had unsubscribed",
        ),
        Figure(
            name="edited-corrected",
            value=sum(len(told.by_address[address]) > 1 for address in story.stayed),
            unit="people",
            floor=size - len(about.left),
            beside=Beside.FLOOR,
            runs=runs,
            size=size,
            target=Target(most=1),
            note=f"{changes}; {story.skipped:,} times nothing to tell",
        ),
        Figure(
            name="edited-read",
            value=about.most_read,
            unit="people",
            floor=MOST_READ,
            beside=Beside.PEER,
            runs=runs,
            size=size,
            may_be_zero=True,
            target=Target(most=1),
            note="of one list, by any request",
        ),
    ]


def _costs(few: list[Story], many: list[Story], *, size: int, runs: int) -> list[Figure]:
    figures = [
        Figure(
            name=f"edited-{name}",
            value=middle(cost for story in many for cost in story.about.requests[name]),
            unit="ms",
            floor=middle(cost for story in few for cost in story.about.requests[name]),
            beside=Beside.PEER,
            runs=runs,
            size=size,
            target=Target(most=1.5),
        )
        for name in ("edit", "correct")
    ]
    sent = Figure(
        name="edited-sent",
        value=middle(story.correcting for story in many),
        unit="ms",
        floor=middle(story.announcing for story in many),
        beside=Beside.PEER,
        runs=runs,
        size=size,
        target=Target(most=3),
    )
    return [*figures, sent]
