"""What a submission asks for, read by its source's mapping: pure, and the same for a delivery, a trial and a replay."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.domain.source import Condition, Source
from chalicelib.domain.submission import Answer, Reason

TRUE, FALSE = "true", "false"

# Readers give a question that asks for an e-mail address by its type this name too.
EMAIL_TYPE = "type:email"


def plain(name: str) -> str:
    """A field's name as people mean it: case, spaces and the punctuation at its end do not count."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split()).rstrip(":*?!. ")


def _usual(*names: str) -> tuple[str, ...]:
    """Names that fields often have, as ``Form.first`` looks them up."""
    return tuple(map(plain, names))


_EMAIL = _usual(
    *("e-mail", "email", "mail", "e-mail-adresse", "emailadresse", "email-adresse", "e-mail address", "email address"),
    *("your-email", "your email", "deine e-mail-adresse", "deine e-mail", "ihre e-mail-adresse", "your e-mail"),
)
_FIRST = _usual(
    "vorname", "first name", "first_name", "firstname", "given name", "given_name", "your-first-name", "first"
)
_LAST = _usual(
    "nachname",
    "familienname",
    "last name",
    "last_name",
    "lastname",
    "surname",
    "family name",
    "family_name",
    "last",
)
_NAME = _usual(
    *("name", "dein name", "ihr name", "your name", "your-name", "full name", "full_name", "vor- und nachname"),
    *("vollständiger name", "wie heißt du", "wie heißen sie", "what is your name", "what's your name"),
)
_ORGANISATION = _usual("organisation", "organization", "verein", "company", "firma", "einrichtung", "unternehmen")
_NOTE = _usual(
    *("nachricht", "message", "your-message", "note", "notiz", "anmerkung", "anmerkungen", "bemerkung", "kommentar"),
    *("comment", "comments", "frage", "fragen", "deine frage", "question", "questions"),
)
_PRIVACY = re.compile(r"datenschutz|privacy|einwillig|einverst|zustimm|consent|dsgvo|gdpr")
_PRIVACY_ONLY = re.compile(r"datenschutz|privacy|dsgvo|gdpr")
_ANNOUNCEMENTS = re.compile(r"newsletter|rundbrief|ankündigung|announcements?")

_NO = re.compile(
    r"(false|0|off|no|n|nein|not|none|null|nicht|kein|keine|unchecked|declined)\b(?!-)"
    # Only before the first comma: "ich willige ein, dass … nicht …" agrees.
    r"|[^,.;]*\b(stimme|willige|möchte|will|akzeptiere|bin)\b[^,.;]*\bnicht\b|[^,.;]*\bnicht (einverstanden|zu)\b"
    r"|i (do not|don['’]t|disagree|am not|decline|refuse)\b"
)
_YES = re.compile(r"(true|1|on|yes|y|ja|j|x|ok|okay|gern|gerne|bitte|please|checked|selected)\b|✓|✔|☑")

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

    ``consent`` is the wording they agreed to. ``announcements``: they would like to hear of the series too. ``edition``
    is what the form calls the edition. ``used`` says which field of the form each was read from.
    """

    email: str = ""
    name: str = ""
    organisation: str = ""
    note: str = ""
    consent: str | None = None
    announcements: bool = False
    edition: str = ""
    used: dict[str, str] = field(default_factory=dict)


class Form:
    """The fields of a form by what they may be called, so that a name is looked up and not searched for."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = answers
        titles, names, plain_titles, plain_names = (defaultdict[str, list[Answer]](list) for _ in range(4))
        for answer in answers:
            plainly = list(dict.fromkeys(map(plain, answer.names)))
            titles[answer.names[0]].append(answer)
            plain_titles[plainly[0]].append(answer)
            for name in answer.names:
                names[name].append(answer)
            for name in plainly:
                plain_names[name].append(answer)
        self._as_written, self._as_meant = (titles, names), (plain_titles, plain_names)

    def find(self, name: str) -> Answer | None:
        """The field called ``name`` that was filled in: by its title before any other of its names, as it is written
        before as it is meant.

        Raises ``Unclear`` where two were, differently.
        """
        return self._one(name, [*(known.get(name) for known in self._as_written), *self._meant(plain(name))])

    def first(self, names: Iterable[str]) -> Answer | None:
        """The first of these names, plain already, that a field has, filled in where possible."""
        empty = None
        for name in names:
            answer = self._one(name, self._meant(name))
            if answer and answer.values:
                return answer
            empty = empty or answer
        return empty

    def _meant(self, name: str) -> list[list[Answer] | None]:
        return [known.get(name) for known in self._as_meant]

    def _one(self, name: str, found: Iterable[list[Answer] | None]) -> Answer | None:
        empty = None
        for same in found:
            if not same:
                continue
            filled = [answer for answer in same if answer.values]
            if len({answer.values for answer in filled}) > 1:
                raise Unclear(Reason.FIELD_AMBIGUOUS, name)
            if filled:
                return filled[0]
            empty = empty or same[0]
        return empty


def find(answers: Sequence[Answer], name: str) -> Answer | None:
    """``Form.find``, for one name. Raises ``Unclear``."""
    return Form(answers).find(name)


