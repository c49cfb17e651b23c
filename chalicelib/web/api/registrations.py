"""Who comes to an edition: listed, searched, and on paper."""

from __future__ import annotations

from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from chalicelib import paths
from chalicelib.domain.edition import Edition
from chalicelib.domain.refusals import mark
from chalicelib.domain.registration import Place, Registration
from chalicelib.domain.search import folded
from chalicelib.usecases.attendees import Wanted, attendees, mails_of
from chalicelib.web.api import bodies, exports, schema, shown
from chalicelib.web.api.counted import registrations_of
from chalicelib.web.api.door import LARGEST_ANSWER, LARGEST_PAGE, ApiRoutes, ListOf, as_page, page_fields
from chalicelib.web.api.exports import LARGEST_FILE, LARGEST_WORKBOOK, Cell, Column
from chalicelib.web.negotiation import first_type, preferred_type
from chalicelib.web.pages import PRIVATE, absolute, page, style_version
from chalicelib.web.parse.fields import Body, Field
from chalicelib.web.parse.readers import Cursor, Line, OneOf, Spelled, Truth, Whole
from chalicelib.web.routing import Headers, Response, header
from chalicelib.words.language import Tongue, tongue
from chalicelib.world import world

routes = ApiRoutes(__name__, "Registrations")

USUAL = 100
LONGEST_SEARCH = 254
"""Characters: an address may have as many."""


class Asked(Struct, frozen=True, kw_only=True):
    """``limit`` is 0 where it is not given."""

    search: str = ""
    status: Place | None = None
    after: str = ""
    limit: int = 0
    mails: bool = False

    def wanted(self, *, usual: int = USUAL, status: Place | None = None) -> Wanted:
        return Wanted(search=self.search, status=self.status or status, after=self.after, limit=self.limit or usual)


COLUMNS = (
    Column(mark("Name"), 28),
    Column(mark("E-mail address"), 34),
    Column(mark("Organisation"), 28),
    Column(mark("Note"), 48),
    Column(mark("Status"), 14),
    Column(mark("Since"), 18),
    Column(mark("E-mail"), 12),
)
PLACES = {Place.CONFIRMED: mark("registered"), Place.CANCELLED: mark("cancelled")}
BOUNCED = mark("bounced")
SUFFIXES = {exports.CSV: "csv", exports.XLSX: "xlsx"}

STATUS = Field("status", OneOf(Place), says="Only who has this status.")
MAILS = "Whether to say what became of each person's mails; no if not given."
LISTED = Body(
    "RegistrationsListed",
    page_fields(bodies.PERSON_HASH, limit=USUAL)
    | {"status": STATUS, "mails": Field("mails", Spelled(Truth()), says=MAILS)},
    into=Asked,
)
SEARCHED = Body(
    "RegistrationSearch",
    {
        "search": Field(
            "search",
            Line(LONGEST_SEARCH, required=True),
            required=True,
            says="Words that are in the name or the address, whatever their case and accents; or a whole address.",
        ),
        "status": STATUS,
        "mails": Field("mails", Truth(), says=MAILS),
        "after": Field(
            "after", Cursor(bodies.PERSON_HASH), says="`next` of the answer before: the search goes on behind it."
        ),
        "limit": Field("limit", Whole(1, LARGEST_PAGE), says=f"How many at most; {USUAL} if not given."),
    },
    into=Asked,
)


@routes.get(
    "/editions/{edition_id}/registrations",
    answers=ListOf(schema.Registration, counts=schema.RegistrationCounts),
    others=("text/html", exports.CSV, exports.XLSX),
    query=LISTED,
)
def list_registrations(edition_id: str, asked: Asked) -> Response:
    """Who comes, and on each page how many there are in all, whatever their `status`.

    With `Accept: text/html` the answer is a page to print, with a box to tick for each: of those who are registered
    (or have the `status`) up to 1000 if no `limit` is given, by their names.

    With `Accept: text/csv` it is a file for a spreadsheet, of up to 5000 people if no `limit` is given: UTF-8, cells
    parted by semicolons, an apostrophe before what would be a formula. Only the first piece has a line with names of
    columns, so that pieces can be put together.

    With `Accept: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`, and no other type before it, it
    is a workbook (XLSX) of as many people: every text is one, every time is a date in the zone of the edition.

    Where there are more people, page and files say where the list goes on in their header `Link` (`rel="next"`).
    """
    accept = header(routes.current_request, "accept")
    offered: tuple[str, ...] = ("application/json", "text/html", exports.CSV)
    if first_type(accept) == exports.XLSX:  # else API Gateway would hand it out in base64
        offered = (exports.XLSX, *offered)
    match preferred_type(accept, offered):
        case "text/html":
            answer = _on_paper(edition_id, asked)
        case exports.CSV | exports.XLSX as kind:
            answer = _as_file(kind, edition_id, asked)
        case _:
            edition = world().store.edition(edition_id)
            answer = _listed(edition, asked, counts=registrations_of(edition))
    answer.headers["Vary"] = "Accept"
    return answer


