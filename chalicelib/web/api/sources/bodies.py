"""What organisers send about a source: each body as data, like everything else in the API."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import Struct

from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.source import (
    Condition,
    ConsentRule,
    Fields,
    SourceChange,
    SourceDraft,
    SourceKind,
    Target,
    TokenPlace,
)
from chalicelib.domain.submission import State
from chalicelib.web.api.door import limit_field
from chalicelib.web.parse.fields import Body, Field, Schema, described, nested
from chalicelib.web.parse.readers import ONE_OF, TOO_MANY, Cursor, Line, Object, OneOf, OrNull
from chalicelib.words.text import Unfit, one_line

LONGEST_FIELD_NAME, LONGEST_WORDING, LONGEST_SECRET, SHORTEST_TOKEN = 500, 2000, 500, 16
MOST_VALUES, MOST_NAME_PARTS = 200, 4

COLLECTED = "collected-by-form"

FIELD_NAME = Line(LONGEST_FIELD_NAME, required=True)
EDITION_ID = Line(64, required=True)


class WhereItGoes(Struct, frozen=True):
    """``{"edition": …}``, ``{"series": …}``, or ``{"field": …}`` with ``values``, ``series`` or neither."""

    def read(self, value: Any, name: str) -> Target:
        read = nested(value, name, TARGET)
        if not read or ("values" in read and "field" not in read) or ("edition" in read and "series" in read):
            raise Unfit(mark("Give edition, series, or field with values or series."))
        return Target(**read)

    def describe(self) -> Schema:
        return described(TARGET) | {"minProperties": 1, "dependentRequired": {"values": ["field"]}}


class EditionsByValue(Struct, frozen=True):
    """What the form says, and which edition it means."""

    def read(self, value: Any, name: str) -> dict[str, str]:
        if not isinstance(value, dict) or len(value) > MOST_VALUES:
            raise Unfit(mark("This has to be an object that maps what the form says to an edition's id."))
        return {FIELD_NAME.read(said, name): EDITION_ID.read(edition, name) for said, edition in value.items()}

    def describe(self) -> Schema:
        return {"type": "object", "additionalProperties": EDITION_ID.describe(), "maxProperties": MOST_VALUES}


TARGET = {
    "edition": Field("edition", EDITION_ID),
    "series": Field("series", Line(60, required=True), says="Its next open edition."),
    "field": Field(
        "field",
        FIELD_NAME,
        says="A field of the form that names the edition: its id; with `series` also its date or title.",
    ),
    "values": Field(
        "values", EditionsByValue(), says="With `field`: what the form says, and the id of the edition it means."
    ),
}


class NameFields(Struct, frozen=True):
    """One field, or several that make the name together (first and last)."""

    def read(self, value: Any, name: str) -> tuple[str, ...]:
        parts = value if isinstance(value, list) else [value]
        if not 1 <= len(parts) <= MOST_NAME_PARTS:
            raise Unfit(TOO_MANY, most=MOST_NAME_PARTS)
        return tuple(FIELD_NAME.read(part, name) for part in parts)

    def describe(self) -> Schema:
        one = FIELD_NAME.describe()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_NAME_PARTS}]}


FIELDS = {
    "email": Field("email", FIELD_NAME),
    "name": Field("name", NameFields()),
    "organisation": Field("organisation", FIELD_NAME),
    "note": Field("note", FIELD_NAME),
}

CONDITION = {
    "field": Field("field", FIELD_NAME, required=True),
    "equals": Field("equals", Line(LONGEST_WORDING)),
    "contains": Field("contains", Line(LONGEST_WORDING)),
}


class Basis(Struct, frozen=True):
    def read(self, value: Any, _: str) -> bool:
        if value != COLLECTED:
            raise Unfit(ONE_OF, known=COLLECTED)
        return True

    def describe(self) -> Schema:
        return {"const": COLLECTED}


BY_FORM = {
    "basis": Field("collected_by_form", Basis(), required=True),
    "wording": Field("wording", Line(LONGEST_WORDING, required=True), required=True),
}
BY_FIELD = {**CONDITION, "wording": Field("wording", Line(LONGEST_WORDING))}


class WhereConsentIs(Struct, frozen=True):
    """``{"field": …}``, or ``{"basis": "collected-by-form", "wording": …}``."""

    def read(self, value: Any, name: str) -> ConsentRule:
        if isinstance(value, dict) and "basis" in value:
            return ConsentRule(**nested(value, name, BY_FORM))
        read = nested(value, name, BY_FIELD)
        wording = read.pop("wording", "")
        return ConsentRule(when=Condition(**read), wording=wording)

    def describe(self) -> Schema:
        return {"oneOf": [described(BY_FIELD), described(BY_FORM)]}


def _token(*, header: str = "", field: str = "") -> TokenPlace:
    return TokenPlace(header=header.lower(), field=field)


TOKEN = {"header": Field("header", Line(100)), "field": Field("field", Line(LONGEST_FIELD_NAME))}


class SecretText(Struct, frozen=True):
    def read(self, value: Any, name: str) -> str:
        if not isinstance(value, str) or not SHORTEST_TOKEN <= len(value.strip()) <= LONGEST_SECRET:
            facts: dict[str, object] = {"least": SHORTEST_TOKEN, "most": LONGEST_SECRET}
            raise Invalid(FieldError(name, mark("A secret has {least} to {most} characters."), facts))
        return one_line(value, most=LONGEST_SECRET)

    def describe(self) -> Schema:
        return {"type": "string", "minLength": SHORTEST_TOKEN, "maxLength": LONGEST_SECRET}


_SECRET = {
    "secret": Field(
        "secret",
        SecretText(),
        says="Your own: a token is kept as a hash, anything else encrypted. Not given: we issue one.",
    )
}
_CHANGED_LATER = {
    "name": Field("name", Line(100, required=True), required=True, says="It stands in the proof of consent."),
    "to": Field("target", WhereItGoes(), required=True, says="Where registrations go."),
    "fields": Field(
        "fields",
        Object(FIELDS, Fields),
        says="Which field of the form is which, by title, ref, key or dotted path; case and spaces are forgiven. "
        "`name` may be a list of fields that make the name together. What is not given is looked for by the usual "
        "German and English names.",
    ),
    "consent": Field(
        "consent",
        WhereConsentIs(),
        says='`{"field": "Datenschutz", "wording": "…"}`, with `equals` or `contains` where not every answer means '
        'yes; or `{"basis": "collected-by-form", "wording": "…"}`. Not given: the only field that speaks of privacy '
        "or consent.",
    ),
    "announcements": Field(
        "announcements",
        OrNull(Object(CONDITION, Condition)),
        says="Whoever wants announcements is asked again by mail. Not given: the only field that speaks of a "
        "newsletter.",
    ),
    "id_field": Field(
        "id_field",
        Line(LONGEST_FIELD_NAME),
        says="Which field holds the tool's own id of a submission, where its kind has none.",
    ),
    "token": Field(
        "token", Object(TOKEN, _token), says="Where a token may come besides `Authorization: Bearer` and the path."
    ),
}

SECRET = Body("NewSecret", _SECRET)
SOURCE_CHANGE = Body("SourceChange", _CHANGED_LATER, partial=True, into=SourceChange)


class NewSource(NamedTuple):
    draft: SourceDraft
    secret: str
    """Empty: one that we issue."""


def _new_source(*, secret: str = "", **given: Any) -> NewSource:
    return NewSource(SourceDraft(**given), secret)


NEW_SOURCE = Body(
    "NewSource",
    {**_CHANGED_LATER, "kind": Field("kind", OneOf(SourceKind), required=True), **_SECRET},
    into=_new_source,
)

SUBMISSION_CURSOR = "[0-9a-f]{12}-[0-9a-f]{16}"


class Wanted(NamedTuple):
    """Which submissions are asked for, newest first."""

    state: State | None = None
    before: str = ""
    limit: int = 100


SUBMISSIONS = Body(
    "Submissions",
    {
        "state": Field("state", OneOf(State), says="Only these."),
        "before": Field(
            "before", Cursor(SUBMISSION_CURSOR), says="`next` of the answer before: the list goes on behind it."
        ),
        "limit": limit_field(100),
    },
    into=Wanted,
)
TOKEN_IN_PATH = Body(
    "Token", {"token": Field("token", Line(LONGEST_SECRET), says="The secret as the path would carry it.")}
)
