"""What an organiser is answered is what then happens: plans are played until after the end, and compared."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.builders import organised, registered, subscribed
from tests.stage import Stage

AFTER = datetime(2027, 4, 20, tzinfo=UTC)
RULES = [
    {"days_before": 7, "at": "18:15"},
    {"days_before": 1, "at": "09:00"},
    {"days_before": 0, "at": "18:00"},
    {"days_before": 0, "at": "14:30"},
    {"minutes_before": 60},
]

Plan = dict[str, tuple[str, str, str, str]]


def act(on_stage: Stage, edition: str, verb: str, body: dict[str, Any] | None = None) -> Any:
    method, path = ("PATCH", "") if verb == "change" else ("POST", f"/{verb}")
    status, answer = on_stage.api(method, f"/editions/{edition}{path}", body)
    assert status == 200, answer
    return answer


def plan_of(mailings: list[dict[str, str]]) -> Plan:
    return {one["id"]: (one["message"], one["due_at"], one["progress"], one["reason"]) for one in mailings}


def now_planned(on_stage: Stage, edition: str) -> Plan:
    return plan_of(on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"])


def settled(planned: Plan) -> Plan:
    """Where each of them has to end: as it is, unless it was still to come."""
    coming = ("planned", "dispatching", "sending")
    return {
        known: (message, due, "finished" if progress in coming else progress, "" if progress in coming else reason)
        for known, (message, due, progress, reason) in planned.items()
    }


Step = tuple[str, datetime | None, dict[str, Any] | None]
"""What is done, when (None: at once), and with what."""

FEBRUARY = datetime(2027, 2, 20, 12, 0, tzinfo=UTC)
EVE = datetime(2027, 3, 9, 12, 0, tzinfo=UTC)
PLANS: dict[str, list[Step]] = {
    "published": [("publish", None, {"announce": "2027-03-01T09:00"})],
    "published after the deadline of its announcement": [("publish", None, {"announce": "2027-03-10T10:00"})],
    "not announced": [("publish", None, {"announce": None})],
    "published on the eve": [("publish", EVE, {"announce": "now"})],
    "moved later": [
        ("publish", None, {"announce": "2027-03-01T09:00"}),
        ("move", FEBRUARY, {"starts_at": "2027-03-24T20:00"}),
    ],
    "moved ahead, announced now": [
        ("publish", None, {"announce": "2027-03-01T09:00"}),
        ("move", FEBRUARY, {"starts_at": "2027-02-22T08:00", "announce": "now"}),
    ],
    "moved ahead, announced in time": [
        ("publish", None, {"announce": "2027-03-01T09:00"}),
        ("move", FEBRUARY, {"starts_at": "2027-02-22T19:00", "announce": "2027-02-22T07:00"}),
    ],
    "moved ahead, not announced": [
        ("publish", None, {"announce": "2027-03-01T09:00"}),
        ("move", FEBRUARY, {"starts_at": "2027-02-22T19:00", "announce": None}),
    ],
    "announced only with the move": [
        ("publish", None, {"announce": None}),
        ("move", FEBRUARY, {"starts_at": "2027-03-24T20:00", "announce": "2027-03-20T09:00"}),
    ],
    "moved to this evening": [
        ("publish", None, {"announce": "now"}),
        ("move", EVE, {"starts_at": "2027-03-09T13:30"}),
    ],
    "another room on the eve": [
        ("publish", None, {"announce": "now"}),
        ("move", EVE, {"location": {"place": "Rathaus"}}),
    ],
    "moved twice": [
        ("publish", None, {"announce": "2027-03-05T09:00"}),
        ("move", FEBRUARY, {"starts_at": "2027-04-07T09:00"}),
        ("move", EVE, {"starts_at": "2027-03-17T18:30"}),
    ],
    "changed": [
        ("publish", None, {"announce": "2027-03-05T09:00"}),
        ("change", FEBRUARY, {"title": "Anders", "registration_closes_at": "2027-03-04T12:00"}),
    ],
    "cancelled": [
        ("publish", None, {"announce": "2027-03-05T09:00"}),
        ("cancel", FEBRUARY, None),
    ],
    "another room while it runs": [
        ("publish", None, {"announce": "2027-03-05T09:00"}),
        ("move", datetime(2027, 3, 10, 13, 40, tzinfo=UTC), {"location": {"place": "Rathaus"}}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_what_is_answered_is_what_then_happens(on_stage: Stage, name: str) -> None:
    edition = organised(on_stage, publish=False, series={"reminders": RULES})
    subscribed(on_stage, "sub@example.org")
    answer: dict[str, Any] = {}
    for verb, at, body in PLANS[name]:
        if at:
            on_stage.travel(at)
        before = now_planned(on_stage, edition)
        answer = act(on_stage, edition, verb, body)
        if verb == "publish":
            registered(on_stage, edition)
        told, shown = plan_of(answer["mailings"]), now_planned(on_stage, edition)
        hurried = {"planned", "dispatching", "sending", "finished"}
        for known, (message, due, progress, reason) in told.items():
            assert shown[known][:2] == (message, due)
            assert shown[known][2:] == (progress, reason) or {shown[known][2], progress} <= hurried
        # What the answer does not have is over, or was ended by this very act.
        assert {shown[known][2] for known in set(shown) - set(told)} <= {"finished", "cancelled", "missed", "sending"}
        assert set(before) <= set(shown)
    on_stage.travel(AFTER)
    happened = now_planned(on_stage, edition)
    assert told
    expected = settled(told)
    assert {known: happened[known][:3] for known in told} == {known: one[:3] for known, one in expected.items()}
    assert {happened[known][2] for known in set(happened) - set(told)} <= {"finished", "cancelled", "missed"}


@pytest.mark.parametrize("paused", [False, True])
def test_an_announcement_due_after_the_new_start_is_refused_with_what_to_do(on_stage: Stage, paused: bool) -> None:
    edition = organised(on_stage, publish=False)
    answer = act(on_stage, edition, "publish", {"announce": "2027-03-03T09:00"})
    if paused:
        assert on_stage.api("POST", f"/mailings/{answer['mailings'][0]['id']}/pause")[0] == 200
    before = on_stage.items()
    for start in ("2027-03-02T14:30", "2027-03-03T09:00"):
        status, refused = on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": start})
        assert (status, [error["field"] for error in refused["errors"]]) == (422, ["announce"])
        assert "The announcement is planned for 2027-03-03T09:00" in refused["errors"][0]["detail"]
    assert on_stage.items() == before
    assert act(on_stage, edition, "move", {"starts_at": "2027-03-03T09:01"})["changed"]


def test_a_paused_announcement_keeps_its_new_time_until_it_is_resumed(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage, "sub@example.org")
    announcement = act(on_stage, edition, "publish", {"announce": "2027-03-03T09:00"})["mailings"][0]["id"]
    on_stage.api("POST", f"/mailings/{announcement}/pause")
    act(on_stage, edition, "move", {"starts_at": "2027-02-26T14:30", "announce": "2027-02-24T09:00"})
    on_stage.travel(datetime(2027, 2, 24, 7, 0, tzinfo=UTC))
    on_stage.api("POST", f"/mailings/{announcement}/resume")
    on_stage.run()
    assert len(on_stage.inbox("sub@example.org")) == 1
    on_stage.travel(datetime(2027, 2, 24, 8, 0, tzinfo=UTC))
    assert on_stage.subjects("sub@example.org")[1:] == ["26. Februar, 14:30 Uhr: Gemeinsam wirken"]


def test_an_announcement_that_has_been_sent_is_not_dated_again(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    act(on_stage, edition, "publish", {"announce": "now"})
    on_stage.settle()
    status, refused = on_stage.api(
        "POST", f"/editions/{edition}/move", {"starts_at": "2027-03-17T14:30", "announce": "now"}
    )
    assert (status, [error["field"] for error in refused["errors"]]) == (422, ["announce"])
    assert act(on_stage, edition, "move", {"starts_at": "2027-03-17T14:30", "announce": None})["changed"]


def test_after_a_move_a_reminder_whose_time_has_passed_is_answered_as_missed(on_stage: Stage) -> None:
    edition = organised(on_stage)
    answer = act(on_stage, edition, "move", {"starts_at": "2027-02-02T08:00"})  # tomorrow; 09:00 the day before is past
    reminders = [one for one in answer["mailings"] if one["message"] == "reminder"]
    assert [(one["due_at"], one["progress"], one["reason"]) for one in reminders] == [
        ("2027-02-01T09:00", "missed", "too-late"),
        ("2027-02-02T07:00", "planned", ""),
    ]


def test_a_reminder_that_would_come_after_the_start_is_answered_as_missed(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, series={"reminders": [{"days_before": 0, "at": "18:00"}]})
    (reminder,) = act(on_stage, edition, "publish", {"announce": None})["mailings"]
    assert (reminder["progress"], reminder["reason"]) == ("missed", "too-late")


@pytest.mark.parametrize("ending", ["move", "cancel"])
def test_what_was_paused_before_it_was_due_ends_with_the_old_date(on_stage: Stage, ending: str) -> None:
    edition = organised(on_stage)
    for one in on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]:
        on_stage.api("POST", f"/mailings/{one['id']}/pause")
    paused = set(now_planned(on_stage, edition))
    act(on_stage, edition, ending, {"starts_at": "2027-03-17T14:30"} if ending == "move" else None)
    assert len(paused) == 2
    assert {now_planned(on_stage, edition)[known][2] for known in paused} == {"cancelled"}


def test_an_announcement_does_not_invite_to_register_once_that_is_closed(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, registration_closes_at="2027-03-04T12:00")
    subscribed(on_stage, "sub@example.org")
    act(on_stage, edition, "publish", {"announce": "2027-03-05T09:00"})
    on_stage.travel(datetime(2027, 3, 5, 8, 0, tzinfo=UTC))
    mail = on_stage.inbox("sub@example.org")[-1]
    for part in (mail["text"], mail["html"]):
        assert "Die Anmeldung zu diesem Termin ist geschlossen." in part
        assert "Anmelden" not in part
        assert "anmelden" not in part.lower()
        assert f"/editions/{edition}" in part


@pytest.mark.parametrize("by", ["the deadline", "a moved deadline"])
def test_an_announcement_invites_to_register_while_that_is_open(on_stage: Stage, by: str) -> None:
    edition = organised(on_stage, publish=False, registration_closes_at="2027-03-05T12:00")
    subscribed(on_stage, "sub@example.org")
    act(on_stage, edition, "publish", {"announce": "2027-03-05T09:00"})
    if by == "a moved deadline":
        act(on_stage, edition, "move", {"starts_at": "2027-03-17T14:30"})
    on_stage.travel(datetime(2027, 3, 5, 8, 0, tzinfo=UTC))
    mail = on_stage.inbox("sub@example.org")[-1]
    assert "Anmelden" in mail["html"]


# Whether every mail can be sent


HUGE = "&" * 20_000
LINKS = [{"name": "N" * 100, "organisation": "&" * 120, "link": "https://a.example/?" + "&" * 900} for _ in range(20)]


def announced(on_stage: Stage) -> str:
    edition = organised(on_stage, publish=False, announcement="&" * 17_900)  # 99.5 of the 100 kB
    act(on_stage, edition, "publish", {"announce": "2027-03-03T09:00"})
    return edition


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"announcement": HUGE}, "announcement"),
        ({"speakers": LINKS}, "speakers"),
        ({"title": "x", "speakers": LINKS}, "speakers"),
    ],
)
def test_a_change_that_makes_a_mail_unfit_is_refused_beside_its_field(
    on_stage: Stage, body: dict[str, Any], field: str
) -> None:
    edition = announced(on_stage)
    before = on_stage.items()
    status, answer = on_stage.api("PATCH", f"/editions/{edition}", body)
    assert (status, [error["field"] for error in answer["errors"]]) == (422, [field])
    assert "The mail cannot be sent" in answer["errors"][0]["detail"]
    assert on_stage.items() == before


def test_speakers_that_make_a_confirmation_unfit_are_refused_where_nothing_else_is_planned(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, series={"reminders": []}, speakers=LINKS)
    status, answer = on_stage.api("POST", f"/editions/{edition}/publish", {"announce": None})
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["speakers"])


def test_a_draft_and_an_announcement_that_is_out_may_hold_what_no_mail_could(on_stage: Stage) -> None:
    draft, told = organised(on_stage, publish=False), organised(on_stage, publish=False)
    act(on_stage, told, "publish", {"announce": "now"})
    on_stage.settle()
    for edition in (draft, told):
        assert on_stage.api("PATCH", f"/editions/{edition}", {"announcement": HUGE})[0] == 200


def test_a_series_is_not_changed_into_what_its_planned_mails_cannot_hold(on_stage: Stage) -> None:
    announced(on_stage)
    before = on_stage.items()
    for field in ("imprint_url", "privacy_url"):
        long = {field: "https://campus.example.org/?" + "&" * 900}
        status, answer = on_stage.api("PATCH", "/series/kaffeepause", long)
        assert (status, [error["field"] for error in answer["errors"]]) == (422, [field])
    assert on_stage.items() == before
    assert on_stage.api("PATCH", "/series/kaffeepause", {"description": "&" * 1_900})[0] == 200


def test_a_move_to_a_place_that_makes_a_mail_unfit_is_refused(on_stage: Stage) -> None:
    edition = announced(on_stage)
    long = {"place": "&" * 300}
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", {"location": long})
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["location"])


@pytest.mark.parametrize("spelled", ['{"in_minutes": 10}', '{"in_minutes":10}'])
@pytest.mark.parametrize("published", [False, True])
def test_the_future_is_asked_with_minutes_as_publishing_is(on_stage: Stage, spelled: str, published: bool) -> None:
    edition = organised(on_stage, publish=published)
    status, ahead = on_stage.api("GET", f"/editions/{edition}/future?{urlencode({'announce': spelled})}")
    assert status == 200, ahead
    then = {"announce": {"in_minutes": 10}}
    plan = on_stage.api("POST", f"/editions/{edition}/{'announce' if published else 'publish'}", then)[1]
    due = [
        [one["due_at"] for one in of if one["message"] == "announcement"] for of in (ahead["items"], plan["mailings"])
    ]
    assert due == [["2027-02-01T10:10"]] * 2


@pytest.mark.parametrize(
    ("spelled", "field"),
    [('{"in_minutes": 0}', ".in_minutes"), ("{}", ".in_minutes"), ("{", ""), ('{"in_minutes": 10', ""), ("[]", "")],
)
@pytest.mark.parametrize("published", [False, True])
def test_each_time_of_a_future_that_will_not_do_is_told_beside_its_field(
    on_stage: Stage, spelled: str, field: str, published: bool
) -> None:
    edition = organised(on_stage, publish=published)
    for asked, fields in (
        ({"announce": spelled, "thank": spelled}, [f"announce{field}", f"thank{field}"]),
        ({"announce": "2027-03-10T14:30", "thank": "now"}, ["announce", "thank"]),
    ):
        status, problem = on_stage.api("GET", f"/editions/{edition}/future?{urlencode(asked)}")
        assert (status, [one["field"] for one in problem["errors"]]) == (422, fields)


def test_the_future_says_what_is_paused_and_is_not_sent_until_it_is_resumed(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    first, second = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    on_stage.api("POST", f"/mailings/{first['id']}/pause")
    ahead = on_stage.api("GET", f"/editions/{edition}/future")[1]["items"]
    assert [(one["due_at"], one["progress"]) for one in ahead] == [
        (first["due_at"], "paused"),
        (second["due_at"], "planned"),
    ]
    before = len(on_stage.inbox())
    on_stage.travel(AFTER)
    assert [mail["subject"] for mail in on_stage.inbox()[before:]] == [ahead[1]["subject"]]
