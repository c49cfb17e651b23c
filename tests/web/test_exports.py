"""A list for a spreadsheet: whole, safe, and opened by a double click."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from chalice.test import HTTPResponse

from chalicelib.web.api.exports import CSV, XLSX, as_csv, as_xlsx, defused
from tests.builders import organised, registered
from tests.stage import KEY, START, Stage

LIMIT = 10_000


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49 30 123", "-2", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "＝1", "- Kuchen\n- Tee"]
)
def test_what_a_spreadsheet_would_compute_is_text_and_loses_nothing(cell: str) -> None:
    assert defused(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", " ", "Mia Lang", "030 123-4", "mia@example.org", "a=b", "'=1"])
def test_anything_else_stays_as_it_is(cell: str) -> None:
    assert defused(cell) == cell


def test_a_file_is_read_back_as_it_was_written() -> None:
    rows = [['Öz; "Eda"', "zwei\nZeilen"], ["", "x"]]
    text, count = as_csv(["Name", "Notiz"], rows, most=LIMIT)
    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";")) == [["Name", "Notiz"], *rows]
    assert count == 2


def test_what_does_not_fit_is_left_for_the_next_piece() -> None:
    rows = [["ü" * 100]] * 5
    assert as_csv([], rows, most=1300)[1] == 2
    assert as_csv([], rows, most=1)[1] == 1


def workbook(*rows: list[str | datetime], most: int = LIMIT) -> tuple[bytes, int]:
    header = [str(number) for number in range(len(rows[0]))]
    return as_xlsx(header, rows, widths=[10] * len(header), sheet="2027-03-10", made_at=START, most=most)


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def values(content: bytes) -> list[list[Any]]:
    return [list(row) for row in sheet(content).iter_rows(values_only=True)]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "{=1}", "+49 30 123", "-2", "007", "1,5", "TRUE", "https://a.example", "mailto:a@b.c", "a\n<b> & ü😀"],
)
def test_a_text_is_a_text_in_a_workbook_whatever_it_looks_like(text: str) -> None:
    (cell,) = sheet(workbook([text])[0])[2]
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.hyperlink is None


def test_a_time_is_a_date_in_a_workbook() -> None:
    (cell,) = sheet(workbook([datetime(2027, 2, 1, 10, 5)])[0])[2]
    assert cell.is_date
    assert cell.value == datetime(2027, 2, 1, 10, 5)


def test_the_header_of_a_workbook_is_bold_and_stays_in_sight() -> None:
    made = sheet(workbook(["x", "y"])[0])
    assert [cell.font.b for row in made for cell in row] == [True, True, False, False]
    assert made.freeze_panes == "A2"
    assert made.title == "2027-03-10"


def test_what_does_not_fit_into_a_workbook_is_left_for_the_next_piece() -> None:
    rows: list[list[str | datetime]] = [["ü" * 100]] * 5
    content, count = workbook(*rows, most=400)
    assert count == 2
    assert values(content) == [["0"], ["ü" * 100], ["ü" * 100]]
    assert workbook(*rows, most=1)[1] == 1


# By the API


def exported(on_stage: Stage, edition: str, query: str = "", accept: str = CSV) -> HTTPResponse:
    answer = on_stage.get(
        f"/api/v1/editions/{edition}/registrations{query}", Accept=accept, Authorization=f"Bearer {KEY}"
    )
    assert answer.status_code == 200, answer.body
    return answer


def rest_of(answer: HTTPResponse) -> str:
    """Where the list goes on; empty where it ends."""
    return str(answer.headers.get("Link", "")).partition("<")[2].partition(">")[0]


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_the_registrations_are_a_file_in_the_language_of_the_series(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, name="Mia Öz", organisation="=Stadt", note="+49 30 123\nbitte anrufen; danke")
    answer = exported(on_stage, edition)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="2027-03-10-{edition}.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Link" not in answer.headers
    assert answer.body.startswith(b"\xef\xbb\xbf")
    assert cells(answer.body.decode()) == [
        ["Name", "E-Mail-Adresse", "Organisation", "Notiz", "Status", "Seit", "E-Mail"],
        [
            "Mia Öz",
            "mia@example.org",
            "'=Stadt",
            "'+49 30 123\nbitte anrufen; danke",
            "angemeldet",
            "2027-02-01 10:00",
            "",
        ],
    ]


def test_whoever_cancelled_and_whose_mail_bounced_is_marked(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.post(on_stage.link("mia@example.org", "/registrations/") + "/cancel")
    registered(on_stage, edition, "bounce@simulator.amazonses.com", "Ole Sand")
    found = {row[0]: (row[4], row[6]) for row in cells(exported(on_stage, edition).body.decode())[1:]}
    assert found == {"Mia Lang": ("abgemeldet", ""), "Ole Sand": ("angemeldet", "kam zurück")}
    only = cells(exported(on_stage, edition, "?status=cancelled").body.decode())[1:]
    assert [row[0] for row in only] == ["Mia Lang"]


def test_pieces_put_together_are_the_whole(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for number in range(5):
        registered(on_stage, edition, f"p{number}@example.org", f"Person {number}")
    whole, pieces, query = exported(on_stage, edition).body.decode(), "", "?status=confirmed&limit=2"
    while query:
        answer = exported(on_stage, edition, query)
        pieces += answer.body.decode()
        query = rest_of(answer)
        assert not query or "limit=2" in query
    assert pieces == whole


def test_a_file_ends_before_an_answer_is_too_large(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = organised(on_stage)
    for number in range(3):
        registered(on_stage, edition, f"p{number}@example.org", f"Person {number}")
    monkeypatch.setattr("chalicelib.web.api.registrations.LARGEST_ANSWER", 10)
    answer = exported(on_stage, edition)
    rows = cells(answer.body.decode())[1:]
    assert len(rows) == 1
    after = on_stage.world.addresses.hash(rows[0][1])
    assert answer.headers["Link"] == f'<?after={after}>; rel="next"'


def test_the_registrations_are_a_workbook(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, name="Mia Öz", organisation="=Stadt", note="+49 30 123\nbitte anrufen; danke")
    answer = exported(on_stage, edition, accept=XLSX)
    assert answer.headers["Content-Type"] == XLSX
    assert answer.headers["Content-Disposition"] == f'attachment; filename="2027-03-10-{edition}.xlsx"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Vary"] == "Accept"
    assert "Link" not in answer.headers
    assert values(answer.body) == [
        ["Name", "E-Mail-Adresse", "Organisation", "Notiz", "Status", "Seit", "E-Mail"],
        [
            "Mia Öz",
            "mia@example.org",
            "=Stadt",
            "+49 30 123\nbitte anrufen; danke",
            "angemeldet",
            datetime(2027, 2, 1, 10, 0),
            None,
        ],
    ]
    assert sheet(answer.body).title == "2027-03-10"


def test_each_workbook_of_a_long_list_has_its_header(on_stage: Stage) -> None:
    edition = organised(on_stage, series={"language": "en"})
    for number in range(3):
        registered(on_stage, edition, f"p{number}@example.org", f"Person {number}")
    first = exported(on_stage, edition, "?limit=2", accept=XLSX)
    second = exported(on_stage, edition, rest_of(first), accept=XLSX)
    assert rest_of(second) == ""
    found = [values(answer.body) for answer in (first, second)]
    assert [rows[0][:2] for rows in found] == [["Name", "E-mail address"]] * 2
    assert {row[0] for rows in found for row in rows[1:]} == {"Person 0", "Person 1", "Person 2"}


@pytest.mark.parametrize("kind", [CSV, XLSX])
def test_a_file_without_a_limit_holds_more_than_a_page(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    edition = organised(on_stage)
    for number in range(3):
        registered(on_stage, edition, f"p{number}@example.org", f"Person {number}")
    monkeypatch.setattr("chalicelib.web.api.registrations.LARGEST_FILE", 2)
    first = exported(on_stage, edition, accept=kind)
    assert rest_of(first).startswith("?after=")
    assert rest_of(exported(on_stage, edition, rest_of(first), accept=kind)) == ""


def test_a_workbook_ends_before_an_answer_is_too_large(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = organised(on_stage)
    for number in range(3):
        registered(on_stage, edition, f"p{number}@example.org", f"Person {number}")
    monkeypatch.setattr("chalicelib.web.api.registrations.LARGEST_WORKBOOK", 10)
    answer = exported(on_stage, edition, accept=XLSX)
    ((_, address, *_),) = values(answer.body)[1:]
    assert rest_of(answer) == f"?after={on_stage.world.addresses.hash(address)}"


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (XLSX, XLSX),
        (XLSX.upper(), "application/json"),
        (f"{XLSX};q=0.9", "application/json"),
        (f"{XLSX}, {CSV}", XLSX),
        (f"{XLSX}, {CSV};q=0.5, */*;q=0.1", XLSX),
        (f"{CSV}, {XLSX}", CSV),
        (f"{CSV};q=0.5, {XLSX}", CSV),
        (f"text/html;q=0.1, {XLSX}", "text/html"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
    ],
)
def test_a_workbook_is_only_for_who_asks_for_one_first(on_stage: Stage, accept: str, answered: str) -> None:
    edition = organised(on_stage)
    answer = exported(on_stage, edition, accept=accept)
    assert answer.headers["Content-Type"].partition(";")[0] == answered
