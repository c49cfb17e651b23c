"""What SES gets wrong, and what becomes of it: every recipient ends as sent, skipped or failed, and the
inbox says the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.usecases.tick import SendingStopped
from tests.builders import organised
from tests.faults.books import books
from tests.faults.life import SENDING, Life
from tests.faults.people import BOUNCES, COMPLAINS, announce, announced, asked_to_register, readers

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
READERS = 70
"""Two batches: 50 and 20."""

LOST = {"events": "lost"}


def calls_to_ses(life: Life) -> int:
    return sum(name in SENDING for name in life.calls.names)


def assert_all_sent_once(life: Life, number: int = READERS) -> None:
    now = books(life.stage)
    assert now.outcomes() == {"sent": number}
    assert now.problems() == []


def test_a_burst_of_throttling_delays_and_loses_nobody(life: Life) -> None:
    announced(life, READERS)
    life.stage.faults.replace([{"do": "throttle", "times": 9}])
    life.wait(HOUR)
    assert_all_sent_once(life)
    assert calls_to_ses(life) == 9 + 2


@pytest.mark.sampled
@pytest.mark.parametrize("status", ["TRANSIENT_FAILURE", "ACCOUNT_THROTTLED", "FAILED"])
def test_entries_that_ses_did_not_take_are_sent_later_and_only_they(life: Life, status: str) -> None:
    announced(life, READERS)
    life.stage.faults.replace([{"do": "partial", "status": status, "entries": [0, 3, 19], "times": 2}])
    life.work()
    assert len(life.stage.mailbox) == READERS - 6
    life.wait(HOUR)
    assert_all_sent_once(life)


@pytest.mark.sampled
@pytest.mark.parametrize("status", ["MESSAGE_REJECTED", "INVALID_PARAMETER"])
def test_entries_that_ses_refuses_have_failed_with_its_reason(life: Life, status: str) -> None:
    announced(life, READERS)
    life.stage.faults.replace([{"do": "partial", "status": status, "entries": [0, 3, 19]}])
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"sent": READERS - 6, f"failed: {status}": 6}
    assert books(life.stage).problems() == []
    assert calls_to_ses(life) == 2


def test_a_refused_mail_to_one_person_has_failed_and_is_not_tried_again(life: Life) -> None:
    edition = organised(life.stage)
    life.stage.world.store.changes().save(_with_a_sender_that_ses_refuses(life)).commit()
    asked_to_register(life, edition, "mia")
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"failed: BadRequestException": 1}
    assert books(life.stage).problems() == []
    assert calls_to_ses(life) == 1


def _with_a_sender_that_ses_refuses(life: Life) -> Any:
    from dataclasses import replace

    return replace(life.stage.world.store.series("kaffeepause"), sender_address="nobody")


UNANSWERED = pytest.mark.parametrize("how", ["5xx", "timeout"])


def leave_unanswered(life: Life, how: str, times: int) -> None:
    """SES takes the mails, and we never get its answer."""
    if how == "5xx":
        life.stage.faults.replace([{"do": "error-after-accepting", "times": times}])
        return
    left = iter(range(times))

    def lose(name: str) -> None:
        if name in SENDING and next(left, None) is not None:
            raise ReadTimeoutError(endpoint_url="https://email.eu-central-1.amazonaws.com")

    life.calls.answered = lose


@pytest.mark.sampled
@UNANSWERED
def test_what_ses_took_without_an_answer_is_proved_by_its_events(life: Life, how: str) -> None:
    announced(life, READERS)
    asked_to_register(life, next(iter(life.stage.api("GET", "/series/kaffeepause/editions")[1]["items"]))["id"], "mia")
    leave_unanswered(life, how, 3)
    life.wait(HOUR)
    assert_all_sent_once(life, READERS + 1)
    assert calls_to_ses(life) == 3


@pytest.mark.sampled
@UNANSWERED
def test_what_ses_took_without_an_answer_or_event_is_sent_once_more_after_the_grace_period(
    life: Life, how: str
) -> None:
    announced(life, READERS)
    leave_unanswered(life, how, 1)
    life.stage.faults.replace([{"do": "error-after-accepting", "times": how == "5xx"}, LOST])
    life.wait(14 * MINUTE)
    assert Counter(books(life.stage).inbox.values()) == {1: READERS}
    life.wait(HOUR)
    now = books(life.stage)
    assert now.outcomes() == {"sent": READERS}
    assert Counter(now.inbox.values()) == {2: 50, 1: 20}
    assert now.problems(twice=[told for told, mails in now.inbox.items() if mails == 2]) == []


@pytest.mark.sampled
@UNANSWERED
def test_what_stays_unproved_twice_has_failed_and_is_shown_and_never_sent_a_third_time(life: Life, how: str) -> None:
    announced(life, READERS)
    leave_unanswered(life, how, 99)
    if how == "timeout":
        life.stage.faults.replace([LOST])
    else:
        life.stage.faults.replace([{"do": "error-after-accepting"}, LOST])
    life.wait(6 * HOUR)
    assert books(life.stage).outcomes() == {"failed: unproved": READERS}
    assert set(books(life.stage).inbox.values()) == {2}


def test_an_error_before_ses_took_anything_costs_a_grace_period_and_nothing_else(life: Life) -> None:
    announced(life, READERS)
    life.stage.faults.replace([{"do": "error", "times": 2}])
    life.work()
    assert books(life.stage).outcomes() == {"unknown: InternalServiceErrorException": READERS}
    life.wait(HOUR)
    assert_all_sent_once(life)


@pytest.mark.sampled
@pytest.mark.parametrize("number", [1, 70])
def test_after_an_outage_longer_than_the_grace_period_everybody_is_mailed_once(life: Life, number: int) -> None:
    """For 25 minutes SES takes nothing and answers with errors."""
    edition = announced(life, number)
    life.stage.faults.replace([{"do": "error"}])
    life.work()
    asked_to_register(life, edition, "mia")
    life.wait(25 * MINUTE)
    life.stage.faults.replace([])
    life.wait(HOUR)
    assert_all_sent_once(life, number + 1)


def test_once_ses_answers_again_nobody_waits_longer_than_the_grace_period(life: Life) -> None:
    """The first of two batches met an error; the second showed that SES is well."""
    announced(life, READERS)
    life.stage.faults.replace([{"do": "error", "times": 1}])
    life.work()
    life.wait(21 * MINUTE)
    assert_all_sent_once(life)


def test_a_long_outage_costs_the_second_call_of_one_batch_in_half_an_hour_at_most(life: Life) -> None:
    announced(life, READERS)
    life.stage.faults.replace([{"do": "error"}])
    life.wait(59 * MINUTE)
    life.stage.faults.replace([])
    life.wait(2 * HOUR)
    outcomes = books(life.stage).outcomes()
    assert outcomes.total() == READERS
    assert outcomes["sent"] in (20, 50)
    assert outcomes["failed: unproved"] == READERS - outcomes["sent"]


def test_when_the_daily_quota_is_used_up_nothing_is_sent_for_an_hour_and_then_it_goes_on(life: Life) -> None:
    edition = announced(life, READERS)
    life.stage.faults.replace([{"do": "quota"}])
    life.work()
    asked = calls_to_ses(life)
    assert asked == 1  # the second batch of the same moment is left waiting already
    asked_to_register(life, edition, "mia")
    life.wait(55 * MINUTE)
    assert calls_to_ses(life) == asked
    assert set(books(life.stage).outcomes()) == {"waiting: ACCOUNT_DAILY_QUOTA_EXCEEDED", "waiting"}
    life.stage.faults.replace([])
    life.wait(30 * MINUTE)
    assert_all_sent_once(life, READERS + 1)


def test_a_quota_that_lasts_is_asked_about_once_an_hour(life: Life) -> None:
    announced(life, READERS)
    life.stage.faults.replace([{"do": "quota"}])
    life.wait(12 * HOUR)
    assert 6 <= calls_to_ses(life) <= 2 * 13
    life.stage.faults.replace([])
    life.wait(2 * HOUR)
    assert_all_sent_once(life)


def test_while_the_account_is_paused_everything_waits_somebody_is_woken_and_then_it_goes_on(life: Life) -> None:
    edition = announced(life, READERS)
    life.stage.faults.replace([{"do": "paused"}])
    life.work()
    asked_to_register(life, edition, "mia")
    life.work()
    life.stage.clock.turn(by=6 * MINUTE)
    with pytest.raises(SendingStopped):
        life.stage.tick()
    life.wait(3 * HOUR)
    assert life.stage.inbox() == []
    assert set(books(life.stage).outcomes()) <= {
        "waiting",
        "waiting: ACCOUNT_SENDING_PAUSED",
        "waiting: SendingPausedException",
    }
    assert books(life.stage).outcomes().total() == READERS + 1
    life.stage.faults.replace([])
    life.wait(HOUR)
    assert_all_sent_once(life, READERS + 1)
    life.stage.tick()


def test_a_mail_to_one_person_meets_quota_and_pause_too(life: Life) -> None:
    edition = organised(life.stage)
    life.stage.faults.replace(
        [{"do": "quota", "times": 1}, {"do": "paused", "times": 1}, {"do": "throttle", "times": 1}]
    )
    asked_to_register(life, edition, "mia")
    life.wait(3 * HOUR)
    assert_all_sent_once(life, 1)
    assert calls_to_ses(life) == 4


@pytest.mark.sampled
@pytest.mark.parametrize(
    "rules",
    [
        [LOST],
        [{"events": "late", "seconds": 600}],
        [{"events": "late", "seconds": 7200}],
        [{"events": "double"}],
        [{"events": "reorder"}],
        [{"events": "late", "seconds": 600, "types": ["Send"]}, {"events": "double"}],
    ],
    ids=str,
)
def test_events_that_are_lost_late_doubled_or_out_of_order_change_nothing_that_is_known(
    life: Life, rules: list[dict[str, Any]]
) -> None:
    life.stage.faults.replace(rules)
    announced(life, READERS)
    life.wait(4 * HOUR)
    assert_all_sent_once(life)


@pytest.mark.sampled
@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{"events": "late", "seconds": 600}],
        [{"events": "double"}],
        [{"events": "reorder"}],
        [{"events": "lost", "types": ["Send"]}],
    ],
    ids=str,
)
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "unanswered"])
def test_bounces_and_complaints_settle_their_mails_and_end_all_mail(
    life: Life, rules: list[dict[str, Any]], *, answered: bool
) -> None:
    """Whatever SES told us first, and of those who bounced or complained even if it is all that it tells."""
    unanswered = [] if answered else [{"do": "error-after-accepting", "times": 1}]
    life.stage.faults.replace([*unanswered, *rules])
    announced(life, 0, BOUNCES, COMPLAINS)
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"bounced: hard-bounce": 1, "complained: complaint": 1}
    assert books(life.stage).problems() == []
    life.stage.faults.replace([])
    announce(life, organised(life.stage, publish=False, starts_at="2027-03-11T10:00"))
    life.wait(HOUR)
    assert len(life.stage.mailbox) == 1
    assert books(life.stage).problems() == []


def test_proof_that_comes_after_the_second_sending_is_proof_all_the_same(life: Life) -> None:
    life.stage.faults.replace([{"do": "error-after-accepting", "times": 2}, {"events": "late", "seconds": 7200}])
    announced(life, 20)
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"failed: unproved": 20}
    life.wait(3 * HOUR)
    assert books(life.stage).outcomes() == {"sent": 20}


CALLS = st.one_of(
    st.sampled_from(["throttle", "error", "quota", "paused"]).map(lambda what: {"do": what}),
    st.builds(
        lambda status, entries: {"do": "partial", "status": status, "entries": entries},
        st.sampled_from(["TRANSIENT_FAILURE", "FAILED", "MESSAGE_REJECTED", "ACCOUNT_DAILY_QUOTA_EXCEEDED"]),
        st.lists(st.integers(0, 49), min_size=1, max_size=5),
    ),
)
EVENTS = st.one_of(
    st.just(LOST),
    st.sampled_from(["double", "reorder"]).map(lambda what: {"events": what}),
    st.integers(60, 9000).map(lambda seconds: {"events": "late", "seconds": seconds}),
)


def times(rules: st.SearchStrategy[dict[str, Any]], most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.builds(lambda rule, number: rule | {"times": number}, rules, st.integers(1, most)), max_size=4)


def test_whatever_goes_wrong_together_nobody_is_lost_and_nobody_told_twice(life: Life) -> None:
    readers(life.stage, READERS)
    edition = organised(life.stage, publish=False)
    begin = life.stage.keep()

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(calls=times(CALLS, 3), events=times(EVENTS, 60))
    def holds(calls: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
        again = life.theatre.life(begin)
        again.stage.faults.replace([*calls, *events])
        announce(again, edition)
        again.wait(12 * HOUR)
        assert books(again.stage).outcomes().total() == READERS
        assert books(again.stage).problems() == []

    holds()