def email_of(source: Source, answers: Sequence[Answer]) -> str:
    """The address as it was filled in, or nothing; whatever else there is need not be understood.

    Raises ``Unclear`` for two of them.
    """
    return _email(source, Form(answers), {})


def _email(source: Source, form: Form, used: dict[str, str]) -> str:
    mapped = source.fields.email
    return _text(used, "email", [form.find(mapped) if mapped else form.first((*_EMAIL, EMAIL_TYPE))])


def read(source: Source, answers: Sequence[Answer]) -> Wish:
    """What the submission asks for. Raises ``Unclear`` only for fields that cannot be told apart."""
    used: dict[str, str] = {}
    form = Form(answers)

    def text(what: str, mapped: str, usual: Iterable[str]) -> str:
        return _text(used, what, [form.find(mapped) if mapped else form.first(usual)])

    mapping = source.fields
    if mapping.name:
        name = _text(used, "name", [form.find(part) for part in mapping.name])
    else:
        name = _text(used, "name", _usual_name(form))
    return Wish(
        email=_email(source, form, used),
        name=name,
        organisation=text("organisation", mapping.organisation, _ORGANISATION),
        note=text("note", mapping.note, _NOTE),
        consent=_consent(source, form, used),
        announcements=_announcements(source, form, used),
        edition=text("edition", source.target.field, ()) if source.target.field else "",
        used=used,
    )


def says_yes(answer: Answer | None, condition: Condition) -> bool:
    """Whether a field agrees.

    Text counts as yes unless it says no: a box that was ticked often holds the words it stands for.
    """
    if answer is None or not answer.values:
        return False
    if condition.equals or condition.contains:
        return any(_is_meant(value, condition) for value in (*answer.values, answer.text))
    return not any(_NO.match(plain(value)) for value in answer.values)


def wording_of(answer: Answer, condition: Condition) -> str:
    """The words a field shows to whoever agrees: those of the box where its value has them, else its title."""
    in_words = [value for value in answer.values if len(value.split()) > 1]
    wanted = [one for one in in_words if (condition.equals or condition.contains) and _is_meant(one, condition)]
    return " ".join(wanted or in_words) or answer.names[0]


def _is_meant(value: str, condition: Condition) -> bool:
    if condition.equals:
        return plain(condition.equals) == plain(value)
    return plain(condition.contains) in plain(value)


def _consent(source: Source, form: Form, used: dict[str, str]) -> str | None:
    rule = source.consent
    if rule.collected_by_form:
        used[CONSENT] = "collected-by-form"
        return rule.wording
    if rule.when:
        answer, condition = form.find(rule.when.field), rule.when
    else:
        answer = _looking_like(form.answers, _PRIVACY, but_not=_ANNOUNCEMENTS)
        condition = Condition(field=answer.names[0] if answer else "")
        if answer and len(answer.values) > 1:
            # One question with several boxes: that for the newsletter says nothing of anybody's details.
            answer = replace(
                answer, values=tuple(one for one in answer.values if not _ANNOUNCEMENTS.search(plain(one)))
            )
    if answer:
        used[CONSENT] = answer.names[0]
    if answer is None or not says_yes(answer, condition):
        return None
    return rule.wording or wording_of(answer, condition)


def _announcements(source: Source, form: Form, used: dict[str, str]) -> bool:
    rule = source.announcements
    answer = form.find(rule.field) if rule else _looking_like(form.answers, _ANNOUNCEMENTS, but_not=_PRIVACY_ONLY)
    if answer is None:
        return False
    used["announcements"] = answer.names[0]
    if rule:
        return says_yes(answer, rule)
    # "How did you hear of our newsletter?" is answered with words as well; whoever was not asked gets no mail.
    asked = any(_ANNOUNCEMENTS.fullmatch(plain(name)) for name in answer.names)
    wanted = asked or any(_YES.match(plain(value)) or _ANNOUNCEMENTS.search(plain(value)) for value in answer.values)
    return wanted and says_yes(answer, Condition(field=answer.names[0]))


def _looking_like(answers: Sequence[Answer], pattern: re.Pattern[str], *, but_not: re.Pattern[str]) -> Answer | None:
    """The only field whose name speaks of it; none where several do and one would have to guess.

    A field that speaks of something else as well is not asked for one of the two by guess.
    """

    def speaks(answer: Answer, of: re.Pattern[str]) -> bool:
        return any(of.search(plain(name)) for name in answer.names)

    found = [answer for answer in answers if speaks(answer, pattern) and not speaks(answer, but_not)]
    return found[0] if len({answer.names for answer in found}) == 1 else None


def _usual_name(form: Form) -> Sequence[Answer | None]:
    """First and last name, or one field for both.

    Beside a first name, "Name" is the last one, as on many German forms.
    """
    first, last, whole = (form.first(names) for names in (_FIRST, _LAST, _NAME))
    if first and first.values:
        if whole and whole.text.casefold().startswith(f"{first.text} ".casefold()):
            return (whole,)
        return first, last or whole
    return (whole,) if whole and (whole.values or not last) else (first, last)


def _text(used: dict[str, str], what: str, found: Sequence[Answer | None]) -> str:
    known = [answer for answer in found if answer]
    if known:
        used[what] = " + ".join(answer.names[0] for answer in known)
    return " ".join(" ".join(answer.values) if what == "name" else answer.text for answer in known if answer.values)
