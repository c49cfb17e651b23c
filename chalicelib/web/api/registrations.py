"""Who comes to an edition: listed, searched, and on paper."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib import paths
from chalicelib.domain.registration import Place, Registration
from chalicelib.domain.search import folded
from chalicelib.usecases.attendees import Wanted, attendees, mails_of
from chalicelib.web.api import bodies, schema, shown
from chalicelib.web.api.door import LARGEST_PAGE, ApiRoutes, ListOf, as_page, page_fields
from chalicelib.web.negotiation import preferred_type
from chalicelib.web.pages import PRIVATE, absolute, page, style_version
from chalicelib.web.parse.fields import Body, Field
from chalicelib.web.parse.readers import Cursor, Line, OneOf, Spelled, Truth, Whole
from chalicelib.web.routing import Response, header
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
    "/editions/{edition_id}/registrations", answers=ListOf(schema.Registration), others=("text/html",), query=LISTED
)
def list_registrations(edition_id: str, asked: Asked) -> Response:
    """Who comes.

    With `Accept: text/html` the answer is a page to print, with a box to tick for each: of those who are registered
    (or have the `status`) up to 1000 if no `limit` is given, by their names.
    """
    accept = header(routes.current_request, "accept")
    if preferred_type(accept, ("application/json", "text/html")) == "text/html":
        return _on_paper(edition_id, asked)
    answer = _listed(edition_id, asked)
    answer.headers["Vary"] = "Accept"
    return answer


@routes.post("/editions/{edition_id}/registrations/search", answers=ListOf(schema.Registration), takes=SEARCHED)
def search_registrations(edition_id: str, given: Asked) -> Response:
    """Find people by name or address.

    A request looks at up to 1000 people, so a page may have few items, or none, and go on: ask again with `after` while
    `next` is not null. A whole address is found at once. It is a POST so that names and addresses stand in no URL.
    """
    return _listed(edition_id, given)


def _listed(edition_id: str, asked: Asked) -> Response:
    edition, wanted = world().store.edition(edition_id), asked.wanted()
    found, rest = attendees(world(), edition_id, wanted)
    mails = mails_of(world(), edition, found) if asked.mails else None

    def view(one: Registration) -> schema.Registration:
        told = shown.registration(one)
        return told if mails is None else replace(told, mails=shown.mails(mails.get(one.person.hash, ())))

    return as_page(found, view, _person, limit=wanted.limit, rest=rest)


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
    answer.headers["Vary"] = "Accept"
    if rest:
        answer.headers["Link"] = f'<?after={rest}>; rel="next"'
    return answer


def _person(one: Registration) -> str:
    return one.person.hash
