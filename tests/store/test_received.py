"""Whoever received a mailing can be the audience of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.audience import Selection
from chalicelib.domain.delivery import Delivery, Outcome, batch_of
from chalicelib.domain.mailing import Mailing, Slice, plan_mailing, split
from chalicelib.domain.mails import Kind
from tests.builders import NOW
from tests.stage import Stage

HASHES = [f"{number:032x}" for number in range(0, 16**32, 16**30)]
"""256 people."""


def sent(on_stage: Stage, detail: str, *outcomes: Outcome) -> Mailing:
    """A mailing with these outcomes, each person's in turn."""
    mailing = plan_mailing(Kind.ANNOUNCEMENT, series="kaffeepause", edition="0123456789ab", detail=detail, due_at=NOW)
    on_stage.world.store.changes().save(mailing).commit()
    for start in range(0, len(HASHES), 50):
        some = HASHES[start : start + 50]
        told = {hash_: Delivery(outcome=outcomes[(start + at) % len(outcomes)]) for at, hash_ in enumerate(some)}
        on_stage.world.store.changes().save(replace(batch_of(mailing.id, some), deliveries=told)).commit()
    return mailing


def audience(on_stage: Stage, *received: Mailing, piece: Slice | None = None) -> list[str]:
    selection = Selection(received=tuple(one.id for one in received))
    asked = replace(received[0], id="f" * 32, selection=selection, due_at=NOW + timedelta(hours=1))
    return list(on_stage.world.store.audience(asked, piece or Slice(mailing=asked.id), now=on_stage.clock.now()))


def test_it_is_whoever_was_or_may_have_been_sent_the_mail(on_stage: Stage) -> None:
    outcomes = list(Outcome)
    mailing = sent(on_stage, "", *outcomes)
    got_it = {Outcome.SENT, Outcome.BOUNCED, Outcome.COMPLAINED, Outcome.UNKNOWN}
    expected = [hash_ for at, hash_ in enumerate(HASHES) if outcomes[at % len(outcomes)] in got_it]
    assert audience(on_stage, mailing) == expected


def test_whoever_received_two_of_them_is_in_it_once(on_stage: Stage) -> None:
    first, second = sent(on_stage, "", Outcome.SENT, Outcome.SKIPPED), sent(on_stage, "1", Outcome.SENT)
    assert audience(on_stage, first, second) == HASHES


@pytest.mark.parametrize("cursor", ["", HASHES[0], HASHES[49], HASHES[50], HASHES[51], HASHES[254], HASHES[255]])
def test_it_goes_on_behind_a_cursor(on_stage: Stage, cursor: str) -> None:
    mailing = sent(on_stage, "", Outcome.SENT)
    piece = Slice(mailing="f" * 32, cursor=cursor)
    assert audience(on_stage, mailing, piece=piece) == [hash_ for hash_ in HASHES if hash_ > cursor]


def test_slices_that_are_cut_side_by_side_hold_everybody_once(on_stage: Stage) -> None:
    mailing = sent(on_stage, "", Outcome.SENT)
    pieces = split(Slice(mailing="f" * 32, cursor=HASHES[20]))
    found = [hash_ for piece in pieces for hash_ in audience(on_stage, mailing, piece=piece)]
    assert found == HASHES[21:]
