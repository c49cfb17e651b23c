"""What a submission asks for, read by its source's mapping: pure, and the same for a delivery, a trial and a replay."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from chalicelib.domain.source import Condition, Source
from chalicelib.domain.submission import Answer, Reason

TRUE, FALSE = "true", "false"

# Readers give a question that asks for an e-mail address by its type this name too.
EMAIL_TYPE = "type:email"

_EMAIL = (
    *("e-mail", "email", "mail", "e-mail-adresse", "emailadresse", "email-adresse", "e-mail address", "email address"),
    *("your-email", "your email", "deine e-mail-adresse", "deine e-mail", "ihre e-mail-adresse", "your e-mail"),
)
_FIRST = ("vorname", "first name", "first_name", "firstname", "given name", "given_name", "your-first-name")
_LAST = ("nachname", "familienname", "last name", "last_name", "lastname", "surname", "family name", "family_name")
_NAME = (
    *("name", "dein name", "ihr name", "your name", "your-name", "full name", "full_name", "vor- und nachname"),
    *("vollständiger name", "wie heißt du", "wie heißen sie", "what is your name", "what's your name"),
)
_ORGANISATION = ("organisation", "organization", "verein", "company", "firma", "einrichtung", "unternehmen")
_NOTE = (
    *("nachricht", "message", "your-message", "note", "notiz", "anmerkung", "anmerkungen", "bemerkung", "kommentar"),
    *("comment", "comments", "frage", "fragen", "deine frage", "question", "questions"),
)
_PRIVACY = re.compile(r"datenschutz|privacy|einwillig|einverst|zustimm|consent|dsgvo|gdpr")
_ANNOUNCEMENTS = re.compile(r"newsletter|rundbrief|ankündigung|announcements?")

_NO = re.compile(
    r"(false|0|off|no|n|nein|not|none|null|nicht|kein|keine|unchecked|declined)\b(?!-)"
    r"|(ich )?(stimme|willige|möchte|will|bin)( \w+)? nicht\b|i (do not|don't|disagree)"
)

CONSENT = "privacy"
READ = ("email", "name", "organisation", "note", CONSENT, "announcements", "edition")
"""What a form's fields are read as."""


class Unclear(Exception):
    """The submission does not say what is needed; ``reason`` and ``detail`` tell the organiser what."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody filled in, as text that nobody has checked yet.

    ``consent`` is the wording they agreed to. ``announcements``: they would like to hear of the series too. ``edition`` is what the
    form calls the edition. ``used`` says which field of the form each was read from.
    """

    email: str = ""
    name: str = ""
    organisation: str = ""
    note: str = ""
    consent: str | None = None
    announcements: bool = False
    edition: str = ""
    used: dict[str, str] = field(default_factory=dict)


def plain(name: str) -> str:
    """A field's name as people mean it: case, spaces and the punctuation at its end do not count."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split()).rstrip(":*?!. ")


def find(answers: Sequence[Answer], name: str) -> Answer | None:
    """The field called ``name`` that was filled in: by its title before any other of its names, as it is written before as it is meant.

    Raises ``Unclear`` where two were, differently.
    """
    wanted = plain(name)
    by_name: tuple[Callable[[Answer], bool], ...] = (
        lambda answer: answer.names[0] == name,
        lambda answer: name in answer.names,
        lambda answer: plain(answer.names[0]) == wanted,
        lambda answer: wanted in map(plain, answer.names),
    )
    found = [[answer for answer in answers if called(answer)] for called in by_name]
    filled = next((some for same in found if (some := [answer for answer in same if answer.values])), [])
    if len({answer.values for answer in filled}) > 1:
        raise Unclear(Reason.FIELD_AMBIGUOUS, name)
    return next((answer for some in (filled, *found) for answer in some), None)


def read(source: Source, answers: Sequence[Answer]) -> Wish:
    """What the submission asks for. Raises ``Unclear`` only for fields that cannot be told apart."""
    used: dict[str, str] = {}

    def text(what: str, mapped: str, usual: Iterable[str]) -> str:
        return _text(used, what, [_mapped(answers, mapped)] if mapped else [_first(answers, usual)])

    mapping = source.fields
    if mapping.name:
        name = _text(used, "name", [_mapped(answers, part) for part in mapping.name])
    else:
        both = [_first(answers, _FIRST), _first(answers, _LAST)]
        name = _text(used, "name", both if any(both) else [_first(answers, _NAME)])
    return Wish(
        email=text("email", mapping.email, (EMAIL_TYPE, *_EMAIL)),
        name=name,
        organisation=text("organisation", mapping.organisation, _ORGANISATION),
        note=text("note", mapping.note, _NOTE),
        consent=_consent(source, answers, used),
        announcements=_announcements(source, answers, used),
        edition=text("edition", source.target.field, ()) if source.target.field else "",
        used=used,
    )


def says_yes(answer: Answer | None, condition: Condition) -> bool:
    """Whether a field agrees. Text counts as yes unless it says no: a box that was ticked often holds the words it stands for."""
    if answer is None or not answer.values:
        return False
    if condition.equals:
        return plain(condition.equals) in map(plain, (*answer.values, answer.text))
    if condition.contains:
        return any(plain(condition.contains) in plain(value) for value in answer.values)
    return not any(_NO.match(plain(value)) for value in answer.values)


def wording_of(answer: Answer) -> str:
    """The words a field shows to whoever agrees: those of the box where its value has them, else its title."""
    in_words = [value for value in answer.values if len(value.split()) > 1]
    return " ".join(in_words) or answer.names[0]


def _consent(source: Source, answers: Sequence[Answer], used: dict[str, str]) -> str | None:
    rule = source.consent
    if rule.collected_by_form:
        used[CONSENT] = "collected-by-form"
        return rule.wording
    if rule.when:
        answer, condition = _mapped(answers, rule.when.field), rule.when
    else:
        answer = _looking_like(answers, _PRIVACY)
        condition = Condition(field=answer.names[0] if answer else "")
    if answer:
        used[CONSENT] = answer.names[0]
    if answer is None or not says_yes(answer, condition):
        return None
    return rule.wording or wording_of(answer)


def _announcements(source: Source, answers: Sequence[Answer], used: dict[str, str]) -> bool:
    if source.announcements:
        answer, condition = _mapped(answers, source.announcements.field), source.announcements
    else:
        answer = _looking_like(answers, _ANNOUNCEMENTS)
        condition = Condition(field=answer.names[0] if answer else "")
    if answer:
        used["announcements"] = answer.names[0]
    return says_yes(answer, condition)


def _mapped(answers: Sequence[Answer], name: str) -> Answer | None:
    return find(answers, name)


def _first(answers: Sequence[Answer], names: Iterable[str]) -> Answer | None:
    """The first of these names that a field has, filled in where possible."""
    found = [answer for name in names if (answer := find(answers, name))]
    return next((answer for answer in found if answer.values), found[0] if found else None)


def _looking_like(answers: Sequence[Answer], pattern: re.Pattern[str]) -> Answer | None:
    """The only field whose name speaks of it; none where several do and one would have to guess."""
    found = [answer for answer in answers if any(pattern.search(plain(name)) for name in answer.names)]
    return found[0] if len({answer.names for answer in found}) == 1 else None


def _text(used: dict[str, str], what: str, found: Sequence[Answer | None]) -> str:
    known = [answer for answer in found if answer]
    if known:
        used[what] = " + ".join(answer.names[0] for answer in known)
    return " ".join(" ".join(answer.values) if what == "name" else answer.text for answer in known if answer.values)
