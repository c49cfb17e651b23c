"""Nobody is mailed after they said no: what is true when the mail is sent decides, not what was when it was queued."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.usecases.deliver import deliver
from tests.builders import organised
from tests.faults.books import books
from tests.faults.life import SENDING, Life
from tests.faults.people import announced, asked_to_register, cut

HOUR = timedelta(hours=1)
REMINDER = datetime(2027, 3, 10, 12, 30, tzinfo=UTC)
START = datetime(2027, 3, 10, 13, 30, tzinfo=UTC)

Said = Callable[[Life, str], None]


def hash_of(life: Life, name: str) -> str:
    return life.stage.world.addresses.hash(f"{name}@example.org")


def press(life: Life, url: str) -> None:
    assert life.stage.post(urlsplit(url).path).status_code == 303


def organiser(life: Life, edition: str, verb: str, **wish: str) -> None:
    status, answer = life.stage.api("POST", f"/editions/{edition}/{verb}", wish or None)
    assert status == 200, answer


def unsubscribes(life: Life, _: str) -> None:
    press(life, life.stage.world.links.end("kaffeepause", hash_of(life, "reader-0")))


def bounced_elsewhere(life: Life, _: str) -> None:
    life.stage.world.store.suppress(hash_of(life, "reader-0"), "bounce", life.stage.clock.now())


def is_erased(life: Life, _: str, name: str = "reader-0") -> None:
    status, answer = life.stage.api("POST", "/people/erase", {"email": f"{name}@example.org"})
    assert (status, answer["known"]) == (200, True)


def mia_is_erased(life: Life, edition: str) -> None:
    is_erased(life, edition, "mia")


@pytest.mark.parametrize(
    ("said", "reason"),
    [(unsubscribes, "unsubscribed"), (bounced_elsewhere, "suppressed"), (is_erased, "erased")],
)
def test_a_reader_who_says_no_after_the_batch_was_cut_gets_nothing(life: Life, said: Said, reason: str) -> None:
    edition = announced(life, 5)
    life.stage.lanes_named("broadcast").turn()  # cut, and not sent
    assert books(life.stage).outcomes() == {"waiting": 5}
    said(life, edition)
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"sent": 4, f"skipped: {reason}": 1}
    assert books(life.stage).problems() == []
    assert life.stage.inbox("reader-0@example.org") == []


def is_cancelled(life: Life, edition: str) -> None:
    organiser(life, edition, "cancel")


def has_begun(life: Life, _: str) -> None:
    life.stage.clock.turn(to=START)


@pytest.mark.parametrize(("said", "reason"), [(is_cancelled, "edition-cancelled"), (has_begun, "too-late")])
def test_an_announcement_that_is_no_longer_true_reaches_nobody(life: Life, said: Said, reason: str) -> None:
    life.stage.tick()
    edition = announced(life, 5)
    life.stage.lanes_named("broadcast").turn()
    said(life, edition)
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {f"skipped: {reason}": 5}
    assert life.stage.inbox() == []


def gives_back(life: Life, edition: str) -> None:
    press(life, life.stage.world.links.manage(edition, hash_of(life, "mia")) + "/cancel")


def is_moved(life: Life, edition: str) -> None:
    organiser(life, edition, "move", starts_at="2027-03-17T14:30")


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("said", "mia", "ole"),
    [
        (gives_back, "skipped: registration-cancelled", "sent"),
        (mia_is_erased, "skipped: erased", "sent"),
        (is_cancelled, "skipped: edition-cancelled", "skipped: edition-cancelled"),
        (is_moved, "skipped: edition-moved", "skipped: edition-moved"),
        (has_begun, "skipped: too-late", "skipped: too-late"),
    ],
)
def test_a_reminder_that_was_cut_already_is_not_sent_to_whom_it_is_no_longer_for(
    life: Life, said: Said, mia: str, ole: str
) -> None:
    edition = organised(life.stage)
    for name in ("mia", "ole"):
        asked_to_register(life, edition, name)
    life.until(REMINDER - HOUR)
    life.stage.clock.turn(to=REMINDER)
    life.stage.tick()
    life.stage.lanes_named("transactional").turn()
    (reminder,) = [one for one in books(life.stage).mailings.values() if one.due_at == REMINDER]
    before = len(life.stage.mailbox)
    said(life, edition)
    life.wait(timedelta(minutes=30))
    now = books(life.stage)
    became = {name: now.deliveries[reminder.id, hash_of(life, name)] for name in ("mia", "ole")}
    assert {
        name: (one.reason and f"{one.outcome}: {one.reason}") or str(one.outcome) for name, one in became.items()
    } == {
        "mia": mia,
        "ole": ole,
    }
    reminders = [mail for mail in life.stage.inbox()[before:] if mail["tags"]["mailing"] == [reminder.id]]
    assert len(reminders) == [mia, ole].count("sent")


def test_a_no_is_heard_up_to_the_last_look_and_that_is_right_before_the_claim(life: Life) -> None:
    """Two looks: at the readers, then at the suppressed.

    Behind them lie the claim, once in five minutes SES's rate, and the call.
    """
    announced(life, 5)
    (batch,) = cut(life)
    begin = life.stage.keep()
    heard: list[tuple[str, bool]] = []
    for number in range(9):
        again = life.theatre.life(begin)

        def says_no(_: str, again: Life = again, number: int = number) -> None:
            if len(again.calls.names) == number + 1:
                unsubscribes(again, "")

        again.calls.asking = says_no
        deliver(again.stage.world, batch)
        if len(again.calls.names) <= number:
            break
        heard.append((again.calls.names[number], not again.stage.inbox("reader-0@example.org")))
        if again.calls.names[number] in SENDING:
            break
    assert heard == [
        ("BatchGetItem", True),
        ("Query", True),
        ("Query", False),
        ("PutItem", False),
        ("GetAccount", False),
        ("SendBulkEmail", False),
    ]
