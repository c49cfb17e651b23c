from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import subscription as rules
from chalicelib.domain.refusals import NothingKept
from chalicelib.domain.subscription import AskedAnew, Standing
from tests.builders import NOW, a_consent, a_subscriber

LATER = NOW + timedelta(days=1)


def test_nobody_is_subscribed_without_confirming() -> None:
    wanted = a_subscriber(standing=Standing.PENDING)
    assert rules.subscribe(wanted, None, now=NOW) is wanted
    assert not wanted.is_active


def test_asking_again_never_downgrades_who_is_subscribed() -> None:
    active = a_subscriber()
    assert rules.subscribe(a_subscriber(standing=Standing.PENDING), active, now=LATER) is active


def test_asking_again_within_minutes_is_the_same_request_and_later_a_new_one() -> None:
    pending = a_subscriber(standing=Standing.PENDING)
    assert rules.subscribe(pending, pending, now=NOW + timedelta(minutes=9)) is pending
    wanted = a_subscriber(standing=Standing.PENDING, consent=a_consent(requested_at=LATER))
    again = rules.subscribe(wanted, pending, now=LATER)
    assert (again.standing, again.round, again.consent.requested_at) == (Standing.PENDING, 2, LATER)


def test_the_first_proof_stays_however_often_the_button_is_pressed() -> None:
    confirmed = rules.confirm(a_subscriber(standing=Standing.PENDING), round_=1, now=LATER)
    assert (confirmed.is_active, confirmed.consent.confirmed_at) == (True, LATER)
    assert rules.confirm(confirmed, round_=1, now=LATER + timedelta(days=1)) is confirmed


def test_taking_an_unsubscription_back_keeps_the_proof() -> None:
    consent = a_consent(confirmed_at=NOW)
    ended = rules.end(a_subscriber(consent=consent), now=LATER)
    assert rules.end(ended, now=LATER + timedelta(days=1)) is ended
    back = rules.confirm(ended, round_=1, now=LATER + timedelta(days=2))
    assert (back.standing, back.consent) == (Standing.ACTIVE, consent)


def test_who_was_gone_proves_their_consent_anew() -> None:
    ended = a_subscriber(standing=Standing.ENDED, consent=a_consent(confirmed_at=NOW), round=2, version=5)
    wanted = a_subscriber(standing=Standing.PENDING, consent=a_consent(requested_at=LATER))
    again = rules.subscribe(wanted, ended, now=LATER)
    assert (again.standing, again.consent.confirmed_at, again.round, again.version) == (Standing.PENDING, None, 3, 5)


@pytest.mark.parametrize("standing", Standing)
def test_a_link_of_an_earlier_request_confirms_no_later_one(standing: Standing) -> None:
    held = a_subscriber(standing=standing, round=2)
    for round_ in (1, 3):
        with pytest.raises(AskedAnew):
            rules.confirm(held, round_=round_, now=LATER)


def test_only_what_was_confirmed_can_be_taken_up_again() -> None:
    ended = rules.end(a_subscriber(consent=a_consent(confirmed_at=NOW)), now=LATER)
    assert ended.can_be_taken_up_again
    assert not rules.end(a_subscriber(standing=Standing.PENDING), now=LATER).can_be_taken_up_again
    assert not a_subscriber(consent=a_consent(confirmed_at=NOW)).can_be_taken_up_again


@given(st.lists(st.sampled_from(["ask", "confirm", "end"]), max_size=12))
def test_nobody_hears_from_us_whose_last_word_was_no(steps: list[str]) -> None:
    """Active means: confirmed, and neither ended nor asked anew (which proves nothing) since."""
    held, confirmed = None, False
    for number, step in enumerate(steps):
        now = NOW + timedelta(days=number)
        if step == "ask":
            wanted = a_subscriber(standing=Standing.PENDING, consent=a_consent(requested_at=now))
            held = rules.subscribe(wanted, held, now=now)
        elif held is not None:
            held = rules.confirm(held, round_=held.round, now=now) if step == "confirm" else rules.end(held, now=now)
            confirmed = step == "confirm"
        assert (held is not None and held.is_active) == confirmed


@pytest.mark.parametrize("standing", Standing)
def test_of_whoever_is_erased_nothing_is_left_but_the_hash_and_the_round(standing: Standing) -> None:
    held = a_subscriber(standing=standing, name="Mia", consent=a_consent(confirmed_at=NOW), round=3, version=7)
    left = rules.erase(held, now=LATER)
    nothing = a_consent(wording="", wording_version="", source="")
    assert left == a_subscriber(address="", standing=Standing.ENDED, since=LATER, consent=nothing, round=3, version=7)
    assert rules.erase(left, now=LATER + timedelta(days=1)) is left


def test_a_link_in_an_old_mail_brings_nobody_back_who_was_erased() -> None:
    left = rules.erase(a_subscriber(), now=LATER)
    with pytest.raises(NothingKept):
        rules.confirm(left, round_=1, now=LATER)
    assert rules.end(left, now=LATER + timedelta(days=1)) is left


def test_whoever_was_erased_subscribes_again_like_anybody() -> None:
    left = rules.erase(a_subscriber(round=3, version=7), now=NOW)
    again = rules.subscribe(a_subscriber(standing=Standing.PENDING), left, now=NOW)
    assert (again.standing, again.address, again.round, again.version) == (Standing.PENDING, "mia@example.org", 4, 7)
