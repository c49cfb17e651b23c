"""No answer is larger than Lambda gives back, however much was sent or is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.domain.registration import Person
from chalicelib.domain.submission import Reason, State, Submission
from tests.builders import EDITION, SERIES, a_consent, a_person, a_registration, a_subscriber, organised
from tests.forms import connected
from tests.stage import KEY, Stage

LAMBDA = 6 * 1024 * 1024
"""Bytes of what a function returns: JSON in which our answer is one text."""

WIDEST = "\U0001f389"
"""Twelve bytes where Lambda's runtime writes ASCII."""


def get(on_stage: Stage, path: str) -> HTTPResponse:
    return on_stage.get(f"/api/v1{path}", Authorization=f"Bearer {KEY}")


def pages(on_stage: Stage, path: str, cursor: str = "after", **given: Any) -> list[list[dict[str, Any]]]:
    """The items of each page, each answer small enough."""
    found: list[list[dict[str, Any]]] = []
    more = ""
    while more is not None:
        query = "&".join(f"{name}={value}" for name, value in (given | ({cursor: more} if more else {})).items())
        answer = get(on_stage, f"{path}?{query}")
        assert answer.status_code == 200
        assert len(json.dumps(answer.body.decode())) < LAMBDA
        found.append(answer.json_body["items"])
        more = answer.json_body["next"]
    return found


def someone(on_stage: Stage, number: int) -> Person:
    address = on_stage.world.addresses.parse(f"p{number}@example.org")
    return a_person(hash=address.hash, address=address.mail)


def test_of_many_errors_a_hundred_are_listed_and_the_others_counted(on_stage: Stage) -> None:
    on_stage.api("POST", "/series", SERIES)
    sent = {f"field{number}": 0 for number in range(14_000)} | {"\x01" * 1_000: 1}
    for path in ("/series", "/series/kaffeepause/editions"):
        answer = on_stage.client.http.post(
            f"/api/v1{path}",
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"},
            body=json.dumps({"\x02" * 1_000: 1} | sent).encode(),
        )
        assert answer.status_code == 422
        assert len(answer.body) < 200_000
        problem = answer.json_body
        assert len(problem["errors"]) == 100
        assert problem["more_errors"] > 13_900
        assert problem["errors"][0]["field"] == "\x02" * 99 + "…"


def test_a_hundred_errors_are_all_there_are(on_stage: Stage) -> None:
    on_stage.api("POST", "/series", SERIES)
    answer = on_stage.api(
        "POST", "/series/kaffeepause/editions", EDITION | {f"field{number}": 0 for number in range(100)}
    )[1]
    assert (len(answer["errors"]), "more_errors" in answer) == (100, False)


def test_a_page_of_registrations_ends_where_the_answer_is_full_and_the_next_one_goes_on_there(on_stage: Stage) -> None:
    edition = organised(on_stage)
    consent = a_consent(wording=WIDEST * 9_000)
    for number in range(60):
        one = a_registration(person=someone(on_stage, number), edition=edition, note=WIDEST * 2_000, consent=consent)
        on_stage.world.store.changes().save(one).commit()
    found = pages(on_stage, f"/editions/{edition}/registrations", limit=1000)
    assert len(found) > 1
    emails = [one["email"] for page in found for one in page]
    assert sorted(emails) == sorted(f"p{number}@example.org" for number in range(60))
    by_one = pages(on_stage, f"/editions/{edition}/registrations", limit=7)
    assert [one["email"] for page in by_one for one in page] == emails


def test_subscribers_are_paged_by_bytes_as_well(on_stage: Stage) -> None:
    organised(on_stage)
    for number in range(60):
        one = a_subscriber(
            hash=someone(on_stage, number).hash,
            address=f"p{number}@example.org",
            consent=a_consent(wording=WIDEST * 9_000),
        )
        on_stage.world.store.changes().save(one).commit()
    found = pages(on_stage, "/series/kaffeepause/subscribers", limit=1000)
    assert len(found) > 1
    assert len({one["email"] for page in found for one in page}) == sum(map(len, found)) == 60


def test_editions_are_paged_by_bytes_as_well(on_stage: Stage) -> None:
    on_stage.api("POST", "/series", SERIES)
    made = []
    for number in range(30):
        starts_at = f"2027-03-{number // 2 + 1:02}T14:30"  # two begin at one moment
        long = EDITION | {"announcement": WIDEST * 20_000, "starts_at": starts_at}
        made.append(on_stage.api("POST", "/series/kaffeepause/editions", long)[1]["id"])
    found = pages(on_stage, "/series/kaffeepause/editions")
    assert len(found) > 1
    ids = [one["id"] for page in found for one in page]
    assert sorted(ids) == sorted(made)
    assert [one["id"] for page in pages(on_stage, "/series/kaffeepause/editions", limit=7) for one in page] == ids


def test_a_page_of_editions_with_their_numbers_holds_a_hundred(on_stage: Stage) -> None:
    on_stage.api("POST", "/series", SERIES)
    for minute in range(101):
        starts_at = f"2027-03-10T{14 + minute // 60}:{minute % 60:02}"
        on_stage.api("POST", "/series/kaffeepause/editions", EDITION | {"starts_at": starts_at})
    for limit in ({}, {"limit": 1000}):
        assert [len(page) for page in pages(on_stage, "/series/kaffeepause/editions", **limit)] == [100, 1]


def test_series_and_sources_are_paged_as_well(on_stage: Stage) -> None:
    for number in range(5):
        on_stage.api("POST", "/series", SERIES | {"slug": f"s{number}"})
        connected(on_stage, to={"series": f"s{number}"}, name=f"n{number}")
    for path, field in (("/series", "slug"), ("/sources", "name")):
        whole = pages(on_stage, path)
        assert len(whole) == 1
        by_two = pages(on_stage, path, limit=2)
        assert [len(page) for page in by_two] == [2, 2, 1]
        assert [one[field] for page in by_two for one in page] == [one[field] for one in whole[0]]


def test_submissions_are_paged_by_bytes_as_well(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    now = on_stage.clock.now()
    for number in range(60):
        kept = Submission(
            source=form.id,
            id=f"{number:012x}-{number:016x}",
            provider_id=WIDEST * 500,
            received_at=now,
            state=State.KEPT,
            reason=Reason.EDITION_UNKNOWN,
            detail=WIDEST * 9_000,
        )
        on_stage.world.store.changes().save(kept).commit()
    found = pages(on_stage, f"/sources/{form.id}/submissions", "before", limit=1000)
    assert len(found) > 1
    assert len({one["id"] for page in found for one in page}) == sum(map(len, found)) == 60


@pytest.mark.parametrize(
    "path",
    ["/series?after=nonesuch", "/sources?after=nonesuch", "/series/kaffeepause/editions?after=nonesuch",
     "/sources/{form}/submissions?before=x",
     "/series/kaffeepause/editions?after=aaaaaaaaaaaa", "/series/kaffeepause/editions?after=" + "a" * 3000,
     "/sources/{form}/submissions?before=" + "a" * 3000],
)  # fmt: skip
def test_a_cursor_that_is_none_is_refused(on_stage: Stage, path: str) -> None:
    organised(on_stage)
    answer = get(on_stage, path.replace("{form}", connected(on_stage).id))
    assert answer.status_code == 422
    assert [one["detail"] for one in answer.json_body["errors"]] == ["Give the value of next from the answer before."]
