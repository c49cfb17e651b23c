"""Editions, from the draft to the end."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.edition import Edition, EditionDraft
from chalicelib.domain.message import MessageDraft
from chalicelib.domain.refusals import FieldError, Invalid
from chalicelib.domain.subscription import Standing
from chalicelib.usecases import organise
from chalicelib.usecases.announce import announce
from chalicelib.usecases.audience import audience, sent_an_announcement
from chalicelib.usecases.cancel import cancel
from chalicelib.usecases.copies import copy_edition as copy
from chalicelib.usecases.copies import delete_draft
from chalicelib.usecases.correct import correct
from chalicelib.usecases.future import future
from chalicelib.usecases.message import write
from chalicelib.usecases.move import move
from chalicelib.usecases.publish import Published, publish
from chalicelib.web.api import bodies, schema, shown, times
from chalicelib.web.api.counted import registrations_of
from chalicelib.web.api.door import COUNTED_PAGE, ApiRoutes, ListOf, Page, as_page, page_query
from chalicelib.web.parse.readers import NO_CURSOR
from chalicelib.web.routing import Response
from chalicelib.world import world

routes = ApiRoutes(__name__, "Editions")

EDITION_ID = "[0-9a-f]{12}"

READ_AT_ONCE = 100
"""Editions: a hundred with the longest announcements are a few megabytes.

