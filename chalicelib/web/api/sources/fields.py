"""What organisers send about a source: checked field by field, like everything else in the API."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.refusals import FieldError, Invalid, say
from chalicelib.domain.source import Condition, ConsentRule, Fields, SourceKind, Target, TokenPlace
from chalicelib.text import Unfit, one_line
from chalicelib.web.parse.readers import Field, line, nested

LONGEST_FIELD_NAME, LONGEST_WORDING, LONGEST_SECRET, SHORTEST_TOKEN = 500, 2000, 500, 16
MOST_VALUES, MOST_NAME_PARTS = 200, 4

COLLECTED = "collected-by-form"


def _kind(value: Any, _: str) -> SourceKind:
    try:
        return SourceKind(value)
    except ValueError as error:
        raise Unfit(say("This has to be one of: {known}."), known=", ".join(SourceKind)) from error


_field_name = line(LONGEST_FIELD_NAME, required=True)
_edition_id = line(64, required=True)


def _target(value: Any, name: str) -> Target:
    """``{"edition": …}``, ``{"series": …}``, or ``{"field": …}`` with ``values``, ``series`` or neither."""
    known = {
        "edition": Field("edition", _edition_id),
        "series": Field("series", line(60, required=True)),
        "field": Field("field", _field_name),
        "values": Field("values", _values),
    }
    read = nested(value, name, known)
    if not read or ("values" in read and "field" not in read) or ("edition" in read and "series" in read):
        raise Unfit(say("Give edition, series, or field with values or series."))
    return Target(**read)


def _values(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MOST_VALUES:
        raise Unfit(say("This has to be an object that maps what the form says to an edition's id."))
    return {_field_name(said, name): _edition_id(edition, name) for said, edition in value.items()}


def _name(value: Any, name: str) -> tuple[str, ...]:
    """One field, or several that make the name together (first and last)."""
    parts = value if isinstance(value, list) else [value]
    if not 1 <= len(parts) <= MOST_NAME_PARTS:
        raise Unfit(say("This has to be a list of at most {most}."), most=MOST_NAME_PARTS)
    return tuple(_field_name(part, name) for part in parts)


def _fields(value: Any, name: str) -> Fields:
    known = {
        "email": Field("email", _field_name),
        "name": Field("name", _name),
        "organisation": Field("organisation", _field_name),
        "note": Field("note", _field_name),
    }
    return Fields(**nested(value, name, known))


_CONDITION = {
    "field": Field("field", _field_name, required=True),
    "equals": Field("equals", line(LONGEST_WORDING)),
    "contains": Field("contains", line(LONGEST_WORDING)),
}


def _condition(value: Any, name: str) -> Condition | None:
    return None if value is None else Condition(**nested(value, name, _CONDITION))


def _basis(value: Any, _: str) -> bool:
    if value != COLLECTED:
        raise Unfit(say("This has to be one of: {known}."), known=COLLECTED)
    return True


def _consent(value: Any, name: str) -> ConsentRule:
    """``{"field": …}``, or ``{"basis": "collected-by-form", "wording": …}``."""
    if isinstance(value, dict) and "basis" in value:
        known = {
            "basis": Field("collected_by_form", _basis, required=True),
            "wording": Field("wording", line(LONGEST_WORDING, required=True), required=True),
        }
        return ConsentRule(**nested(value, name, known))
    read = nested(value, name, {**_CONDITION, "wording": Field("wording", line(LONGEST_WORDING))})
    wording = read.pop("wording", "")
    return ConsentRule(when=Condition(**read), wording=wording)


def _token(value: Any, name: str) -> TokenPlace:
    read = nested(
        value, name, {"header": Field("header", line(100)), "field": Field("field", line(LONGEST_FIELD_NAME))}
    )
    return TokenPlace(header=read.get("header", "").lower(), field=read.get("field", ""))


def _secret(value: Any, name: str) -> str:
    if not isinstance(value, str) or not SHORTEST_TOKEN <= len(value.strip()) <= LONGEST_SECRET:
        facts: dict[str, object] = {"least": SHORTEST_TOKEN, "most": LONGEST_SECRET}
        raise Invalid(FieldError(name, say("A secret has {least} to {most} characters."), facts))
    return one_line(value, most=LONGEST_SECRET)


SECRET = {"secret": Field("secret", _secret)}

CHANGE = {
    "name": Field("name", line(100, required=True), required=True),
    "to": Field("target", _target, required=True),
    "fields": Field("fields", _fields),
    "consent": Field("consent", _consent),
    "announcements": Field("announcements", _condition),
    "id_field": Field("id_field", line(LONGEST_FIELD_NAME)),
    "token": Field("token", _token),
}

CREATE = {**CHANGE, "kind": Field("kind", _kind, required=True), **SECRET}
