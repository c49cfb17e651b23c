"""What an edition is going to send is known before it is published: then time passes, and nothing else was sent, and
nothing was missing."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import end_link, organised, registered, subscribed
from tests.stage import Stage

AFTER = datetime(2027, 3, 20, tzinfo=UTC)
SAMPLE, NAMES = "Alex", {"mia": "Mia", "ole": "Ole", "ida": "Ida"}


def future(on_stage: Stage, edition: str, query: str = "") -> Any:
    status, answer = on_stage.api("GET", f"/editions/{edition}/future{query}")
    assert status == 200, answer
    return answer


PERSONAL = r"https://kaffee\.example\.org/(?:registrations|subscriptions)/\S+"


def without_a_person(text: str) -> str:
    """The text without what differs from person to person."""
    for name in (SAMPLE, *NAMES.values()):
        text = text.replace(f"Hallo {name},", "Hallo,")
    return re.sub(PERSONAL, "LINK", text)


def told(answer: Any) -> Counter[tuple[str, str]]:
    """How many mails of each text are going to be sent, by when."""
    return Counter({(one["due_at_utc"][:16], without_a_person(one["text"])): one["get_it"] for one in answer["items"]})


def sent(on_stage: Stage, *, since: int) -> Counter[tuple[str, str]]:
    return Counter((mail["sent_at"][:16], without_a_person(mail["text"])) for mail in on_stage.inbox()[since:])


def a_list(on_stage: Stage, **edition: Any) -> str:
    """Three who would read it, and one who has ended it."""
    draft = organised(on_stage, publish=False, **edition)
    for name in ("mia", "ole", "ida", "ex"):
        subscribed(on_stage, f"{name}@example.org")
    on_stage.post(end_link(on_stage, "ex@example.org"))
    on_stage.clock.turn(by=timedelta(hours=2))
    return draft


@pytest.mark.parametrize(
    "announce", ["now", "2027-03-03T09:00", "2027-03-10T14:29", None], ids=["now", "later", "at the last", "never"]
)
@pytest.mark.parametrize("seats", [None, 5])
def test_of_a_draft_it_is_what_publishing_brings(on_stage: Stage, announce: str | None, seats: int | None) -> None:
    draft = a_list(on_stage, seats=seats)
    expected = future(on_stage, draft, f"?announce={announce}" if announce else "")
    before = len(on_stage.inbox())
    on_stage.api("POST", f"/editions/{draft}/publish", {"announce": announce})
    assert told(future(on_stage, draft)) == told(expected)
    on_stage.travel(AFTER)
    assert sent(on_stage, since=before) == +told(expected)


def test_of_a_published_edition_it_is_what_is_still_to_come(on_stage: Stage) -> None:
    """Mia and Ole come, Ida has given her seat back; Ole has just registered when the last reminder is due."""
    edition = a_list(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "2027-03-03T09:00"})
    registered(on_stage, edition, "mia@example.org")
    registered(on_stage, edition, "ida@example.org", "Ida Berg")
    on_stage.post(on_stage.link("ida@example.org", "/registrations/") + "/cancel")
    registered(on_stage, edition, "bounce@simulator.amazonses.com", "Bo Unzustellbar")
    on_stage.run()
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T15:00"})
    on_stage.travel(datetime(2027, 3, 11, 12, 50, tzinfo=UTC))
    registered(on_stage, edition, "ole@example.org", "Ole Sand")
    before, expected = len(on_stage.inbox()), future(on_stage, edition)
    assert [(one["message"], one["get_it"]) for one in expected["items"]] == [("reminder", 1)]
    assert expected["items"][0]["left_out"] == {"registration-cancelled": 1, "suppressed": 1, "just-confirmed": 1}
    on_stage.travel(AFTER)
    assert sent(on_stage, since=before) == told(expected)


def test_what_somebody_causes_by_registering_is_shown_as_well(on_stage: Stage) -> None:
    edition = a_list(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": None})
    shown = {one["message"]: one for one in future(on_stage, edition)["whenever"]}
    assert set(shown) >= {"registration-confirmation", "seat-given-back"}
    registered(on_stage, edition, "mia@example.org")
    confirmed = on_stage.inbox("mia@example.org")[-1]
    assert without_a_person(confirmed["text"]) == without_a_person(shown["registration-confirmation"]["text"])
    assert confirmed["subject"] == shown["registration-confirmation"]["subject"]


def test_another_announcement_can_be_looked_at_before_it_is_asked_for(on_stage: Stage) -> None:
    edition = a_list(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    subscribed(on_stage, "neu@example.org")
    expected = future(on_stage, edition, "?announce=now")["items"][0]
    assert (expected["message"], expected["get_it"], expected["left_out"]) == (
        "announcement",
        1,
        {"told-already": 3, "unsubscribed": 1},
    )


def test_looking_ahead_changes_nothing(on_stage: Stage) -> None:
    draft = a_list(on_stage)
    before = on_stage.items()
    future(on_stage, draft, "?announce=now")
    assert on_stage.items() == before


def test_what_is_over_or_cancelled_sends_nothing_more(on_stage: Stage) -> None:
    edition = a_list(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": None})
    on_stage.travel(AFTER)
    answer = future(on_stage, edition)
    assert (answer["items"], answer["whenever"]) == ([], [])
    other = organised(on_stage, starts_at="2027-04-10T14:30")
    on_stage.api("POST", f"/editions/{other}/cancel")
    assert on_stage.api("GET", f"/editions/{other}/future")[0] == 410


@pytest.mark.parametrize("query", ["?announce=soon", "?announce=2027-03-10T14:30", "?announce=2020-01-01T10:00"])
def test_what_publishing_would_refuse_is_refused(on_stage: Stage, query: str) -> None:
    status, answer = on_stage.api("GET", f"/editions/{a_list(on_stage)}/future{query}")
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["announce"])


def a_change_waits_to_be_told(on_stage: Stage, **wish: Any) -> str:
    """Everybody has read the announcement; its title is another since, which a correction tells in half an hour."""
    edition = a_list(on_stage)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    on_stage.api("PATCH", f"/editions/{edition}", {"title": "Gemeinsam mehr bewirken"})
    status, answer = on_stage.api("POST", f"/editions/{edition}/correct", {"at": {"in_minutes": 30}} | wish)
    assert status == 200, answer
    return edition


def corrected(answer: Any) -> Any:
    return next(one for one in answer["items"] if one["message"] == "correction")


@pytest.mark.parametrize("wish", [{}, {"text": "Der Titel war falsch."}], ids=["without a word", "with words"])
@pytest.mark.parametrize("announce", [None, "now", {"in_minutes": 10}, {"in_minutes": 50}], ids=str)
@pytest.mark.parametrize("steps", [0, 1, 2, 9])
def test_a_correction_that_waits_reaches_whoever_is_not_told_by_then(
    on_stage: Stage, wish: dict[str, str], announce: Any, steps: int
) -> None:
    """As another announcement comes first or after it, however far it has come when somebody looks ahead."""
    edition = a_change_waits_to_be_told(on_stage, **wish)
    before = len(on_stage.inbox())
    if announce:
        assert on_stage.api("POST", f"/editions/{edition}/announce", {"announce": announce})[0] == 200
    for lane in [*on_stage.lanes, *on_stage.lanes][:steps]:
        lane.turn()
    there, expected = len(on_stage.inbox()), future(on_stage, edition)
    told_before = announce in ("now", {"in_minutes": 10}) and not wish
    assert corrected(expected)["get_it"] == (0 if told_before else 3)
    on_stage.run()
    on_stage.travel(AFTER)
    assert sent(on_stage, since=there) >= +told(expected)
    assert len(on_stage.inbox()) - before == (6 if wish and announce not in (None, {"in_minutes": 50}) else 3)


def test_the_same_words_in_two_corrections_reach_each_person_once(on_stage: Stage) -> None:
    edition = a_change_waits_to_be_told(on_stage, text="Der Titel war falsch.")
    announcement = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"][0]["id"]
    on_stage.api("PATCH", f"/editions/{edition}", {"title": "Gemeinsam alles bewirken"})
    wish = {"text": "Der Titel war falsch.", "at": {"in_minutes": 40}}
    assert on_stage.api("POST", f"/mailings/{announcement}/correct", wish)[1]["changed"]
    before, expected = len(on_stage.inbox()), future(on_stage, edition)
    assert [(one["get_it"], one["left_out"]) for one in expected["items"] if one["message"] == "correction"] == [
        (3, {}),
        (0, {"told-already": 3}),
    ]
    on_stage.travel(AFTER)
    assert sent(on_stage, since=before) == +told(expected)
