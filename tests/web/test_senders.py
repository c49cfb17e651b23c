"""From which addresses a series may write: those that SES lets this deployment send from."""

from __future__ import annotations

import pytest

from tests.builders import SERIES
from tests.stage import Stage


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Kaffee@Campus.Example.ORG", "Kaffee@campus.example.org"),
        ("kaffee@mail.campus.example.org", "kaffee@mail.campus.example.org"),
        ("kaffee@bücher.campus.example.org", "kaffee@xn--bcher-kva.campus.example.org"),
    ],
)
def test_a_sender_may_be_anywhere_under_the_domain(on_stage: Stage, given: str, kept: str) -> None:
    status, answer = on_stage.api("POST", "/series", SERIES | {"sender_address": given})
    assert (status, answer["sender_address"]) == (201, kept)
    status, answer = on_stage.api("PATCH", "/series/kaffeepause", {"sender_address": given})
    assert (status, answer["sender_address"]) == (200, kept)
