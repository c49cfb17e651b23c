"""Form tools as the local system plays them: what each posts for a form that was filled in, and how it
proves who it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from uuid import NAMESPACE_OID, uuid4, uuid5

JSON = "application/json"

NAME, EMAIL, ORGANISATION, NOTE = "Name", "E-mail", "Organisation", "Note"
AGREE = "I agree that my details are used to run this event, as the privacy notice says."
NEWSLETTER = "Newsletter: tell me of further dates."


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledIn:
    """What a person put into the form. ``email_field`` is what the form calls its question for the address."""

    name: str
    email: str
    organisation: str = ""
    note: str = ""
    privacy: bool = True
    newsletter: bool = False
    email_field: str


class Delivery(NamedTuple):
    """A request as the tool posts it; a repetition has the very same bytes and headers."""

    body: bytes
    headers: dict[str, str]


class Tool(Protocol):
    """``kind`` is that of its source.

    An organiser who does not know what follows from it calls ``email_field`` ``renamed``.
    """

    name: str
    kind: str
    email_field: str
    renamed: str
    test_button: str

    def payload(self, filled: FilledIn, now: datetime) -> dict[str, Any]: ...

    def test(self, now: datetime) -> dict[str, Any] | None:
        """What its test button sends; None where it has no such button."""

    def signed(self, body: bytes, secret: str) -> dict[str, str]:
        """The headers that prove it."""


def deliver(tool: Tool, payload: dict[str, Any], secret: str) -> Delivery:
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Delivery(body, {"Content-Type": JSON} | tool.signed(body, secret))


class Typeform:
    name = "Typeform"
    kind = "typeform"
    email_field = EMAIL
    renamed = "How can we reach you?"
    test_button = "Typeform’s “Send test request” fills the form in with placeholders."

    FORM = "kP3xVb8n"

    def payload(self, filled: FilledIn, now: datetime) -> dict[str, Any]:
        kind = "email" if filled.email_field == self.email_field else "short_text"
        return self._response(
            [
                ("short_text", "text", NAME, filled.name),
                (kind, "email" if kind == "email" else "text", filled.email_field, filled.email),
                ("short_text", "text", ORGANISATION, filled.organisation),
                ("long_text", "text", NOTE, filled.note),
                ("legal", "boolean", AGREE, filled.privacy),
                ("yes_no", "boolean", NEWSLETTER, filled.newsletter),
            ],
            now,
        )

    def test(self, now: datetime) -> dict[str, Any]:
        filler = "Lorem ipsum dolor"
        return self._response(
            [
                ("short_text", "text", NAME, filler),
                ("email", "email", self.email_field, "an_account@example.com"),
                ("short_text", "text", ORGANISATION, filler),
                ("long_text", "text", NOTE, filler),
                ("legal", "boolean", AGREE, True),
                ("yes_no", "boolean", NEWSLETTER, True),
            ],
            now,
        )

    def _response(self, asked: list[tuple[str, str, str, Any]], now: datetime) -> dict[str, Any]:
        """``asked``: type of the question, type of the answer, title, what was answered.

        Nothing answered is left out.
        """
        questions = [
            {"id": f"Qz{number}Wm7Ty", "ref": _ref(number), "type": kind, "title": title, "properties": {}}
            for number, (kind, _, title, _) in enumerate(asked, 1)
        ]
        answers = [
            {"type": kind, kind: said, "field": {name: question[name] for name in ("id", "type", "ref")}}
            for question, (_, kind, _, said) in zip(questions, asked, strict=True)
            if said != ""
        ]
        token = secrets.token_hex(16)
        return {
            "event_id": secrets.token_hex(13).upper(),
            "event_type": "form_response",
            "form_response": {
                "form_id": self.FORM,
                "token": token,
                "response_id": token,
                "landed_at": _utc(now),
                "submitted_at": _utc(now),
                "hidden": {"utm_source": "website"},
                "definition": {"id": self.FORM, "title": "Registration", "fields": questions, "hidden": ["utm_source"]},
                "answers": answers,
            },
        }

    def signed(self, body: bytes, secret: str) -> dict[str, str]:
        return {"Typeform-Signature": f"sha256={_hmac(body, secret)}"}


class Tally:
    name = "Tally"
    kind = "tally"
    email_field = EMAIL
    renamed = "Where do we write to?"
    test_button = "Tally has no test button: one fills the form in once oneself."

    def payload(self, filled: FilledIn, now: datetime) -> dict[str, Any]:
        kind = "INPUT_EMAIL" if filled.email_field == self.email_field else "INPUT_TEXT"
        response = secrets.token_hex(4)
        return {
            "eventId": str(uuid4()),
            "eventType": "FORM_RESPONSE",
            "createdAt": _utc(now, "milliseconds"),
            "data": {
                "responseId": response,
                "submissionId": response,
                "respondentId": secrets.token_hex(4),
                "formId": "w7RkQd",
                "formName": "Registration",
                "createdAt": _utc(now, "milliseconds"),
                "fields": [
                    self._field("nm1", NAME, "INPUT_TEXT", filled.name),
                    self._field("em2", filled.email_field, kind, filled.email),
                    self._field("or3", ORGANISATION, "INPUT_TEXT", filled.organisation),
                    self._field("no4", NOTE, "TEXTAREA", filled.note),
                    *self._box("pr5", "Privacy", AGREE, ticked=filled.privacy),
                    *self._box("nl6", "Newsletter", "Tell me of further dates.", ticked=filled.newsletter),
                ],
            },
        }

    def test(self, now: datetime) -> None:
        del now

    def _field(self, key: str, label: str, kind: str, value: str) -> dict[str, Any]:
        return {"key": f"question_{key}", "label": label, "type": kind, "value": value or None}

    def _box(self, key: str, label: str, text: str, *, ticked: bool) -> list[dict[str, Any]]:
        """A question with one box: the ids of what was ticked, and the box once more as a field of its own."""
        option = f"3f6b5c1e-0000-4000-8000-0000000000{ord(key[0]):02x}"
        question = self._field(key, label, "CHECKBOXES", "")
        question |= {"value": [option] if ticked else [], "options": [{"id": option, "text": text}]}
        return [
            question,
            self._field(f"{key}_{option}", f"{label} ({text})", "CHECKBOXES", "") | {"value": ticked},
        ]

    def signed(self, body: bytes, secret: str) -> dict[str, str]:
        return {"Tally-Signature": _hmac(body, secret)}


class WordPress:
    """Contact Form 7 with the plugin CF7 to Webhook: what is filled in, by the form tags' names, flat."""

    name = "WordPress"
    kind = "token"
    email_field = "your-email"
    renamed = "your-address"
    test_button = "Plugins try an address with next to nothing, here with the one field “test”."

    def payload(self, filled: FilledIn, now: datetime) -> dict[str, Any]:
        del now
        return {
            "your-name": filled.name,
            filled.email_field: filled.email,
            "organisation": filled.organisation,
            "your-message": filled.note,
            "privacy": "1" if filled.privacy else "0",
            "newsletter": ["Yes, please"] if filled.newsletter else [],
            "_url": "https://campus-miteinander.example/kaffeepause/",
        }

    def test(self, now: datetime) -> dict[str, Any]:
        del now
        return {"test": True}

    def signed(self, body: bytes, secret: str) -> dict[str, str]:
        del body
        return {"Authorization": f"Bearer {secret}", "User-Agent": "WordPress/6.8; https://campus-miteinander.example"}


TOOLS: tuple[Tool, ...] = (Typeform(), Tally(), WordPress())


class Sender:
    """A web site of one's own that speaks Standard Webhooks, with the library for it."""

    def __init__(self, secret: str) -> None:
        from standardwebhooks.webhooks import Webhook  # needed by the story alone

        self._webhook = Webhook(secret)

    def delivery(self, data: dict[str, Any], *, message: str, now: datetime) -> Delivery:
        """``registration.created``. A repetition keeps ``message``, but has a timestamp and a signature of its own."""
        body = json.dumps({"type": "registration.created", "timestamp": _utc(now), "data": data}, ensure_ascii=False)
        headers = {
            "Content-Type": JSON,
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(message, now, body),
        }
        return Delivery(body.encode(), headers)


def _ref(number: int) -> str:
    return str(uuid5(NAMESPACE_OID, str(number)))


def _hmac(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _utc(moment: datetime, precision: str = "seconds") -> str:
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
