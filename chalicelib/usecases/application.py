"""What a submission asks for as an application that can be kept: the address checked, text as one line or paragraphs,
nothing invisible."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain import intake as rules
from chalicelib.domain.consent import Consent
from chalicelib.domain.intake import Unclear, Wish
from chalicelib.domain.refusals import Invalid
from chalicelib.domain.registration import LONGEST_NAME, LONGEST_NOTE, LONGEST_ORGANISATION, Person
from chalicelib.domain.source import Source
from chalicelib.domain.submission import Reason, Submission
from chalicelib.identity import Address
from chalicelib.usecases.register import Application
from chalicelib.words.names import person_name
from chalicelib.words.text import Unfit, one_line, paragraphs
from chalicelib.words.wording import version
from chalicelib.world import World

log = logging.getLogger(__name__)


def address_of(world: World, wish: Wish) -> Address:
    """Raises ``Unclear``."""
    if not wish.email:
        raise Unclear(Reason.ADDRESS_MISSING, wish.used.get("email", ""))
    try:
        return _parsed(world, wish.email)
    except Invalid as invalid:
        raise Unclear(Reason.ADDRESS_INVALID, str(invalid.errors[0])) from invalid


def _parsed(world: World, email: str) -> Address:
    """Raises ``Invalid``."""
    return world.addresses.parse(email.strip().removeprefix("mailto:").lower())


def found_by_person(world: World, source: Source, received: Submission) -> Submission:
    """Whose it is, where at least the address can be read: erasing a person has to find what registered nobody, too."""
    try:
        email = rules.email_of(source, received.answers)
        return replace(received, person=_parsed(world, email).hash) if email else received
    except (Unclear, Invalid):
        return received
    except Exception as error:  # noqa: BLE001  # the fault may lie here, and must not cost the submission
        log.error("source %s: %s while reading an address", source.id, type(error).__name__)  # noqa: TRY400
        return received


def application_of(world: World, source: Source, wish: Wish, address: Address) -> Application:
    """Raises ``Unclear``."""
    name = _line(wish.name, "name", most=LONGEST_NAME, read=person_name)
    if not name:
        raise Unclear(Reason.NAME_MISSING, wish.used.get("name", ""))
    if wish.consent is None:
        raise Unclear(Reason.CONSENT_MISSING, wish.used.get(rules.CONSENT, ""))
    said = f"source {source.name}"
    consent = Consent(
        wording=wish.consent, wording_version=version(wish.consent), source=said, requested_at=world.clock()
    )
    organisation = _line(_cut(wish.organisation, LONGEST_ORGANISATION), "organisation", most=LONGEST_ORGANISATION)
    return Application(
        person=Person(hash=address.hash, address=address.mail, name=name, organisation=organisation),
        note=_note(wish.note),
        announcements=wish.announcements,
        consent=consent,
        source=said,
    )


def _line(text: str, what: str, *, most: int, read: Callable[..., str] = one_line) -> str:
    """One line of it: a form elsewhere may let people type several."""
    try:
        return read(" ".join(_visible(text).split()), most=most)
    except Unfit as unfit:
        raise Unclear(Reason.FIELD_INVALID, f"{what}: {unfit.at(what)}") from unfit


def _note(text: str) -> str:
    try:
        return paragraphs(_cut(_visible(text, keep="\n\t\v\f\x85\u2028\u2029"), LONGEST_NOTE), most=LONGEST_NOTE)
    except Unfit as unfit:
        raise Unclear(Reason.FIELD_INVALID, f"note: {unfit.at('note')}") from unfit


def _visible(text: str, *, keep: str = "") -> str:
    """Without control characters: nobody types them, and a tool's transport may leave some behind."""
    text = text.replace("\r\n", "\n")
    return "".join(
        " " if unicodedata.category(one) in ("Cc", "Co", "Cs", "Zl", "Zp") and one not in keep else one for one in text
    )


def _cut(text: str, most: int) -> str:
    """The whole of it is kept with the submission."""
    text = text.strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
