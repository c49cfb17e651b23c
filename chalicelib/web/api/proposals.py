"""What organisers send to look at mails: which one, of an edition as it is proposed, and to whose address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from chalicelib.domain.edition import EditionChange, EditionMove
from chalicelib.domain.mails import MAILS, Kind
from chalicelib.domain.message import MessageDraft
from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.usecases.preview import Proposal
from chalicelib.web.api.bodies import (
    DURATION,
    EDITION,
    LINK_OR_PLACE,
    MESSAGE,
    NOTE,
    REASON,
    WHEN_AND_WHERE,
    WHERE,
    OnlyTrue,
    location_of,
)
from chalicelib.web.parse.fields import Body, Field
from chalicelib.web.parse.readers import Digits, LocalTime, MailAddress, OneOf

WITH_REASON = (Kind.EDITION_CANCELLED, Kind.ANNOUNCED_CANCELLED)
WITH_NOTE = (Kind.EDITION_MOVED, Kind.ANNOUNCED_MOVED, Kind.CORRECTION, *WITH_REASON)
PREVIEWED = tuple(kind for kind, mail in MAILS.items() if mail.preview)


def _preview(
    *,
    message: Kind = Kind.ANNOUNCEMENT,
    at: datetime | None = None,
    note: str = "",
    reason: str = "",
    **wanted: Any,
) -> Proposal:
    """Raises ``Invalid``: in a query, the ways to say where stand side by side, beside words that only some mails
    have."""
    errors = [
        FieldError(name, mark("Only these mails have one: {known}."), {"known": ", ".join(kinds)})
        for name, text, kinds in (("note", note, WITH_NOTE), ("reason", reason, WITH_REASON))
        if text and message not in kinds
    ]
    if where := {name: wanted.pop(name) for name in WHERE if name in wanted}:
        try:
            wanted["location"] = location_of(where, "online")
        except Invalid as invalid:
            errors.extend(invalid.errors)
    if errors:
        raise Invalid(*errors)
    words = EditionChange(**{name: wanted.pop(name) for name in PROPOSED_WORDS if name in wanted})
    return Proposal(kind=message, at=at, move=EditionMove(**wanted), note=note, reason=reason, words=words)


PREVIEW = Body(
    "Preview",
    {
        "message": Field("message", OneOf(Kind, PREVIEWED), says="Which mail: `announcement` if not given."),
        "at": Field(
            "at",
            LocalTime(),
            says="Shown as at this local time; a reminder, if not given, as at its due time, everything else as now.",
        ),
        "starts_at": Field(
            "local_start", LocalTime(), says="With the next four: what a move to there would say. Nothing is changed."
        ),
        "duration_minutes": Field("minutes", Digits(DURATION)),
        **LINK_OR_PLACE,
        "online": Field("online", OnlyTrue(spelled="true")),
        "note": Field("note", NOTE.reader, says="Of a move, cancellation or correction, to be looked at."),
        "reason": Field("reason", REASON.reader, says="Of a cancellation, to be looked at."),
    },
    into=_preview,
)

PROPOSED_WORDS = ("title", "announcement", "speakers")
PROPOSAL = Body(
    "Proposal",
    {
        **{name: PREVIEW.fields[name] for name in ("message", "at")},
        **{name: Field(EDITION[name].into, EDITION[name].reader) for name in PROPOSED_WORDS},
        **WHEN_AND_WHERE,
        **{name: PREVIEW.fields[name] for name in ("note", "reason")},
    },
    into=_preview,
)


class TestMail(Struct, frozen=True, kw_only=True):
    """Which mail, and to whom."""

    proposal: Proposal
    email: str


def _test_mail(*, email: str, **proposed: Any) -> TestMail:
    return TestMail(proposal=_preview(**proposed), email=email)


TEST_MAIL = Body(
    "TestMail",
    {
        "to": Field("email", MailAddress(), required=True, says="It travels in the body, never in the URL."),
        **PROPOSAL.fields,
    },
    into=_test_mail,
)

SERIES_MAILS = (Kind.SUBSCRIPTION_CONFIRMATION, Kind.SUBMISSION_KEPT)
SERIES_PREVIEW = Body(
    "SeriesPreview",
    {
        "message": Field(
            "message", OneOf(Kind, SERIES_MAILS), says="Which mail: `subscription-confirmation` if not given."
        )
    },
)

_TO = {"to": TEST_MAIL.fields["to"]}


class TestMessage(Struct, frozen=True, kw_only=True):
    """A message that nobody is written to yet, and who wants to look at it."""

    draft: MessageDraft
    email: str


def _test_message(*, email: str, subject: str, text: str) -> TestMessage:
    return TestMessage(draft=MessageDraft(subject=subject, text=text, at="now"), email=email)


TEST_MESSAGE = Body(
    "TestMessage", {**_TO, **{name: MESSAGE.fields[name] for name in ("subject", "text")}}, into=_test_message
)
SERIES_TEST_MAIL = Body("SeriesTestMail", {**_TO, **SERIES_PREVIEW.fields})
