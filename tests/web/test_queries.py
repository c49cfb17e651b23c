"""Parameters of the API's queries are read as bodies are: nothing that is misspelt passes silently."""

from __future__ import annotations

import pytest

from tests.builders import organised
from tests.stage import Stage


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/series?limt=5", "after, limit"),
        ("/sources?state=kept", "after, limit"),
        ("/series/kaffeepause?limit=5", ""),
    ],
)
def test_a_parameter_that_does_not_exist_is_refused(on_stage: Stage, path: str, known: str) -> None:
    organised(on_stage)
    status, answer = on_stage.api("GET", path)
    said = f"There is no such field. Known fields: {known}." if known else "This takes no fields."
    name = path.partition("?")[2].partition("=")[0]
    assert (status, answer["errors"]) == (422, [{"field": name, "detail": said}])


def test_a_parameter_without_a_value_counts_as_not_given(on_stage: Stage) -> None:
    organised(on_stage)
    assert on_stage.api("GET", "/series?after=&limit=")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/series?limit=5&limit=6",
        "/editions/{edition}/preview?message=reminder&message=announcement&limit=3",
        "/editions/{edition}/future?announce=now&announce=",
        "/editions/{edition}?a=1&a=2",
    ],
)
def test_a_parameter_that_is_given_twice_is_refused(on_stage: Stage, path: str) -> None:
    path = path.format(edition=organised(on_stage))
    status, answer = on_stage.api("GET", path)
    assert status == 422
    name = path.partition("?")[2].partition("=")[0]
    assert {"field": name, "detail": "This is given twice. Give it once."} in answer["errors"]
    assert len(answer["errors"]) == path.count("&limit=3") + 1 + path.count("?a=1")
