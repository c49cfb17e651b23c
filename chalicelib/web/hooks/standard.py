"""Standard Webhooks (standardwebhooks.com), for people who write their own sender.

Our payload: docs/reference/webhooks.md.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.domain.source import Source
from chalicelib.domain.submission import Payload, What
from chalicelib.web.hooks import flat
from chalicelib.web.hooks.base import Posted, Unreadable, json_object

TOLERANCE = timedelta(minutes=5)
"""How far a timestamp may lie from now, either way (Standard Webhooks, "Webhook timestamp")."""

MOST_SIGNATURES = 10
LONGEST_ID = 256

REGISTRATION = "registration.created"
TESTS = {"test", "ping", "webhook.test", "registration.test"}


def verified(posted: Posted, secrets: Sequence[str], source: Source, *, now: datetime) -> bool:
    """The library makes the signatures; that of the header is compared here, since the library compares by the
    machine's clock."""
    del source
    from standardwebhooks.webhooks import Webhook  # needed by this kind alone

    known_as, sent, signatures = (
        posted.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not known_as or len(known_as) > LONGEST_ID or not re.fullmatch("[0-9]{1,12}", sent, re.ASCII):
        return False
    if abs(now.timestamp() - int(sent)) > TOLERANCE.total_seconds():
        return False
    at = datetime.fromtimestamp(int(sent), UTC)  # only now: there is no year 33658
    try:
        known_as.encode()
        data = posted.body.decode()
    except UnicodeError:
        return False
    given = [_signature(one) for one in signatures.split()[:MOST_SIGNATURES]]
    made = [base64.b64decode(Webhook(secret).sign(known_as, at, data).partition(",")[2]) for secret in secrets]
    matches = [hmac.compare_digest(one, ours) for one in given for ours in made]
    return any(matches)


def read(posted: Posted, source: Source) -> Payload:
    del source
    given = json_object(posted.body)
    kind, data = given.get("type", REGISTRATION), given.get("data")
    known_as = posted.headers.get("webhook-id", "")
    if isinstance(kind, str) and kind in TESTS:
        return Payload(flat.answers(given), known_as, What.TEST)
    if kind != REGISTRATION:
        return Payload((), known_as, What.PARTIAL)
    if not isinstance(data, dict):
        raise Unreadable("There is no object called data.")
    return Payload(flat.answers({"data": data}), known_as)


def secrets_in(posted: Posted, source: Source) -> Sequence[str]:
    del posted, source
    return ()  # a signature is none


def _signature(entry: str) -> bytes:
    """The bytes of a ``v1,<base64>`` entry; of any other nothing, which no signature is equal to."""
    version, _, encoded = entry.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""
