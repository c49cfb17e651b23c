"""Which numbers at the start of lines are those of a list. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.words.prose.lines import Marker, bullet, indent, numbered


def are_siblings(first: Marker, other: Marker) -> bool:
    return first.kind == other.kind and abs(first.indent - other.indent) < 2  # noqa: PLR2004


class _Run(NamedTuple):
    """Numbered lines with nothing but what is indented between them."""

    lines: list[int]
    markers: list[Marker]
    has_list: bool

    @property
    def counts(self) -> bool:
        """Each one more than the one before it, or all 1, as lazy people write in Markdown."""
        numbers = [marker.number or 0 for marker in self.markers]
        return all(number == 1 for number in numbers) or numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    def is_followed_by(self, other: _Run) -> bool:
        ends = (self.markers[0].number or 0) + len(self.lines)
        return other.markers[0].number == ends and other.markers[0].kind == self.markers[0].kind


def numbered_items(lines: Sequence[str]) -> frozenset[int]:
    """Which lines begin with a number that counts: it is one of several, with or without paragraphs between them."""
    runs = [run for run in _runs(lines) if run.counts]
    real: set[int] = set()
    for number, run in enumerate(runs):
        goes_on_before = number > 0 and runs[number - 1].is_followed_by(run)
        goes_on_after = number + 1 < len(runs) and run.is_followed_by(runs[number + 1])
        if len(run.lines) > 1 or run.has_list or goes_on_before or goes_on_after:
            real.update(run.lines)
    return frozenset(real)


def _runs(lines: Sequence[str]) -> list[_Run]:
    found: list[_Run] = []
    going_on = False
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        marker = numbered(line)
        if going_on and indent(line) >= found[-1].markers[0].indent + 2:
            found[-1] = found[-1]._replace(has_list=found[-1].has_list or bool(bullet(line)))
        elif marker and going_on and are_siblings(found[-1].markers[0], marker):
            found[-1].lines.append(at)
            found[-1].markers.append(marker)
        elif marker:
            found.append(_Run([at], [marker], has_list=False))
            going_on = True
        else:
            going_on = False
    return found
