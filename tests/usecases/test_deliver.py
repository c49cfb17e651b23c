"""Whether a mail is sent is decided from the present, immediately before the call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.hint import hint_for
from chalicelib.usecases.deliver import deliver
from tests.builders import end_link, organised, registered, subscribed
from tests.stage import Stage

DAY_BEFORE = datetime(2027, 3, 9, 8, 0, tzinfo=UTC)
HOUR_BEFORE = datetime(2027, 3, 10, 12, 30, tzinfo=UTC)
TOMORROW, TODAY = "Morgen, 14:30 Uhr: Gemeinsam wirken", "Heute, 14:30 Uhr: Gemeinsam wirken"


def ledger(on_stage: Stage, edition: str) -> dict[str, dict[str, int]]:
    """What became of everybody, by kind of mailing: counted outcomes with their reasons."""
    found: dict[str, dict[str, int]] = {}
    for mailing in on_stage.world.store.mailings_of(edition):
        counted = found.setdefault(mailing.kind, {})
        for batch in on_stage.world.store.batches(mailing):
            for one in batch.deliveries.values():
                said = f"{one.outcome}: {one.reason}" if one.reason else str(one.outcome)
                counted[said] = counted.get(said, 0) + 1
    return found


def cut_but_not_sent(on_stage: Stage) -> None:
    """The due mailings are in batches, and their batches in the queue."""
    on_stage.tick()
    for lane in on_stage.lanes:
        lane.turn()


def announced(on_stage: Stage, *names: str) -> str:
    edition = organised(on_stage, publish=False)
    for name in names:
        subscribed(on_stage, f"{name}@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    return edition


def test_who_unsubscribes_while_the_announcement_is_in_the_queue_gets_none(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole", "ada")
    cut_but_not_sent(on_stage)
    assert ledger(on_stage, edition)["announcement"] == {"waiting": 3}
    on_stage.post(end_link(on_stage, "ole@example.org"))
    on_stage.run()
    assert sorted(mail["to"] for mail in on_stage.inbox()[3:]) == ["ada@example.org", "mia@example.org"]
    assert ledger(on_stage, edition)["announcement"] == {"sent": 2, "skipped: unsubscribed": 1}


def test_who_cancels_while_the_reminder_is_in_the_queue_gets_none(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for name in ("mia", "ole"):
        registered(on_stage, edition, f"{name}@example.org")
    on_stage.clock.turn(to=DAY_BEFORE)
    cut_but_not_sent(on_stage)
    on_stage.post(on_stage.link("ole@example.org", "/registrations/") + "/cancel")
    on_stage.run()
    assert [mail["to"] for mail in on_stage.inbox() if mail["subject"].startswith("Morgen")] == ["mia@example.org"]
    assert ledger(on_stage, edition)["reminder"] == {"sent": 1, "skipped: registration-cancelled": 1}


def test_who_is_suppressed_gets_nothing_at_all(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    person = on_stage.world.addresses.parse("mia@example.org").hash
    on_stage.world.store.suppress(person, "bounce", on_stage.clock.now())
    on_stage.travel(HOUR_BEFORE)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    other = organised(on_stage, starts_at="2027-04-10T14:30")
    registered(on_stage, other)
    assert len(on_stage.inbox()) == 1
    assert ledger(on_stage, edition) == {
        "reminder": {"skipped: suppressed": 2},
        "edition-cancelled": {"skipped: suppressed": 1},
    }


def test_an_edition_called_off_while_its_reminder_is_in_the_queue_reminds_nobody(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(to=DAY_BEFORE)
    cut_but_not_sent(on_stage)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert on_stage.subjects()[1:] == ["Fällt aus: Gemeinsam wirken (10. März)"]
    assert ledger(on_stage, edition)["reminder"] == {"skipped: edition-cancelled": 1}


def test_an_edition_moved_while_its_reminder_is_in_the_queue_reminds_of_the_new_date_only(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(to=DAY_BEFORE)
    cut_but_not_sent(on_stage)
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-17T14:30"})
    on_stage.run()
    assert on_stage.subjects()[1:] == ["Neuer Termin: 17. März, 14:30 Uhr – Gemeinsam wirken"]
    assert ledger(on_stage, edition)["reminder"] == {"skipped: edition-moved": 1}


def test_a_reminder_that_waited_in_the_queue_until_the_start_is_not_sent(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(to=HOUR_BEFORE)
    cut_but_not_sent(on_stage)
    on_stage.clock.turn(to=datetime(2027, 3, 10, 13, 30, tzinfo=UTC))
    on_stage.run()
    assert len(on_stage.inbox()) == 1
    assert ledger(on_stage, edition)["reminder"] == {"skipped: too-late": 2}


def test_who_registers_after_a_reminder_was_due_does_not_get_it(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "mia@example.org")
    on_stage.clock.turn(to=DAY_BEFORE + timedelta(minutes=1))  # the tick is late
    registered(on_stage, edition, "ole@example.org")
    on_stage.clock.turn(by=timedelta(minutes=40))
    on_stage.settle()
    assert on_stage.subjects("mia@example.org")[1:] == [TOMORROW]
    assert on_stage.subjects("ole@example.org")[1:] == []
    assert ledger(on_stage, edition)["reminder"] == {"sent": 1, "skipped: registered-later": 1}
    on_stage.travel(HOUR_BEFORE)
    assert on_stage.subjects("ole@example.org")[1:] == [TODAY]


@pytest.mark.parametrize(("minutes", "reminded"), [(29, False), (30, True)])
def test_nobody_is_reminded_within_half_an_hour_of_their_confirmation(
    on_stage: Stage, minutes: int, *, reminded: bool
) -> None:
    edition = organised(on_stage)
    on_stage.clock.turn(to=HOUR_BEFORE - timedelta(minutes=minutes))
    on_stage.settle()
    registered(on_stage, edition)
    on_stage.travel(HOUR_BEFORE)
    assert on_stage.subjects()[1:] == ([TODAY] if reminded else [])


def test_asking_for_the_confirmation_again_counts_as_being_confirmed(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.travel(HOUR_BEFORE - timedelta(minutes=10))
    registered(on_stage, edition)
    on_stage.travel(HOUR_BEFORE)
    assert on_stage.subjects()[1:] == [TOMORROW, "Du bist dabei: Gemeinsam wirken"]


def test_who_gave_their_seat_back_and_took_it_again_is_reminded_once(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.post(on_stage.link("mia@example.org", "/registrations/") + "/cancel")
    on_stage.clock.turn(by=timedelta(hours=1))
    registered(on_stage, edition)
    on_stage.travel(DAY_BEFORE)
    assert on_stage.subjects().count(TOMORROW) == 1


def test_delivering_a_batch_twice_sends_it_once(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    on_stage.run()
    (mailing,) = [one for one in on_stage.world.store.mailings_of(edition) if one.kind == "announcement"]
    (batch,) = on_stage.world.store.batches(mailing)
    asked = hint_for(mailing, batch=batch.first)
    deliver(on_stage.world, asked)
    deliver(on_stage.world, replace(asked, batch="nonesuch"))
    deliver(on_stage.world, replace(asked, mailing="nonesuch"))
    assert len(on_stage.inbox()) == 4


def test_a_list_longer_than_a_batch_reaches_everybody_once(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    people = [f"p{number}@example.org" for number in range(53)]
    for person in people:
        on_stage.post("/series/kaffeepause/subscriptions", {"email": person})
        address = on_stage.world.addresses.parse(person)
        path = on_stage.world.links.confirm("kaffeepause", address.hash, 1).removeprefix(on_stage.world.links.site_url)
        on_stage.post(path)
    on_stage.run()
    before = len(on_stage.mailbox)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    sent = [mail.to for mail in on_stage.mailbox.newest_first()][: len(on_stage.mailbox) - before]
    assert sorted(sent) == sorted(people)
    (mailing,) = [one for one in on_stage.world.store.mailings_of(edition) if one.kind == "announcement"]
    assert sorted(len(batch.deliveries) for batch in on_stage.world.store.batches(mailing)) == [3, 50]


def test_an_announcement_with_nobody_to_tell_is_finished_and_says_so(on_stage: Stage) -> None:
    edition = announced(on_stage)
    on_stage.run()
    announcement = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"][0]
    assert (announcement["progress"], announcement["reason"]) == ("finished", "nobody to tell")
