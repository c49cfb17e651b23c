"""The engine that reads what is sent: fields as data, all errors in one answer, and the same fields as a
JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.words.text import Unfit

Schema = dict[str, Any]
"""A JSON Schema (2020-12), as OpenAPI 3.1 takes it."""

REQUIRED = mark("This field is required.")


class Misread(Invalid):
    """Some fields cannot be read; ``read`` are the values of the others, by their names in the request."""

    def __init__(self, *errors: FieldError, read: Mapping[str, Any]) -> None:
        super().__init__(*errors)
        self.read = read


class Reader(Protocol):
    """How the value of one field is read, and what it may look like."""

    def read(self, value: Any, name: str) -> Any:
        """The value of the domain. ``name`` is the field's, with its path. Raises ``Unfit`` or ``Invalid``."""

    def describe(self) -> Schema:
        """What a client may send; what no schema can say is refused by ``read``."""


class Field(Struct, frozen=True):
    """``into`` is its name in the domain, ``says`` a sentence for the API's reference, in Markdown."""

    into: str
    reader: Reader
    required: bool = False
    says: str = ""


Fields = Mapping[str, Field]


class Body(Struct, frozen=True):
    """A JSON object or a form that a request carries.

    ``name`` is what its schema is called; a ``partial`` one requires no field.
    ``into`` makes the value of the domain from the fields' values, by their names there.
    """

    name: str
    fields: Fields
    partial: bool = False
    into: Callable[..., Any] = dict

    def read(self, given: Mapping[str, Any]) -> Any:
        """Raises ``Invalid`` with every error."""
        return self.into(**parse(self.fields, given, partial=self.partial))

    def read_form(self, given: Mapping[str, str]) -> Any:
        """Raises ``Invalid`` with every error.

        A browser leaves out a box that is not ticked, and sends fields of its own: what is missing is empty, and what
        is unknown is no error.
        """
        return self.read({name: given.get(name, "") for name in self.fields})

    def describe(self) -> Schema:
        return described(self.fields, partial=self.partial)


def parse(fields: Fields, given: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """The given fields by their names in the domain.

    Raises one ``Misread`` with every error; ``partial`` requires nothing.
    """
    unknown = mark("There is no such field. Known fields: {known}.") if fields else mark("This takes no fields.")
    errors = [FieldError(name, unknown, {"known": ", ".join(fields)}) for name in given if name not in fields]
    read: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            try:
                read[field.into] = field.reader.read(given[name], name)
            except Unfit as unfit:
                errors.append(unfit.at(name))
            except Invalid as invalid:
                errors.extend(invalid.errors)
        elif field.required and not partial:
            errors.append(FieldError(name, REQUIRED))
    if errors:
        given_names = {field.into: name for name, field in fields.items()}
        raise Misread(*errors, read={given_names[into]: value for into, value in read.items()})
    return read


def described(fields: Fields, *, partial: bool = False) -> Schema:
    """An object of these fields and no others."""
    properties = {
        name: field.reader.describe() | ({"description": field.says} if field.says else {})
        for name, field in fields.items()
    }
    required = [name for name, field in fields.items() if field.required and not partial]
    return {"type": "object", "properties": properties, "additionalProperties": False} | (
        {"required": required} if required else {}
    )


def nested(value: Any, name: str, fields: Fields) -> dict[str, Any]:
    """An object inside a field.

    Raises ``Unfit``, and ``Invalid`` whose errors carry the whole path (``speakers.0.link``).
    """
    if not isinstance(value, dict):
        raise Unfit(mark("This has to be an object with: {known}."), known=", ".join(fields))
    try:
        return parse(fields, value)
    except Invalid as invalid:
        raise Invalid(
            *(FieldError(f"{name}.{error.name}", error.message, error.facts) for error in invalid.errors)
        ) from invalid
