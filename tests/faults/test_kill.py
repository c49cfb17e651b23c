"""``kill -9``, for real, in the middle of a broadcast; and an answer of SES that, for real, comes too late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from chalicelib import world as worlds
from chalicelib.domain.hint import Hint
from chalicelib.identity import Addresses
from chalicelib.settings import Settings
from chalicelib.store import items
from chalicelib.store.table import Write
from chalicelib.usecases.deliver import deliver
from chalicelib.usecases.dispatch import dispatch
from local.demo.visitor import Visitor
from local.processes.system import LocalSystem
from tests.builders import EDITION, SERIES, a_subscriber
from tests.faults.books import Books, opened, told
from tests.waiting import until

pytestmark = pytest.mark.faults

MANY = 2_000
TIMEOUT = 10
FOR_EVER = 3600
"""Seconds: an answer that takes so long does not come."""

HANGS = {"operation": "SendBulkEmail", "do": "hang-after-accepting"}


@pytest.fixture
def system() -> Iterator[LocalSystem]:
    with LocalSystem() as running:
        yield running


def announced(system: LocalSystem, number: int) -> dict[str, Any]:
    """An edition that is being announced to so many readers."""
    visitor = Visitor(system)
    visitor.api("POST", "/series", SERIES | {"sender_address": "kaffee@campus.example"})
    starts_at = f"{system.now().year + 1}-03-10T14:30"
    edition = visitor.api("POST", f"/series/{SERIES['slug']}/editions", EDITION | {"starts_at": starts_at})
    addresses, dynamodb = Addresses(system.environment["ADDRESS_KEY"]), system.client("dynamodb")
    for start in range(0, number, 100):
        writes: list[Write] = []
        for one in range(start, min(start + 100, number)):
            address = f"reader-{one}@example.org"
            writes.append(items.put(a_subscriber(hash=addresses.hash(address), address=address)))
        dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": system.environment["TABLE"], **write["Put"]}} for write in writes]
        )
    visitor.api("POST", f"/editions/{edition['id']}/publish", {"announce": "now"})
    return dict(edition)


def books(system: LocalSystem) -> Books:
    pages = system.client("dynamodb").get_paginator("scan").paginate(TableName=system.environment["TABLE"])
    inbox = Counter(told(mail["tags"]) for mail in system.inbox())
    return opened([row for page in pages for row in page["Items"]], inbox, now=system.now())


def test_a_worker_that_is_killed_again_and_again_loses_nobody_and_tells_nobody_twice(system: LocalSystem) -> None:
    # The twentieth call is never answered: wherever the first kills meet it, there is one that meets it with a batch in
    # hand.
    system.faults([HANGS | {"seconds": 0, "times": 19}, HANGS | {"seconds": FOR_EVER, "times": 1}])
    announced(system, MANY)
    for reached in (
        lambda: system.state().mails >= 1,
        lambda: system.state().mails >= 300,
        lambda: not system.state().faults,
    ):
        until(reached, "the worker stands still")
        system.kill_worker()
        system.start_worker()
    system.drain(hidden_too=False)
    interrupted = books(system)
    assert len(system.inbox(brief=True)) <= MANY
    system.travel(advance="PT2H")
    assert books(system).outcomes() == {"sent": MANY}
    assert books(system).problems() == []
    assert interrupted.outcomes() != {"sent": MANY}, "it was killed while it had nothing in hand"


def test_an_answer_that_never_comes_is_asked_for_once_and_proved_by_its_events(system: LocalSystem) -> None:
    """Over real HTTP and with a real time-out: botocore's usual client would send these mails three times."""
    system.kill_worker()
    edition = announced(system, 20)
    ours = worlds.build(Settings.read(system.environment), clock=system.clock.now, aws=Impatient(system))
    mailing = next(one for one in books(system).mailings.values() if one.kind == "announcement")
    dispatch(ours, Hint(mailing=mailing.id, series=mailing.series, edition=edition["id"]))
    (batch,) = books(system).batches
    system.faults([HANGS | {"seconds": FOR_EVER, "times": 1}])
    deliver(ours, Hint(mailing=mailing.id, series=mailing.series, edition=edition["id"], batch=batch.first))
    assert books(system).outcomes() == {"unknown: ReadTimeoutError": 20}
    assert set(books(system).inbox.values()) == {1}
    system.start_worker()
    system.travel(advance="PT1H")
    assert books(system).outcomes() == {"sent": 20}
    assert books(system).problems() == []


class Impatient:
    """Clients of the local system's that wait for ten seconds, where the application asks for thirty."""

    def __init__(self, system: LocalSystem) -> None:
        self._system = system

    def client(self, service: str, **config: Any) -> Any:
        session = boto3.Session(
            aws_access_key_id="local",
            aws_secret_access_key="local",
            region_name=self._system.client(service).meta.region_name,
        )
        endpoint = self._system.client(service).meta.endpoint_url
        patience = {"read_timeout": TIMEOUT} if service == "sesv2" else {}
        return session.client(service, endpoint_url=endpoint, config=Config(proxies={}, **(config | patience)))
