"""Where the lines of a pasted text belong together: found by how wide they are and by how they end and begin. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from itertools import pairwise

from chalicelib.words.prose.lines import bullet, forces_break, numbered
from chalicelib.words.prose.phrases import (
    dangles,
    ends_sentence,
    ends_with_address,
    is_closing,
    is_label,
    is_salutation,
    joined,
    starts_small,
    starts_with_punctuation,
)

NARROWEST, WIDEST = 55, 130
"""Columns between which a program breaks lines; shorter ones are typed so, longer ones are whole paragraphs."""

SHORT = 0.85
"""A line of less than this part of the width was ended on purpose, if the next word still had its place on it."""

PARAGRAPH_OF_ONE_LINE, SENTENCE_OF_ONE_LINE = 100, 60
TYPED = 0.6
"""Of lines that are all shorter than this part of the width, none was wrapped."""

NAME = 50
"""Characters a name at the end may have."""

SLACK = 8
"""Columns by which single lines of a wrapped text run over, where somebody changed a word."""
UNCLEAR, MOST_TORN = 3, 5


class Boundary(Enum):
    """What is between two lines."""

    JOIN = auto()
    BREAK = auto()
    PARAGRAPH = auto()


def width(lines: Sequence[str]) -> int | None:
    """The column at which the text was wrapped, or None if nobody wrapped it.

    A line of a usual width whose sentence goes on in the next one was wrapped for certain. Where the next line begins
    with a capital, which says little in German, it takes three such lines.
    """
    certain, unclear = [0], [0]
    for at, (line, after) in enumerate(pairwise(lines)):
        size = len(line.rstrip())
        if (
            not NARROWEST <= size <= WIDEST
            or (_is_item(after) and not continues_with_a_dash(lines, at + 1))
            or not after.strip()
            or forces_break(line)
        ):
            continue
        if ends_sentence(line) or ends_with_address(line) or _mostly_one_word(line):
            continue
        if starts_small(after.lstrip(" –—")) or dangles(line):
            certain.append(size)
        elif not is_label(after.lstrip()) and not is_label(line.lstrip()):
            unclear.append(size)
    if len(certain) > 1:
        return max(certain)
    return max(unclear) if len(unclear) > UNCLEAR else None


def _is_item(line: str) -> bool:
    return bool(bullet(line) or numbered(line)) or line.lstrip()[:1] in (">", "#", "`", "~")


def _mostly_one_word(line: str) -> bool:
    return max(map(len, line.split()), default=0) > len(line) / 2


def continues_with_a_dash(lines: Sequence[str], at: int) -> bool:
    """Is the dash at the start of a line the one of a wrapped sentence, and no bullet?"""
    found = bullet(lines[at])
    if not found or found.kind not in "–·" or not at or not lines[at - 1].strip() or _is_item(lines[at - 1]):
        return False
    following = bullet(lines[at + 1]) if at + 1 < len(lines) else None
    return not ends_sentence(lines[at - 1].rstrip()) and not following


def is_full(line: str, after: str, wide: int) -> bool:
    """Was ``line`` ended because the text was wrapped at ``wide``, and not on purpose?"""
    size = len(line.rstrip())
    return size >= SHORT * wide or size + 1 + len(re.split(r"\s", after.strip(), maxsplit=1)[0]) > wide


def goes_on(line: str, after: str, wide: int | None) -> bool:
    """Is ``after``, which is not indented, still part of the list's item that ends with ``line``?

    Only in a wrapped text, where ``line`` is full or its phrase is unfinished; never behind a sentence when the next
    line begins like another one.
    """
    if wide is None or (ends_sentence(line) and not starts_small(after)) or is_label(after):
        return False
    return is_full(line, after, wide) or dangles(line)


def paragraphs(lines: Sequence[str], wide: int | None, *, apart: bool = True) -> tuple[list[list[str]], int]:
    """The paragraphs of a run of lines, each with the lines that keep their breaks, and how many lines were joined to
    the one before.

    ``apart``: a blank line is before them.
    """
    found: list[list[str]] = [[]]
    times = 0
    typed = wide is None or (apart and _was_typed(lines, wide))
    tail = _tail(lines)
    first = True
    said = ""
    for number, line in enumerate(lines):
        said = joined(said, line.lstrip()) if said else line.lstrip()
        if number + 1 == len(lines):
            found[-1].append(said.rstrip())
            break
        after = lines[number + 1].strip()
        boundary = (
            _typed(line, after)
            if typed or wide is None
            else Boundary.JOIN
            if _is_torn(lines, number)
            else _wrapped(
                line.lstrip(), after, wide, first=first, tail=number + 1 >= tail, alone=_alone(lines, number + 1, wide)
            )
        )
        first = boundary is not Boundary.JOIN
        if boundary is Boundary.JOIN:
            times += 1
            said = said.rstrip()
            continue
        found[-1].append(said if forces_break(said) and boundary is Boundary.BREAK else _plain_end(said))
        if boundary is Boundary.PARAGRAPH:
            found.append([])
        said = ""
    return found, times


def _plain_end(line: str) -> str:
    """Without a forced break, which means nothing at the end of a paragraph."""
    bare = line.rstrip()
    return bare[:-1].rstrip() if forces_break(bare) else bare


def _was_typed(lines: Sequence[str], wide: int) -> bool:
    """Four and more short lines between blank ones are a poem, an address, a programme: also in a text that was wrapped
    elsewhere."""
    return len(lines) >= 4 and all(len(line.strip()) < TYPED * wide for line in lines)  # noqa: PLR2004


def _tail(lines: Sequence[str]) -> int:
    """Where the names at the end begin: short lines, each with a capital, that end no sentence."""
    start = len(lines)
    while (
        start
        and len(line := lines[start - 1].strip()) < NAME
        and not (ends_sentence(line) or dangles(line) or starts_small(line))
    ):
        start -= 1
    return start


def _alone(lines: Sequence[str], number: int, wide: int) -> bool:
    """Is the line a short one that the next one does not go on with?"""
    line = lines[number].strip()
    if len(line) >= TYPED * wide or ends_sentence(line):
        return False
    return number + 1 == len(lines) or not (
        starts_small(lines[number + 1].strip()) or dangles(line) or is_full(line, lines[number + 1], wide)
    )


def _is_torn(lines: Sequence[str], number: int) -> bool:
    """Was the next line bold or a link on a web page, and the sentence goes on in both directions?

    It is one word, or a comma follows it.
    """
    line, after, behind = (one.strip() for one in (*lines[number : number + 3], "", "")[:3])
    if forces_break(lines[number]) or ends_sentence(line) or is_closing(line) or is_salutation(line):
        return False
    most = MOST_TORN if starts_with_punctuation(behind) else 1
    return len(after.split()) <= most and not ends_sentence(after) and starts_small(behind)


def _typed(line: str, after: str) -> Boundary:
    if forces_break(line):
        return Boundary.BREAK
    return Boundary.PARAGRAPH if _is_whole(line) or _is_whole(after) else Boundary.BREAK


def _is_whole(line: str) -> bool:
    """A paragraph on one line: longer than anybody wraps, or a long sentence with its end."""
    size = len(line.strip())
    return size > PARAGRAPH_OF_ONE_LINE or (size >= SENTENCE_OF_ONE_LINE and ends_sentence(line.rstrip()))


def _wrapped(line: str, after: str, wide: int, *, first: bool, tail: bool, alone: bool) -> Boundary:
    """Between two lines of a text that was wrapped. ``first``: nothing was joined to ``line`` yet; ``tail``: from
    ``after`` on there are names only; ``alone``: the line behind ``after`` does not go on with it."""
    if forces_break(line):
        return Boundary.BREAK
    line = line.rstrip()
    ended, full = ends_sentence(line), is_full(line, after, wide)
    if opening := _at_a_greeting(line, after, first=first, full=full):
        return opening
    if not ended and (starts_small(after) or dangles(line)):
        return Boundary.JOIN
    if _is_set_apart(line, after, wide, full=full, apart=tail or alone):
        return Boundary.PARAGRAPH
    if is_label(after) and (ended or not full):
        return Boundary.BREAK if is_label(line) or line.endswith(":") else Boundary.PARAGRAPH
    if full or (starts_small(after) and not line.endswith((":", "…"))):
        return Boundary.JOIN
    return _behind_a_short_line(line, first=first, tail=tail, alone=alone)


def _at_a_greeting(line: str, after: str, *, first: bool, full: bool) -> Boundary | None:
    if first and is_salutation(line):
        return Boundary.PARAGRAPH
    return Boundary.BREAK if is_closing(line) and not full and not starts_small(after) else None


def _is_set_apart(line: str, after: str, wide: int, *, full: bool, apart: bool) -> bool:
    """A sentence that ends before a heading or before the names at the end, and a whole paragraph on one line."""
    if ends_sentence(line) and (apart or is_closing(after)):
        return True
    return max(len(line), len(after)) > wide + SLACK and (ends_sentence(line) or not full)


def _behind_a_short_line(line: str, *, first: bool, tail: bool, alone: bool) -> Boundary:
    if ends_with_address(line):
        return Boundary.PARAGRAPH if tail else Boundary.BREAK
    if line.endswith(":") or (is_label(line) and first):
        return Boundary.BREAK
    if ends_sentence(line):
        return Boundary.PARAGRAPH
    if first:
        return Boundary.BREAK if alone else Boundary.PARAGRAPH
    return Boundary.PARAGRAPH if tail else Boundary.JOIN
