"""From text as people paste it to the Markdown that they mean.

Pure, and stable: what was read once is read the same again.

Every line break that could mean two things becomes one of three: a space, a forced break, or the end of a paragraph.
Lists get Markdown's bullets and end where people end them. What is Markdown already stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from chalicelib.words.prose import lines as line_of
from chalicelib.words.prose.lines import Marker, bullet, dedented, forces_break, indent, numbered
from chalicelib.words.prose.numbering import are_siblings, numbered_items
from chalicelib.words.prose.wrapping import continues_with_a_dash, goes_on, is_full, paragraphs, width

DEEPEST = 16
"""Levels of lists and quotes that are read; CommonMark's parser gives up at 20."""

CODE = 4
"""Columns by which CommonMark tells code from text."""


@dataclass(slots=True)
class Seen:
    """What was changed on the way, for ``notes``."""

    joined: int = 0
    set_apart: int = 0
    lists: int = 0
    kept_numbers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    markdown: str
    joined: int
    """Lines that were joined to the one before."""
    set_apart: int
    """Lines of one paragraph each, between which there was no blank line."""
    lists: int
    """Lists that CommonMark alone would have read in another way."""
    kept_numbers: tuple[str, ...]
    """Lines that begin with a number and are no list."""


class _Kind(Enum):
    TEXT = auto()
    LIST = auto()
    OTHER = auto()


class _Block(NamedTuple):
    lines: list[str]
    gap: bool
    """Was there a blank line before it?"""
    kind: _Kind = _Kind.OTHER


@lru_cache(maxsize=64)
def read(text: str) -> Reading:
    """The Markdown that ``text`` means."""
    lines = re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", text)
    seen = Seen()
    reader = _Reader(seen, width([line.translate(line_of.SPACES) for line in lines]), _used_labels(text))
    markdown = "\n\n".join("\n".join(block.lines) for block in reader.blocks(lines, 0))
    return Reading(markdown, seen.joined, seen.set_apart, seen.lists, tuple(seen.kept_numbers))


def _used_labels(text: str) -> frozenset[str]:
    """What a ``[label]: address`` may define: elsewhere it would vanish."""
    return frozenset(label.casefold() for label in re.findall(r"\[([^\[\]\n]+)\](?!:)", text))


