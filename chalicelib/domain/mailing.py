"""Mailings: one thing to say, to one audience, at one due time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from chalicelib.domain.audience import EVERYBODY, Selection
from chalicelib.domain.delivery import Batch, BatchState, batch_of
from chalicelib.domain.edition import Edition
from chalicelib.domain.mails import MAILS, Audience, Kind, Lane, Mail
from chalicelib.domain.refusals import Conflict, mark
from chalicelib.domain.series import Language
from chalicelib.domain.tally import Tally

HINTED = timedelta(minutes=2)
"""A mail for one person is hinted to its queue at once; only if that went wrong does the tick find its due row, this
much later."""


LOOK_AGAIN = timedelta(minutes=5)
"""How long after a mailing's last step the tick looks at it again."""

FEW = 100
"""Up to this many unsettled batches are hinted again without checking whether workers are still busy with them."""


NOBODY_TO_TELL = "nobody to tell"
"""The reason of a mailing that is finished because nobody was on its list."""


class Progress(StrEnum):
    """How far a mailing has come.

    ``planned`` until due, ``dispatching`` while its audience is cut into batches, ``sending`` until each of
    them is settled.
    """

    PLANNED = "planned"
    DISPATCHING = "dispatching"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    MISSED = "missed"
    CANCELLED = "cancelled"
    REFUSED = "refused"


NEXT: dict[Progress, tuple[Progress, ...]] = {
    Progress.PLANNED: (
        Progress.DISPATCHING,
        Progress.MISSED,
        Progress.REFUSED,
        Progress.PAUSED,
        Progress.CANCELLED,
    ),
    Progress.DISPATCHING: (Progress.SENDING, Progress.FINISHED, Progress.PAUSED, Progress.CANCELLED),
    Progress.SENDING: (Progress.FINISHED, Progress.PAUSED, Progress.CANCELLED),
    Progress.PAUSED: (Progress.PLANNED, Progress.DISPATCHING, Progress.SENDING, Progress.CANCELLED),
    Progress.FINISHED: (Progress.SENDING,),
    Progress.MISSED: (),
    Progress.REFUSED: (),
    Progress.CANCELLED: (),
}
"""What may follow: ``finished`` is followed by ``sending`` where those who failed are tried again, ``paused`` by what
was paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a test mail shows: its edition as it is proposed, if it is about one, as at that moment."""

    edition: Edition | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """One thing to say to one audience at one due time.

    ``due_at`` is when it is meant to go out, ``local_due`` that wall-clock time where somebody chose one; ``look_at``
    where its due row stands: the next moment the tick looks after it. ``reason`` says why it was missed, cancelled,
    paused or refused, ``paused_in`` where it goes on from when it is resumed. ``detail`` tells mailings apart that
    would else be the same (which reminder rule, which request for a confirmation). ``batch`` is the only batch of a
    mailing to one person; lists have theirs beside them. ``left`` is how many batches were unsettled when the tick last
    looked. From ``until`` on another mailing says the same. ``series`` is empty where it belongs to none; then it is in
    ``language``, and in that of its series otherwise. ``followed`` says that another announcement of its edition, or a
    correction, was planned after it. ``text`` is what the organiser wrote for this mailing alone (Markdown), below
    ``subject`` where it is a message. ``tally`` is what had become of a list mailing's mails when the tick last
    counted. ``trial`` is what a test mail shows, which is for one addressee.
    """

    id: str
    kind: Kind
    series: str
    edition: str
    revision: int
    person: str
    detail: str
    due_at: datetime
    look_at: datetime
    progress: Progress = Progress.PLANNED
    reason: str = ""
    paused_in: Progress | None = None
    began_at: datetime | None = None
    batch: Batch | None = None
    left: int = -1
    until: datetime | None = None
    local_due: datetime | None = None
    language: Language | None = None
    selection: Selection = EVERYBODY
    followed: bool = False
    subject: str = ""
    text: str = ""
    tally: Tally | None = None
    trial: Trial | None = None
    version: int = 0

    @property
    def waits(self) -> bool:
        """Whether nothing of it has begun, and it can still come: planned, or paused before it was due."""
        return (self.paused_in if self.progress is Progress.PAUSED else self.progress) is Progress.PLANNED

    @property
    def told_somebody(self) -> bool:
        """Whether anybody was, or may have been, sent it by now."""
        return self.began_at is not None and self.reason != NOBODY_TO_TELL

    @property
    def is_open(self) -> bool:
        """Whether any of it may still be sent."""
        return self.progress in (*UNDER_WAY, Progress.PAUSED)

    @property
    def mail(self) -> Mail:
        """What holds for all mailings of its kind."""
        return MAILS[self.kind]

    @property
    def audience(self) -> Audience:
        return self.mail.to

    @property
    def one_of_several(self) -> bool:
        """Whether somebody may have been sent the same text by another mailing."""
        return self.kind is Kind.ANNOUNCEMENT and bool(self.followed or self.detail) and self.trial is None

    @property
    def addressed(self) -> bool:
        """Whether its recipient is kept beside it."""
        return self.audience.is_addressed or self.trial is not None

    @property
    def round(self) -> int:
        """Which round of its person's registration it is about; 0 where it is for everybody."""
        return int(self.detail or 0) if self.mail.of_a_round else 0

    @property
    def lane(self) -> Lane:
        return Lane.TRANSACTIONAL if self.trial else self.mail.lane


