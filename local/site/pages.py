"""What is under ``/local``: the inbox, the clock, the forms, and a small front page.

German wall-clock time beside UTC everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from local.aws.clock import Clock
from local.site import form_pages
from local.site.aws_view import Aws, NotDrained
from local.site.client import Client
from local.site.travel import ZONE, BadJourney, NoJourney, Traveller, local_moment

ROUTES = Map(
    [
        Rule("/local", endpoint="home", methods=["GET"]),
        Rule("/local/style.css", endpoint="style", methods=["GET"]),
        Rule("/local/inbox", endpoint="inbox", methods=["GET"]),
        Rule("/local/inbox.json", endpoint="inbox_json", methods=["GET"]),
        Rule("/local/inbox/<mail_id>", endpoint="mail", methods=["GET"]),
        Rule("/local/inbox/<mail_id>/source", endpoint="source", methods=["GET"]),
        Rule("/local/inbox/<mail_id>/attachments/<int:number>", endpoint="attachment", methods=["GET"]),
        Rule("/local/clock", endpoint="clock", methods=["GET"]),
        Rule("/local/clock", endpoint="travel", methods=["POST"]),
        *form_pages.RULES,
    ],
    strict_slashes=False,
)

_STATUS = {BadJourney: 400, NoJourney: 409, NotDrained: 503}
_MAILS_ON_A_PAGE = 100
_SHOWN_AHEAD = timedelta(days=60)
_MOST_SHOWN = 50
_HERE = Path(__file__).parent / "templates"
# Mails are shown in a frame that takes over this policy: their own styles and pictures work, nothing is loaded from
# elsewhere.
_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; form-action 'self'"
)

FRAME = '<base target="_blank">'
"""Put before a mail's own HTML: its links open beside the inbox."""