@dataclass(frozen=True, slots=True)
class _Reader:
    seen: Seen
    wide: int | None
    labels: frozenset[str]

    def blocks(self, lines: Sequence[str], depth: int) -> list[_Block]:
        if depth > DEEPEST:
            return [_Block(list(lines), gap=False)]
        return list(self._blocks(_tabs_as_bullets([_usual(line) for line in lines]), depth))

    def _blocks(self, lines: Sequence[str], depth: int) -> Iterator[_Block]:
        items = numbered_items(lines)
        at, gap, text_before = 0, True, False
        while at < len(lines):
            if not lines[at].strip():
                at, gap = at + 1, True
                continue
            made: list[_Block]
            if indent(lines[at]) >= CODE and (gap or not text_before) and not self._is_item(lines, at, items):
                made, at = _code(lines, at, gap)
            elif self._is_item(lines, at, items):
                made, at = self._list(lines, at, items, gap, depth)
            elif self._is_text(lines, at, items):
                made, at = self._text_block(lines, at, items, gap)
            else:
                made, at = self._other(lines, at, gap, depth)
            gap, text_before = False, made[-1].kind is _Kind.TEXT
            yield from made

    def _other(self, lines: Sequence[str], at: int, gap: bool, depth: int) -> tuple[list[_Block], int]:
        """A fence, a quote, or one line that is no text: a heading, a rule, a definition."""
        bare = lines[at].strip()
        if fence := line_of.FENCE.match(lines[at]):
            end = _fence_end(lines, at, fence[1])
            return [_Block(list(lines[at:end]), gap)], end
        if bare.startswith(">"):
            end = at
            while end < len(lines) and lines[end].lstrip().startswith(">"):
                end += 1
            return [_Block(self._quote(lines[at:end], depth), gap)], end
        return [_Block(["***" if line_of.is_rule(bare) else bare], gap)], at + 1

    def _text_block(self, lines: Sequence[str], at: int, items: frozenset[int], gap: bool) -> tuple[list[_Block], int]:
        end = at + 1
        while end < len(lines) and self._is_text(lines, end, items):
            end += 1
        if end == at + 1 < len(lines) and re.fullmatch("=+|---+", lines[end].strip()):
            return [_Block([_safe(lines[at].strip()), lines[end].strip()], gap)], end + 1
        return list(self._text(lines[at:end], gap)), end

    def _is_item(self, lines: Sequence[str], at: int, items: frozenset[int]) -> bool:
        if at in items:
            return True
        if not bullet(lines[at]):
            return False
        return not (self.wide and continues_with_a_dash(lines, at) and is_full(lines[at - 1], "a", self.wide))

    def _is_text(self, lines: Sequence[str], at: int, items: frozenset[int]) -> bool:
        bare = lines[at].strip()
        if not bare or bare.startswith(">") or line_of.FENCE.match(lines[at]) or line_of.HEADING.match(bare):
            return False
        return not (line_of.is_rule(bare) or self._is_definition(bare) or self._is_item(lines, at, items))

    def _is_definition(self, bare: str) -> bool:
        """``[label]: address``, and somewhere else ``[label]``: elsewhere it would vanish."""
        found = line_of.DEFINITION.match(bare)
        return bool(found and found[1].casefold() in self.labels and re.match(r"\[[^\]]+\]:\s*\S*[/#.:]\S*$", bare))

    def _text(self, lines: Sequence[str], gap: bool) -> Iterator[_Block]:
        found, joined = paragraphs(
            [line if forces_break(line) else line.rstrip() for line in lines], self.wide, apart=gap
        )
        self.seen.joined += joined
        self.seen.set_apart += len(found) - 1
        for paragraph in found:
            self.seen.kept_numbers += [one for one in paragraph if line_of.STARTS_LIKE_A_NUMBER.match(one)]
            safe = [_safe(line) for line in paragraph]
            broken = [line if forces_break(line) else f"{line}  " for line in safe[:-1]]
            yield _Block([*broken, safe[-1]], gap, _Kind.TEXT)
            gap = True

    def _quote(self, lines: Sequence[str], depth: int) -> list[str]:
        inner = self.blocks([re.sub(r"^\s*> ?", "", line) for line in lines], depth + 1)
        return [f"> {line}" if line.strip() else ">" for line in _stacked(inner)]

    def _list(
        self, lines: Sequence[str], at: int, items: frozenset[int], gap: bool, depth: int
    ) -> tuple[list[_Block], int]:
        first = self._marker(lines, at, items)
        assert first
        made: list[str] = []
        number, changed, start = first.number, False, at
        while at < len(lines):
            marker = self._marker(lines, at, items)
            if not marker or not are_siblings(first, marker):
                break
            inner, end, lazy = self._item(lines, at, marker, items)
            changed |= lazy or marker.kind not in "-*+.)"
            mark = f"{number}{marker.kind}" if number is not None else (marker.kind if marker.kind in "-*+" else "-")
            shown = _stacked(self.blocks(inner, depth + 1))
            if made and not lines[at - 1].strip():
                made.append("")
            made += [
                f"{mark} {shown[0]}",
                *(" " * (len(mark) + 1) + line if line.strip() else "" for line in shown[1:]),
            ]
            at = end
            after = _next_line(lines, at)
            following = self._marker(lines, after, items) if after < len(lines) else None
            if not following or not are_siblings(first, following):
                changed |= after == at < len(lines) and self._is_text(lines, at, items)
                break
            at = after
            number = None if number is None else number + 1
        changed |= bool(start and lines[start - 1].strip() and (first.number or 1) != 1)
        self.seen.lists += changed and depth == 0
        return [_Block(made, gap, _Kind.LIST)], at

    def _marker(self, lines: Sequence[str], at: int, items: frozenset[int]) -> Marker | None:
        if not self._is_item(lines, at, items):
            return None
        return numbered(lines[at]) if at in items else bullet(lines[at])

    def _item(self, lines: Sequence[str], at: int, own: Marker, items: frozenset[int]) -> tuple[list[str], int, bool]:
        """The lines of the item at ``at`` without its marker, where it ends, and whether a line without indentation is
        among them."""
        content = own.indent + (len(f"{own.number}. ") if own.number is not None else len("- "))
        inner, lazy = [own.rest + lines[at][len(lines[at].rstrip(" ")) :]], False
        at += 1
        while at < len(lines):
            line = lines[at]
            if not line.strip():
                after = _next_line(lines, at)
                if after == len(lines) or indent(lines[after]) < own.indent + 2:
                    break
                inner += [""] * (after - at)
                at = after
                continue
            marker = self._marker(lines, at, items) or bullet(line)
            deeper = indent(line) >= own.indent + 2
            if marker and not deeper and not _is_below(own, marker):
                break
            if marker or indent(line) > own.indent:
                inner.append(dedented(line, content))
            elif self._is_text(lines, at, items) and goes_on(lines[at - 1].rstrip(), line.strip(), self.wide):
                inner.append(line)
                lazy = True
            else:
                break
            at += 1
        return inner, at, lazy


