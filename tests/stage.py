"""The whole application on moto, in this process, with a clock that is turned by hand.

AWS is made from ``infra/resources.json`` and mended as the local system does it; handlers are called with
real Lambda events.
"""

from __future__ import annotations

import copy
import hashlib
import heapq
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import boto3
import moto.sesv2.urls
from chalice import Chalice
from chalice.app import SQSEventConfig
from chalice.cli.factory import CLIFactory
from chalice.test import Client, HTTPResponse
from moto import mock_aws
from moto.sns.models import sns_backends

from chalicelib import world as worlds
from chalicelib.aws.clients import LeanClients
from chalicelib.settings import Settings
from chalicelib.world import World
from local.aws.bus import Function, Lane, scheduled
from local.aws.deployment import ROOT, Deployment
from local.aws.provision import provision
from local.aws.repairs import repair
from local.aws.surroundings import ACCOUNT, REGION, adopt
from local.ses import mailbox, service
from local.ses.events import Publisher
from local.ses.faults import Faults
from local.ses.mailbox import Mailbox
from local.ses.service import PATHS, Ses
from tests import elsewhere, inside
from tests.rights import RECORDER, Asking, Running

SITE = "https://kaffee.example.org"
KEY = "an organiser's key"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BATCH = 10
MINUTE = timedelta(minutes=1)
START = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)

SECRETS = {
    "PUBLIC_URL": SITE,
    "SENDER_DOMAIN": "campus.example.org",
    "SIGNING_KEYS": "signing-key-for-tests-that-is-long-enough",
    "ADDRESS_KEY": "address-key-for-tests-that-is-long-enough",
    "ADMIN_KEY_HASHES": hashlib.sha256(KEY.encode()).hexdigest(),
}
AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class Hand:
    """A clock that stands still until it is turned."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def turn(self, *, to: datetime | None = None, by: timedelta = timedelta()) -> None:
        self.moment = (to or self.moment) + by


class Events(Publisher):
    """Publishes when it is asked to and not in a thread of its own, so that a test knows what has happened
    and what has not."""

    def _run(self) -> None:
        pass

    def deliver(self) -> bool:
        """Publish what is due; whether there was anything."""
        due = []
        while self._held and self._held[0][0] <= self._clock.now():
            due.append(heapq.heappop(self._held))
        for *_, topic, body in due:
            self._publish(topic, body)
        return bool(due)


@dataclass
class Stage:
    clock: Hand
    app: Chalice
    client: Client
    world: World
    lanes: list[Lane]
    ticking: Function
    mailbox: Mailbox
    faults: Faults
    events: Events
    dead_letters: dict[str, str] = field(default_factory=dict)

    def api(self, method: str, path: str, body: Any = None, *, key: str | None = KEY) -> tuple[int, Any]:
        """Status and JSON of a call to ``/api/v1``."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key is not None else {})
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = self.client.http.request(method, f"/api/v1{path}", headers=headers, body=raw)
        return answer.status_code, json.loads(answer.body) if answer.body else None

    def get(self, path: str, **headers: str) -> HTTPResponse:
        return self.client.http.get(path, headers=headers)

    def post(self, path: str, fields: dict[str, str] | bytes | None = None, **headers: str) -> HTTPResponse:
        body = fields if isinstance(fields, bytes) else urlencode(fields or {}).encode()
        return self.client.http.post(path, headers=FORM | headers, body=body)

    def tick(self) -> None:
        self.ticking(scheduled(self.clock))

    def run(self) -> None:
        """Let the queues run empty, and let SES tell what it has done."""
        # A list, not a generator: every lane has its turn, also behind a busy one.
        while any([self.events.deliver(), *(lane.turn() for lane in self.lanes)]):
            pass

    def lanes_named(self, name: str) -> Lane:
        """The lane of one queue's handler."""
        return next(lane for lane in self.lanes if lane.queue.endswith(name))

    def settle(self) -> None:
        self.tick()
        self.run()

    def travel(self, to: datetime) -> None:
        """To ``to``, with a tick whenever anything happens on the way."""
        self.run()
        while (stop := self.next_moment()) and stop < to:
            self.clock.turn(to=stop)
            self.settle()
        self.clock.turn(to=to)
        self.settle()

    def next_moment(self) -> datetime | None:
        """When the next due row, hidden message or event that is held back comes up.

        Asks moto itself: no call of the application's.
        """
        now = self.clock.now()
        coming = [at for at in (*inside.due_rows(), *inside.hidden()) if at > now]
        if held := self.events.state()[1]:
            coming.append(held)
        # What is due already and was not looked after is the next minute's tick's.
        overdue = [now + MINUTE] if any(at <= now for at in inside.due_rows()) else []
        return min([*coming, *overdue], default=None)

    def inbox(self, to: str = "") -> list[dict[str, Any]]:
        """Mails as people see them, oldest first."""
        return [mailbox.details(mail) for mail in self.mailbox.newest_first(to=to)][::-1]

    def subjects(self, to: str = "") -> list[str]:
        return [mail["subject"] for mail in self.inbox(to)]

    def files(self, to: str) -> list[mailbox.Attachment]:
        """The attachments of the newest mail."""
        return mailbox.attachments(next(self.mailbox.newest_first(to=to)))

    def link(self, to: str, containing: str) -> str:
        """The path of a link in the newest mail to ``to`` that has one."""
        for mail in reversed(self.inbox(to)):
            for word in mail["text"].split():
                if word.startswith(SITE) and containing in word:
                    return urlsplit(word).path
        raise AssertionError(f"no link with {containing} in the mails to {to}")

    def items(self) -> list[dict[str, Any]]:
        """Everything in the table."""
        return elsewhere.items() if elsewhere.moved() else inside.items()

    def keep(self) -> inside.Kept:
        """What there is now, to come back to."""
        return inside.keep(list(self.mailbox.newest_first())[::-1], self.clock.now())

    def back_to(self, kept: inside.Kept) -> None:
        inside.put_back(kept)
        self.events._held.clear()
        self.faults.replace([])
        Ses.mailbox = self.mailbox = Mailbox()
        for mail in kept.mails:
            self.mailbox.receive(mail)
        self.clock.turn(to=kept.moment)


