"""Mails as they would be sent, with somebody who does not exist as their recipient: nothing is changed by looking."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.message import MessageDraft
from chalicelib.usecases.correct import preview_correction
from chalicelib.usecases.message import preview_message
from chalicelib.usecases.preview import Preview, Proposal, preview, preview_of_series
from chalicelib.usecases.trials import send_test_mail, send_test_mail_of_series, send_test_message
from chalicelib.web.api import bodies, proposals, schema, shown, times
from chalicelib.web.api.door import ApiRoutes
from chalicelib.web.negotiation import preferred_type
from chalicelib.web.routing import Headers, Response, header
from chalicelib.world import world

routes = ApiRoutes(__name__, "Previews")


@routes.get(
    "/editions/{edition_id}/preview",
    answers=schema.Preview,
    others=("text/html", "text/plain"),
    query=proposals.PREVIEW,
)
def preview_edition(edition_id: str, asked: Proposal) -> schema.Preview | Response:
    """A mail as it would be sent.

    With `Accept: text/html` or `text/plain` the answer is that part of the mail alone.
    """
    return _previewed(edition_id, asked)


@routes.post(
    "/editions/{edition_id}/preview",
    takes=proposals.PROPOSAL,
    answers=schema.Preview,
    others=("text/html", "text/plain"),
)
def preview_proposal(edition_id: str, given: Proposal) -> schema.Preview | Response:
    """A mail as it would be sent if the edition were as proposed: other words, another time or place, with a note.

    Nothing is changed and nothing is sent. With `Accept: text/html` or `text/plain` the answer is that part of the mail
    alone.
    """
    return _previewed(edition_id, given)


@routes.post(
    "/editions/{edition_id}/messages/preview",
    takes=bodies.MESSAGE,
    also=times.of_a_wish,
    answers=schema.Preview,
    others=("text/html", "text/plain"),
    refuses=(HTTPStatus.GONE,),
)
def preview_message_to_registered(edition_id: str, given: MessageDraft) -> schema.Preview | Response:
    """Such a message as it would be sent; nothing is saved.

    With `Accept: text/html` or `text/plain` the answer is that part of the mail alone.
    """
    return _as_wanted(preview_message(world(), edition_id, given))


@routes.post(
    "/editions/{edition_id}/correct/preview",
    takes=bodies.CORRECTION_SHOWN,
    answers=schema.Preview,
    others=("text/html", "text/plain"),
)
def preview_correction_of_edition(edition_id: str, given: dict[str, Any]) -> schema.Preview | Response:
    """A correction as whoever was told another text would read it. Nothing is saved, nothing is sent."""
    return _as_wanted(preview_correction(world(), edition_id, **given))


@routes.get(
    "/series/{slug}/preview",
    answers=schema.Preview,
    others=("text/html", "text/plain"),
    query=proposals.SERIES_PREVIEW,
)
def preview_series(slug: str, asked: dict[str, Kind]) -> schema.Preview | Response:
    """A mail that is about the series and none of its editions."""
    return _as_wanted(preview_of_series(world(), slug, asked.get("message", Kind.SUBSCRIPTION_CONFIRMATION)))


@routes.post(
    "/editions/{edition_id}/test-mails",
    takes=proposals.TEST_MAIL,
    answers=schema.TestMailSent,
    status=HTTPStatus.ACCEPTED,
    refuses=(HTTPStatus.TOO_MANY_REQUESTS,),
)
def send_test(edition_id: str, given: proposals.TestMail) -> schema.TestMailSent:
    """Send such a mail to an address, now: to see it in a real mail program.

    Its subject begins with `[Test]`, and its personal links lead nowhere. It is none of the edition's mailings, and is
    counted nowhere. 409 where mail to the address came back before; 429 after 20 test mails in a day (UTC), or 5 to one
    address.
    """
    address = world().addresses.parse(given.email)
    return _sent(send_test_mail(world(), edition_id, given.proposal, address), given.email)


@routes.post(
    "/editions/{edition_id}/messages/test-mails",
    takes=proposals.TEST_MESSAGE,
    answers=schema.TestMailSent,
    status=HTTPStatus.ACCEPTED,
    refuses=(HTTPStatus.GONE, HTTPStatus.TOO_MANY_REQUESTS),
)
def send_test_of_message(edition_id: str, given: proposals.TestMessage) -> schema.TestMailSent:
    """Send a message to an address before it is written to the registered; as every test mail."""
    address = world().addresses.parse(given.email)
    return _sent(send_test_message(world(), edition_id, given.draft, address), given.email)


@routes.post(
    "/series/{slug}/test-mails",
    takes=proposals.SERIES_TEST_MAIL,
    answers=schema.TestMailSent,
    status=HTTPStatus.ACCEPTED,
    refuses=(HTTPStatus.TOO_MANY_REQUESTS,),
)
def send_test_of_series(slug: str, given: dict[str, Any]) -> schema.TestMailSent:
    """Send a mail that is about the series and none of its editions to an address; as every test mail."""
    kind, email = given.get("message", Kind.SUBSCRIPTION_CONFIRMATION), given["email"]
    return _sent(send_test_mail_of_series(world(), slug, kind, world().addresses.parse(email)), email)


def _sent(mail: Mailing, email: str) -> schema.TestMailSent:
    return schema.TestMailSent(mailing=mail.id, message=mail.kind, to=email)


def _previewed(edition_id: str, asked: Proposal) -> schema.Preview | Response:
    return _as_wanted(preview(world(), edition_id, asked))


def _as_wanted(seen: Preview) -> schema.Preview | Response:
    """The mail, or the part of it that the request asks for."""
    accept = header(routes.current_request, "accept")
    match preferred_type(accept, ("application/json", "text/html", "text/plain")):
        case "text/html" as content_type:
            body = seen.html
        case "text/plain" as content_type:
            body = seen.text
        case _:
            return shown.preview(seen)
    headers: Headers = {"Content-Type": f"{content_type}; charset=utf-8", "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(body, headers=headers)
