"""Submission: what a form tool posted to a source, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.refusals import Conflict, mark

KEPT = timedelta(days=30)
"""How long the answers of a submission are kept, so that it can be looked at and replayed."""

REMEMBERED = timedelta(days=90)
"""How long the tool's id of a submission is remembered (as a hash, with nothing personal), so that a repetition
registers nobody."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One field of a form.

    ``names`` is everything a mapping may call it by, its title first: title, ref, key, dotted path. ``values`` are its
    values as text, several for a question with several boxes, none where it was left empty. A yes/no question has
    ``"true"`` or ``"false"``.
    """

    names: tuple[str, ...]
    values: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return ", ".join(self.values)


class What(StrEnum):
    """What kind of request a tool sent."""

    SUBMISSION = "submission"
    TEST = "test"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Payload:
    """A request of a form tool, in one shape for all tools.

    ``id`` is the tool's own id of it, the same when it repeats; may be empty.
    """

    answers: tuple[Answer, ...]
    id: str = ""
    what: What = What.SUBMISSION


class Reason(StrEnum):
    """Why nobody was registered. A value, so that an organiser can be told what to mend."""

    NOT_READABLE = "not-readable"
    ADDRESS_MISSING = "address-missing"
    ADDRESS_INVALID = "address-invalid"
    NAME_MISSING = "name-missing"
    FIELD_INVALID = "field-invalid"
    FIELD_AMBIGUOUS = "field-ambiguous"
    CONSENT_MISSING = "consent-missing"
    EDITION_UNKNOWN = "edition-unknown"
    NO_OPEN_EDITION = "no-open-edition"
    REGISTRATION_CLOSED = "registration-closed"
    EDITION_OVER = "edition-over"
    EDITION_CANCELLED = "edition-cancelled"
    EDITION_FULL = "edition-full"
    OUR_FAULT = "our-fault"


class State(StrEnum):
    """``registered``, or ``kept`` with a reason until it is replayed or dismissed; ``test`` and ``ignored``
    ask for nothing."""

    REGISTERED = "registered"
    KEPT = "kept"
    DISMISSED = "dismissed"
    TEST = "test"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was posted to ``source``, as it is kept: ``id`` is a hash of the tool's id, ``provider_id`` the
    tool's id itself.

    ``person`` is the keyed hash of the address where one could be read, so that erasing a person finds it. ``raw`` is
    the body as text where it could not be read. ``detail`` says more of the reason, such as which field. ``edition`` is
    where it registered.
    """

    source: str
    id: str
    provider_id: str
    received_at: datetime
    state: State
    answers: tuple[Answer, ...] = ()
    raw: str = ""
    media_type: str = ""
    reason: str = ""
    detail: str = ""
    person: str = ""
    edition: str = ""
    settled_at: datetime | None = None
    version: int = 0

    @property
    def expires_at(self) -> datetime:
        return self.received_at + KEPT


class NotKept(Conflict):
    message = mark("This submission is {state}: only what is kept can be replayed or dismissed.")


def dismiss(submission: Submission, *, now: datetime) -> Submission:
    """Nothing is to be done about it. Dismissing twice changes nothing; raises ``NotKept``."""
    if submission.state is State.DISMISSED:
        return submission
    if submission.state is not State.KEPT:
        raise NotKept(state=submission.state)
    return replace(submission, state=State.DISMISSED, settled_at=now)
