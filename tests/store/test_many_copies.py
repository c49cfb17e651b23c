"""Fifty copies of one delivery at the same moment, on moto or on AWS's own DynamoDB Local: one registration, one mail,
fifty equal answers."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from chalicelib import world as worlds
from chalicelib.domain.submission import Answer, Payload
from chalicelib.usecases.arrival import Arrived
from chalicelib.usecases.intake import take
from tests import elsewhere
from tests.builders import organised
from tests.forms import connected
from tests.stage import START, Stage, listening

COPIES = 50


def test_fifty_copies_at_once_are_one(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=60)
    form = connected(on_stage)
    source = on_stage.world.store.sources.source(form.id)
    filled_in = {"Name": "Mia", "E-Mail": "mia@example.org", "Datenschutz": "true"}
    arrived = Arrived(
        payload=Payload(tuple(Answer((name,), (said,)) for name, said in filled_in.items()), "delivery-1")
    )
    moments = itertools.count()
    # Each copy arrives at a moment of its own: by the time alone, each would be another submission.
    world = worlds.build(
        on_stage.world.settings, lambda: START + timedelta(milliseconds=next(moments)), on_stage.world.aws
    )
    world.store, world.queues, world.addresses  # noqa: B018  # made before the threads are
    client = world.store.table.client
    with one_call_at_a_time(client), ThreadPoolExecutor(COPIES) as pool:
        answers = [done.result() for done in [pool.submit(take, world, source, arrived) for _ in range(COPIES)]]
    assert len(answers) == COPIES
    assert len(set(answers)) == 1
    on_stage.run()
    assert on_stage.api("GET", f"/editions/{edition}")[1]["taken"] == 1
    assert len(on_stage.subjects("mia@example.org")) == 1
    assert len(form.submissions()) == 1


@contextmanager
def one_call_at_a_time(client: Any) -> Iterator[None]:
    """moto looks first and writes then; DynamoDB does both at once, and needs no turns."""
    turn = threading.RLock()

    def begins(**_: Any) -> None:
        turn.acquire()

    def ends(**_: Any) -> None:
        turn.release()

    if elsewhere.moved():
        yield
        return
    with listening(client, "before-call", begins), listening(client, "after-call", ends):
        yield
