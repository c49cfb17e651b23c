"""The ledger says what SES did as soon as SES reports it, whatever was concluded before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from local.ses.events import Event
from tests.faults.books import books
from tests.faults.life import SENDING, Died, Life
from tests.faults.people import announced
from tests.faults.test_late_guards import bounced_elsewhere, is_erased, unsubscribes
from tests.stage import Stage

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TWO_HOURS_LATE = {"events": "late", "seconds": 7200}


def mailing_is_cancelled(life: Life, edition: str) -> None:
    (announcement,) = [one for one in life.stage.world.store.mailings_of(edition) if one.kind == "announcement"]
    assert life.stage.api("POST", f"/mailings/{announcement.id}/cancel")[0] == 200


def is_cancelled_quietly(life: Life, edition: str) -> None:
    """Readers who may have been sent the announcement would be told, which is another mail."""
    assert life.stage.api("POST", f"/editions/{edition}/cancel", {"tell_subscribers": "none"})[0] == 200


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (unsubscribes, "unsubscribed"),
        (bounced_elsewhere, "suppressed"),
        (is_erased, "erased"),
        (mailing_is_cancelled, "mailing-cancelled"),
        (is_cancelled_quietly, "edition-cancelled"),
    ],
)
@pytest.mark.parametrize("lost", ["answer", "worker"])
def test_who_was_skipped_after_a_lost_answer_counts_as_sent_once_the_proof_comes(
    life: Life, lost: str, happens: Callable[[Life, str], None], reason: str
) -> None:
    if lost == "answer":
        life.stage.faults.replace([{"do": "error-after-accepting", "times": 1}, TWO_HOURS_LATE])
    else:
        life.stage.faults.replace([TWO_HOURS_LATE])
        life.calls.answered = Dies()
    edition = announced(life, 5)
    life.work()
    happens(life, edition)
    life.wait(HOUR)
    assert books(life.stage).outcomes()[f"skipped: {reason}"] >= 1
    assert len(life.stage.inbox("reader-0@example.org")) == 1
    life.wait(2 * HOUR)
    assert books(life.stage).outcomes() == {"sent": 5}


class Dies:
    """The process, once, right after SES has answered."""

    def __init__(self) -> None:
        self._left = 1

    def __call__(self, name: str) -> None:
        if name in SENDING and self._left:
            self._left = 0
            raise Died


def told(on_stage: Stage, mail: dict[str, Any], kind: str, **details: Any) -> str:
    return Event(kind, {"messageId": mail["id"], "tags": mail["tags"], "destination": [mail["to"]]}, details).body()


REPORTS = {
    "send": ("SEND", {}),
    "bounce": ("BOUNCE", {"bounceType": "Permanent", "bounceSubType": "General"}),
    "complaint": ("COMPLAINT", {"complaintFeedbackType": "abuse"}),
    "reject": ("REJECT", {"reason": "Bad content"}),
}


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("said", "ends"),
    [
        (("send", "bounce"), "bounced: hard-bounce"),
        (("send", "bounce", "complaint"), "complained: complaint"),
        (("send", "reject"), "failed: reject"),
    ],
)
def test_reports_after_failed_unproved_end_in_the_same_word_in_every_order(
    life: Life, said: tuple[str, ...], ends: str
) -> None:
    life.stage.faults.replace([{"do": "error-after-accepting", "times": 2}, {"events": "lost"}])
    announced(life, 1)
    life.wait(2 * HOUR)
    assert books(life.stage).outcomes() == {"failed: unproved": 1}
    unproved, mail = life.stage.keep(), life.stage.inbox()[0]
    for order in permutations(said):
        life.stage.back_to(unproved)
        bodies = [told(life.stage, mail, REPORTS[one][0], **REPORTS[one][1]) for one in order]
        for body in bodies:
            event = life.stage.client.events.generate_sqs_event([body], queue_name="kaffeepause-feedback")
            assert life.stage.client.lambda_.invoke("feedback", event).payload["batchItemFailures"] == []
        assert books(life.stage).outcomes() == {ends: 1}, order


def test_a_second_call_that_is_refused_says_nothing_of_the_first(life: Life) -> None:
    life.stage.faults.replace([{"do": "error-after-accepting", "times": 1}, TWO_HOURS_LATE])
    announced(life, 2)
    life.work()
    refuses = {"do": "partial", "status": "MESSAGE_REJECTED", "entries": [0], "times": 1}
    life.stage.faults.replace([refuses, TWO_HOURS_LATE])
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"failed: MESSAGE_REJECTED": 1, "sent": 1}
    life.wait(2 * HOUR)
    assert books(life.stage).outcomes() == {"sent": 2}


@pytest.mark.sampled
@pytest.mark.parametrize("grace", [1, 5, 7, 15])
def test_a_report_that_comes_while_a_dead_worker_still_holds_its_batch_is_proof_at_once(life: Life, grace: int) -> None:
    """Whatever the grace period: it need not come again, and nobody is mailed twice."""
    life.theatre.settle_for(grace=timedelta(minutes=grace))
    life.calls.answered = Dies()
    announced(life, 5)
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"sent": 5}
    assert books(life.stage).problems() == []


def test_a_worker_that_outlived_its_lease_still_proves_what_ses_told_it(life: Life) -> None:
    """Its batch was taken for abandoned meanwhile, and all reports are lost."""
    life.stage.faults.replace([{"events": "lost"}])

    def sleeps(name: str) -> None:
        if name in SENDING:
            life.calls.answered = lambda _: None
            life.stage.clock.turn(by=4 * MINUTE)
            life.stage.tick()
            life.stage.lanes_named("broadcast").turn()

    life.calls.answered = sleeps
    announced(life, 5)
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"sent": 5}
    assert books(life.stage).problems() == []
