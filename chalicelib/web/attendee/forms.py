"""The forms that attendees fill in: their fields, as data, and what the page shows of a form that came back."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.domain.refusals import Invalid, mark
from chalicelib.domain.registration import LONGEST_NAME, LONGEST_NOTE, LONGEST_ORGANISATION, Person
from chalicelib.domain.series import Series
from chalicelib.usecases.register import Application
from chalicelib.web.parse.fields import Body, Field
from chalicelib.web.parse.readers import Line, MailAddress, Name, Paragraphs, Tick
from chalicelib.words.language import tongue
from chalicelib.world import world


@dataclass(frozen=True, slots=True)
class Form:
    """What a page shows in its fields, and what is wrong beside them (both by field name)."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def refilled(series: Series, given: dict[str, str], invalid: Invalid) -> Form:
    """The form as it was filled in, with each error beside its field, in the language of ``series``."""
    spoken = tongue(series.language)
    return Form(values=given, errors={error.name: spoken.refusal(error) for error in invalid.errors})


def _application(
    *, name: str, mail: str, organisation: str, note: str, privacy: bool, announcements: bool
) -> Application:
    assert privacy  # without it the form is refused
    person = Person(hash=world().addresses.hash(mail), address=mail, name=name, organisation=organisation)
    return Application(person=person, note=note, announcements=announcements)


def _subscriber(*, mail: str) -> Person:
    return Person(hash=world().addresses.hash(mail), address=mail, name="")


REGISTRATION = Body(
    "RegistrationForm",
    {
        "name": Field("name", Name(LONGEST_NAME, missing=mark("Please enter your name."))),
        "email": Field("mail", MailAddress()),
        "organisation": Field("organisation", Line(LONGEST_ORGANISATION)),
        "note": Field("note", Paragraphs(LONGEST_NOTE)),
        "privacy": Field("privacy", Tick(missing=mark("We need your consent to register you."))),
        "announcements": Field("announcements", Tick()),
    },
    into=_application,
)

SUBSCRIPTION = Body("SubscriptionForm", {"email": Field("mail", MailAddress())}, into=_subscriber)
