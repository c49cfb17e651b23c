"""Faults on purpose: a list of rules, set over HTTP, that says what SES gets wrong next.

| rule | effect |
|---|---|
| ``{"operation": "SendBulkEmail", "do": "throttle"}`` | the call is refused: too many requests |
| ``{"operation": "SendBulkEmail", "do": "quota"}`` | the daily quota is used up |
| ``{"operation": "SendBulkEmail", "do": "paused"}`` | sending is paused for the account |
| ``{"operation": "SendBulkEmail", "do": "partial", "status": "TRANSIENT_FAILURE", "entries": [0, 3]}`` | these entries fail, the others go out |
| ``{"operation": "SendBulkEmail", "do": "error"}`` | an internal error, nothing accepted |
| ``{"operation": "SendBulkEmail", "do": "error-after-accepting"}`` | the mails go out, the answer is an internal error |
| ``{"operation": "SendBulkEmail", "do": "hang-after-accepting", "seconds": 60}`` | the mails go out, the answer comes late |
| ``{"events": "lost"}``, ``"double"``, ``"reorder"`` | what happens to the events of a call |
| ``{"events": "late", "seconds": 600}`` | events held until the clock has travelled that far |

``times`` says how often a rule applies (without it: until the rules are replaced), ``types`` which events it is about.
"""

from __future__ import annotations

import threading
from typing import Any

Rule = dict[str, Any]

ON_CALLS = ("throttle", "quota", "paused", "partial", "error", "error-after-accepting", "hang-after-accepting")
ON_EVENTS = ("lost", "late", "double", "reorder")


class Faults:
    """The rules in force, used up as they apply. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def replace(self, rules: list[Rule]) -> None:
        """Raises ``ValueError`` for a rule that would never do anything."""
        for rule in rules:
            if rule.get("do") not in ON_CALLS and rule.get("events") not in ON_EVENTS:
                raise ValueError(f"unknown fault: {rule}")
        with self._lock:
            self._rules = [dict(rule) for rule in rules]

    def left(self) -> int:
        """How many rules are not used up."""
        with self._lock:
            return sum(rule.get("times", 1) > 0 for rule in self._rules)

    def on_call(self, operation: str) -> Rule:
        """The fault of this call, or an empty rule."""
        return self._take(lambda rule: "do" in rule and rule.get("operation", operation) == operation)

    def on_events(self, event_type: str) -> Rule:
        """The fault of this event, or an empty rule."""
        return self._take(lambda rule: "events" in rule and event_type in rule.get("types", [event_type]))

    def _take(self, applies: Any) -> Rule:
        with self._lock:
            for rule in self._rules:
                if rule.get("times", 1) > 0 and applies(rule):
                    if "times" in rule:
                        rule["times"] -= 1
                    return rule
        return {}
