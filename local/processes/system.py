"""The local system: three processes that live and end together.

``aws`` holds all that would outlive a function (table, queues, mails). ``site`` answers HTTP. ``worker`` handles queues
and the schedule, and may be killed at any moment and started again, as a Lambda may die.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from local.aws.clock import Clock
from local.aws.deployment import Deployment
from local.aws.provision import provision
from local.aws.surroundings import LOOPBACK, Clients, clients, surroundings
from local.aws.work import Work
from local.processes import aws, functions, kaffeepause
from local.processes.children import Child
from local.processes.functions import Application, Plan
from local.site.aws_view import Aws, NotDrained, State
from local.site.front import listen

_TRAVEL_PATIENCE = 900  # longer than local.site.travel's own


class TravelRefused(Exception):
    """The clock stays as it is, and the message says why."""


class LocalSystem:
    """``with LocalSystem() as system:`` and everything runs, until the block ends.

    ``url`` is where the site is, ``admin_key`` opens its admin API, ``client("dynamodb")`` gives boto3 clients for its
    AWS. Port 0 picks a free one; raises ``PortTaken``. ``load`` names another application than Kaffeepause, for tests
    of the local system itself.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        load: Callable[[Clock], Application] = kaffeepause.load,
        deployment: Deployment | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.admin_key = secrets.token_urlsafe(24)
        self.clock = Clock()
        self._listener = listen(port)
        self.url = f"http://{LOOPBACK}:{self._listener.getsockname()[1]}"
        self._load, self._extra = load, dict(environment or {})
        self._deployment = deployment or Deployment()
        self._work = Work()
        self._children: dict[str, Child] = {}
        self.client: Clients
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        self._children["aws"] = Child("aws", aws.serve, self.clock)
        endpoint = f"http://{LOOPBACK}:{self._children['aws'].ready()}"
        self.client = clients(endpoint)
        self.environment = surroundings(endpoint) | self._secrets() | self._ours() | self._extra
        self.environment |= provision(self.client, deployment=self._deployment)
        self._aws = Aws(endpoint, self._work)
        self._plan = Plan(
            self._load, self._deployment, self.environment, self.clock, self._work, admin_key=self.admin_key
        )
        self._children["site"] = Child("site", functions.serve_site, self._plan, self._listener)
        self.start_worker()
        self._children["site"].ready()
        self._listener.close()

    def _secrets(self) -> dict[str, str]:
        """New ones every time: nothing of a local run opens anything else."""
        return {
            "SIGNING_KEYS": secrets.token_urlsafe(48),
            "ADDRESS_KEY": secrets.token_urlsafe(48),
            "ADMIN_KEY_HASHES": hashlib.sha256(self.admin_key.encode()).hexdigest(),
        }

    def _ours(self) -> dict[str, str]:
        """A series may write from any domain under ``example``, which RFC 2606 keeps for such samples."""
        plain = {"PLAIN_BOTO3": os.environ["PLAIN_BOTO3"]} if "PLAIN_BOTO3" in os.environ else {}
        return {"PUBLIC_URL": self.url, "SENDER_DOMAIN": "example"} | plain

    def close(self) -> None:
        """End everything. Closing twice is closing once."""
        self._listener.close()
        for name in ("worker", "site", "aws"):
            if name in self._children:
                self._children.pop(name).end()

    def inbox(self, to: str = "", *, brief: bool = False) -> list[dict[str, Any]]:
        """Mails as ``/local/inbox.json`` has them, newest first; ``brief`` without bodies, for large inboxes."""
        return self._aws.mails(to=to, full=not brief)

    def now(self) -> datetime:
        return self.clock.now()

    def travel(self, *, advance: str = "", to: str = "") -> dict[str, Any]:
        """``advance="PT1H"``, ``to="2027-03-10T14:30:00+01:00"`` or ``to="next-due"``. Raises ``TravelRefused``.

        Returns ``{"now": …, "ticks": n, "mails": n}``.
        """
        wish = {name: value for name, value in (("advance", advance), ("to", to)) if value}
        request = urllib.request.Request(
            f"{self.url}/local/clock", json.dumps(wish).encode(), {"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TRAVEL_PATIENCE) as answer:
                journey: dict[str, Any] = json.load(answer)
                return journey
        except urllib.error.HTTPError as refused:
            with refused:
                raise TravelRefused(json.load(refused)["detail"]) from None

    def state(self) -> State:
        """What is under way right now."""
        return self._aws.state()

    def drain(self, *, within: float = 120, hidden_too: bool = True) -> State:
        """Wait until all queues are empty and nothing is in flight. Raises ``NotDrained`` and names what is left.

        ``hidden_too=False`` does not wait for messages that come again later (after their visibility timeout, on the
        travelling clock).
        """
        try:
            return self._aws.settle(within=within, hidden_too=hidden_too)
        except NotDrained as left:
            raise NotDrained(str(left) if self.worker_runs else f"{left} The worker does not run.") from None

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """What SES gets wrong from now on (``local.ses.faults``); an empty list ends it. Raises ``ValueError``."""
        self._aws.faults([dict(rule) for rule in rules])

    @property
    def worker_runs(self) -> bool:
        return "worker" in self._children and self._children["worker"].alive

    @property
    def worker_pid(self) -> int:
        return self._children["worker"].pid

    def kill_worker(self) -> None:
        """``kill -9``. What it held stays in flight until the visibility timeout has passed."""
        self._children.pop("worker").kill()
        self._work.forget()

    def start_worker(self) -> None:
        self._children["worker"] = Child("worker", functions.work, self._plan)
        self._children["worker"].ready()
