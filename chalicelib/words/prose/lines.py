"""What one line of a pasted text is: a bullet, a numbered item, a heading, a rule. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from chalicelib.words.prose.vocabulary import MONTHS, ORDINALS

SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))
"""No-break spaces, which Word and web pages put where a line may well break."""

FENCE = re.compile(r" {0,3}(`{3,}(?!.*`)|~{3,})")
HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
DEFINITION = re.compile(r"\[([^\[\]]+)\]:")

_BULLET = re.compile(
    r"(?P<mark>[-*+](?=[ \t])|[–—](?=[ \t])|·(?=[ \t])|"
    r"[•‣▪▫●○◦■□►➢✓✔→\uf0b7\uf0a7](?!\ufe0f)|o(?=\t| {2,})|§(?=\t| {2,}))"
    r"[ \t]*(?P<rest>\S.*)$"
)
_NUMBER = re.compile(r"(?P<number>\d{1,9})(?P<mark>[.)])[ \t]+(?P<rest>\S.*)$")
STARTS_LIKE_A_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
STARTS_LIKE_A_BULLET = re.compile(r"([-+*])(?=\s|$)")

_NO_ITEM = re.compile(
    rf"(?:{'|'.join(sorted((*MONTHS, *ORDINALS), key=len, reverse=True))})\b|\d{{1,4}}[.:]|\d{{4}}\b", re.IGNORECASE
)
"""What follows the number of a day or a rank: a month, "Advent", "Platz", another part of the date."""


class Marker(NamedTuple):
    """How a list's item begins. ``kind`` tells the marks of two levels apart; ``number`` is None for bullets."""

    indent: int
    kind: str
    rest: str
    number: int | None = None


def is_rule(bare: str) -> bool:
    """A line that parts: Markdown's, the ``--`` of mails, a row of ``=``."""
    return bare == "--" or bool(_RULE.match(bare)) or bool(re.fullmatch("={3,}", bare))


def bullet(line: str) -> Marker | None:
    """The bullet at the start of ``line``: Markdown's own, or what Word, mails and chats put there."""
    bare = line.lstrip(" \t")
    if is_rule(bare) or not (found := _BULLET.match(bare)):
        return None
    mark = "–" if found["mark"] == "—" else found["mark"]
    return Marker(indent(line), mark, found["rest"].strip())


def numbered(line: str) -> Marker | None:
    """The number at the start of ``line``, unless it is a date's or a rank's: "24.

    Dezember", "2. Advent", "1. Platz".
    """
    found = _NUMBER.match(line.lstrip(" \t"))
    if not found or _NO_ITEM.match(found["rest"]):
        return None
    return Marker(indent(line), found["mark"], found["rest"].strip(), int(found["number"]))


def indent(line: str) -> int:
    """How many columns ``line`` begins with, a tab as up to four."""
    return len(line) - len(line.lstrip(" \t")) if "\t" not in line else _columns(line)


def _columns(line: str) -> int:
    return len(leading_spaces(line)) - len(leading_spaces(line).lstrip(" "))


def leading_spaces(line: str) -> str:
    """``line`` with the tabs at its start as spaces."""
    bare = line.lstrip(" \t")
    return line[: len(line) - len(bare)].expandtabs(4) + bare


def dedented(line: str, columns: int) -> str:
    """``line`` with up to ``columns`` less of its indentation."""
    spaced = leading_spaces(line)
    return spaced[min(columns, indent(spaced)) :]


def forces_break(line: str) -> bool:
    """CommonMark's hard break: two spaces or a backslash at the end."""
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return len(line) - len(bare) >= len("  ") or (len(line) == len(bare) and backslashes % 2 == 1)
