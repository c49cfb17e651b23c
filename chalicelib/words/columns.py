"""Lines of a text mail: broken between words at 78 columns (RFC 5322 §2.1.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

COLUMNS = 78
"""Characters of a line. Wide and combining characters count as one each."""

LONGEST_LINE = 998
"""Bytes that a line may have in any case (RFC 5322 §2.1.1)."""

_WORD = re.compile(r"[ \t]*[^ \t]+")
_ADDRESS = re.compile(r"://|www\.|@")
_READS_AS_A_MARK = re.compile(r"\s*(?:[-*+•–—·▪◦]|--+|==+|>.*|#{1,6}|\d{1,9}[.)])$")
"""What at the start of a line would be a bullet, a number, a quote or a heading, and in the middle of one is none."""

_DAY = re.compile(r"(?:^|\s)\d{1,2}\.$")
"""A number that belongs to the word behind it: "10. März"."""


def wrapped(line: str, columns: int = COLUMNS, *, size: Callable[[str], int] = len) -> list[str]:
    """``line`` as lines of at most ``columns``; a line that fits is left as it is.

    A word is never broken, unless it is longer than RFC 5322 lets a line be; an address is not broken then either.
    ``size`` measures the columns of a text.
    """
    if size(line) <= columns:
        return [line]
    made: list[str] = []
    for word in _kept_together(line, columns, size):
        if made and size(made[-1] + word) <= columns:
            made[-1] += word
        else:
            made.append(word.lstrip(" \t") if made else word)
    return made or [""]


def _kept_together(line: str, columns: int, size: Callable[[str], int]) -> list[str]:
    """The words, each with the spaces before it; those between which no line may end are one."""
    words: list[str] = []
    for word in _words(line, columns):
        belongs = words and (_READS_AS_A_MARK.match(word) or _DAY.search(words[-1]))
        if belongs and size(words[-1] + word) <= columns // 2:
            words[-1] += word
        else:
            words.append(word)
    return words


def _words(line: str, columns: int) -> Iterator[str]:
    for word in _WORD.findall(line.rstrip(" \t")):
        if len(word.encode()) <= LONGEST_LINE or _ADDRESS.search(word):
            yield word
        else:
            yield from (word[at : at + columns] for at in range(0, len(word), columns))
