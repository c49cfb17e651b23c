"""Lists as CSV that a spreadsheet opens by a double click, and in which no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence

TYPE = "text/csv"

BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a file for UTF-8 by it."""

FORMULAS = "=+-@＝＋－＠"
"""What a cell begins with that a spreadsheet computes."""

TO_TEXT = "'"
"""Put before such a cell; nothing of it is lost, so the plus of a phone number stays."""


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]], *, most: int) -> tuple[str, int]:
    """Lines that end in CRLF (RFC 4180), with semicolons as a German Excel expects them; and how many rows are in it.

    Those that fit into ``most`` bytes, counted in JSON, but one at least. Without ``header`` it is a piece that is put
    behind another one.
    """
    lines = [BYTE_ORDER_MARK + _line(header)] if header else []
    size, count = 0, 0
    for row in rows:
        line = _line([defused(cell) for cell in row])
        size += len(json.dumps(line))
        if count and size > most:
            break
        lines.append(line)
        count += 1
    return "".join(lines), count


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow(cells)
    return written.getvalue()


def defused(cell: str) -> str:
    """https://owasp.org/www-community/attacks/CSV_Injection"""
    return TO_TEXT + cell if cell.lstrip()[:1] in FORMULAS and cell.strip() else cell
