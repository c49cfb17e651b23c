from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import EDITION, end_link, organised, registered, subscribed
from tests.forms import FILLED_IN, connected
from tests.stage import Stage, stage


@dataclass
class House:
    """A series with an edition of every kind, for tests that ask for the wrong thing. Made once for a whole module."""

    stage: Stage
    editions: dict[str, str]
    registration: str
    confirm: str
    end: str
    items: list[dict[str, Any]]

    def __getitem__(self, kind: str) -> str:
        return self.editions[kind]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with stage() as ready:
        yield _furnished(ready)


def _furnished(on_stage: Stage) -> House:
    today = "2027-02-01T12:00"
    editions = {
        "open": organised(on_stage, seats=100),
        "draft": organised(on_stage, publish=False),
        "cancelled": organised(on_stage),
        "over": organised(on_stage, starts_at=today),
        "running": organised(on_stage, starts_at=today, duration_minutes=600),
        "closed": organised(on_stage, registration_closes_at=today),
        "full": organised(on_stage, seats=1),
        "long": organised(on_stage, publish=False, announcement="&" * 20_000),
        "english": organised(on_stage, series={"slug": "coffee", "language": "en", "title": "Coffee break"}),
    }
    on_stage.api("POST", f"/editions/{editions['cancelled']}/cancel")
    registered(on_stage, editions["full"], "first@example.org")
    registered(on_stage, editions["over"], "first@example.org")
    registered(on_stage, editions["open"], "first@example.org")
    subscribed(on_stage, "first@example.org")
    registration = on_stage.link("first@example.org", "/registrations/")
    confirm, end = on_stage.link("first@example.org", "/confirm"), end_link(on_stage, "first@example.org")
    on_stage.clock.turn(by=timedelta(hours=4))
    on_stage.settle()
    form = connected(on_stage)
    editions["source"], editions["submission"] = form.id, form.send(FILLED_IN).json_body["submission"]
    editions["mailing"] = on_stage.api("GET", f"/editions/{editions['open']}/mailings")[1]["items"][0]["id"]
    return House(on_stage, editions, registration, confirm, end, on_stage.items())


@pytest.fixture
def nothing_half_written(house: House, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """After the test the table and the inbox are what they were, and the log knows nobody."""
    caplog.set_level("INFO")
    before, mails = house.items, len(house.stage.mailbox)
    yield
    house.stage.run()
    house.items = house.stage.items()
    assert house.items == before
    assert len(house.stage.mailbox) == mails
    for personal in ("@", "Mia", EDITION["announcement"]):
        assert personal not in caplog.text