def identity(
    kind: Kind, *, series: str, edition: str = "", revision: int = 0, person: str = "", detail: str = ""
) -> str:
    """The id of a mailing, made of what it says and to whom: whoever knows that need not search for it."""
    said = "|".join((kind, series, edition, str(revision), person, detail))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def plan_mailing(
    kind: Kind,
    *,
    series: str,
    due_at: datetime,
    edition: str = "",
    revision: int = 0,
    person: str = "",
    detail: str = "",
    language: Language | None = None,
    selection: Selection = EVERYBODY,
) -> Mailing:
    """A planned mailing. Planning it twice is planning it once, by its id.

    A mailing to one person needs no dispatch: its only batch is known from the start. Without a series (``""``) it is
    from the site, in ``language``, and for an addressee. Raises ``ValueError`` for a mailing that needs a series and
    has none.
    """
    if not series and (language is None or edition or not MAILS[kind].to.is_addressed):
        raise ValueError(f"a mailing without a series cannot be {kind}, about an edition or without a language")
    known_as = identity(kind, series=series, edition=edition, revision=revision, person=person, detail=detail)
    return Mailing(
        id=known_as,
        kind=kind,
        series=series,
        edition=edition,
        revision=revision,
        person=person,
        detail=detail,
        due_at=due_at,
        look_at=due_at + HINTED if person else due_at,
        progress=Progress.SENDING if person else Progress.PLANNED,
        began_at=due_at if person else None,
        batch=batch_of(known_as, [person]) if person else None,
        language=language,
        selection=selection,
    )


def as_test(planned: Mailing, edition: Edition | None, *, person: str, number: str, at: datetime) -> Mailing:
    """A mail of that kind to one person who wants to look at it, sent ``at`` that moment; ``number`` tells it from
    every other.

    It is none of its edition's mailings: no list, no count and no rule about who was told what knows of it.
    """
    known_as = hashlib.sha256(f"test|{number}".encode()).hexdigest()[:32]
    return replace(
        planned,
        id=known_as,
        person=person,
        due_at=at,
        look_at=at + HINTED,
        progress=Progress.SENDING,
        began_at=at,
        batch=batch_of(known_as, [person]),
        trial=Trial(edition=edition, at=planned.due_at),
    )


class NotUnderWay(Conflict):
    message = mark("This mailing is {progress}: nothing of it is left to be paused, resumed or cancelled.")


UNDER_WAY = (Progress.PLANNED, Progress.DISPATCHING, Progress.SENDING)


def become(mailing: Mailing, progress: Progress, *, reason: str = "") -> Mailing:
    """One step further. Raises ``ValueError`` for a step that is not in ``NEXT``."""
    if progress not in NEXT[mailing.progress]:
        raise ValueError(f"a mailing that is {mailing.progress} cannot become {progress}")
    paused_in = mailing.progress if progress is Progress.PAUSED else None
    return replace(mailing, progress=progress, reason=reason, paused_in=paused_in)


def pause(mailing: Mailing) -> Mailing:
    """Send no more of it until it is resumed. Pausing twice changes nothing; raises ``NotUnderWay``."""
    if mailing.progress is Progress.PAUSED:
        return mailing
    if Progress.PAUSED not in NEXT[mailing.progress]:
        raise NotUnderWay(progress=mailing.progress)
    return become(mailing, Progress.PAUSED, reason=f"paused while {mailing.progress}")