No series has so many that begin at one moment.
"""


@routes.get("/series/{slug}/editions", answers=ListOf(schema.Edition), query=page_query(EDITION_ID, limit=COUNTED_PAGE))
def list_editions(slug: str, asked: Page) -> Response:
    """All of a series, drafts too, by their start, with how many people are registered.

    A page holds 100 at most, and has a `next` where there are more.
    """
    world().store.series(slug)
    found = _editions(slug, after=edition_of(slug, asked.after) if asked.after else None)
    return as_page(found, _counted, lambda one: one.id, limit=min(asked.limit, COUNTED_PAGE))


@routes.post(
    "/series/{slug}/editions",
    takes=bodies.NEW_EDITION,
    answers=schema.Edition,
    status=HTTPStatus.CREATED,
    also=times.of_a_new_edition,
)
def create_edition(slug: str, given: EditionDraft) -> schema.Edition:
    """Create a draft."""
    return _as_it_stands(organise.create_edition(world(), slug, given))


@routes.get("/editions/{edition_id}", answers=schema.Edition)
def show_edition(edition_id: str) -> schema.Edition:
    """One of them, with how many people are registered, and the seats `taken` where they are limited.

    Lists of editions do not say how many are `taken`.
    """
    edition, taken = world().store.edition_and_taken(edition_id)
    return replace(_counted(edition), taken=taken if edition.seats is not None else None)


@routes.patch(
    "/editions/{edition_id}",
    takes=bodies.EDITION_CHANGE,
    also=times.of_a_wish,
    answers=schema.Edition,
    refuses=(HTTPStatus.GONE,),
)
def change_edition(edition_id: str, given: bodies.Change) -> schema.Edition:
    """Change it.

    A published edition keeps its time and location: move it instead, so that people are told. Only its link can be set
    and changed here, until its end; `tell_registered` repeated tells nobody twice. One published without a limit stays
    without. 422 where a mail about a published edition could not be sent any more, beside the field.

    Once it is over, title, announcement, speakers, slides and recording can still be changed, and nothing else. With
    `thank`, everybody who was registered gets the recording by mail.
    """
    changed = organise.change_edition(
        world(), edition_id, given.wanted, tell_registered=given.tell_registered, thank=given.thank
    )
    mailings = [shown.mailing(one, changed) for one in world().store.mailings_of(edition_id)]
    return replace(_as_it_stands(changed), mailings=mailings)


@routes.delete("/editions/{edition_id}", answers=schema.EditionDeleted)
def delete_edition(edition_id: str) -> schema.EditionDeleted:
    """Delete one that was never published.

    409 for any other: cancel it instead; and where a source registers people for it.
    """
    delete_draft(world(), edition_id)
    return schema.EditionDeleted(id=edition_id, deleted=True)


@routes.post(
    "/editions/{edition_id}/copy",
    takes=bodies.COPY,
    also=times.of_a_wish,
    answers=schema.Edition,
    status=HTTPStatus.CREATED,
)
def copy_edition(edition_id: str, given: dict[str, Any]) -> schema.Edition:
    """Make the next edition from this one: a draft with everything but the date, the registrations, slides and
    recording.

    Without a date, it follows the newest edition by the series' rhythm; as long as the newest edition is a draft copied
    from this one, that is the answer. The same request with a date answers the draft that it made, as long as it is a
    draft at that time. 409 where the series has another edition then.
    """
    return _as_it_stands(copy(world(), edition_id, **given))


@routes.post(
    "/editions/{edition_id}/publish",
    takes=bodies.PUBLICATION,
    also=times.of_a_wish,
    answers=schema.Plan,
    refuses=(HTTPStatus.GONE,),
)
def publish_edition(edition_id: str, given: dict[str, Any]) -> schema.Plan:
    """Open the page and plan the mails. Publishing twice changes nothing and says so.

    An announcement that goes out when registration is closed says so, and does not invite people to register.
    """
    published = publish(world(), edition_id, **given)
    unchanged = "This edition was published already; nothing has changed."
    subscribers = world().store.subscriber_counts(published.edition.series).standing(Standing.ACTIVE)
    return replace(shown.plan(published, now=world().clock(), unchanged=unchanged), subscribers=subscribers)


@routes.post(
    "/editions/{edition_id}/announce",
    takes=bodies.ANNOUNCEMENT,
    also=times.of_a_wish,
    answers=schema.Plan,
    refuses=(HTTPStatus.GONE,),
)
def announce_edition(edition_id: str, given: dict[str, Any]) -> schema.Plan:
    """Announce a published edition, for the first time or once more, at any time before its start.

    Each text goes to each person once: announced again, it reaches those who have subscribed since, and everybody only
    if title, text, speakers, time or place have changed; `warnings` says where nobody is left. Until it begins, it can
    be withdrawn: cancel its mailing. 409 while another announcement is planned or being sent to others; one to the same
    people stays as it is.
    """
    announced = announce(world(), edition_id, **given)
    unchanged = shown.planned_already(announced, what="announcement", sent="being sent")
    return shown.plan(announced, now=world().clock(), unchanged=unchanged)


@routes.post(
    "/editions/{edition_id}/correct",
    takes=bodies.EDITION_CORRECTION,
    also=times.of_a_wish,
    answers=schema.Plan,
    refuses=(HTTPStatus.GONE,),
)
def correct_edition(edition_id: str, given: dict[str, Any]) -> schema.Plan:
    """Tell exactly those who got the announcement what was wrong.

    Correct the edition first: each person is told what is another than they were told last, with `text`, and the whole
    announcement as it is now. 409 where nobody got it, or while it is being sent: pause or cancel it first. The same
    words about the same text reach nobody twice. Withdrawn, it can be asked for again.
    """
    corrected = correct(world(), edition_id, **given)
    unchanged = shown.planned_already(corrected, what="correction", sent="was sent")
    return shown.plan(corrected, now=world().clock(), unchanged=unchanged)


@routes.get("/editions/{edition_id}/audience", answers=schema.AudiencePage, query=bodies.AUDIENCE)
def show_audience(edition_id: str, asked: bodies.AudienceAsked) -> schema.AudiencePage:
    """Who would get a mail if it were sent now, and who is left out and why: everybody on its list, page by page.

    It is asked by the rule that decides when a mail is sent, which is asked again then.
    """
    found = audience(world(), edition_id, asked.message, to=asked.to, after=asked.after, limit=asked.limit)
    return shown.audience(found)


@routes.get("/editions/{edition_id}/future", answers=schema.Future, query=bodies.FUTURE, refuses=(HTTPStatus.GONE,))
def show_future(edition_id: str, asked: dict[str, Any]) -> schema.Future:
    """Every mail that it is going to cause until its end: when, to how many, and its very text.

    Of a draft, as if it were published now: what publishing with the same `announce` and `thank` plans. Of a published
    edition, what waits. It is made by the rules that send; who registers, moves or cancels later changes it.
    """
    return shown.future(future(world(), edition_id, **asked), now=world().clock())


@routes.post(
    "/editions/{edition_id}/move",
    takes=bodies.MOVE,
    also=times.of_a_wish,
    answers=schema.Plan,
    refuses=(HTTPStatus.GONE,),
)
def move_edition(edition_id: str, given: bodies.Move) -> schema.Plan:
    """Move it to another time or place; reminders move along, everybody who registered is told, and by default also
    those who were sent an announcement and are not registered.

    Where only the link is another, everybody who registered gets that, and reminders stay. While it runs, its place and
    duration can change and it can be put off; once it is over, 410. A move to where it is already sends nothing, and no
    note: the answer says so. So it does of reminders and corrections that would come too late: they are `missed`.
    """
    unchanged = "This edition is there already; nothing has changed."
    moved = move(
        world(),
        edition_id,
        given.wanted,
        announce=given.announce,
        note=given.note,
        tell_subscribers=given.tell_subscribers,
    )
    return _with_readers(shown.plan(moved, now=world().clock(), unchanged=unchanged), moved)


@routes.post(
    "/editions/{edition_id}/cancel", takes=bodies.CANCELLATION, answers=schema.Plan, refuses=(HTTPStatus.GONE,)
)
def cancel_edition(edition_id: str, given: dict[str, Any]) -> schema.Plan:
    """Call it off, until its end; everybody who registered is told (while it runs: that the rest is cancelled), and
    before its start by default also those who were sent an announcement and are not registered.

    The first cancellation decides: a later one changes neither the reason nor the note, and says so.
    """
    unchanged = "This edition was cancelled already; nothing has changed."
    cancelled = cancel(world(), edition_id, **given)
    return _with_readers(shown.plan(cancelled, now=world().clock(), unchanged=unchanged), cancelled)


def _with_readers(answer: schema.Plan, planned: Published) -> schema.Plan:
    """With how many were sent an announcement, where they are going to be told."""
    told = next((one for one in planned.mailings if one.selection.received and one.mail.tells_change), None)
    return replace(answer, announced_to=sent_an_announcement(world(), told)) if told and planned.changed else answer


@routes.post(
    "/editions/{edition_id}/messages",
    takes=bodies.MESSAGE,
    also=times.of_a_wish,
    answers=schema.Plan,
    refuses=(HTTPStatus.GONE,),
)
def write_to_registered(edition_id: str, given: MessageDraft) -> schema.Plan:
    """Write to those who registered, until 60 days after the end, and after a cancellation as well.

    The same words to the same people are one message, however often they are sent: the answer shows the one there is.
    What waits can be paused and cancelled like every [mailing](#mailings); a cancellation of the edition calls it off.
    409 for a draft.
    """
    written = write(world(), edition_id, given)
    unchanged = f"This message was written already and is {written.mailings[0].progress}; nothing has changed."
    return shown.plan(written, now=world().clock(), unchanged=unchanged)


@routes.get("/editions/{edition_id}/mailings", answers=ListOf(schema.Mailing, paged=False))
def list_mailings(edition_id: str) -> dict[str, list[schema.Mailing]]:
    """What is planned and what was sent."""
    edition = world().store.edition(edition_id)
    return {"items": [shown.mailing(one, edition) for one in world().store.mailings_of(edition_id)]}


def edition_of(slug: str, edition_id: str) -> Edition:
    """Raises ``Invalid`` for what is no edition of the series."""
    found = world().store.find_edition(edition_id)
    if found is None or found.series != slug:
        raise Invalid(FieldError("after", NO_CURSOR))
    return found


def _editions(slug: str, *, after: Edition | None) -> Iterator[Edition]:
    """Those behind ``after``, in order of start, read as far as somebody asks for them."""
    while True:
        found = world().store.editions_of(slug, since=after.starts_at if after else None, limit=READ_AT_ONCE)
        ahead = [one for one in found if after is None or (one.starts_at, one.id) > (after.starts_at, after.id)]
        yield from ahead
        if not ahead or len(found) < READ_AT_ONCE:
            return
        after = ahead[-1]


def _counted(edition: Edition) -> schema.Edition:
    return replace(_as_it_stands(edition), counts=registrations_of(edition))


def _as_it_stands(edition: Edition) -> schema.Edition:
    return shown.edition(edition, now=world().clock())