@cache
def _mended(clock: Hand) -> None:
    repair(clock)  # type: ignore[arg-type]  # has now(), which is all that is asked of it
    moto.sesv2.urls.url_paths.update(dict.fromkeys((*moto.sesv2.urls.url_paths, *PATHS), Ses.dispatch))


class _TheHand(Hand):
    """One hand for all tests of a process: moto is mended once and looks at this one."""

    def __hash__(self) -> int:
        return id(self)


HAND = _TheHand()


class SameClients:
    """The application's clients, each made once and used by all tests of a process: making one takes longer than most
    tests do."""

    def __init__(self) -> None:
        self._aws = LeanClients(plain=os.environ.get("PLAIN_BOTO3") == "1")
        self._made: dict[tuple[str, str], Any] = {}

    def client(self, service: str, **config: Any) -> Any:
        """One for each way it is configured: one that sends mails asks once, another may ask again."""
        asked = service, repr(sorted(config.items()))
        if asked not in self._made:
            self._made[asked] = self._aws.client(service, **config)
            RECORDER.listen(self._made[asked])
        return self._made[asked]


@contextmanager
def listening(client: Any, event: str, handler: Callable[..., Any]) -> Iterator[None]:
    """``handler`` hears ``event`` of a client that other tests use as well."""
    client.meta.events.register_first(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)


@contextmanager
def stage() -> Iterator[Stage]:
    _mended(HAND)
    HAND.turn(to=START)
    before = dict(os.environ)
    os.environ.update(AWS)
    aws = mock_aws()
    aws.start(reset=False)  # what _provisioned() has made stays there for the next test
    RECORDER.forget()
    try:
        yield _set()
        assert not RECORDER.not_granted(), "\n".join(RECORDER.not_granted())
    finally:
        aws.stop(remove_data=False)
        elsewhere.leave()
        adopt(before)
        worlds.uninstall()


@cache
def _client(service: str) -> Any:
    return boto3.Session().client(service)


@cache
def _clients() -> SameClients:
    return SameClients()


class _Provisioned(NamedTuple):
    environment: dict[str, str]
    destinations: dict[str, Any]


_provisioned_once: list[_Provisioned] = []


def _provisioned() -> _Provisioned:
    """Everything that production deploys, empty: made once a process, and emptied for each test."""
    if not inside.provisioned():
        Ses.destinations = {}
        _provisioned_once[:] = [_Provisioned(provision(_client, deployment=Deployment()), Ses.destinations)]
    inside.empty()
    return _provisioned_once[0]


def _set() -> Stage:
    Ses.clock, Ses.mailbox, Ses.faults, Ses.sent = HAND, Mailbox(), Faults(), {}
    Ses.suppressed = set()
    Ses.publisher = events = Events(HAND, Ses.faults, _publish)
    service.MOST_A_SECOND = 1_000_000  # nobody waits for a real second here
    here = _provisioned()
    Ses.destinations = copy.deepcopy(here.destinations)
    world = worlds.build(Settings.read(here.environment | SECRETS | elsewhere.move()), HAND.now, _clients())
    worlds.install(world)
    from app import app

    config = CLIFactory(str(ROOT)).create_config_obj("prod")
    lanes = [
        Lane(Running(app, config, source.name), source, inside.Sqs(), BATCH)
        for source in app.event_sources
        if isinstance(source, SQSEventConfig)
    ]
    client = Client(app)
    client._http_client = Asking(app, client._chalice_config)
    return Stage(HAND, app, client, world, lanes, Running(app, config, "tick"), Ses.mailbox, Ses.faults, events)


def _publish(topic: str, message: str) -> None:
    sns_backends[ACCOUNT][REGION].publish(message, arn=topic)
