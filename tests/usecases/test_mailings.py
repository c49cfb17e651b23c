from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.domain.due import Due
from tests.builders import end_link, organised, registered, subscribed
from tests.stage import SameClients, Stage


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
    status, record = on_stage.api("POST", "/people/lookup", {"email": "Mia@Example.org"})
    assert status == 200
    assert {(mail["message"], mail["outcome"]) for mail in record["mails"]} == {
        ("subscription-confirmation", "sent"),
        ("announcement", "sent"),
        ("registration-confirmation", "sent"),
        ("seat-given-back", "sent"),
    }
    assert [one["status"] for one in record["registrations"]] == ["cancelled"]
    assert on_stage.api("POST", "/people/lookup", {"email": "nobody@example.org"})[1]["mails"] == []
    assert on_stage.api("POST", "/people/lookup", {"email": "nobody"})[0] == 422


def test_an_address_that_bounced_is_told_of_with_its_reason(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "bounce@simulator.amazonses.com")
    on_stage.travel(datetime(2027, 3, 10, 14, 0, tzinfo=UTC))
    record = on_stage.api("POST", "/people/lookup", {"email": "bounce@simulator.amazonses.com"})[1]
    assert record["suppressed"] == "bounce"
    assert [(mail["message"], mail["outcome"], mail["reason"]) for mail in record["mails"]] == [
        ("registration-confirmation", "bounced", "hard-bounce"),
        ("reminder", "skipped", "suppressed"),
        ("reminder", "skipped", "suppressed"),
    ]


READERS = [f"{name}@example.org" for name in ("ada", "mia", "ole")]


def refused(on_stage: Stage, *, times: int = 1) -> tuple[str, str]:
    """An edition and its announcement to three readers, of whom SES refuses two so many times."""
    edition, mailing = announced(on_stage, *READERS, run=False)
    on_stage.faults.replace(
        [
            {
                "do": "partial",
                "status": "MESSAGE_REJECTED",
                "entries": [0, 1],
                "times": times,
                "operation": "SendBulkEmail",
            }
        ]
    )
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("GET", f"/mailings/{mailing}")[1]["totals"] == {"failed": 2, "sent": 1}
    return edition, mailing


def announcements(on_stage: Stage) -> list[int]:
    return [sum("Gemeinsam wirken" in mail["subject"] for mail in on_stage.inbox(reader)) for reader in READERS]


def test_those_who_failed_can_be_tried_again_and_nobody_else(on_stage: Stage) -> None:
    _, mailing = refused(on_stage)
    status, answer = on_stage.api("POST", f"/mailings/{mailing}/retry")
    assert (status, answer["retried"], answer["progress"]) == (200, 2, "sending")
    assert answer["totals"] == {"waiting": 2, "sent": 1}
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    survey = on_stage.api("GET", f"/mailings/{mailing}")[1]
    assert (survey["totals"], survey["progress"], survey["failures"]) == ({"sent": 3}, "finished", [])
    assert announcements(on_stage) == [1, 1, 1]
    assert on_stage.api("POST", f"/mailings/{mailing}/retry")[1]["retried"] == 0


def test_each_is_tried_once_a_call_and_every_try_stays_in_the_ledger(on_stage: Stage) -> None:
    _, mailing = refused(on_stage, times=2)
    for _ in range(2):  # somebody presses twice
        on_stage.api("POST", f"/mailings/{mailing}/retry")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=2))
    survey = on_stage.api("GET", f"/mailings/{mailing}")[1]
    assert survey["totals"] == {"failed": 2, "sent": 1}
    assert [(one["reason"], one["earlier"]) for one in survey["failures"]] == [
        ("MESSAGE_REJECTED", ["MESSAGE_REJECTED"])
    ] * 2
    assert on_stage.api("POST", f"/mailings/{mailing}/retry")[1]["retried"] == 2
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("GET", f"/mailings/{mailing}")[1]["totals"] == {"sent": 3}
    told = [
        mail for reader in READERS for mail in on_stage.api("POST", "/people/lookup", {"email": reader})[1]["mails"]
    ]
    assert sorted(mail["earlier"] for mail in told if mail["message"] == "announcement") == [
        [],
        ["MESSAGE_REJECTED", "MESSAGE_REJECTED"],
        ["MESSAGE_REJECTED", "MESSAGE_REJECTED"],
    ]


