"""Form tools as tests play them: what each posts, signed as it signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalice.test import HTTPResponse
from standardwebhooks.webhooks import Webhook

from tests.stage import Stage

MOMENT = timedelta(milliseconds=1)
"""What lies so far apart is kept in order."""

JSON = {"Content-Type": "application/json"}


@dataclass
class Form:
    """A form elsewhere that is connected to a source; made by ``connected``."""

    stage: Stage
    id: str
    kind: str
    secrets: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/hooks/{self.id}"

    def post(self, body: bytes, headers: dict[str, str], *, path: str = "") -> HTTPResponse:
        """Exactly these bytes and headers; then the queues run empty, and a moment passes."""
        answer = self.stage.client.http.post(path or self.path, headers=headers, body=body)
        self.stage.run()
        self.stage.clock.turn(by=MOMENT)
        return answer

    def send(self, payload: Any, *, secret: str = "", id: str = "msg_1") -> HTTPResponse:  # noqa: A002
        """``payload`` as JSON, signed as the source's kind signs."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.post(body, self.signed(body, secret or self.secrets[0], id))

    def signed(self, body: bytes, secret: str, message: str = "msg_1") -> dict[str, str]:
        made = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
        match self.kind:
            case "typeform":
                return JSON | {"Typeform-Signature": f"sha256={made}"}
            case "tally":
                return JSON | {"Tally-Signature": made}
            case "standard":
                now = self.stage.clock.now()
                signature = Webhook(secret).sign(message, now, body.decode())
                timestamp = str(int(now.timestamp()))
                return JSON | {"webhook-id": message, "webhook-timestamp": timestamp, "webhook-signature": signature}
            case _:
                return JSON | {"Authorization": f"Bearer {secret}"}

    def submissions(self, state: str = "") -> list[dict[str, Any]]:
        """Newest first, as an organiser sees them."""
        status, answer = self.stage.api("GET", f"/sources/{self.id}/submissions?state={state}")
        assert status == 200, answer
        return list(answer["items"])

    def submission(self, number: int = 0) -> dict[str, Any]:
        """One with its answers; the newest if not said."""
        found = self.submissions()[number]
        return dict(self.stage.api("GET", f"/sources/{self.id}/submissions/{found['id']}")[1])

    def reasons(self) -> list[str]:
        return [one["reason"] or one["state"] for one in self.submissions()]


def connected(on_stage: Stage, kind: str = "token", **given: Any) -> Form:
    """A source of this kind, for the next edition of the series where nothing else is said."""
    wanted = {"name": "Our form", "kind": kind, "to": {"series": "kaffeepause"}} | given
    status, made = on_stage.api("POST", "/sources", wanted)
    assert status == 201, made
    return Form(on_stage, made["id"], kind, secrets_of(on_stage, made["id"]) or [given["secret"]])


def secrets_of(on_stage: Stage, source_id: str) -> list[str]:
    """Those that we issued."""
    items = on_stage.api("GET", f"/sources/{source_id}/secrets")[1]["items"]
    return [one["secret"] for one in items if one["secret"]]


FILLED_IN = {
    "Name": "Mia Lang",
    "E-Mail": "mia@example.org",
    "Organisation": "Nachbarschaftshilfe",
    "Nachricht": "Ich freue mich.",
    "Datenschutz": "Ich bin einverstanden, dass meine Angaben verarbeitet werden.",
}
