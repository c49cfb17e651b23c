"""Who would get a mail, and who is left out: the answer is what becomes of the mails when they are sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import end_link, organised, registered, subscribed
from tests.faults.people import readers
from tests.stage import Stage


def audience(on_stage: Stage, edition: str, query: str = "") -> Any:
    status, answer = on_stage.api("GET", f"/editions/{edition}/audience{query}")
    assert status == 200, answer
    return answer


def a_mixed_list(on_stage: Stage) -> str:
    """Mia has a seat, Ole has unsubscribed, Ada has not confirmed, one bounced; Ida and Tom would read it."""
    edition = organised(on_stage)
    for name in ("mia", "ole", "ida", "tom"):
        subscribed(on_stage, f"{name}@example.org")
    registered(on_stage, edition, "mia@example.org")
    on_stage.post(end_link(on_stage, "ole@example.org"))
    on_stage.post("/series/kaffeepause/subscriptions", {"email": "ada@example.org"})
    readers(on_stage, 0, "bounce@simulator.amazonses.com")
    registered(on_stage, edition, "bounce@simulator.amazonses.com", "Bo Unzustellbar")
    on_stage.run()
    return edition


def by_reason(answer: Any) -> dict[str, str | None]:
    return {one["email"].split("@")[0]: one["left_out"] for one in answer["items"]}


def test_each_person_on_the_list_is_named_with_why_they_would_get_nothing(on_stage: Stage) -> None:
    edition = a_mixed_list(on_stage)
    answer = audience(on_stage, edition, "?to=not_registered")
    assert by_reason(answer) == {
        "mia": "registered",
        "ole": "unsubscribed",
        "ada": "not-confirmed",
        "bounce": "suppressed",
        "ida": None,
        "tom": None,
    }
    assert (answer["get_it"], answer["next"]) == (2, None)
    assert answer["left_out"] == {"registered": 1, "unsubscribed": 1, "not-confirmed": 1, "suppressed": 1}


@pytest.mark.parametrize("to", ["all", "not_registered", "joined_since"])
@pytest.mark.parametrize("other_text", [False, True])
def test_what_it_says_is_what_becomes_of_the_mails(on_stage: Stage, to: str, *, other_text: bool) -> None:
    edition = a_mixed_list(on_stage)
    on_stage.clock.turn(by=timedelta(hours=1))
    on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now"})
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    subscribed(on_stage, "neu@example.org")
    if other_text:
        on_stage.api("PATCH", f"/editions/{edition}", {"announcement": "Etwas anderes."})
    told = by_reason(audience(on_stage, edition, f"?to={to}"))
    mailing = on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now", "to": to})[1]["mailings"][0][
        "id"
    ]
    on_stage.run()
    became = on_stage.api("GET", f"/mailings/{mailing}/recipients")[1]["items"]
    active = {name: why for name, why in told.items() if name not in ("ole", "ada")}
    assert {one["email"].split("@")[0]: one["reason"] or None for one in became} == active
    assert set(active.values()) != {None}


def test_those_who_gave_their_seat_back_are_left_out_of_what_the_registered_get(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.clock.turn(by=timedelta(hours=1))
    for name in ("mia", "ole"):
        registered(on_stage, edition, f"{name}@example.org")
    on_stage.post(on_stage.link("ole@example.org", "/registrations/") + "/cancel")
    on_stage.clock.turn(by=timedelta(hours=1))
    answer = audience(on_stage, edition, "?message=reminder")
    assert by_reason(answer) == {"mia": None, "ole": "registration-cancelled"}


def test_a_long_list_is_shown_page_by_page(on_stage: Stage) -> None:
    edition = organised(on_stage)
    hashes = readers(on_stage, 25)
    first = audience(on_stage, edition, "?limit=20")
    assert (first["get_it"], first["next"]) == (20, hashes[19])
    second = audience(on_stage, edition, f"?limit=20&after={first['next']}")
    assert (second["get_it"], second["next"]) == (5, None)


def test_looking_changes_nothing(on_stage: Stage) -> None:
    edition = organised(on_stage)
    subscribed(on_stage)
    on_stage.faults.replace([{"do": "throttle", "times": 1}])
    on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now"})
    before = on_stage.items()
    audience(on_stage, edition)
    assert on_stage.items() == before


@pytest.mark.parametrize(
    "query", ["?message=registration-confirmation", "?to=some", "?message=announcement&to=joined_since"]
)
def test_what_has_no_such_audience_is_refused(on_stage: Stage, query: str) -> None:
    assert on_stage.api("GET", f"/editions/{organised(on_stage)}/audience{query}")[0] == 422


def state(on_stage: Stage, edition: str, query: str = "") -> str:
    return str(audience(on_stage, edition, query)["state"])


@pytest.mark.parametrize("comes", ["subscriber", "registration", "unsubscribed"])
def test_whoever_comes_or_goes_in_between_is_asked_about_again(on_stage: Stage, comes: str) -> None:
    edition = organised(on_stage)
    subscribed(on_stage, "mia@example.org")
    seen = state(on_stage, edition)
    if comes == "subscriber":
        subscribed(on_stage, "neu@example.org")
    elif comes == "registration":
        registered(on_stage, edition, "neu@example.org")
    else:
        on_stage.post(end_link(on_stage, "mia@example.org"))
    wish = {"announce": "now", "audience_state": seen}
    status, answer = on_stage.api("POST", f"/editions/{edition}/announce", wish)
    assert (status, state(on_stage, edition) in answer["detail"]) == (409, True)
    assert (
        on_stage.api("POST", f"/editions/{edition}/announce", wish | {"audience_state": state(on_stage, edition)})[0]
        == 200
    )


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("announce", {"announce": "now"}),
        ("messages", {"subject": "Tür", "text": "Nimm die Seitentür.", "at": "now"}),
        ("correct", {"text": "Falsch."}),
    ],
)
def test_everything_that_is_written_to_many_can_be_held_against_what_was_seen(
    on_stage: Stage, path: str, wish: dict[str, Any]
) -> None:
    edition = organised(on_stage)
    subscribed(on_stage, "mia@example.org")
    registered(on_stage, edition, "mia@example.org")
    if path == "correct":
        on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now"})
        on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    url = f"/editions/{edition}/{path}"
    assert on_stage.api("POST", url, wish | {"audience_state": "0.0"})[0] == 409
    assert on_stage.api("POST", url, wish | {"audience_state": state(on_stage, edition)})[0] == 200


def test_publishing_can_be_held_against_it_too(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    seen = state(on_stage, edition)
    subscribed(on_stage, "neu@example.org")
    wish = {"announce": "now", "audience_state": seen}
    assert on_stage.api("POST", f"/editions/{edition}/publish", wish)[0] == 409
    assert on_stage.api("GET", f"/editions/{edition}")[1]["status"] == "draft"
