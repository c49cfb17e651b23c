"""The ledger's last word follows from everything SES has said, whenever it was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.delivery import (
    LEASE,
    Batch,
    BatchState,
    Delivery,
    Event,
    Held,
    Outcome,
    Report,
    batch_of,
    claim,
    counted,
    newly_bounced,
    record,
    retry,
    retry_after,
    revive,
    settle,
    told,
)

NOW = datetime(2027, 3, 9, 8, 0, tzinfo=UTC)
GRACE = timedelta(minutes=15)

SEND, REJECT, BOUNCE, COMPLAINT = Event.SEND, Event.REJECT, Event.HARD_BOUNCE, Event.COMPLAINT
TAKEN = Delivery(outcome=Outcome.SENT, message_id="first")
SKIPPED = Delivery(outcome=Outcome.SKIPPED, reason="unsubscribed", tries=1)
UNPROVED = Delivery(outcome=Outcome.FAILED, reason="unproved", tries=2)
REFUSED = Delivery(outcome=Outcome.FAILED, reason="MESSAGE_REJECTED", tries=1)
UNKNOWN = Delivery(outcome=Outcome.UNKNOWN, reason="InternalServiceErrorException", tries=1)

reports = st.builds(Report, st.sampled_from(["first", "second"]), st.sampled_from(list(Event)))
deliveries = st.sampled_from([Delivery(), TAKEN, SKIPPED, UNPROVED, REFUSED, UNKNOWN])


@given(deliveries, st.lists(reports, max_size=4))
def test_every_order_of_the_same_reports_ends_in_the_same_record(one: Delivery, said: list[Report]) -> None:
    ends = set()
    for order in permutations(said):
        now = one
        for report in order:
            now = told(now, report)
        ends.add(now)
    assert ends == {told(one, *said)}


@given(deliveries, st.lists(reports, max_size=6))
def test_a_report_that_comes_again_changes_nothing(one: Delivery, said: list[Report]) -> None:
    once = told(one, *said)
    assert told(once, *said) is once


@pytest.mark.parametrize("concluded", [Delivery(), TAKEN, SKIPPED, UNPROVED, REFUSED, UNKNOWN])
@pytest.mark.parametrize(
    ("said", "last"),
    [
        ([SEND], "sent"),
        ([SEND, BOUNCE], "bounced: hard-bounce"),
        ([BOUNCE], "bounced: hard-bounce"),
        ([COMPLAINT], "complained: complaint"),
        ([BOUNCE, COMPLAINT, SEND], "complained: complaint"),
        ([SEND, REJECT], "failed: reject"),
        ([REJECT], "failed: reject"),
        ([Event.RENDERING_FAILURE], "failed: rendering-failure"),
    ],
)
def test_what_ses_reports_outweighs_what_we_concluded(concluded: Delivery, said: list[Event], last: str) -> None:
    now = told(concluded, *(Report("first", event) for event in said))
    assert f"{now.outcome}: {now.reason}".removesuffix(": ") == last


@pytest.mark.parametrize("event", [Event.SOFT_BOUNCE, Event.DELAY])
@pytest.mark.parametrize("concluded", [Delivery(), TAKEN, SKIPPED, UNPROVED, REFUSED, UNKNOWN])
def test_what_may_pass_changes_nothing(concluded: Delivery, event: Event) -> None:
    assert told(concluded, Report("first", event)) is concluded


def test_a_mail_that_went_out_counts_more_than_another_that_did_not() -> None:
    assert told(UNKNOWN, Report("first", SEND), Report("second", REJECT)).outcome is Outcome.SENT
    assert told(TAKEN, Report("second", REJECT)).outcome is Outcome.SENT


def a_batch(one: Delivery, state: BatchState = BatchState.SENT) -> Batch:
    return replace(batch_of("m", ["p"]), deliveries={"p": one}, state=state)


def test_the_usual_report_of_a_mail_that_was_answered_for_is_no_change() -> None:
    batch = a_batch(TAKEN)
    assert record(batch, "p", Report("first", SEND), now=NOW) is batch
    assert record(batch, "nobody", Report("first", SEND), now=NOW) is batch


def test_a_report_that_comes_before_the_worker_has_noted_anything_is_kept_beside_its_word() -> None:
    held = claim(batch_of("m", ["p", "q"]), owner="w", now=NOW)
    noted = record(record(held, "p", Report("first", SEND), now=NOW), "p", Report("first", BOUNCE), now=NOW)
    assert (noted.state, noted.owner, noted.lease_until) == (BatchState.SENDING, "w", NOW + LEASE)
    done = settle(noted, {"p": TAKEN, "q": replace(TAKEN, message_id="other")}, now=NOW)
    assert (done.state, done.owner) == (BatchState.SENT, "")
    assert {hash_: one.outcome for hash_, one in done.deliveries.items()} == {"p": "bounced", "q": "sent"}
    assert done.deliveries["p"].reports == (Report("first", BOUNCE),)


def test_who_was_proved_in_time_is_not_unknown_when_the_worker_died() -> None:
    held = claim(batch_of("m", ["p", "q"]), owner="w", now=NOW)
    noted = record(held, "p", Report("first", SEND), now=NOW)
    with pytest.raises(Held):
        revive(noted, now=NOW + LEASE - timedelta(seconds=1), grace=GRACE)
    dead = revive(noted, now=NOW + LEASE, grace=GRACE)
    assert {hash_: one.outcome for hash_, one in dead.deliveries.items()} == {"p": "sent", "q": "unknown"}
    assert (dead.state, dead.unproved_at) == (BatchState.UNPROVED, NOW + LEASE)


def test_a_late_report_moves_neither_the_grace_period_nor_the_end() -> None:
    two = replace(batch_of("m", ["p", "q"]), deliveries={"p": UNKNOWN, "q": UNKNOWN}, unproved_at=NOW)
    unproved = replace(two, state=BatchState.UNPROVED)
    later = NOW + timedelta(minutes=5)
    half = record(unproved, "p", Report("first", SEND), now=later)
    assert (half.state, half.unproved_at) == (BatchState.UNPROVED, NOW)
    whole = record(half, "q", Report("other", SEND), now=later)
    assert (whole.state, whole.unproved_at, whole.finished_at) == (BatchState.SENT, None, later)
    assert record(whole, "q", Report("other", BOUNCE), now=NOW + GRACE).finished_at == later


def test_a_retry_is_for_the_failed_ones_and_keeps_why_they_failed() -> None:
    batch = replace(
        batch_of("m", ["p", "q", "r"]),
        deliveries={"p": told(TAKEN, Report("first", REJECT)), "q": UNPROVED, "r": TAKEN},
        state=BatchState.SENT,
        attempt=7,
    )
    again = retry(batch)
    assert (again.state, again.attempt, again.finished_at) == (BatchState.WAITING, 0, None)
    assert {hash_: one.outcome for hash_, one in again.deliveries.items()} == {
        "p": "waiting",
        "q": "waiting",
        "r": "sent",
    }
    assert again.deliveries["p"].earlier == (("reject", ("first",)),)
    assert again.deliveries["q"].earlier == (("unproved", ()),)
    assert retry(again) is again


def test_a_late_report_of_the_try_that_failed_does_not_fail_the_next() -> None:
    again = retry(a_batch(told(TAKEN, Report("first", REJECT))))
    for event in (REJECT, SEND):
        assert record(again, "p", Report("first", event), now=NOW) is again
    held = claim(again, owner="w", now=NOW)
    done = settle(held, {"p": Delivery(outcome=Outcome.SENT, message_id="second")}, now=NOW)
    assert done.deliveries["p"].outcome is Outcome.SENT
    assert record(done, "p", Report("first", REJECT), now=NOW).deliveries["p"].outcome is Outcome.SENT
    assert record(done, "p", Report("second", REJECT), now=NOW).deliveries["p"].outcome is Outcome.FAILED
    assert done.deliveries["p"].earlier == (("reject", ("first",)),)


def test_a_proof_that_comes_after_a_retry_was_asked_for_spares_the_second_mail() -> None:
    again = retry(a_batch(UNPROVED))
    proved = record(again, "p", Report("first", SEND), now=NOW)
    assert (proved.deliveries["p"].outcome, proved.state) == (Outcome.SENT, BatchState.SENT)


def test_a_retry_is_one_call_whose_lost_answer_is_not_followed_by_another() -> None:
    held = claim(retry(a_batch(REFUSED)), owner="w", now=NOW)
    dead = revive(held, now=NOW + LEASE, grace=GRACE)
    ended = revive(dead, now=NOW + LEASE + GRACE, grace=GRACE)
    assert (ended.deliveries["p"].outcome, ended.deliveries["p"].reason) == (Outcome.FAILED, "unproved")


def test_only_calls_whose_fate_is_not_known_are_counted() -> None:
    batch = batch_of("m", ["a", "b", "c"])
    claimed = replace(batch, deliveries={**batch.deliveries, "b": Delivery(tries=1), "c": Delivery(tries=1)})
    answered = {"a": TAKEN, "b": UNKNOWN, "c": Delivery(outcome=Outcome.WAITING)}
    after = counted(claimed, answered)
    assert {hash_: one.tries for hash_, one in after.items()} == {"a": 0, "b": 2, "c": 1}
    assert counted(batch, {"a": UNKNOWN})["a"].tries == 1


def test_what_ses_puts_off_waits_twice_as_long_each_time_and_no_longer_than_half_an_hour_or_so() -> None:
    waits = [retry_after(replace(batch_of("m", ["a"]), attempt=attempt)) for attempt in (0, 1, 2, 10, 11, 1000)]
    assert [wait.total_seconds() for wait in waits] == [2, 4, 8, 2048, 2048, 2048]


def test_who_had_bounced_before_has_not_bounced_anew() -> None:
    before = batch_of("m", ["a", "b", "c"])
    bounced = Delivery(outcome=Outcome.BOUNCED)
    one = replace(before, deliveries={**before.deliveries, "a": bounced})
    both = replace(one, deliveries={**one.deliveries, "b": bounced, "c": TAKEN})
    assert (newly_bounced(before, one), newly_bounced(one, both), newly_bounced(both, both)) == (["a"], ["b"], [])


@pytest.mark.parametrize(
    ("outcome", "said"),
    [(Outcome.SENT, 1), (Outcome.UNKNOWN, 1), (Outcome.BOUNCED, 1), (Outcome.SKIPPED, 2), (Outcome.FAILED, 2)],
)
def test_a_batch_knows_what_each_of_its_readers_was_told(outcome: Outcome, said: int) -> None:
    first = claim(batch_of("m", ["p", "q"]), owner="w", now=NOW, said=1, text="one")
    begun = replace(first, deliveries=first.deliveries | {"p": Delivery(outcome=outcome)})
    for _ in range(2):
        begun = claim(begun, owner="w", now=NOW, said=2, text="two")
        assert begun.named_to("p") == (said, "one" if said == 1 else "two")
        assert begun.named_to("q") == (2, "two")


def test_whoever_is_written_to_once_more_was_told_what_the_second_mail_says() -> None:
    lost = {"p": Delivery(outcome=Outcome.UNKNOWN), "q": Delivery(outcome=Outcome.SENT)}
    first = claim(batch_of("m", ["p", "q"]), owner="w", now=NOW, said=1)
    second = claim(replace(first, deliveries=lost), owner="w", now=NOW, said=2)
    third = claim(replace(second, deliveries=lost | {"p": Delivery()}), owner="w", now=NOW, said=2)
    assert (third.named_to("p").said, third.named_to("q").said) == (2, 1)
