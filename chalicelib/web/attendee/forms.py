"""What people fill in: parsed at the door, with all errors at once, each beside its field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chalicelib.domain.refusals import FieldError, Invalid, say
from chalicelib.domain.registration import LONGEST_NAME, LONGEST_NOTE, LONGEST_ORGANISATION, Person
from chalicelib.domain.series import Series
from chalicelib.identity import Address, Addresses
from chalicelib.language import tongue
from chalicelib.names import person_name
from chalicelib.text import MISSING, Unfit, one_line, paragraphs
from chalicelib.usecases.register import Application
from chalicelib.web.charsets import NotInCharset, UnknownCharset, charset_of, form_fields
from chalicelib.web.problems import Malformed, TooLarge, UnsupportedMediaType
from chalicelib.web.routing import Request, body, header, media_type

FORM = "application/x-www-form-urlencoded"
LARGEST_BODY = 64 * 1024
MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Form:
    """What a page shows in its fields, and what is wrong beside them (both by field name)."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def refilled(series: Series, given: dict[str, str], invalid: Invalid) -> Form:
    """The form as it was filled in, with each error beside its field, in the language of ``series``."""
    spoken = tongue(series.language)
    return Form(values=given, errors={error.name: spoken.refusal(error) for error in invalid.errors})


def fields_of(request: Request) -> dict[str, str]:
    """The last value of each field. Raises ``UnsupportedMediaType``, ``TooLarge``, ``Malformed``."""
    if media_type(request) != FORM:
        raise UnsupportedMediaType(say("Please send this as a form ({expected})."), expected=FORM)
    raw = body(request)
    if len(raw) > LARGEST_BODY:
        raise TooLarge(say("This is more than we can take: at most {most} bytes."), most=LARGEST_BODY)
    try:
        given = form_fields(raw, charset_of(header(request, "content-type")), most=MOST_FIELDS)
    except UnknownCharset as unknown:
        raise UnsupportedMediaType(
            say("We do not know the character set {charset}. Please send the form in UTF-8."), charset=unknown.charset
        ) from unknown
    except NotInCharset as error:
        raise Malformed(
            say(
                "We could not read this form: its text is not in the character set it is said to be in. Please "
                "send it in UTF-8."
            )
        ) from error
    except ValueError as error:
        raise Malformed(
            say("We could not read this form. Please open the page again and fill it in once more.")
        ) from error
    return {name: values[-1] for name, values in given.items()}


class _Reader:
    """Collects errors while a form is read, so that all of them can be told."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.fields = fields
        self.errors: list[FieldError] = []

    def text(self, name: str, read: Callable[..., str], *, most: int, missing: str = "") -> str:
        """``missing`` is what to say where the field has to be filled in and is not."""
        try:
            return read(self.fields.get(name, ""), most=most, required=bool(missing))
        except Unfit as unfit:
            self.errors.append(FieldError(name, missing) if unfit.message == MISSING else unfit.at(name))
            return ""

    def address(self, addresses: Addresses) -> Address:
        try:
            return addresses.parse(self.fields.get("email", ""))
        except Invalid as invalid:
            self.errors.extend(invalid.errors)
            return Address("", "")

    def ticked(self, name: str) -> bool:
        return self.fields.get(name) == "yes"

    def done(self) -> None:
        if self.errors:
            raise Invalid(*self.errors)


def read_application(fields: dict[str, str], addresses: Addresses) -> Application:
    """The registration form. Raises ``Invalid``."""
    reader = _Reader(fields)
    name = reader.text("name", person_name, most=LONGEST_NAME, missing=say("Please enter your name."))
    address = reader.address(addresses)
    organisation = reader.text("organisation", one_line, most=LONGEST_ORGANISATION)
    note = reader.text("note", paragraphs, most=LONGEST_NOTE)
    if not reader.ticked("privacy"):
        reader.errors.append(FieldError("privacy", say("We need your consent to register you.")))
    reader.done()
    person = Person(hash=address.hash, address=address.mail, name=name, organisation=organisation)
    return Application(person=person, note=note, announcements=reader.ticked("announcements"))


def read_subscriber(fields: dict[str, str], addresses: Addresses) -> Person:
    """The subscription form. Raises ``Invalid``."""
    reader = _Reader(fields)
    address = reader.address(addresses)
    reader.done()
    return Person(hash=address.hash, address=address.mail, name="")
