from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.delivery import Outcome
from chalicelib.domain.halt import ACCOUNT, UNLISTED, Halt, Stop, alarming, concerning, doubt, identities, in_doubt
from chalicelib.domain.mails import Lane
from chalicelib.domain.series import may_send
from tests.builders import NOW

SENDER = "Kaffee@sub.Example.org"


def a_halt(scope: str, *, minutes: int = 15, alarm: bool = True) -> Halt:
    return Halt(scope, NOW + timedelta(minutes=minutes), "a reason", alarm)


def test_a_sender_is_its_address_its_domain_and_the_domains_above() -> None:
    assert list(identities(SENDER)) == ["kaffee@sub.example.org", "sub.example.org", "example.org", "org"]


@pytest.mark.parametrize(
    "scope", [ACCOUNT, "lane/broadcast", "identity/kaffee@sub.example.org", "identity/sub.example.org", "identity/example.org"]
)  # fmt: skip
def test_a_halt_of_account_lane_address_or_domain_holds_mail_up(scope: str) -> None:
    halt = a_halt(scope)
    assert concerning([halt], lane=Lane.BROADCAST, sender=SENDER, now=NOW) == halt
    assert concerning([halt], lane=Lane.BROADCAST, sender=SENDER, now=halt.until) is None


@pytest.mark.parametrize(
    "scope", [UNLISTED, "lane/transactional", "identity/other@sub.example.org", "identity/ub.example.org", "identity/a.sub.example.org"]
)  # fmt: skip
def test_a_halt_of_others_does_not(scope: str) -> None:
    assert concerning([a_halt(scope)], lane=Lane.BROADCAST, sender=SENDER, now=NOW) is None


def test_of_several_the_longest_counts() -> None:
    short, long = a_halt(ACCOUNT), a_halt("lane/broadcast", minutes=60)
    assert concerning([long, short], lane=Lane.BROADCAST, sender=SENDER, now=NOW) == long
    assert concerning([short, long], lane=Lane.BROADCAST, sender=SENDER, now=NOW) == long


def test_somebody_is_woken_by_every_halt_that_asks_for_it_and_stands() -> None:
    lane, unlisted = a_halt("lane/broadcast"), a_halt(UNLISTED)
    halts = [unlisted, a_halt(ACCOUNT, alarm=False), lane, a_halt("identity/x", minutes=0)]
    assert alarming(halts, now=NOW) == [lane, unlisted]


@pytest.mark.parametrize("address", ["a@example.org", "a@EXAMPLE.org", "a@sub.example.org", "a@b.sub.example.org"])
def test_a_domain_may_send_with_its_subdomains(address: str) -> None:
    assert may_send(address, "example.org")


@pytest.mark.parametrize(
    "address", ["a@example.net", "a@badexample.org", "a@org", "a@example.org.evil.example", "example.org@x.example"]
)
def test_other_domains_may_not(address: str) -> None:
    assert not may_send(address, "example.org")


GRACE = timedelta(minutes=10)


@pytest.mark.parametrize("doubted", [False, True])
@pytest.mark.parametrize(
    "answered", [{Outcome.UNKNOWN: "ReadTimeoutError"}, {Outcome.SENT: "", Outcome.UNKNOWN: "ReadTimeoutError"}]
)
def test_a_call_without_a_usable_answer_puts_the_lane_in_doubt_for_two_grace_periods(
    answered: dict[Outcome, str], doubted: bool
) -> None:
    stop = doubt(Lane.BROADCAST, answered, doubted=doubted, grace=GRACE)
    assert stop == Stop("doubt/broadcast", "ReadTimeoutError", timedelta(minutes=20), alarm=False)
    halt = Halt(stop.scope, NOW + stop.pause, stop.reason, stop.alarm)
    assert in_doubt([halt], lane=Lane.BROADCAST, now=NOW)
    assert not in_doubt([halt], lane=Lane.TRANSACTIONAL, now=NOW)
    assert not in_doubt([halt], lane=Lane.BROADCAST, now=halt.until)


@pytest.mark.parametrize("answered", [{}, {Outcome.WAITING: "Throttling"}, {Outcome.FAILED: "BadRequestException"}])
def test_an_answer_that_sends_nothing_neither_raises_doubt_nor_ends_it(answered: dict[Outcome, str]) -> None:
    assert doubt(Lane.BROADCAST, answered, doubted=True, grace=GRACE) is None


def test_a_mail_that_is_taken_ends_the_doubt_where_there_is_one() -> None:
    answered = {Outcome.SENT: "", Outcome.WAITING: "Throttling"}
    assert doubt(Lane.BROADCAST, answered, doubted=False, grace=GRACE) is None
    over = doubt(Lane.BROADCAST, answered, doubted=True, grace=GRACE)
    assert over
    assert over.pause == timedelta()
