"""The application on the canned AWS: what is measured comes in by the doors that AWS uses, routes and handlers."""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

import boto3
import msgspec
from botocore.config import Config
from chalice.local import LambdaContext, LambdaEventConverter, RouteMatcher
from chalice.test import Client

from bench import endpoint, tls
from bench.events import Called, asks_to_send, sqs_event
from bench.measure import Meter
from bench.sample import EDITION, SERIES, a_form, a_subscriber
from chalicelib import world as worlds
from chalicelib.aws.clients import Clients
from chalicelib.settings import Settings
from local.aws.bus import scheduled
from local.aws.deployment import Deployment
from local.aws.surroundings import ACCOUNT, LOOPBACK, adopt, surroundings
from local.processes.children import Child

ROOT = Path(__file__).resolve().parent.parent
SITE = "https://kaffee.example.org"
KEY = "the key of an organiser who measures"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TRANSACTIONAL, BROADCAST = "kaffeepause-transactional", "kaffeepause-broadcast"


class Wrong(Exception):  # a figure of something that does not work is none
    """The application did not do what was measured."""


class Worked(NamedTuple):
    """How often the function was called, how many messages it handled, and how many were kept from it."""

    calls: int
    handled: int
    held: int


class Ground:
    """One application, its AWS and its clock; made by ``ground()``."""

    def __init__(self, port: int, clock: Callable[[], datetime]) -> None:
        from app import app

        self.app, self.clock, self.port = app, clock, port
        self._line = http.client.HTTPConnection(LOOPBACK, port)
        self._client = Client(app)
        self._events = LambdaEventConverter(RouteMatcher(list(app.routes)))
        self._deployment = Deployment()
        self.now_subscribed = 0

    # The canned AWS

    def ask(self, verb: str, given: Any = None) -> Any:
        self._line.request("POST", f"/bench/{verb}", body=msgspec.json.encode(given))
        return msgspec.json.decode(self._line.getresponse().read())

    def record(self, *operations: str) -> list[Called]:
        """Keep these calls from now on; gives those kept until now."""
        return [Called.read(*kept) for kept in self.ask("record", operations)]

    def multiply(self, pk: str, sk: str, count: int) -> None:
        self.ask("multiply", {"pk": pk, "sk": sk, "count": count})

    def leave(self) -> None:
        self._line.close()
        worlds.uninstall()  # its AWS is gone

    # The application

    def api(self, method: str, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        answer = self._client.http.request(method, f"/api/v1{path}", headers=headers, body=json.dumps(body).encode())
        if answer.status_code >= 400:  # noqa: PLR2004
            raise Wrong(answer.body.decode())
        return answer.json_body

    def request(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
        """The event with which API Gateway calls the function."""
        event: dict[str, Any] = self._events.create_lambda_event(
            method=method, path=path, headers=headers or {}, body=body.encode() or None
        )
        # Chalice's local gateway hands on what it was given; API Gateway hands over text.
        return event | {"body": body or None}

    def call(self, function: str, event: dict[str, Any]) -> Any:
        handler = self.app if function == "api_handler" else self.app.handler_map[function]
        return handler(event, LambdaContext(function, 1024, max_runtime_ms=60_000))

    def messages(self, queue: str, most: int = 0) -> dict[str, Any]:
        """The event with which Lambda hands over the next messages; without records when there are none."""
        function = queue.rpartition("-")[2]
        most = most or self._deployment.batch_size(function, default=10)
        return sqs_event(queue, self.ask("take", {"queue": queue, "most": most}))

    def work(self, queue: str, meter: Meter, *, hold: Callable[[str], bool] = lambda _: False) -> Worked:
        """Let the queue's function handle everything; only the function is on the meter.

        ``hold`` keeps messages from it.

        Raises ``Wrong`` when a message fails.
        """
        function, handled, held, calls = queue.rpartition("-")[2], 0, 0, 0
        while (event := self.messages(queue))["Records"]:
            received = len(event["Records"])
            event["Records"] = [record for record in event["Records"] if not hold(record["body"])]
            held += received - len(event["Records"])
            if not event["Records"]:
                continue
            with meter:
                answer = self.call(function, event)
            if answer["batchItemFailures"]:
                raise Wrong(f"{function}: a message failed; its reason is above")
            handled += len(event["Records"])
            calls += 1
        return Worked(calls, handled, held)

    def scheduled(self) -> dict[str, Any]:
        return scheduled(_Clock(self.clock))  # type: ignore[arg-type]  # asks for now() only

    def register(self, edition: str, *addresses: str) -> None:
        """By the form, as people do."""
        for address in addresses:
            answer = self.call("api_handler", self.registration(edition, address))
            if answer["statusCode"] != 303:  # noqa: PLR2004
                raise Wrong(answer["body"])

    def registration(self, edition: str, address: str) -> dict[str, Any]:
        return self.request("POST", f"/editions/{edition}/registrations", a_form(address), FORM)

    def batches(self, queue: str) -> list[tuple[str, str]]:
        """Cut what is planned for ``queue``; the messages that ask to send."""
        waiting: list[tuple[str, str]] = []
        function = queue.rpartition("-")[2]
        while taken := self.ask("take", {"queue": queue, "most": 1}):
            if asks_to_send(taken[0][1]):
                waiting += taken
            else:
                self.call(function, sqs_event(queue, taken))
        return waiting

    def check_mailed(self, people: int) -> None:
        """Raises ``Wrong`` unless so many people have each got one mail."""
        told = self.ask("tell")
        if (told["mails"], told["people"]) != (people, people):
            raise Wrong(f"{told['mails']} mails to {told['people']} people, not one to each of {people}")

    # What is measured with

    def series(self) -> None:
        self.api("POST", "/series", SERIES)

    def edition(self, *, announce: str | None = None, publish: bool = True, **more: Any) -> str:
        starts_at = (self.clock() + timedelta(days=30)).strftime("%Y-%m-%dT14:30")
        made = self.api("POST", "/series/kaffeepause/editions", EDITION | {"starts_at": starts_at} | more)
        if publish:
            self.publish(made["id"], announce=announce)
        return str(made["id"])

    def publish(self, edition: str, *, announce: str | None) -> None:
        self.api("POST", f"/editions/{edition}/publish", {"announce": announce})

    def subscribers(self, count: int) -> None:
        """So many, each like the one the store itself keeps."""
        from chalicelib.store import keys

        one = a_subscriber("abcdef0123456789" * 2, "person-0000000@example.org", now=self.clock())
        where = keys.subscriber(one.series, one.hash)
        if not self.now_subscribed:
            worlds.world().store.changes().save(one).commit()
        self.multiply(where.pk, where.sk, count)
        self.now_subscribed = count


class _Clock:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now


def utc_now() -> datetime:
    return datetime.now(UTC)


def secrets() -> dict[str, str]:
    return {
        "PUBLIC_URL": SITE,
        "SENDER_DOMAIN": "campus.example.org",
        "SIGNING_KEYS": "signing-key-for-benchmarks-long-enough",
        "ADDRESS_KEY": "address-key-for-benchmarks-long-enough",
        "ADMIN_KEY_HASHES": hashlib.sha256(KEY.encode()).hexdigest(),
    }


def environment(port: int, scheme: str = "http") -> dict[str, str]:
    """A function's environment, with the canned AWS at ``port``."""
    url = f"{scheme}://{LOOPBACK}:{port}"
    return (
        surroundings(url)
        | secrets()
        | {
            "TABLE": "kaffeepause",
            "TRANSACTIONAL_QUEUE_URL": f"{url}/{ACCOUNT}/{TRANSACTIONAL}",
            "BROADCAST_QUEUE_URL": f"{url}/{ACCOUNT}/{BROADCAST}",
            "TRANSACTIONAL_CONFIGURATION_SET": "kaffeepause-transactional",
            "BROADCAST_CONFIGURATION_SET": "kaffeepause-broadcast",
        }
    )


@contextmanager
def ground(
    *,
    clock: Callable[[], datetime] = utc_now,
    clients: Clients | None = None,
    secured: bool = False,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Ground]:
    """The application in this process, until the block ends, with ``clients`` for its own.

    ``secured`` puts TLS between it and its AWS, with a certificate made for this run. ``more`` goes into its
    environment.
    """
    before = dict(os.environ)
    with TemporaryDirectory(prefix="kaffeepause-") as folder:
        certificate = str(tls.certificate(Path(folder))) if secured else ""
        aws = Child("canned AWS", endpoint.serve, certificate)
        try:
            plain, over_tls = aws.ready()
            if secured:
                more = {**environment(over_tls, "https"), "AWS_CA_BUNDLE": certificate, **more}
            here = settle(plain, clock, more, clients)
            yield here
            here.leave()
        finally:
            aws.kill()
            adopt(before)


def settle(
    port: int,
    clock: Callable[[], datetime] = utc_now,
    more: Mapping[str, str] = MappingProxyType({}),
    clients: Clients | None = None,
) -> Ground:
    """Make this process a function whose AWS is at ``port``."""
    adopt({**environment(port), **more})
    worlds.install(worlds.build(Settings.read(), clock=clock, aws=clients))
    _log_as_lambda_does()
    return Ground(port, clock)


def bare(service: str) -> Any:
    """A client of boto3 as anybody would make it for this work: what the floors are made of."""
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    return boto3.Session().client(service, config=config)  # type: ignore[call-overload]


def _log_as_lambda_does() -> None:
    """Lambda's runtime formats every line we log; that it is shown to nobody here must not make it cheaper."""
    if not logging.root.handlers:
        handler = logging.StreamHandler(Path(os.devnull).open("w"))  # noqa: SIM115  # as long as the process
        handler.setFormatter(logging.Formatter("[%(levelname)s]\t%(asctime)s\t%(message)s"))
        logging.root.addHandler(handler)
