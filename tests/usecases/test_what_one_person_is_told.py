"""One fact is told to one person once, and truly: measured from what that person was told last, in whatever order
things happen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.halt import Halt
from tests import inside
from tests.builders import organised, registered
from tests.faults.books import books
from tests.stage import Stage, listening

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OFF = "Fällt aus: Gemeinsam wirken (10. März)"
IN = "Du bist dabei: Gemeinsam wirken"
TENTH, ELEVENTH, TWELFTH = (f"2027-03-{day}T14:30" for day in (10, 11, 12))
UNTIL_NOW = "Bisher: "


def asked(on_stage: Stage, edition: str, name: str = "mia") -> None:
    """Registered, and no worker has come to the confirmation yet."""
    fields = {"name": name, "email": f"{name}@example.org", "privacy": "yes"}
    assert on_stage.post(f"/editions/{edition}/registrations", fields).status_code == 303


def moved(on_stage: Stage, edition: str, to: str) -> None:
    on_stage.clock.turn(by=MINUTE)
    assert on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": to})[0] == 200


def cancelled(on_stage: Stage, edition: str) -> None:
    assert on_stage.api("POST", f"/editions/{edition}/cancel")[0] == 200


def cut_and_not_sent(on_stage: Stage) -> None:
    """The mailing that is due is cut; what its batches say is not sent, as while sending is halted."""
    until = on_stage.clock.now() + MINUTE
    on_stage.world.store.stop_sending([Halt("account", until, "AccountSuspendedException", alarm=False)])
    on_stage.run()
    on_stage.clock.turn(to=until)


def ledger(on_stage: Stage, kind: str) -> list[str]:
    now = books(on_stage)
    return sorted(
        f"{one.outcome}: {one.reason}" if one.reason else str(one.outcome)
        for (mailing, _), one in now.deliveries.items()
        if now.mailings[mailing].kind == kind
    )


def later(on_stage: Stage) -> None:
    on_stage.travel(on_stage.clock.now() + HOUR)


# Cancelled


@pytest.mark.parametrize("first", ["the confirmation", "the mailing to all"])
def test_a_cancellation_is_told_once_to_whom_the_confirmation_still_waits_for(on_stage: Stage, first: str) -> None:
    edition = organised(on_stage)
    for name in ("mia", "ole", "ada"):
        asked(on_stage, edition, name)
    if first == "the mailing to all":
        inside.lose_messages()
    cancelled(on_stage, edition)
    later(on_stage)
    assert sorted((mail["to"], mail["subject"]) for mail in on_stage.inbox()) == [
        (f"{name}@example.org", OFF) for name in ("ada", "mia", "ole")
    ]
    assert ledger(on_stage, "registration-confirmation") == ["skipped: edition-cancelled"] * 3
    assert books(on_stage).problems() == []


def before_call(on_stage: Stage, name: str, happening: Callable[[], Any]) -> Any:
    """Run ``happening`` once, before the next call of this name to the table."""
    met = []

    def meet(model: Any, **_: Any) -> None:
        if model.name == name and not met:
            met.append(model.name)
            happening()

    return listening(on_stage.world.store.table.client, "before-call.dynamodb", meet)


def test_whom_the_mailing_about_a_cancellation_missed_is_told_by_the_confirmation(on_stage: Stage) -> None:
    edition = organised(on_stage)

    def called_off() -> None:
        cancelled(on_stage, edition)
        on_stage.run()

    with before_call(on_stage, "TransactWriteItems", called_off):
        asked(on_stage, edition)
    later(on_stage)
    assert on_stage.subjects() == [OFF]
    assert ledger(on_stage, "edition-cancelled") == []
    assert ledger(on_stage, "registration-confirmation") == ["sent"]


def test_a_confirmation_waits_while_it_is_not_known_whom_the_cancellation_is_told(on_stage: Stage) -> None:
    edition = organised(on_stage)
    asked(on_stage, edition)
    cancelled(on_stage, edition)
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    told = next(one["id"] for one in items if one["message"] == "edition-cancelled")
    assert on_stage.api("POST", f"/mailings/{told}/pause")[0] == 200
    later(on_stage)
    assert on_stage.subjects() == []
    assert on_stage.api("POST", f"/mailings/{told}/resume")[0] == 200
    later(on_stage)
    assert on_stage.subjects() == [OFF]


def test_a_mailing_about_the_cancellation_that_is_called_off_leaves_it_to_the_confirmation(on_stage: Stage) -> None:
    edition = organised(on_stage)
    asked(on_stage, edition)
    cancelled(on_stage, edition)
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    told = next(one["id"] for one in items if one["message"] == "edition-cancelled")
    assert on_stage.api("POST", f"/mailings/{told}/cancel")[0] == 200
    later(on_stage)
    assert on_stage.subjects() == [OFF]


def test_a_cancellation_names_the_date_that_was_known_as_well(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    moved(on_stage, edition, ELEVENTH)
    asked(on_stage, edition, "ole")
    on_stage.lanes_named("transactional").turn()
    inside.lose_messages()
    assert on_stage.subjects("ole@example.org") == [IN]
    cancelled(on_stage, edition)
    later(on_stage)
    for name, known in (("mia", True), ("ole", False)):
        mail = on_stage.inbox(f"{name}@example.org")[-1]
        assert mail["subject"] == "Fällt aus: Gemeinsam wirken (11. März)"
        assert ("10. März" in mail["text"]) is ("10. März" in mail["html"]) is known


# Moved


def test_a_move_and_a_move_back_before_the_mailing_is_cut_are_no_news(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    moved(on_stage, edition, ELEVENTH)
    moved(on_stage, edition, TENTH)
    later(on_stage)
    assert on_stage.subjects() == [IN]
    assert ledger(on_stage, "edition-moved") == ["skipped: told-already"]


def test_a_confirmation_that_named_the_new_date_is_not_followed_by_the_move(on_stage: Stage) -> None:
    edition = organised(on_stage)
    asked(on_stage, edition)
    moved(on_stage, edition, ELEVENTH)
    on_stage.settle()
    later(on_stage)
    (mail,) = on_stage.inbox()
    assert mail["subject"] == IN
    assert "11. März" in mail["text"]
    assert ledger(on_stage, "edition-moved") in (["skipped: told-already"], ["skipped: confirmation-follows"])


def test_a_move_says_nothing_to_whom_the_confirmation_will_tell(on_stage: Stage) -> None:
    edition = organised(on_stage)
    asked(on_stage, edition)
    inside.lose_messages()
    moved(on_stage, edition, ELEVENTH)
    on_stage.run()
    assert ledger(on_stage, "edition-moved") == ["skipped: confirmation-follows"]
    later(on_stage)
    (mail,) = on_stage.inbox()
    assert "11. März" in mail["text"]


def test_until_now_is_what_was_told_and_not_where_the_edition_was(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    moved(on_stage, edition, ELEVENTH)
    cut_and_not_sent(on_stage)
    moved(on_stage, edition, TWELFTH)
    later(on_stage)
    (mail,) = on_stage.inbox()[1:]
    assert mail["subject"] == "Neuer Termin: 12. März, 14:30 Uhr – Gemeinsam wirken"
    assert UNTIL_NOW + "Mittwoch, 10. März 2027, 14:30 Uhr" in mail["text"]
    assert "11. März" not in mail["text"] + mail["html"]


def test_moving_back_unheard_and_there_again_is_told_once(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    moved(on_stage, edition, ELEVENTH)
    on_stage.run()
    moved(on_stage, edition, TENTH)
    cut_and_not_sent(on_stage)
    moved(on_stage, edition, ELEVENTH)
    later(on_stage)
    assert on_stage.subjects() == [IN, "Neuer Termin: 11. März, 14:30 Uhr – Gemeinsam wirken"]
    assert ledger(on_stage, "edition-moved") == ["sent", "skipped: edition-moved", "skipped: told-already"]


def test_each_person_in_a_batch_is_told_from_what_they_know(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "mia@example.org")
    moved(on_stage, edition, ELEVENTH)
    cut_and_not_sent(on_stage)
    registered(on_stage, edition, "ole@example.org")
    moved(on_stage, edition, TWELFTH)
    later(on_stage)
    for name, known in (("mia", "Mittwoch, 10."), ("ole", "Donnerstag, 11.")):
        mail = on_stage.inbox(f"{name}@example.org")[-1]
        assert mail["subject"] == "Neuer Termin: 12. März, 14:30 Uhr – Gemeinsam wirken"
        assert f"{UNTIL_NOW}{known} März 2027, 14:30 Uhr" in mail["text"]
    assert len(on_stage.inbox()) == 4
    assert books(on_stage).problems() == []


def test_who_was_told_nothing_is_told_what_holds_and_no_date_until_now(on_stage: Stage) -> None:
    edition = organised(on_stage)
    asked(on_stage, edition)
    hash_ = on_stage.world.addresses.hash("mia@example.org")
    on_stage.world.store.suppress(hash_, "bounce", on_stage.clock.now())
    on_stage.run()
    lifted = {"email": "mia@example.org", "reason": "postmaster", "by": "Kim"}
    assert on_stage.api("POST", "/people/suppression/lift", lifted)[0] == 200
    moved(on_stage, edition, ELEVENTH)
    on_stage.run()
    (mail,) = on_stage.inbox()
    assert mail["subject"] == "Es hat sich etwas geändert: Gemeinsam wirken"
    assert "11. März" in mail["text"]
    assert UNTIL_NOW not in mail["text"] + mail["html"]
    assert "Tag und Uhrzeit bleiben" not in mail["text"] + mail["html"]


def test_a_reminder_that_named_the_new_date_makes_the_move_no_news(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    moved(on_stage, edition, "2027-02-02T12:00")
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    told = next(one["id"] for one in items if one["message"] == "edition-moved")
    on_stage.api("POST", f"/mailings/{told}/pause")
    on_stage.travel(on_stage.clock.now() + 25 * HOUR)
    assert on_stage.subjects()[1:] == ["Heute, 12:00 Uhr: Gemeinsam wirken"]
    on_stage.api("POST", f"/mailings/{told}/resume")
    on_stage.settle()
    assert ledger(on_stage, "edition-moved") == ["skipped: told-already"]


def test_a_confirmation_asked_for_again_before_the_first_was_sent_is_sent_once(on_stage: Stage) -> None:
    edition = organised(on_stage)
    asked(on_stage, edition)
    on_stage.clock.turn(by=11 * MINUTE)
    asked(on_stage, edition)
    later(on_stage)
    assert on_stage.subjects() == [IN]
    assert ledger(on_stage, "registration-confirmation") == ["sent", "skipped: asked-again"]


def test_who_registers_while_the_edition_is_moved_hears_the_new_date(on_stage: Stage) -> None:
    edition = organised(on_stage)

    def registers() -> None:
        on_stage.clock.turn(by=MINUTE)
        registered(on_stage, edition)

    with before_call(on_stage, "TransactWriteItems", registers):
        moved(on_stage, edition, ELEVENTH)
    later(on_stage)
    assert "10. März" in on_stage.inbox()[0]["text"]
    assert on_stage.subjects()[1:] == ["Neuer Termin: 11. März, 14:30 Uhr – Gemeinsam wirken"]


def test_a_reminder_that_waited_until_the_next_one_is_due_is_no_second_mail_that_says_the_same(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(to=datetime(2027, 3, 9, 8, 0, tzinfo=UTC))
    on_stage.tick()
    cut_and_not_sent(on_stage)
    on_stage.clock.turn(to=datetime(2027, 3, 10, 12, 30, tzinfo=UTC))
    later(on_stage)
    assert on_stage.subjects()[1:] == ["Heute, 14:30 Uhr: Gemeinsam wirken"]
    assert ledger(on_stage, "reminder") == ["sent", "skipped: too-late"]


# With a worker that has read what was, and sends what is


@pytest.mark.parametrize("happens", ["moved", "cancelled"])
def test_nobody_hears_the_old_date_after_the_new_one(on_stage: Stage, happens: str) -> None:
    edition = organised(on_stage)
    begin = on_stage.keep()
    for number in itertools.count():
        on_stage.back_to(begin)
        asked(on_stage, edition)
        hints = on_stage.lanes_named("transactional")
        met: list[int] = []
        calls = itertools.count()

        def meet(model: Any, met: list[int] = met, calls: Any = calls, number: int = number, **_: Any) -> None:
            if not met and next(calls) == number:
                met.append(number)
                if happens == "moved":
                    moved(on_stage, edition, ELEVENTH)
                else:
                    cancelled(on_stage, edition)
                on_stage.run()

        with listening(on_stage.world.store.table.client, "before-call.dynamodb", meet):
            hints.turn()
        if not met:
            break
        later(on_stage)
        mails = on_stage.inbox()
        assert 1 <= len(mails) <= 2, number
        if happens == "moved":
            dates = ["11. März" in mail["subject"] + mail["text"] for mail in mails]
            assert dates == sorted(dates), number
            assert dates[-1], number
        else:
            assert [mail["subject"] for mail in mails] in ([OFF], [IN, OFF]), number
    assert number >= 3
