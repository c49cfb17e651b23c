"""The two processes that run the application: ``site`` answers requests, ``worker`` handles queues and the schedule."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from chalice import Chalice
from chalice.app import ScheduledEventConfig
from chalice.config import Config

from local.aws.bus import Bus, Function, scheduled
from local.aws.clock import Clock
from local.aws.deployment import Deployment
from local.aws.gateway import Gateway
from local.aws.surroundings import LOOPBACK, adopt, clients
from local.aws.work import Work
from local.site.aws_view import Aws
from local.site.client import Client
from local.site.front import Site, server
from local.site.pages import Pages
from local.site.travel import Traveller

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Application:
    """``describe`` puts a mailing, given by its id, in words for the clock page."""

    app: Chalice
    config: Config
    describe: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a process needs to know. ``load`` is called there, in the environment of a function.

    ``admin_key`` is for the pages under ``/local`` that show what an organiser sees; the application has only its hash.
    """

    load: Callable[[Clock], Application]
    deployment: Deployment
    environment: dict[str, str]
    clock: Clock
    work: Work
    admin_key: str

    @property
    def endpoint(self) -> str:
        return self.environment["AWS_ENDPOINT_URL"]


def serve_site(plan: Plan, listener: socket.socket, ready: Connection) -> None:
    loaded, client = _load(plan), clients(plan.endpoint)
    aws = Aws(plan.endpoint, plan.work)
    schedules = [
        Function(loaded.app, loaded.config, source.name)
        for source in loaded.app.event_sources
        if isinstance(source, ScheduledEventConfig)
    ]

    def tick() -> None:
        for schedule in schedules:
            try:
                schedule(scheduled(plan.clock))
            except Exception:  # as on AWS: the next minute tries again
                log.exception("schedule %s", schedule.name)

    traveller = Traveller(plan.clock, aws, client, plan.environment["TABLE"], tick)
    gateway = Gateway(loaded.app, loaded.config, deployment=plan.deployment)
    here = Client(f"http://{LOOPBACK}:{listener.getsockname()[1]}", plan.admin_key)
    pages = Pages(aws, plan.clock, traveller, loaded.describe, here)
    site = server(Site(gateway, pages), listener)
    ready.send(None)
    site.serve_forever()


def work(plan: Plan, ready: Connection) -> None:
    loaded = _load(plan)
    client = clients(plan.endpoint)
    Bus(loaded.app, loaded.config, client, clock=plan.clock, work=plan.work, deployment=plan.deployment).start()
    ready.send(None)
    threading.Event().wait()


def _load(plan: Plan) -> Application:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    adopt(plan.environment)
    return plan.load(plan.clock)
