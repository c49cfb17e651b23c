"""Text as people send it, made safe to keep: trimmed, in one Unicode form, without characters that nobody sees."""

from __future__ import annotations

import unicodedata

from chalicelib.domain.refusals import FieldError, say

# Controls, surrogates, private use (our marks among them), and the separators that some programs break lines at.
HIDDEN = {"Cc", "Cs", "Co", "Zl", "Zp"}
# Bidirectional overrides can make a name read as another (Unicode TR36 §2.5.1); joiners and emoji need the rest of Cf.
OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What a text may hold but not consist of: format characters and spaces.
INVISIBLE = {"Cf", "Zs"}


MISSING = say("Please fill this in.")


class Unfit(ValueError):
    """Says what is wrong with a text; becomes a ``FieldError`` where the field's name is known."""

    def __init__(self, message: str, **facts: object) -> None:
        self.message, self.facts = message, facts
        super().__init__(message)

    def at(self, field: str) -> FieldError:
        return FieldError(field, self.message, self.facts)


def one_line(text: str, *, most: int, required: bool = False) -> str:
    """Fit for a header, a subject, a heading. Raises ``Unfit``."""
    cleaned = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(character) in HIDDEN or character in OVERRIDES for character in cleaned):
        raise Unfit(say("Please use one line of plain text, without line breaks or control characters."))
    return _measured(cleaned, most=most, required=required)


def paragraphs(text: str, *, most: int, required: bool = False) -> str:
    """Fit for a body: line breaks and tabs stay, in one form. Raises ``Unfit``."""
    cleaned = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    visible = cleaned.replace("\n", "").replace("\t", "")
    if any(unicodedata.category(character) in HIDDEN or character in OVERRIDES for character in visible):
        raise Unfit(say("Please use plain text, without control characters."))
    return _measured(cleaned, most=most, required=required)


def _measured(text: str, *, most: int, required: bool) -> str:
    if required and all(unicodedata.category(character) in INVISIBLE for character in text):
        raise Unfit(MISSING)
    if len(text) > most:
        raise Unfit(say("At most {most} characters, please; these are {given}."), most=most, given=len(text))
    return text
