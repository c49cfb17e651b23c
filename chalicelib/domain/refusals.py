"""The tree of ways to say no.

A refusal is an answer, not a bug: its message is safe to show to the person who asked, and says what to do. Messages
are English message ids with ``{facts}``; whoever shows one translates it first (``chalicelib.words.language``). HTTP is
not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta


def mark(message: str) -> str:
    """Mark ``message`` for translation; the catalogue's extractor looks for this name."""
    return message


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field: ``name`` is the field as its sender wrote it (``speakers.0.link``)."""

    name: str
    message: str
    facts: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format_map(self.facts)


class Refusal(Exception):
    """A rule said no. The message is safe to show to the person who asked."""

    message = mark("This is not possible.")

    def __init__(self, message: str = "", **facts: object) -> None:
        self.message = message or type(self).message
        self.facts = facts
        super().__init__(self.message.format_map(facts))


class TooOften(Refusal):
    """Not any more for now. ``retry_after`` is when it may be tried again."""

    def __init__(self, *, retry_after: timedelta = timedelta(minutes=1), **facts: object) -> None:
        super().__init__("", **facts)
        self.retry_after = retry_after


class Invalid(Refusal):
    """What was sent cannot be taken as it is: carries *all* errors, each with its field."""

    message = mark("Please check the marked fields.")

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors


class Wrong:
    """Everything wrong with one request, where several steps look for it: each ``with wrong.noted():`` goes on after an
    ``Invalid``, and ``refuse`` raises one with all of them."""

    def __init__(self, *errors: FieldError) -> None:
        self.errors = list(errors)

    @contextmanager
    def noted(self) -> Iterator[None]:
        try:
            yield
        except Invalid as invalid:
            self.errors += invalid.errors

    def refuse(self) -> None:
        """Raise ``Invalid``; nothing where nothing is wrong."""
        if self.errors:
            raise Invalid(*self.errors)


class NotFound(Refusal):
    message = mark("We could not find this page. Perhaps the link is incomplete?")


class Forged(NotFound):
    """A signed link whose signature does not match: answered like a page that does not exist."""

    message = mark("This link is not valid. Please open it again from the mail, completely and unchanged.")


class Gone(Refusal):
    message = mark("This is over.")


class NothingKept(Gone):
    message = mark("Your details were erased: we keep nothing of you here any more.")


class EditionCancelled(Gone):
    message = mark("This edition has been cancelled.")


class EditionOver(Gone):
    message = mark("This edition is over.")


class Conflict(Refusal):
    message = mark("Somebody else changed this at the same moment. Please try again.")


class AlreadyExists(Conflict):
    message = mark("This already exists.")


class RegistrationClosed(Conflict):
    message = mark("Registration for this edition is closed.")


class EditionFull(Conflict):
    message = mark("All seats for this edition are taken.")


class NotPublished(Conflict):
    message = mark("This edition is still a draft. Publish it first.")


class MoveInstead(Conflict):
    message = mark(
        "This edition is published: move it, so that everybody who registered is told. Only its link can be changed "
        "here."
    )


class CancelInstead(Conflict):
    message = mark(
        "This edition was published and cannot be deleted. Cancel it, so that everybody who registered is told."
    )


class StaysForever(Conflict):
    message = mark("This edition was published and stays: links in mails and calendars lead to its page.")
