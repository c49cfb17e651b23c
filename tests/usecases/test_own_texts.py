"""Whoever moves or publishes an edition is told where its own words name another date."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import organised
from tests.stage import Stage


def asked(on_stage: Stage, edition: str, action: str, **wish: Any) -> Any:
    status, answer = on_stage.api("POST", f"/editions/{edition}/{action}", wish)
    assert status == 200, answer
    return answer


def test_a_move_names_what_still_says_the_old_date(on_stage: Stage) -> None:
    text = "Am 10. März um 14:30 Uhr geht es los.\n\nAm 17. März um 10 Uhr nicht. Seite 10. Am Mittwoch."
    edition = organised(on_stage, title="Gemeinsam am 10.3.", announcement=text)
    answer = asked(on_stage, edition, "move", starts_at="2027-03-18T10:00")
    said = "This still names when it was: {}. Change it, and correct the announcement if it was sent."
    assert answer["warnings"] == [
        {"field": "title", "detail": said.format("“10.3.”")},
        {"field": "announcement", "detail": said.format("“10. März”, “14:30 Uhr”, “Mittwoch”")},
    ]


@pytest.mark.parametrize("wish", [{"starts_at": "2027-03-17T14:30"}, {"duration_minutes": 60}])
def test_a_text_that_names_no_old_date_is_not_warned_of(on_stage: Stage, wish: dict[str, Any]) -> None:
    edition = organised(on_stage, announcement="Immer mittwochs um 14:30 Uhr.")
    assert "warnings" not in asked(on_stage, edition, "move", **wish)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Donnerstag, 10. März", "This names the day with another weekday than it has: “Donnerstag, 10. März”."),
        ("10. Februar, 14:30 Uhr", "This names another date than the edition's: “10. Februar”."),
    ],
)
def test_publishing_names_a_date_that_cannot_be_meant(on_stage: Stage, text: str, said: str) -> None:
    edition = organised(on_stage, publish=False, announcement=text)
    answer = asked(on_stage, edition, "publish", announce=None)
    assert answer["warnings"] == [{"field": "announcement", "detail": said}]
    assert "warnings" not in asked(on_stage, edition, "publish", announce=None)


def test_publishing_with_the_right_date_says_nothing(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, announcement="Mittwoch, 10. März, 14:30 Uhr. Anmelden bis 5. März!")
    assert "warnings" not in asked(on_stage, edition, "publish", announce=None)
