"""The ``aws`` process as the other processes see it: its state, its mails, its faults, over HTTP."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from local.aws.work import Work

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PATIENCE = 120
_NAP = 0.02


class NotDrained(Exception):
    """Something is still under way after the time limit. The message names what."""


@dataclass(frozen=True, slots=True)
class State:
    """``waiting`` and ``hidden`` per queue; ``faults`` is how many rules may still apply; ``next`` is when something
    hidden or held back comes up again."""

    waiting: dict[str, int]
    hidden: dict[str, int]
    dead: dict[str, int]
    events: int
    held_events: bool
    faults: int
    mails: int
    next: datetime | None

    @classmethod
    def read(cls, report: dict[str, Any]) -> State:
        queues = report["queues"].items()
        # Every queue that somebody works on has dead letters; another is a test's that listens in, and nobody empties
        # it.
        alive = {name: queue for name, queue in queues if queue["worked"]}
        return cls(
            waiting={name: queue["waiting"] for name, queue in alive.items() if queue["waiting"]},
            hidden={name: queue["hidden"] for name, queue in alive.items() if queue["hidden"]},
            dead={name: queue["waiting"] for name, queue in queues if queue["dead_letters"] and queue["waiting"]},
            events=report["events"],
            held_events=report["held_events"],
            faults=report["faults"],
            mails=report["mails"],
            next=datetime.fromisoformat(report["next"]) if report["next"] else None,
        )

    @property
    def ready(self) -> bool:
        """Whether there is something that could be worked on now."""
        return bool(self.waiting or self.events)

    def __str__(self) -> str:
        left = [f"{name}: {number} waiting" for name, number in self.waiting.items()]
        left += [f"{name}: {number} in flight or to be retried" for name, number in self.hidden.items()]
        left += [f"{self.events} events on their way"] * bool(self.events)
        left += ["events held back"] * self.held_events
        return ", ".join(left) or "a handler is still running"


class Aws:
    def __init__(self, endpoint: str, work: Work) -> None:
        self.endpoint, self._work = endpoint, work

    def state(self) -> State:
        return State.read(self._get("state"))

    def due_days(self) -> list[str]:
        """The days for which due rows stand in the table, in order.

        DynamoDB itself would have to be asked day by day.
        """
        found: list[str] = self._get("due-days")
        return found

    def mails(self, *, to: str = "", full: bool = False) -> list[dict[str, Any]]:
        query = urlencode({"to": to} | ({"full": "1"} if full else {}))
        found: list[dict[str, Any]] = self._get(f"mails?{query}")
        return found

    def mail(self, mail_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self._get(f"mails/{quote(mail_id, safe='')}")
        return found if "id" in found else None

    def content(self, mail_id: str, part: str) -> tuple[str, bytes] | None:
        """Content type and bytes of ``source`` or ``attachments/<n>``."""
        try:
            with _OPENER.open(
                f"{self.endpoint}/local/mails/{quote(mail_id, safe='')}/{part}", timeout=_PATIENCE
            ) as answer:
                return answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as refused:
            refused.close()
            return None

    def faults(self, rules: list[dict[str, Any]]) -> None:
        """Raises ``ValueError`` for a rule that ``local.ses.faults`` does not know."""
        request = urllib.request.Request(
            f"{self.endpoint}/local/faults", json.dumps(rules).encode(), {"Content-Type": "application/json"}
        )
        answer = _json(request)
        if "detail" in answer:
            raise ValueError(answer["detail"])

    def settle(self, *, within: float, hidden_too: bool = False) -> State:
        """Wait until there is nothing to work on and nobody works. ``hidden_too``: nor anything to come up again later.

        Raises ``NotDrained`` after ``within`` seconds.
        """
        deadline = time.monotonic() + within
        while True:
            done = self._work.done()
            quiet = not self._work.busy()
            state = self.state()
            # Quiet before and after the look, and nothing finished meanwhile: nobody can have left anything new behind
            # it.
            quiet = quiet and not self._work.busy() and done == self._work.done()
            if quiet and not state.ready and not (hidden_too and (state.hidden or state.held_events)):
                return state
            if time.monotonic() > deadline:
                raise NotDrained(f"Still under way after {within:g} seconds: {state}.")
            time.sleep(_NAP)

    def _get(self, path: str) -> Any:
        return _json(urllib.request.Request(f"{self.endpoint}/local/{path}"))


def _json(request: urllib.request.Request) -> Any:
    try:
        with _OPENER.open(request, timeout=_PATIENCE) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return json.load(refused)
