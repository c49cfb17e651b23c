"""SES event publishing: what became of a mail, told to the SNS topics of its configuration set.

Shapes: "Examples of event data that Amazon SES publishes to Amazon SNS" in the SES developer guide. The addresses of
the mailbox simulator behave as documented there; everybody else receives.
"""

from __future__ import annotations

import heapq
import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from local.aws.clock import Clock, stamp
from local.ses.faults import Faults

NAMES = {
    "SEND": "Send",
    "DELIVERY": "Delivery",
    "BOUNCE": "Bounce",
    "COMPLAINT": "Complaint",
    "REJECT": "Reject",
    "RENDERING_FAILURE": "Rendering Failure",
    "DELIVERY_DELAY": "DeliveryDelay",
}

SIMULATOR = "simulator.amazonses.com"
_LONGEST_NAP = 0.05


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one mail. ``kind`` as in ``MatchingEventTypes``."""

    kind: str
    mail: dict[str, Any]
    details: dict[str, Any] = field(default_factory=dict)

    def body(self) -> str:
        name = NAMES[self.kind]
        key = "failure" if self.kind == "RENDERING_FAILURE" else name[0].lower() + name[1:]
        return json.dumps({"eventType": name, "mail": self.mail, key: self.details})


def fate(recipient: str, mail: dict[str, Any], at: datetime, *, suppressed: bool = False) -> tuple[bool, list[Event]]:
    """Whether the mail arrives, and the events that say so, in the order in which they happen.

    ``suppressed``: the address is on the account's suppression list.
    """
    local, _, domain = recipient.lower().partition("@")
    told = {"timestamp": stamp(at)}
    sent = Event("SEND", mail)
    delivered = Event(
        "DELIVERY",
        mail,
        told | {"processingTimeMillis": 5, "recipients": [recipient], "smtpResponse": "250 2.6.0 Message received"},
    )
    behaviour = local.partition("+")[0] if domain == SIMULATOR else "success"
    if suppressed or behaviour in {"bounce", "suppressionlist"}:
        subtype = "Suppressed" if behaviour == "suppressionlist" else "General"
        if suppressed:
            subtype = "OnAccountSuppressionList"
        bounced = {
            "emailAddress": recipient,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }
        details = {"bounceType": "Permanent", "bounceSubType": subtype, "bouncedRecipients": [bounced]}
        return False, [sent, Event("BOUNCE", mail, told | {"feedbackId": str(uuid4())} | details)]
    if behaviour == "complaint":
        details = {"complainedRecipients": [{"emailAddress": recipient}], "complaintFeedbackType": "abuse"}
        complained = Event("COMPLAINT", mail, told | {"feedbackId": str(uuid4()), "arrivalDate": stamp(at)} | details)
        return True, [sent, delivered, complained]
    return True, [sent, delivered]  # success and ooto: an out-of-office reply is a mail to the sender, not an event


class Publisher:
    """Publishes in the background, after the call that caused the events was answered, as SES does."""

    def __init__(self, clock: Clock, faults: Faults, publish: Callable[[str, str], None]) -> None:
        """``publish`` is given a topic's ARN and a message."""
        self._clock, self._faults, self._publish = clock, faults, publish
        self._changed = threading.Condition()
        self._order = itertools.count()
        self._held: list[tuple[datetime, int, str, str]] = []
        self._publishing = 0
        threading.Thread(target=self._run, daemon=True, name="ses-events").start()

    def tell(self, events: list[tuple[str, Event]]) -> None:
        """The events of one call, each with the topic that wants to hear of it."""
        now = self._clock.now()
        chosen: list[tuple[datetime, str, str]] = []
        turned = False
        for topic, event in events:
            rule = self._faults.on_events(NAMES[event.kind])
            what = rule.get("events")
            turned = turned or what == "reorder"
            at = now + timedelta(seconds=rule.get("seconds", 600)) if what == "late" else now
            chosen += [(at, topic, event.body())] * {"lost": 0, "double": 2}.get(str(what), 1)
        if turned:
            chosen.reverse()
        with self._changed:
            for at, topic, body in chosen:
                heapq.heappush(self._held, (at, next(self._order), topic, body))
            self._changed.notify()

    def state(self) -> tuple[int, datetime | None]:
        """How many events are on their way now, and when the next of those held back will be."""
        with self._changed:
            now = self._clock.now()
            ready = sum(at <= now for at, *_ in self._held) + self._publishing
            return ready, min((at for at, *_ in self._held if at > now), default=None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._held))
                if self._held[0][0] > self._clock.now():
                    self._changed.wait(_LONGEST_NAP)
                    continue
                *_, topic, body = heapq.heappop(self._held)
                self._publishing = 1
            try:
                self._publish(topic, body)
            finally:
                with self._changed:
                    self._publishing = 0
