"""Create and change series and drafts: what organisers prepare before anybody hears of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from chalicelib.domain import edition as rules
from chalicelib.domain import schedule
from chalicelib.domain import series as series_rules
from chalicelib.domain import thanks as thanking
from chalicelib.domain.edition import Edition, EditionChange, EditionDraft, Status
from chalicelib.domain.given import NOT_GIVEN, NotGiven, given
from chalicelib.domain.refusals import AlreadyExists, FieldError, Invalid, Wrong, mark
from chalicelib.domain.schedule import When
from chalicelib.domain.series import Series, SeriesChange, SeriesDraft
from chalicelib.mail.mime import longest_name
from chalicelib.store.changes import Changes
from chalicelib.store.table import LostRace
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.usecases.publish import hint_if_due
from chalicelib.usecases.rhythm import check_happens
from chalicelib.usecases.sendable import EDITION_FIELDS, check_all_sendable, check_sendable
from chalicelib.world import World


def create_series(world: World, draft: SeriesDraft) -> Series:
    """Raises ``AlreadyExists`` when the slug is taken, ``Invalid`` for a sender that SES would not take or a rhythm
    without a date."""
    made = series_rules.create_series(draft, now=world.clock())
    _check_series(world, made, given(draft))
    try:
        _saved(world, made, draft_wanted=made.drafts_ahead).commit()
    except LostRace as lost:
        raise AlreadyExists(mark("There is a series {slug} already."), slug=made.slug) from lost
    return made


@decided_on_fresh_state
def change_series(world: World, slug: str, wanted: SeriesChange) -> Series:
    """Raises ``NotFound``, and ``Invalid`` for a rhythm without a date, or where a mail about an upcoming edition could
    not be sent any more."""
    changed, fields = series_rules.change_series(world.store.series(slug), wanted), given(wanted)
    _check_series(world, changed, fields)
    check_all_sendable(world, changed, fields=fields)
    draft_wanted = changed.drafts_ahead and not {"rhythm", "drafts_ahead"}.isdisjoint(fields)
    _saved(world, changed, draft_wanted=draft_wanted).commit()
    return changed


def _saved(world: World, series: Series, *, draft_wanted: bool) -> Changes:
    changes = world.store.changes().save(series)
    return changes.want_next_draft(series.slug, world.clock()) if draft_wanted else changes


def _check_series(world: World, series: Series, fields: Collection[str]) -> None:
    """Raise ``Invalid`` with everything wrong with these ``fields``."""
    wrong = Wrong()
    with wrong.noted():
        series_rules.check_rhythm(series, fields)
    with wrong.noted():
        if {"sender_name", "sender_address"} & set(fields):
            _check_sender(series, fields)
    with wrong.noted():
        if "rhythm" in fields:
            check_happens(world, series)
    wrong.refuse()


def _check_sender(series: Series, fields: Collection[str]) -> None:
    """Whether the name, encoded as mails carry it, and the address are what SES takes: for an emoji stand up to twelve
    characters."""
    most, given = longest_name(series.sender_name, series.sender_address), len(series.sender_name)
    if most < given:
        words = mark(
            "With this address, there is room for the first {most} of these {given} characters. Please shorten the "
            "name."
        )
        named = "sender_name" if "sender_name" in fields else "sender_address"
        raise Invalid(FieldError(named, words, {"most": most, "given": given}))


def create_edition(world: World, slug: str, draft: EditionDraft) -> Edition:
    """A draft. Raises ``NotFound`` for the series, ``Invalid`` for impossible times."""
    series = world.store.series(slug)
    made = rules.create(draft, edition_id=world.new_id(), series=series, now=world.clock())
    world.store.changes().point(made).commit()
    return made


@decided_on_fresh_state
def change_edition(
    world: World,
    edition_id: str,
    wanted: EditionChange,
    *,
    tell_registered: bool = False,
    thank: When | NotGiven | None = NOT_GIVEN,
) -> Edition:
    """Other words, speakers or seats; for a draft also another time and location, for a published one another link.
    Of one that is over: words, speakers, slides and recording.

    Everybody who registered reads a new link in their next mail, or with ``tell_registered`` in one of its own, at
    once. ``thank`` is when everybody who is registered is thanked, after the end; None: not at all. Raises
    ``NotFound``, ``EditionCancelled``, ``MoveInstead``, ``Invalid``.
    """
    edition, taken = world.store.edition_and_taken(edition_id)
    now = world.clock()
    changed = rules.supposed_change(edition, wanted, now=now)
    planned = world.store.plan_of(edition) if edition.status is Status.PUBLISHED else []
    wrong, link, thanks_before, thanks = Wrong(), None, None, None
    with wrong.noted():
        rules.check_change(edition, changed, taken=taken, now=now)
    with wrong.noted():
        link = schedule.told_of_link(edition, changed, planned, asked=tell_registered, now=now)
    with wrong.noted():
        ending = replace(changed, local_start=edition.local_start, minutes=edition.minutes)  # others were refused
        thanks_before, thanks = thanking.asked(planned, ending, at=thank, before=edition, now=now)
    wrong.refuse()
    fields = given(wanted)
    if edition.status is Status.PUBLISHED and set(fields) & set(EDITION_FIELDS):
        check_sendable(world, world.store.series(edition.series), changed, planned, fields=fields)
    if thanks and thanks != thanks_before:
        check_sendable(world, world.store.series(edition.series), changed, [thanks], fields=("thank",))
    changes = world.store.changes().point(changed, was=edition).replan(thanks_before, thanks)
    if edition.status is Status.PUBLISHED:
        changes.keep_text(changed)
    if edition.status is Status.PUBLISHED and changed.seats != edition.seats:
        changes.count_seats(changed, taken=taken)
    if changed.revision != edition.revision:
        for mailing in schedule.ended_by_link(planned):
            changes.close(mailing)
    if link:
        changes.plan(link)
    changes.commit()
    hint_if_due(world, [one for one in (link, thanks) if one], now=now)
    return changed
