"""Outcomes are counted by batch, and added up."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.delivery import Batch, Delivery, Outcome
from chalicelib.domain.tally import MOST_FAILING, counts_of, tally
from tests.builders import NOW

DELIVERIES = st.builds(Delivery, outcome=st.sampled_from(Outcome), reason=st.sampled_from(["", "unsubscribed", "a b"]))
BATCHES = st.lists(st.lists(DELIVERIES, min_size=1, max_size=5), max_size=40)


def batches(drawn: list[list[Delivery]]) -> list[Batch]:
    return [
        Batch(mailing="m", first=f"{number:04}", deliveries={f"{number:04}{at}": one for at, one in enumerate(some)})
        for number, some in enumerate(drawn)
    ]


@given(BATCHES)
def test_the_sum_of_batches_is_that_of_their_people(drawn: list[list[Delivery]]) -> None:
    counted = tally(((one.first, counts_of(one)) for one in batches(drawn)), at=NOW)
    everybody = [one for some in drawn for one in some]
    assert counted.totals == Counter(one.outcome for one in everybody)
    assert counted.number == len(everybody)
    reasons = Counter((one.outcome, one.reason) for one in everybody if one.reason)
    assert {(outcome, reason): n for outcome, told in counted.reasons.items() for reason, n in told.items()} == reasons


@given(BATCHES)
def test_some_batches_in_which_somebody_failed_are_named(drawn: list[list[Delivery]]) -> None:
    made = batches(drawn)
    failing = [one.first for one in made if any(it.outcome is Outcome.FAILED for it in one.deliveries.values())]
    counted = tally(((one.first, counts_of(one)) for one in made), at=NOW)
    assert list(counted.failing) == failing[:MOST_FAILING]


def test_the_order_of_people_makes_no_difference() -> None:
    sent, skipped = Delivery(outcome=Outcome.SENT), Delivery(outcome=Outcome.SKIPPED, reason="suppressed")
    one, other = batches([[sent, skipped]])[0], batches([[skipped, sent]])[0]
    assert counts_of(one) == counts_of(other)
