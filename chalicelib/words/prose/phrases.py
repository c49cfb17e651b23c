"""Whether a line ends a sentence, goes on, or stands for itself: a label, a greeting. Pure."""

from __future__ import annotations

import re
import unicodedata

from chalicelib.words.prose.vocabulary import BEFORE_AN_ADJECTIVE, LEADS_ON, MONTHS, NO_ADJECTIVE, ORDINALS

_ENDS = re.compile(r"""[.!?…:]["'“”’»«)\]*_]*$""")
_WEB_AT_END = re.compile(r"(?:https?://|www\.|@)\S+$", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:[*_]{1,2})?[^\W\d_][\w/&. -]{0,22}:(?:[*_]{1,2})?(?:\s|$)|\d{1,2}[:.]\d\d\b|[a-z]\) |"
    r"\d{1,2}\.?\) |\d{1,2}\. (?:" + "|".join(sorted(MONTHS | ORDINALS)) + r")\b",
    re.IGNORECASE,
)
_SALUTATION = re.compile(
    r"(?:liebe[rs]?|hallo|guten|sehr geehrte[rs]?|hi|hello|hey|moin|servus|dear|good)\b.*[,!]$", re.IGNORECASE
)
_CLOSING = re.compile(
    r"(?:(?:viele|liebe|herzliche|beste|schöne|freundliche|sonnige) grüße|"
    r"(?:mit )?(?:freundlichen|herzlichen|lieben|besten) grüßen|"
    r"bis (?:bald|dann)|(?:euer|eure|dein|deine|ihr|ihre)(?=,?$)|herzlichst|"
    r"(?:best|kind|warm) (?:wishes|regards)|yours|cheers|see you)\b",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(
    r"\w*(?:lich|ig|isch|ell|al|bar|sam|los|haft|iv|är|ös|neu|groß|klein|gut|offen|lang|kurz|rund|rot|grün|alt|jung|frei|erst|zweit|dritt|"
    r"viert|nächst|letzt|best|bunt)(?:e|er|es|em|en)$",
    re.IGNORECASE,
)
_INFLECTED = re.compile(r"\w+e[rsmn]?$")
_PUNCTUATION = re.compile(r"[,;.!?)](?:\s|$)")
_GLUED = re.compile(r"\w-$")
_SECOND_HALF = re.compile(r"(?:und|oder|bis|bzw\.?|sowie|and|or|to)\b")
_ABBREVIATED = re.compile(r"(?:^|[\s.])(?:\d{1,2}|z|B|ca|bzw|Nr|St|Dr|Prof|Abs|d|h|u|a|e|V)\.$")
LONGEST_SALUTATION, LONGEST_CLOSING = 60, 40
"""In characters; longer, it is a sentence."""


def ends_sentence(line: str) -> bool:
    return bool(_ENDS.search(line)) and not _ABBREVIATED.search(line)


def ends_with_address(line: str) -> bool:
    return bool(_WEB_AT_END.search(line))


def starts_with_punctuation(line: str) -> bool:
    return bool(_PUNCTUATION.match(line))


def starts_small(line: str) -> bool:
    """Does a sentence go on with this line?"""
    if starts_with_punctuation(line):
        return True
    bare = line.lstrip("„“\"'»«(*_ ")
    return bare[:1].islower() and not re.match(r"(?:https?://|www\.|\S+@|i\. ?[AV]\.|gez\.|c/o |[a-z]\) )", bare)


def is_label(line: str) -> bool:
    """A line of its own: "Ort: Gemeindehaus", "14:30 Uhr Begrüßung", "24. Dezember: Glühwein", "☕ Kaffee"."""
    if unicodedata.category(line[:1] or " ") == "So":
        return True
    return bool(_LABEL.match(line)) and not re.match(r"https?:", line, re.IGNORECASE)


def is_salutation(line: str) -> bool:
    return len(line) <= LONGEST_SALUTATION and bool(_SALUTATION.match(line))


def is_closing(line: str) -> bool:
    """Does a name follow? "Viele Grüße,"."""
    return len(line) <= LONGEST_CLOSING and bool(_CLOSING.match(line))


def dangles(line: str) -> bool:
    """Does ``line`` end where no phrase can end: behind a comma, an article, a preposition, an adjective
    before its noun?"""
    bare = line.rstrip("*_ ")
    if bare.endswith((",", ";", "(", "„", "&", "/", " –", " -", " —")):
        return True
    words = re.findall(r"[\w'’-]+|[^\w\s]", bare)
    if not words:
        return False
    last = words[-1].lower()
    if last in LEADS_ON or _ABBREVIATED.search(bare) or _GLUED.search(bare):
        return True
    if words[-1][:1].islower() and _ADJECTIVE.match(last):
        return True
    if len(words) < 2 or words[-2].lower() not in BEFORE_AN_ADJECTIVE:  # noqa: PLR2004  # a word and the one before it
        return False
    return last not in NO_ADJECTIVE and bool((_INFLECTED if words[-1][:1].islower() else _ADJECTIVE).match(last))


def joined(line: str, after: str) -> str:
    """Two lines as one: with a space, except within a word (``Online-`` and ``Treffen``) and before punctuation that
    was torn off."""
    glued = starts_with_punctuation(after) or (_GLUED.search(line) and not _SECOND_HALF.match(after))
    return f"{line}{after}" if glued else f"{line} {after}"
