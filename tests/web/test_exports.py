"""A list for a spreadsheet: whole, safe, and opened by a double click."""

from __future__ import annotations

import csv
import io

import pytest
from chalice.test import HTTPResponse

from chalicelib.web.api.exports import as_csv, defused
from tests.builders import organised, registered
from tests.stage import KEY, Stage

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


# By the API


def exported(on_stage: Stage, edition: str, query: str = "") -> HTTPResponse:
    answer = on_stage.get(
        f"/api/v1/editions/{edition}/registrations{query}", Accept="text/csv", Authorization=f"Bearer {KEY}"
    )
    assert answer.status_code == 200, answer.body
    return answer


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
        link = answer.headers.get("Link", "")
        query = link.partition("<")[2].partition(">")[0]
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