class Pages:
    def __init__(
        self, aws: Aws, clock: Clock, traveller: Traveller, describe: Callable[[str], str], client: Client
    ) -> None:
        """``describe`` puts a mailing, given by its id, in words."""
        self._aws, self._clock, self._traveller, self._describe = aws, clock, traveller, describe
        self._forms = form_pages.FormPages(client, clock, self._page)
        self._templates = Environment(
            loader=FileSystemLoader(_HERE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["wall_clock"] = _wall_clock
        self._templates.filters["iso"] = _iso
        self._templates.filters["utc"] = lambda moment: f"{_aware(moment):%Y-%m-%d %H:%M:%S} UTC"

    def __call__(self, request: Request) -> Response:
        try:
            endpoint, values = ROUTES.bind_to_environ(request.environ).match()
            owner = self._forms if hasattr(self._forms, str(endpoint)) else self
            response: Response = getattr(owner, str(endpoint))(request, **values)
        except HTTPException as refused:
            if isinstance(refused, NotFound):
                return self._page("missing.html", status=404)
            return Response.force_type(refused.get_response(request.environ))
        return response

    def home(self, _: Request) -> Response:
        return self._page("home.html", mails=self._aws.state().mails)

    def style(self, _: Request) -> Response:
        return Response((_HERE / "style.css").read_text(), content_type="text/css; charset=utf-8")

    def inbox(self, request: Request) -> Response:
        to, start = request.args.get("to", "").strip(), max(request.args.get("from", 0, type=int), 0)
        mails = self._aws.mails(to=to)
        page = mails[start : start + _MAILS_ON_A_PAGE]
        after = start + _MAILS_ON_A_PAGE
        return self._page(
            "inbox.html", mails=page, to=to, total=len(mails), start=start, older=after if after < len(mails) else None
        )

    def inbox_json(self, request: Request) -> Response:
        """``?to=`` filters, ``?brief=1`` leaves bodies, headers and attachments away."""
        mails = self._aws.mails(to=request.args.get("to", ""), full="brief" not in request.args)
        for mail in mails:
            for number, attachment in enumerate(mail.get("attachments", [])):
                attachment["url"] = f"{request.host_url}local/inbox/{mail['id']}/attachments/{number}"
        return _json(mails)

    def mail(self, request: Request, mail_id: str) -> Response:
        if (mail := self._aws.mail(mail_id)) is None:
            raise NotFound
        views = [view for view in ("html", "text") if mail[view]] + ["source", "headers"]
        view = request.args.get("view", "")
        source = self._aws.content(mail_id, "source") if view == "source" else None
        return self._page(
            "mail.html",
            mail=mail,
            views=views,
            view=view if view in views else views[0],
            framed=FRAME + mail["html"],
            source=source[1].decode("utf-8", "replace") if source else "",
            to=request.args.get("to", ""),
        )

    def source(self, _: Request, mail_id: str) -> Response:
        return _content(self._aws.content(mail_id, "source"))

    def attachment(self, _: Request, mail_id: str, number: int) -> Response:
        mail = self._aws.mail(mail_id) or {"attachments": []}
        response = _content(self._aws.content(mail_id, f"attachments/{number}"))
        response.headers.set("Content-Disposition", "attachment", filename=mail["attachments"][number]["name"])
        return response

    def clock(self, request: Request) -> Response:
        journey = {name: request.args.get(name, type=int) for name in ("ticks", "mails")}
        return self._clock_page(journey=journey)

    def travel(self, request: Request) -> Response:
        """JSON in, JSON out; from a form, back to the page."""
        if request.mimetype == "application/json":
            return self._travel_by_json(request)
        try:
            form = request.form
            wish = {name: form[name] for name in ("advance", "to") if form.get(name)}
            if "local" in form:
                wish = {"to": local_moment(form["local"], after=self._clock.now()).isoformat()}
            journey = self._traveller.travel(wish)
        except tuple(_STATUS) as refused:
            return self._clock_page(
                error=str(refused), local=request.form.get("local", ""), status=_STATUS[type(refused)]
            )
        return redirect(f"/local/clock?ticks={journey.ticks}&mails={journey.mails}", 303)

    def _travel_by_json(self, request: Request) -> Response:
        try:
            wish = json.loads(request.get_data())
        except ValueError:
            return _problem(400, "The body is not JSON.")
        try:
            journey = self._traveller.travel(wish)
        except tuple(_STATUS) as refused:
            return _problem(_STATUS[type(refused)], str(refused))
        return _json(asdict(journey) | {"now": journey.now.isoformat()})

    def _clock_page(
        self, *, error: str = "", local: str = "", journey: dict[str, int | None] | None = None, status: int = 200
    ) -> Response:
        now = self._clock.now()
        coming = list(self._traveller.planned(within=_SHOWN_AHEAD))
        later = None if coming else next(self._traveller.planned(), None)
        return self._page(
            "clock.html",
            status=status,
            error=error,
            local=local or f"{(now + timedelta(hours=1)).astimezone(ZONE):%Y-%m-%dT%H:%M}",
            journey=journey or {"ticks": None, "mails": None},
            coming=[(due, self._describe(due.id)) for due in coming[:_MOST_SHOWN]],
            later=later,
            more=max(len(coming) - _MOST_SHOWN, 0),
        )

    def _page(self, name: str, *, status: int = 200, **values: Any) -> Response:
        body = self._templates.get_template(name).render(now=self._clock.now(), zone=ZONE.key, page=name, **values)
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return Response(body, status=status, headers=headers, content_type="text/html; charset=utf-8")


def _aware(moment: datetime | str) -> datetime:
    return datetime.fromisoformat(moment) if isinstance(moment, str) else moment


def _iso(moment: datetime | str) -> str:
    """For ``<time datetime>``, which knows no microseconds."""
    return _aware(moment).isoformat(timespec="seconds")


def _wall_clock(moment: datetime | str, *, seconds: bool = False) -> str:
    there = _aware(moment).astimezone(ZONE)
    return f"{there:%a} {there.day} {there:%b %Y}, {there:{'%H:%M:%S' if seconds else '%H:%M'}} {there:%Z}"


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json")


def _problem(status: int, detail: str) -> Response:
    """RFC 9457."""
    problem = {"type": "about:blank", "title": "The clock stays as it is", "status": status, "detail": detail}
    return Response(json.dumps(problem), status=status, content_type="application/problem+json")


def _content(found: tuple[str, bytes] | None) -> Response:
    if found is None:
        raise NotFound
    # A mail is somebody else's text: shown as what it says it is, but never run as a page of ours.
    return Response(
        found[1],
        content_type=found[0],
        headers={"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"},
    )