def resume(mailing: Mailing, *, now: datetime) -> Mailing:
    """Go on where it was paused. Resuming what runs changes nothing; raises ``NotUnderWay``."""
    if mailing.progress in UNDER_WAY:
        return mailing
    if mailing.paused_in is None:
        raise NotUnderWay(progress=mailing.progress)
    look_at = max(mailing.due_at, now) if mailing.waits else now
    return replace(become(mailing, mailing.paused_in), look_at=look_at, left=-1)


class NotToBeRetried(Conflict):
    message = mark("Nobody would get this mailing any more, even if it were tried again ({state}).")


def take_up_again(mailing: Mailing) -> Mailing:
    """As it is when some of its recipients wait once more. What is paused stays so; raises ``NotToBeRetried``."""
    if mailing.progress not in (*UNDER_WAY, Progress.PAUSED, Progress.FINISHED):
        raise NotToBeRetried(state=mailing.progress)
    again = become(mailing, Progress.SENDING) if mailing.progress is Progress.FINISHED else mailing
    return replace(again, left=-1)


def finish(mailing: Mailing) -> Mailing:
    """As it is once each of its batches is sent: finished, where it was being sent.

    What is paused, or has ended otherwise, stays so.
    """
    return become(mailing, Progress.FINISHED) if mailing.progress is Progress.SENDING else mailing


def stands_still(mailing: Mailing, *, unsettled: int) -> bool:
    """Whether its unsettled batches have to be hinted again.

    Of many, while their number goes down, the queue is at work on them: hints would only fill it twice.
    """
    return unsettled <= FEW or mailing.left == unsettled


def expected_end(mailing: Mailing, *, done: int, waiting: int, now: datetime) -> datetime | None:
    """When nobody waits any more, by the pace so far; None where there is nothing to go by.

    ``done`` and ``waiting`` count recipients.
    """
    if mailing.progress is not Progress.SENDING or not done or not waiting or mailing.began_at is None:
        return None
    return now + (now - mailing.began_at) * waiting / done


def with_batch(mailing: Mailing, batch: Batch) -> Mailing:
    """A mailing to one person with what has become of its only batch: it is finished with it."""
    changed = replace(mailing, batch=batch)
    return finish(changed) if batch.state is BatchState.SENT else changed


def cancel(mailing: Mailing, *, reason: str) -> Mailing:
    """Send no more of it ever. Cancelling twice changes nothing; raises ``NotUnderWay``."""
    if mailing.progress is Progress.CANCELLED:
        return mailing
    if Progress.CANCELLED not in NEXT[mailing.progress]:
        raise NotUnderWay(progress=mailing.progress)
    return become(mailing, Progress.CANCELLED, reason=reason)


BEHIND_ALL = "g"
"""Sorts behind every keyed hash, which is written in hex digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A range of the audience's hashes, behind ``lower`` up to and with ``upper``, that one worker cuts into batches.

    ``cursor`` is the last hash cut, ``people`` how many were. A list that proves long is split, so that several workers
    cut it side by side.
    """

    mailing: str
    lower: str = ""
    upper: str = BEHIND_ALL
    cursor: str = ""
    cut: bool = False
    people: int = 0
    version: int = 0


SIDE_BY_SIDE = 8
_DIGITS = 8


def split(whole: Slice) -> list[Slice]:
    """What is left of a slice, in equal ranges: keyed hashes are spread evenly.

    Behind the first hex digit that is not one, all end.
    """
    low = int(whole.cursor[:_DIGITS].ljust(_DIGITS, "0"), 16)
    high = 16**_DIGITS if whole.upper == BEHIND_ALL else int(whole.upper[:_DIGITS], 16)
    inner = [f"{low + (high - low) * part // SIDE_BY_SIDE:0{_DIGITS}x}" for part in range(1, SIDE_BY_SIDE)]
    bounds = [
        whole.cursor,
        *(bound for bound in dict.fromkeys(inner) if whole.cursor < bound < whole.upper),
        whole.upper,
    ]
    return [Slice(mailing=whole.mailing, lower=lower, upper=upper, cursor=lower) for lower, upper in pairwise(bounds)]
