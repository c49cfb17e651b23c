"""The mails that follow from a submission that registers nobody: to the organiser, and to whoever met a full edition.

Each is known by its identity, so a mailing that exists is looked for before it is planned; of two that are planned at
the same moment one loses its race, and finds the other when it decides again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib import paths
from chalicelib.domain.addressee import KEPT, Addressee
from chalicelib.domain.mailing import Mailing, plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import mark
from chalicelib.domain.registration import Person
from chalicelib.domain.series import Series
from chalicelib.domain.source import Source
from chalicelib.domain.submission import Reason, Submission
from chalicelib.store.changes import Changes
from chalicelib.words.language import Tongue, tongue
from chalicelib.world import World

LONGEST_FIELD = 80
"""Characters of a field's name: a form's questions may be long."""

PROBLEMS = {
    Reason.NOT_READABLE: mark("What the form sent could not be read."),
    Reason.ADDRESS_MISSING: mark("No e-mail address was found."),
    Reason.ADDRESS_INVALID: mark("What was given as e-mail address is not one that we can write to."),
    Reason.NAME_MISSING: mark("No name was found."),
    Reason.FIELD_INVALID: mark(
        "What was filled in is too long or no plain text, or a web or e-mail address where a name belongs."
    ),
    Reason.FIELD_AMBIGUOUS: mark("Two fields have the same name and different answers."),
    Reason.CONSENT_MISSING: mark("No consent to keep these details was found."),
    Reason.EDITION_UNKNOWN: mark("The edition that was chosen is not known."),
    Reason.NO_OPEN_EDITION: mark("The series has no edition that is open for registration."),
    Reason.REGISTRATION_CLOSED: mark("Registration for this edition is closed."),
    Reason.EDITION_OVER: mark("This edition is over."),
    Reason.EDITION_CANCELLED: mark("This edition has been cancelled."),
    Reason.EDITION_FULL: mark("All seats for this edition are taken."),
    Reason.OUR_FAULT: mark("The fault is in this system, not in your form."),
}

MEND_SOURCE = mark(
    "Are the fields of the form read wrongly? Then correct the source and replay the submission: the person is "
    "registered as if it had just arrived, and need not fill in anything again. If the answers themselves are wrong, "
    "dismiss the submission."
)
MEND_EDITION = mark(
    "Shall the person take part all the same? Then change the edition, or the one that the source registers for, and "
    "replay the submission: the person need not fill in anything again. If not, dismiss it, and close the form if it "
    "is still open."
)
BY_HAND = mark(
    "This submission cannot be replayed. Please look at what came, register the person by hand, and dismiss it."
)
TELL_US = mark("Please tell whoever runs this system for you. Once it is mended, replay the submission.")

REMEDIES = {
    Reason.NOT_READABLE: BY_HAND,
    Reason.NO_OPEN_EDITION: MEND_EDITION,
    Reason.REGISTRATION_CLOSED: MEND_EDITION,
    Reason.EDITION_OVER: MEND_EDITION,
    Reason.EDITION_CANCELLED: MEND_EDITION,
    Reason.EDITION_FULL: MEND_EDITION,
    Reason.OUR_FAULT: TELL_US,
}
"""Whatever is not named here is a matter of the fields."""


class Notice(NamedTuple):
    """A mail, and the one person whom it is for."""

    mailing: Mailing
    addressee: Addressee


def plan(changes: Changes, notices: list[Notice]) -> list[Mailing]:
    """Add them to ``changes``; their mailings."""
    for planned, addressee in notices:
        changes.save(addressee).plan(planned)
    return [notice.mailing for notice in notices]


def to_organiser(world: World, source: Source, kept: Submission) -> list[Notice]:
    """That ``kept`` registered nobody, if it is the source's first one today (in the series' zone); none where no
    series is known."""
    series = _series_of(world, source, kept)
    if series is None:
        return []
    now, address = world.clock(), series.reply_to or series.sender_address
    local = now.astimezone(ZoneInfo(series.zone)).replace(tzinfo=None)
    told = plan_mailing(
        Kind.SUBMISSION_KEPT,
        series=series.slug,
        person=world.addresses.hash(address),
        detail=f"{source.id}|{local:%Y-%m-%d}",
        due_at=now,
    )
    spoken, reason = tongue(series.language), Reason(kept.reason)
    facts = _facts(world, source.id, spoken, name=source.name, reason=reason, local=local)
    return _once(world, told, address=address, facts=facts | {"problem": problem(source, kept, spoken)})


def _facts(
    world: World, source_id: str, spoken: Tongue, *, name: str, reason: Reason, local: datetime
) -> dict[str, str]:
    """What the mail says of a source, but for the field that is the problem."""
    url = world.settings.public_url + paths.API_SOURCE(source_id)
    return {
        "source_name": name,
        "problem": spoken.translate(PROBLEMS[reason]),
        "remedy": spoken.translate(REMEDIES.get(reason, MEND_SOURCE)),
        "moment": spoken.moment(local),
        "source_url": url,
        "kept_url": f"{url}/submissions?state=kept",
    }


def sample_facts(world: World, series: Series) -> dict[str, str]:
    """Those of a form that does not exist, to look at the mail."""
    local = world.clock().astimezone(ZoneInfo(series.zone)).replace(tzinfo=None)
    spoken, reason = tongue(series.language), Reason.ADDRESS_MISSING
    return _facts(world, "0" * 12, spoken, name=series.title, reason=reason, local=local)


def to_whom_met_a_full_edition(world: World, edition_id: str, person: Person) -> list[Notice]:
    """That they are not registered: once an edition, however often they try."""
    told = plan_mailing(
        Kind.EDITION_FULL,
        series=world.store.edition(edition_id).series,
        edition=edition_id,
        person=person.hash,
        due_at=world.clock(),
    )
    return _once(world, told, address=person.address, name=person.name)


def problem(source: Source, kept: Submission, spoken: Tongue) -> str:
    """What is wrong, in words, with the field that it is about.

    Never what somebody filled in: that stays in the submission.
    """
    said = spoken.translate(PROBLEMS[Reason(kept.reason)])
    field = " ".join(_field(source, kept).split())
    if not field:
        return said
    field = field if len(field) <= LONGEST_FIELD else field[: LONGEST_FIELD - 1].rstrip() + "…"
    return spoken.translate(mark("Field “{field}”: {problem}")).format(problem=said, field=field)


def _field(source: Source, kept: Submission) -> str:
    match kept.reason:
        case Reason.ADDRESS_MISSING:
            return kept.detail or source.fields.email
        case Reason.ADDRESS_INVALID:
            return source.fields.email
        case Reason.NAME_MISSING:
            return kept.detail or ", ".join(source.fields.name)
        case Reason.CONSENT_MISSING:
            return kept.detail or (source.consent.when.field if source.consent.when else "")
        case Reason.FIELD_AMBIGUOUS:
            return kept.detail
        case Reason.FIELD_INVALID:
            return kept.detail.partition(":")[0]
        case Reason.EDITION_UNKNOWN:
            return source.target.field  # the detail is what somebody filled in
        case _:
            return ""


def _once(
    world: World, told: Mailing, *, address: str, name: str = "", facts: dict[str, str] | None = None
) -> list[Notice]:
    if world.store.find_mailing(told.id):
        return []
    addressee = Addressee(
        mailing=told.id,
        hash=told.person,
        address=address,
        name=name,
        facts=facts or {},
        expires_at=told.due_at + KEPT,
    )
    return [Notice(told, addressee)]


def _series_of(world: World, source: Source, kept: Submission) -> Series | None:
    """The series that the submission was for, or else is most likely to have been for."""
    for slug in _slugs(world, source, kept):
        if found := world.store.find_series(slug):
            return found
    return None


def _slugs(world: World, source: Source, kept: Submission) -> Iterator[str]:
    target = source.target
    yield from _series_of_editions(world, kept.edition, target.edition)
    if target.series:
        yield target.series
    yield from _series_of_editions(world, *target.values.values())


def _series_of_editions(world: World, *edition_ids: str) -> Iterator[str]:
    for edition_id in filter(None, edition_ids):
        if found := world.store.find_edition(edition_id):
            yield found.series
