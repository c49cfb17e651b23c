"""Text as people paste it, mended and made safe to keep: trimmed, in one Unicode form, without what nobody sees.

Word, PDF readers and chats leave characters behind that nobody typed and nobody sees. They are mended silently. Only
what cannot be mended is refused, with the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from chalicelib.domain.refusals import FieldError, mark

HIDDEN = {"Cc", "Cs", "Co", "Zl", "Zp"}
"""Controls, surrogates, private use (our marks among them), and the separators that some programs break lines at."""

OVERRIDES = set("\u202d\u202e")
"""They make a text read as another (Unicode TR36 §2.5.1), so what was meant cannot be known."""

LOST = "\ufffd"
"""Stands where a program could not read a character."""

NOBODY_MEANT = re.compile(
    "[\u00ad\u180e\u200b\u202a-\u202c\u2060-\u206f\ufeff\ufff0-\ufffb\U000e0001\U000e0002-\U000e001f\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)
"""Soft hyphens, zero-width spaces, byte order marks, embeddings and isolates, annotations, and what is no
character at all."""

DIRECTION_MARKS = "\u200e\u200f\u061c"
RIGHT_TO_LEFT = {"R", "AL"}
NON_JOINER, JOINER = "\u200c", "\u200d"
VIRAMA = 9
"""The canonical combining class of the sign after which Indic scripts write a joiner."""

BLACK_FLAG, END_OF_TAGS = "\U0001f3f4", "\U000e007f"
TAGS = re.compile(f"({BLACK_FLAG}[\U000e0020-\U000e007e]+{END_OF_TAGS})|[\U000e0020-\U000e007f]")
"""A flag's letters are tags (🏴󠁧󠁢󠁳󠁣󠁴󠁿); anywhere else tags are a text that nobody sees."""

VARIATIONS = re.compile("(?:^|(?<=[\\s\ufe00-\ufe0f\U000e0100-\U000e01ef]))[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
"""A variation selector follows what it varies: one that follows nothing, a space or another one does nothing."""

NO_BREAK_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f]")
SPACES_AT_LINE_ENDS = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]+(?=\n|$)")
ENDS = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000" + DIRECTION_MARKS
BLANKS_AT_ENDS = "\u2800\u3164\uffa0"
INDENTATION = re.compile(r"(?:\s*\n)?([ \t]{1,16})")
ITEM = r"(?:[-*+•‣▪▫●○◦■□►➢✓✔→–—·]|\d{1,9}[.)][ \t]|o[ \t])"
"""How a line of a list begins, in Markdown and in what people paste."""

AT_ENDS = re.compile(f"^[{ENDS}{BLANKS_AT_ENDS}]+|[{ENDS}{BLANKS_AT_ENDS}]+$")

