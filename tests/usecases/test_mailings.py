from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.builders import organised, registered, subscribed
from tests.stage import Stage


def announced(on_stage: Stage, *emails: str, run: bool = True) -> tuple[str, str]:
    """An edition and the id of its announcement to these subscribers."""
    edition = organised(on_stage, publish=False)
    for email in emails:
        subscribed(on_stage, email)
    answer = on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})[1]
    if run:
        on_stage.run()
    return edition, answer["mailings"][0]["id"]


def test_an_organiser_sees_how_far_a_mailing_has_come(on_stage: Stage) -> None:
    edition, mailing = announced(on_stage, "mia@example.org", "ole@example.org", run=False)
    before = on_stage.api("GET", f"/mailings/{mailing}")[1]
    assert (before["progress"], before["recipients"], before["totals"]) == ("planned", 0, {})
    on_stage.run()
    after = on_stage.api("GET", f"/mailings/{mailing}")[1]
    assert (after["progress"], after["totals"], after["done"]) == ("sending", {"sent": 2}, 1.0)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("GET", f"/mailings/{mailing}")[1]["progress"] == "finished"
    assert after["edition"] == edition


def test_a_paused_mailing_waits_until_it_is_resumed(on_stage: Stage) -> None:
    _, mailing = announced(on_stage, "mia@example.org", run=False)
    assert on_stage.api("POST", f"/mailings/{mailing}/pause")[1]["progress"] == "paused"
    on_stage.travel(on_stage.clock.now() + timedelta(hours=3))
    assert len(on_stage.inbox("mia@example.org")) == 1
    assert on_stage.api("POST", f"/mailings/{mailing}/resume")[1]["progress"] == "planned"
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=10))
    assert len(on_stage.inbox("mia@example.org")) == 2


def test_a_mailing_can_be_paused_between_its_batches_and_its_calls(on_stage: Stage) -> None:
    _, mailing = announced(on_stage, "mia@example.org", run=False)
    on_stage.lanes_named("broadcast").turn()
    assert on_stage.api("GET", f"/mailings/{mailing}")[1]["totals"] == {"waiting": 1}
    on_stage.api("POST", f"/mailings/{mailing}/pause")
    on_stage.run()
    assert len(on_stage.inbox("mia@example.org")) == 1
    assert on_stage.api("POST", f"/mailings/{mailing}/resume")[1]["progress"] == "sending"
    on_stage.run()
    assert len(on_stage.inbox("mia@example.org")) == 2


def test_whoever_a_cancelled_mailing_had_not_reached_is_skipped_with_the_reason(on_stage: Stage) -> None:
    _, mailing = announced(on_stage, "mia@example.org", run=False)
    on_stage.lanes_named("broadcast").turn()
    assert on_stage.api("POST", f"/mailings/{mailing}/cancel")[1]["progress"] == "cancelled"
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    survey = on_stage.api("GET", f"/mailings/{mailing}")[1]
    assert survey["reasons"] == {"skipped": {"mailing-cancelled": 1}}
    assert len(on_stage.inbox("mia@example.org")) == 1
    status, problem = on_stage.api("POST", f"/mailings/{mailing}/pause")
    assert (status, problem["detail"]) == (
        409,
        "This mailing is cancelled: nothing of it is left to be paused, resumed or cancelled.",
    )


def test_everything_a_person_was_sent_and_why_not(on_stage: Stage) -> None:
    edition, _ = announced(on_stage, "mia@example.org")
    registered(on_stage, edition, "mia@example.org")
    on_stage.post(on_stage.link("mia@example.org", "/registrations/") + "/cancel")
    on_stage.travel(datetime(2027, 3, 11, tzinfo=UTC))
    status, record = on_stage.api("GET", "/people?email=Mia%40Example.org")
    assert status == 200
    assert {(mail["message"], mail["outcome"]) for mail in record["mails"]} == {
        ("subscription-confirmation", "sent"),
        ("announcement", "sent"),
        ("registration-confirmation", "sent"),
    }
    assert [one["status"] for one in record["registrations"]] == ["cancelled"]
    assert on_stage.api("GET", "/people?email=nobody%40example.org")[1]["mails"] == []
    assert on_stage.api("GET", "/people?email=nobody")[0] == 422


def test_an_address_that_bounced_is_told_of_with_its_reason(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "bounce@simulator.amazonses.com")
    on_stage.travel(datetime(2027, 3, 10, 14, 0, tzinfo=UTC))
    record = on_stage.api("GET", "/people?email=bounce%40simulator.amazonses.com")[1]
    assert record["suppressed"] == "bounce"
    assert [(mail["message"], mail["outcome"], mail["reason"]) for mail in record["mails"]] == [
        ("registration-confirmation", "bounced", "hard-bounce"),
        ("reminder", "skipped", "suppressed"),
        ("reminder", "skipped", "suppressed"),
    ]