def _is_below(own: Marker, other: Marker) -> bool:
    """Word tells levels apart by the mark alone: ``•`` with ``o`` or ``–`` below it."""
    return own.kind in "•·●■" and other.kind in ("o", "◦", "▪", "–", "-", "○", "§", "▫", "□") and other.kind != own.kind


def _usual(line: str) -> str:
    """With usual spaces. At the start, other spaces are no code."""
    if line[:1] in ("\u00a0", "\u2007", "\u202f"):
        line = line.lstrip("\u00a0\u2007\u202f ")
    return line.translate(line_of.SPACES)


def _tabs_as_bullets(lines: list[str]) -> list[str]:
    """Two and more short lines, each behind one tab: a list whose bullets were lost in the clipboard."""
    made = list(lines)
    for at, line in enumerate(lines):
        if _is_tabbed(line) and any(_is_tabbed(one) for one in lines[max(0, at - 1) : at] + lines[at + 1 : at + 2]):
            made[at] = "•" + line
        elif line.startswith("\t") and not line.startswith("\t\t") and line.strip():
            made[at] = line
    return made


def _is_tabbed(line: str) -> bool:
    return bool(re.match(r"\t[^\s\d>#`~-]", line)) and len(line) <= 100 and not bullet(line)  # noqa: PLR2004


def _fence_end(lines: Sequence[str], at: int, fence: str) -> int:
    closing = re.compile(rf" {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*$")
    return next((end + 1 for end in range(at + 1, len(lines)) if closing.match(lines[end])), len(lines))


def _code(lines: Sequence[str], at: int, gap: bool) -> tuple[list[_Block], int]:
    end = at
    while end < len(lines) and (not lines[end].strip() or indent(lines[end]) >= CODE):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return [_Block([line_of.leading_spaces(one) for one in lines[at:end]], gap)], end


def _next_line(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _safe(line: str) -> str:
    """A line of words that CommonMark would take for something else gets a backslash."""
    bare = line.lstrip()
    if line_of.STARTS_LIKE_A_NUMBER.match(bare):
        return line_of.STARTS_LIKE_A_NUMBER.sub(r"\1\\\2", bare, count=1)
    if line_of.STARTS_LIKE_A_BULLET.match(bare) or line_of.DEFINITION.match(bare):
        return "\\" + bare
    return bare


def _stacked(blocks: Sequence[_Block]) -> list[str]:
    """The blocks within an item or a quote: a blank line between two only where there was one, or where one
    is needed."""
    made: list[str] = []
    before = None
    for block in blocks:
        counted = block.kind is _Kind.LIST and re.match(r"(?!1[.)])\d", block.lines[0])
        if made and (block.gap or counted or (before is block.kind and before is _Kind.TEXT)):
            made.append("")
        made += block.lines
        before = block.kind
    return made or [""]
