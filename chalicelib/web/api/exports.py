"""Lists as files for a spreadsheet, in which no cell is a formula: CSV that opens by a double click, and workbooks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

LARGEST_FILE = 5000
"""People in one file: two seconds of the 29 that API Gateway waits."""

LARGEST_WORKBOOK = 4_000_000
"""Bytes of its texts: Lambda gives back 6 MB at most, and base64 takes a third more.

A workbook is compressed, so it is much smaller than its texts; never larger.
"""

BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a file for UTF-8 by it."""

FORMULAS = "=+-@＝＋－＠"
"""What a cell begins with that a spreadsheet computes."""

TO_TEXT = "'"
"""Put before such a cell; nothing of it is lost, so the plus of a phone number stays."""

Cell = str | datetime
"""A time is the wall clock's, without a zone: spreadsheets know no other."""


class Column(NamedTuple):
    """``width`` in characters, of a workbook."""

    title: str
    width: int


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, most: int) -> tuple[str, int]:
    """Lines that end in CRLF (RFC 4180), with semicolons as a German Excel expects them; and how many rows are in it.

    Those that fit into ``most`` bytes, counted in JSON, but one at least. Without ``header`` it is a piece that is put
    behind another one.
    """
    lines = [BYTE_ORDER_MARK + _line(header)] if header else []
    size, count = 0, 0
    for row in rows:
        line = _line([defused(_text(cell)) for cell in row])
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


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell:%Y-%m-%d %H:%M}"


def defused(cell: str) -> str:
    """https://owasp.org/www-community/attacks/CSV_Injection"""
    return TO_TEXT + cell if cell.lstrip()[:1] in FORMULAS and cell.strip() else cell


def as_xlsx(
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    widths: Sequence[int],
    sheet: str,
    made_at: datetime,
    most: int,
) -> tuple[bytes, int]:
    """A workbook of one sheet, and how many rows are in it: those whose texts fit into ``most`` bytes, but one at
    least.

    Every text is written as one, whatever it looks like. The header is bold and stays in sight.
    """
    from xlsxwriter import Workbook  # only where such a file is asked for

    written = io.BytesIO()
    book = Workbook(written, {"in_memory": True})
    book.set_properties({"created": made_at})
    bold, plain, time = (
        book.add_format({"valign": "top"} | one)
        for one in ({"bold": True}, {"text_wrap": True}, {"num_format": "yyyy-mm-dd hh:mm"})
    )
    table = book.add_worksheet(sheet)
    table.freeze_panes(1, 0)
    for place, (title, width) in enumerate(zip(header, widths, strict=True)):
        table.set_column(place, place, width)
        table.write_string(0, place, title, bold)
    size, count = 0, 0
    for row in rows:
        size += sum(len(cell.encode()) for cell in row if isinstance(cell, str))
        if count and size > most:
            break
        count += 1
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                table.write_datetime(count, place, cell, time)
            elif cell:
                table.write_string(count, place, cell, plain)
    book.close()
    return written.getvalue(), count
