"""Typeform: ``form_response`` with typed answers, signed as ``Typeform-Signature: sha256=<base64>`` over the raw body.

https://www.typeform.com/developers/webhooks/example-payload/ and …/secure-your-webhooks/.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.domain.intake import EMAIL_TYPE
from chalicelib.domain.source import Source
from chalicelib.domain.submission import Answer, Payload, What
from chalicelib.web.hooks import flat
from chalicelib.web.hooks.base import DEEPEST, Posted, Unreadable, bounded, json_object

RESPONSE, PARTIAL = "form_response", "form_response_partial"

PLACEHOLDER = "an_account@example.com"
"""What the "Send test request" button fills in where an address is asked for."""

NOT_ASKED = {"payment", "file_url", "multi_format"}
"""Their content is Typeform's (a receipt, an address that needs a login) and is left out."""

EMPTY_HIDDEN = {"hidden_value", "xxxxx"}
"""What a hidden field holds where the form's address did not fill it in."""


def verified(posted: Posted, secrets: Sequence[str], source: Source, *, now: datetime) -> bool:
    """There is no timestamp: Typeform repeats for hours, so a window of time would refuse what is genuine."""
    del source, now
    given = posted.headers.get("typeform-signature", "").strip().encode("utf-8", "replace")
    made = [b"sha256=" + base64.b64encode(hmac.digest(key.encode(), posted.body, hashlib.sha256)) for key in secrets]
    matches = [hmac.compare_digest(given, one) for one in made]
    return any(matches)


def read(posted: Posted, source: Source) -> Payload:
    del source
    given = json_object(posted.body)
    response = given.get("form_response")
    known_as = flat.text(given.get("event_id"))
    if given.get("event_type") == PARTIAL:
        return Payload((), known_as, What.PARTIAL)
    if not isinstance(response, dict):
        raise Unreadable("There is no object called form_response.")
    answers = bounded(_answers(response))
    test = any(PLACEHOLDER in answer.values for answer in answers)
    return Payload(answers, known_as or flat.text(response.get("token")), What.TEST if test else What.SUBMISSION)


def secrets_in(posted: Posted, source: Source) -> Sequence[str]:
    del posted, source
    return ()  # a signature is none


def _answers(response: Mapping[str, Any]) -> Iterator[Answer]:
    asked = _asked(response)
    answered = set()
    for answer in _objects(response.get("answers")):
        names = _names(_object(answer.get("field")), asked)
        answered.add(names[-1:])
        kind = flat.text(answer.get("type"))
        if kind in NOT_ASKED or not names:
            continue
        yield Answer((*names, EMAIL_TYPE) if kind == "email" else names, _values(kind, answer.get(kind)))
    # What was left empty is not among the answers; here it is, so that a mapping to it is not taken for a mistake.
    yield from (Answer(names) for names in asked.values() if names[-1:] not in answered)
    for key, value in _object(response.get("hidden")).items():
        values = tuple(one for one in flat.texts(value) if one not in EMPTY_HIDDEN)
        name = flat.name(key)
        yield Answer((name, f"hidden.{name}", f"hidden:{name}"), values)
    for variable in _objects(response.get("variables")):
        if key := flat.name(variable.get("key")):
            yield Answer((f"variable.{key}", key), flat.texts(variable.get(flat.text(variable.get("type")))))


def _asked(response: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The form's questions by id: title, ref and id of each."""
    fields = [
        field
        for field in _flattened(_object(response.get("definition")).get("fields"))
        if flat.text(field.get("type")) not in NOT_ASKED | {"file_upload"}
    ]
    named = {flat.text(field.get("id")): _names(field, {}) for field in fields}
    return {known_as: names for known_as, names in named.items() if known_as and names}


def _flattened(fields: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The questions, those inside a group (contact info, address) instead of it."""
    for field in _objects(fields):
        inside = _objects(_object(field.get("properties")).get("fields"))
        if inside and depth < DEEPEST:
            yield from _flattened(inside, depth + 1)
        else:
            yield field


def _names(field: Mapping[str, Any], asked: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Title, ref and id, as far as there are any."""
    known_as = flat.text(field.get("id"))
    if known_as in asked:
        return asked[known_as]
    names = (flat.name(field.get(name)) for name in ("title", "ref", "id"))
    return tuple(dict.fromkeys(name for name in names if name))


def _values(kind: str, value: Any) -> tuple[str, ...]:
    if kind == "choice" and isinstance(value, dict):
        return flat.texts([value.get("label"), value.get("other")])
    if kind == "choices" and isinstance(value, dict):
        labels = value.get("labels")
        return flat.texts([*(labels if isinstance(labels, list) else []), value.get("other")])
    if isinstance(value, dict):
        return ()  # a type that did not exist when this was written
    return flat.texts(value)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