UNSEEN = {"Cf", "Zs", "Mn", "Mc", "Me", *HIDDEN}
BLANKS = set("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Letters and symbols that are drawn as nothing: fillers of Hangul, the empty Braille pattern, a note
without a head."""

MISSING = mark("Please fill this in.")


class Unfit(ValueError):
    """Says what is wrong with a text; becomes a ``FieldError`` where the field's name is known."""

    def __init__(self, message: str, **facts: object) -> None:
        self.message, self.facts = message, facts
        super().__init__(message)

    def at(self, field: str) -> FieldError:
        return FieldError(field, self.message, self.facts)


def one_line(text: str, *, most: int, required: bool = False) -> str:
    """Fit for a header, a subject, a heading. Raises ``Unfit``."""
    mended = _mended(text, _as_one_line)
    if "\n" in mended or "\r" in mended:
        raise Unfit(mark("Please write this on one line, without line breaks."))
    return _measured(_checked(mended), most=most, required=required)


def paragraphs(text: str, *, most: int, required: bool = False) -> str:
    """Fit for a body: line breaks, tabs and no-break spaces stay, line breaks in one form. Raises ``Unfit``.

    A list that the text begins with keeps the indentation of its first line: without it, the others would
    be below the first.
    """
    mended = _checked(_mended(text, _as_paragraphs), but="\n\t")
    return _measured(_indentation_of_a_list(text, mended) + mended, most=most, required=required)


def bare(text: str) -> str:
    """Without anything that nobody sees, for what has no such character in it: an e-mail address."""
    seen = (one for one in _as_one_line(unicodedata.normalize("NFC", text)) if unicodedata.category(one) != "Cf")
    return "".join(one for one in seen if not NOBODY_MEANT.match(one)).strip()


def is_seen(text: str) -> bool:
    """Whether a text has anything that a reader sees. Marks that combine with nothing and fillers are nothing."""
    return any(unicodedata.category(one) not in UNSEEN and one not in BLANKS for one in text)


def _mended(text: str, spaced: Callable[[str], str]) -> str:
    """Mended until nothing is left to mend: what is taken away may bring together what belongs to nothing."""
    while (again := _mended_once(spaced(text))) != text:
        text = again
    return text


def _mended_once(text: str) -> str:
    text = AT_ENDS.sub("", unicodedata.normalize("NFC", text))
    if text.isascii():
        return text
    text = TAGS.sub(r"\1", NOBODY_MEANT.sub("", text))
    text = VARIATIONS.sub("", _without_stray_marks(text))
    return AT_ENDS.sub("", unicodedata.normalize("NFC", text))


def _as_one_line(text: str) -> str:
    """Whatever separates words as a space.

    Line breaks stay, to be refused: a heading of two lines is one that somebody typed.
    """
    text = re.sub("[\t\v\f\x85\u2028\u2029]+", " ", text)
    return NO_BREAK_SPACES.sub(" ", text)


def _as_paragraphs(text: str) -> str:
    """Every break of a line as a line feed; a no-break space at the end of a line, as Word writes empty
    lines, is none."""
    text = re.sub("\r\n|[\r\v\f\x85\u2028]", "\n", text).replace("\u2029", "\n\n")
    return SPACES_AT_LINE_ENDS.sub("", text)


def _indentation_of_a_list(text: str, mended: str) -> str:
    """What ``mended`` lost at the start of its first line, if another line of the same list has it too."""
    found = INDENTATION.match(NOBODY_MEANT.sub("", _as_paragraphs(text)))
    if not found or not mended:
        return ""
    is_marked = re.match(ITEM, mended) and re.search(f"^{found[1]}{ITEM}", mended, re.MULTILINE)
    is_tabbed = found[1] == "\t" and re.match(r"[^\n]+\n\t\S", mended)
    return found[1] if is_marked or is_tabbed else ""


def _without_stray_marks(text: str) -> str:
    """Direction marks only in a text that runs from right to left, joiners only where they join or part something."""
    if not any(mark in text for mark in (*DIRECTION_MARKS, NON_JOINER, JOINER)):
        return text
    marked = any(unicodedata.bidirectional(one) in RIGHT_TO_LEFT for one in text if one not in DIRECTION_MARKS)
    kept: list[str] = []
    for number, one in enumerate(text):
        following = text[number + 1] if number + 1 < len(text) else ""
        if one in DIRECTION_MARKS and not marked:
            continue
        if one in (NON_JOINER, JOINER) and not _joins(kept[-1] if kept else "", following):
            continue
        kept.append(one)
    return "".join(kept)


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between the two has an effect: in scripts that join, after a virama, and in emoji."""
    if not before or before in (NON_JOINER, JOINER, *DIRECTION_MARKS):
        return False
    if unicodedata.combining(before) == VIRAMA:
        return True
    return bool(after) and all(map(_may_be_joined, (before, after)))


def _may_be_joined(one: str) -> bool:
    kind = unicodedata.category(one)
    if one.isascii() or one.isspace() or kind in HIDDEN or kind in ("Cf", "Zs"):
        return False
    return not (kind[0] == "L" and unicodedata.name(one, "").startswith("LATIN"))


def _checked(text: str, *, but: str = "") -> str:
    for one in text:
        if one in but:
            continue
        if one == LOST:
            raise Unfit(mark("A character was lost on its way here: there is “�” instead. Please type it again."))
        if one in OVERRIDES:
            raise Unfit(
                mark(
                    "There is an invisible character in this that turns the direction of writing. Please type the "
                    "text anew."
                )
            )
        if unicodedata.category(one) in HIDDEN:
            raise Unfit(
                mark(
                    "There is a character in this that is no text (U+{code}). Please delete it, or type the text anew."
                ),
                code=f"{ord(one):04X}",
            )
    return text


def _measured(text: str, *, most: int, required: bool) -> str:
    if not is_seen(text):
        text = ""
    if required and not text:
        raise Unfit(MISSING)
    if len(text) > most:
        raise Unfit(mark("At most {most} characters, please; these are {given}."), most=most, given=len(text))
    return text