def test_a_client_that_may_ask_again_is_never_the_one_that_sends(on_stage: Stage) -> None:
    clients = SameClients()
    other, sending = clients.client("sesv2"), clients.client("sesv2", retries={"total_max_attempts": 1})
    assert sending.meta.config.retries["total_max_attempts"] == 1
    assert sending is not other
    assert clients.client("sesv2") is other


def test_a_mail_to_one_person_can_be_tried_again_too(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.faults.replace([{"do": "error-after-accepting", "times": 2}, {"events": "lost"}])
    registered(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=2))
    (told,) = on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["mails"]
    assert (told["outcome"], told["reason"]) == ("failed", "unproved")
    on_stage.faults.replace([])
    assert on_stage.api("POST", f"/mailings/{told['mailing']}/retry")[1]["retried"] == 1
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    (told,) = on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["mails"]
    assert (told["outcome"], told["earlier"]) == ("sent", ["unproved"])
    assert on_stage.api("GET", f"/mailings/{told['mailing']}")[1]["progress"] == "finished"


def test_who_said_no_since_is_skipped_when_tried_again(on_stage: Stage) -> None:
    edition, mailing = refused(on_stage)
    for reader in READERS:
        on_stage.post(end_link(on_stage, reader))
    on_stage.api("POST", f"/mailings/{mailing}/retry")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("GET", f"/mailings/{mailing}")[1]["reasons"] == {"skipped": {"unsubscribed": 2}}
    assert edition


def test_what_nobody_would_get_any_more_cannot_be_tried_again(on_stage: Stage) -> None:
    edition, mailing = refused(on_stage)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    status, problem = on_stage.api("POST", f"/mailings/{mailing}/retry")
    assert (status, problem["detail"]) == (
        409,
        "Nobody would get this mailing any more, even if it were tried again (edition-cancelled).",
    )
    assert on_stage.api("POST", "/mailings/nonesuch/retry")[0] == 404


def due(on_stage: Stage) -> list[Due]:
    now = on_stage.clock.now()
    return list(on_stage.world.store.due(now + timedelta(days=90), since=now - timedelta(days=1)))


def test_the_due_row_of_a_cancelled_mailing_moves_to_now(on_stage: Stage) -> None:
    edition = organised(on_stage)
    (reminder, *_) = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    assert [one.id for one in due(on_stage)].count(reminder["id"]) == 1
    on_stage.api("POST", f"/mailings/{reminder['id']}/cancel")
    assert [one.at for one in due(on_stage) if one.id == reminder["id"]] == [on_stage.clock.now()]


def test_a_paused_mailing_stays_paused_when_its_failed_ones_wait_again(on_stage: Stage) -> None:
    _, mailing = announced(on_stage, *READERS, run=False)
    on_stage.faults.replace([{"do": "partial", "status": "MESSAGE_REJECTED", "entries": [0], "times": 1}])
    on_stage.run()
    on_stage.api("POST", f"/mailings/{mailing}/pause")
    assert on_stage.api("POST", f"/mailings/{mailing}/retry")[1]["progress"] == "paused"
    assert not [one for one in due(on_stage) if one.id == mailing], "the tick would look after it in vain"
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("GET", f"/mailings/{mailing}")[1]["totals"] == {"waiting": 1, "sent": 2}
    on_stage.api("POST", f"/mailings/{mailing}/resume")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("GET", f"/mailings/{mailing}")[1]["totals"] == {"sent": 3}