@routes.post("/editions/{edition_id}/registrations/search", answers=ListOf(schema.Registration), takes=SEARCHED)
def search_registrations(edition_id: str, given: Asked) -> Response:
    """Find people by name or address.

    A request looks at up to 1000 people, so a page may have few items, or none, and go on: ask again with `after` while
    `next` is not null. A whole address is found at once. It is a POST so that names and addresses stand in no URL.
    """
    return _listed(world().store.edition(edition_id), given)


def _listed(edition: Edition, asked: Asked, *, counts: schema.RegistrationCounts | None = None) -> Response:
    wanted = asked.wanted()
    found, rest = attendees(world(), edition.id, wanted)
    mails = mails_of(world(), edition, found) if asked.mails else None

    def view(one: Registration) -> schema.Registration:
        told = shown.registration(one)
        return told if mails is None else replace(told, mails=shown.mails(mails.get(one.person.hash, ())))

    return as_page(found, view, _person, limit=wanted.limit, rest=rest, counts=counts)


def _on_paper(edition_id: str, asked: Asked) -> Response:
    edition = world().store.edition(edition_id)
    series = world().store.series(edition.series)
    people, rest = attendees(world(), edition_id, asked.wanted(usual=LARGEST_PAGE, status=Place.CONFIRMED))
    answer = page(
        "attendees",
        series.language,
        cache=PRIVATE,
        series=series,
        edition=edition,
        people=sorted(people, key=lambda one: (folded(one.name), one.person.hash)),
        continues=bool(rest),
        style_sheet=f"{absolute(paths.STYLE_SHEET())}?v={style_version()}",
    )
    return _going_on(answer, asked, rest)


def _as_file(kind: str, edition_id: str, asked: Asked) -> Response:
    edition, wanted = world().store.edition(edition_id), asked.wanted(usual=LARGEST_FILE)
    spoken = tongue(world().store.series(edition.series).language)
    people, rest = attendees(world(), edition_id, wanted)
    columns = [spoken.translate(one.title) for one in COLUMNS]
    rows = (_cells(one, edition, spoken) for one in people)
    headers: Headers = {
        "Content-Type": kind,
        "Content-Disposition": f'attachment; filename="{edition.local_start:%Y-%m-%d}-{edition.id}.{SUFFIXES[kind]}"',
        "Cache-Control": PRIVATE,
    }
    content: str | bytes
    if kind == exports.CSV:
        headers["Content-Type"] = f"{kind}; charset=utf-8; header={'absent' if asked.after else 'present'}"
        content, count = exports.as_csv([] if asked.after else columns, rows, most=LARGEST_ANSWER)
    else:
        content, count = exports.as_xlsx(
            columns,
            rows,
            widths=[one.width for one in COLUMNS],
            sheet=f"{edition.local_start:%Y-%m-%d}",
            made_at=world().clock(),
            most=LARGEST_WORKBOOK,
        )
    if count < len(people):
        rest = people[count - 1].person.hash
    return _going_on(Response(content, headers=headers), asked, rest)


def _cells(one: Registration, edition: Edition, spoken: Tongue) -> list[Cell]:
    since = one.since.astimezone(ZoneInfo(edition.zone)).replace(tzinfo=None)
    status, bounced = spoken.translate(PLACES[one.place]), spoken.translate(BOUNCED) if one.bounced else ""
    return [one.name, one.address, one.person.organisation, one.note, status, since, bounced]


def _going_on(answer: Response, asked: Asked, rest: str) -> Response:
    """With where the list goes on (RFC 8288), below the same address."""
    if rest:
        query = {"status": asked.status or "", "limit": asked.limit or "", "after": rest}
        answer.headers["Link"] = f'<?{urlencode({name: value for name, value in query.items() if value})}>; rel="next"'
    return answer


def _person(one: Registration) -> str:
    return one.person.hash
