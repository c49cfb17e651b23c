"""The next edition: copied from one there is; and a draft that is not wanted, deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from chalicelib.usecases.copies import copy_edition
from tests.builders import EDITION, organised, registered
from tests.forms import connected
from tests.stage import Stage, listening

NEXT = {"starts_at": "2027-04-14T14:30"}


def copied(on_stage: Stage, edition: str, **wanted: str) -> dict[str, Any]:
    status, answer = on_stage.api("POST", f"/editions/{edition}/copy", wanted or NEXT)
    assert status == 201, answer
    found: dict[str, Any] = answer
    return found


def editions(on_stage: Stage) -> list[tuple[str, str]]:
    items = on_stage.api("GET", "/series/kaffeepause/editions")[1]["items"]
    return [(one["starts_at"], one["status"]) for one in items]


def test_a_copy_is_a_draft_with_everything_but_date_and_registrations(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=10, registration_closes_at="2027-03-09T12:00")
    registered(on_stage, edition)
    copy = copied(on_stage, edition)
    assert copy["id"] != edition
    assert {name: copy[name] for name in EDITION} == EDITION | NEXT
    assert (copy["status"], copy["seats"], copy["registration_closes_at"]) == ("draft", 10, "2027-04-13T12:00")
    assert on_stage.api("GET", f"/editions/{copy['id']}")[1]["taken"] == 0
    assert on_stage.api("GET", f"/editions/{copy['id']}/registrations")[1]["items"] == []
    assert on_stage.api("GET", f"/editions/{copy['id']}/mailings")[1]["items"] == []
    assert editions(on_stage) == [("2027-03-10T14:30", "published"), ("2027-04-14T14:30", "draft")]


def test_the_same_request_again_answers_the_same_draft(on_stage: Stage) -> None:
    edition = organised(on_stage)
    copy = copied(on_stage, edition)
    on_stage.api("PATCH", f"/editions/{copy['id']}", {"title": "Neues"})
    again = copied(on_stage, edition)
    assert (again["id"], again["title"]) == (copy["id"], "Neues")
    assert len(editions(on_stage)) == 2


def test_two_requests_at_the_same_moment_make_one_draft(on_stage: Stage) -> None:
    """The second one is answered as a whole right before the first one writes."""
    edition = organised(on_stage)
    first: list[str] = []

    def other(**_: Any) -> None:
        if not first:
            first.append("")
            with ThreadPoolExecutor(1) as thread:
                first[0] = thread.submit(copied, on_stage, edition).result()["id"]

    with listening(on_stage.world.store.table.client, "before-call.dynamodb.TransactWriteItems", other):
        second = copied(on_stage, edition)["id"]
    assert first == [second]
    assert len(editions(on_stage)) == 2


def test_another_edition_at_that_time_is_named_and_nothing_is_made(on_stage: Stage) -> None:
    edition = organised(on_stage)
    there = organised(on_stage, publish=False, **NEXT)
    status, answer = on_stage.api("POST", f"/editions/{edition}/copy", NEXT)
    assert status == 409
    assert there in answer["detail"]
    assert on_stage.api("POST", f"/editions/{edition}/copy", {"starts_at": EDITION["starts_at"]})[0] == 409
    assert len(editions(on_stage)) == 2


def test_a_copy_that_was_moved_deleted_or_cancelled_makes_room_for_another(on_stage: Stage) -> None:
    edition = organised(on_stage)
    first = copied(on_stage, edition)["id"]
    on_stage.api("PATCH", f"/editions/{first}", {"starts_at": "2027-04-21T14:30"})
    second = copied(on_stage, edition)["id"]
    on_stage.api("POST", f"/editions/{second}/cancel")
    third = copied(on_stage, edition)["id"]
    assert len({first, second, third}) == 3
    assert on_stage.api("DELETE", f"/editions/{third}")[0] == 200
    assert copied(on_stage, edition)["id"] == third


def test_a_published_copy_is_not_answered_for_a_new_one(on_stage: Stage) -> None:
    edition = organised(on_stage)
    copy = copied(on_stage, edition)["id"]
    on_stage.api("POST", f"/editions/{copy}/publish", {"announce": None})
    assert on_stage.api("POST", f"/editions/{edition}/copy", NEXT)[0] == 409


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"starts_at": "2027-01-01T14:30"}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        (NEXT | {"title": "x"}, "title"),
    ],
)
def test_what_is_no_date_to_copy_to_is_refused(on_stage: Stage, wanted: dict[str, str], field: str) -> None:
    edition = organised(on_stage)
    status, answer = on_stage.api("POST", f"/editions/{edition}/copy", wanted)
    assert (status, [error["field"] for error in answer["errors"]]) == (422, [field])
    assert len(editions(on_stage)) == 1


def test_a_draft_is_deleted_with_all_that_was_kept_of_it(on_stage: Stage) -> None:
    organised(on_stage)
    before = on_stage.items()
    draft = organised(on_stage, publish=False, **NEXT)
    assert on_stage.api("DELETE", f"/editions/{draft}") == (200, {"id": draft, "deleted": True})
    assert on_stage.items() == before
    assert on_stage.api("DELETE", f"/editions/{draft}")[0] == 404


def test_a_draft_whose_time_was_changed_leaves_nothing_behind(on_stage: Stage) -> None:
    organised(on_stage)
    before = on_stage.items()
    draft = organised(on_stage, publish=False, **NEXT)
    on_stage.api("PATCH", f"/editions/{draft}", {"starts_at": "2027-05-12T14:30"})
    on_stage.api("POST", f"/editions/{draft}/cancel")  # put away, and never published
    assert on_stage.api("DELETE", f"/editions/{draft}")[0] == 200
    assert on_stage.items() == before


def test_what_people_know_of_is_not_deleted(on_stage: Stage) -> None:
    edition = organised(on_stage)
    status, answer = on_stage.api("DELETE", f"/editions/{edition}")
    assert (status, "Cancel it" in answer["detail"]) == (409, True)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    status, answer = on_stage.api("DELETE", f"/editions/{edition}")
    assert (status, "stays" in answer["detail"]) == (409, True)
    assert editions(on_stage) == [("2027-03-10T14:30", "cancelled")]


def test_a_draft_that_was_published_at_the_same_moment_is_not_deleted(on_stage: Stage) -> None:
    draft = organised(on_stage, publish=False)
    done: list[int] = []

    def publish(**_: Any) -> None:
        if not done:
            done.append(0)
            with ThreadPoolExecutor(1) as thread:
                path = f"/editions/{draft}/publish"
                done[0] = thread.submit(on_stage.api, "POST", path, {"announce": None}).result()[0]

    with listening(on_stage.world.store.table.client, "before-call.dynamodb.TransactWriteItems", publish):
        assert on_stage.api("DELETE", f"/editions/{draft}")[0] == 409
    assert done == [200]
    assert editions(on_stage) == [("2027-03-10T14:30", "published")]


@pytest.mark.parametrize("by", ["edition", "values"])
def test_a_draft_that_a_form_registers_for_is_not_deleted(on_stage: Stage, by: str) -> None:
    draft = organised(on_stage, publish=False)
    to = {"edition": draft} if by == "edition" else {"field": "Termin", "values": {"März": draft}}
    form = connected(on_stage, to=to, name="Anmeldung")
    status, answer = on_stage.api("DELETE", f"/editions/{draft}")
    assert status == 409
    assert "Anmeldung" in answer["detail"]
    on_stage.api("DELETE", f"/sources/{form.id}")
    assert on_stage.api("DELETE", f"/editions/{draft}")[0] == 200


def test_copying_reads_the_edition_and_what_there_is_at_that_time(on_stage: Stage) -> None:
    edition = organised(on_stage)
    asked: list[str] = []
    with listening(
        on_stage.world.store.table.client, "before-call.dynamodb", lambda model, **_: asked.append(model.name)
    ):
        made = copy_edition(on_stage.world, edition, starts_at=datetime(2027, 4, 14, 14, 30))
    assert made.copied_from == edition
    assert asked == ["GetItem", "Query", "GetItem", "TransactWriteItems"]
