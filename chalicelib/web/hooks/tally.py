"""Tally: ``data.fields`` with options by id, signed as ``Tally-Signature: <base64>`` over the raw body.

https://tally.so/help/webhooks.
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
from chalicelib.web.hooks.base import Posted, Unreadable, bounded, json_object

RESPONSE = "FORM_RESPONSE"

NOT_ASKED = {"PAYMENT", "FILE_UPLOAD", "SIGNATURE"}
"""A payment has an e-mail address of its own, and files need a login; neither is for us."""

BOXES = {"CHECKBOXES", "MULTIPLE_CHOICE", "DROPDOWN", "MULTI_SELECT", "RANKING"}


def verified(posted: Posted, secrets: Sequence[str], source: Source, *, now: datetime) -> bool:
    """There is no timestamp: Tally repeats for a day, so a window of time would refuse what is genuine."""
    del source, now
    given = posted.headers.get("tally-signature", "").strip().encode("utf-8", "replace")
    made = [base64.b64encode(hmac.digest(key.encode(), posted.body, hashlib.sha256)) for key in secrets]
    matches = [hmac.compare_digest(given, one) for one in made]
    return any(matches)


def read(posted: Posted, source: Source) -> Payload:
    del source
    given = json_object(posted.body)
    known_as = flat.text(given.get("eventId"))
    if given.get("eventType", RESPONSE) != RESPONSE:
        return Payload((), known_as, What.PARTIAL)
    data = given.get("data")
    fields = data.get("fields") if isinstance(data, dict) else None
    if not isinstance(fields, list):
        raise Unreadable("There is no list called data.fields.")
    return Payload(bounded(_answers([field for field in fields if isinstance(field, dict)])), known_as)


def secrets_in(posted: Posted, source: Source) -> Sequence[str]:
    del posted, source
    return ()  # a signature is none


def _answers(fields: Sequence[Mapping[str, Any]]) -> Iterator[Answer]:
    options = {flat.name(field.get("key")) for field in fields if isinstance(field.get("options"), list)}
    for field in fields:
        key, label, kind = (flat.name(field.get(name)) for name in ("key", "label", "type"))
        # Each box of a question comes once more as a field of its own, called after the question and the box.
        of_a_box = kind in BOXES and key not in options and any(key.startswith(f"{one}_") for one in options)
        if kind in NOT_ASKED or of_a_box or not (key or label):
            continue
        if kind == "MATRIX":
            yield from _rows(field, key, label)
            continue
        names = (label, key) if label and key else (label or key,)
        if kind == "INPUT_EMAIL":
            names = (*names, EMAIL_TYPE)
        if kind == "HIDDEN_FIELDS":
            names = (*names, f"hidden.{label}", f"hidden:{label}")
        yield Answer(names, _values(field))


def _values(field: Mapping[str, Any]) -> tuple[str, ...]:
    """Options by their texts; an id that is no option's is what somebody wrote beside "other"."""
    value, texts = field.get("value"), _texts(field.get("options"))
    if texts:
        value = [texts.get(flat.text(one), one) for one in (value if isinstance(value, list) else [value])]
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
        return ()  # a type that did not exist when this was written
    return flat.texts(value)


def _rows(field: Mapping[str, Any], key: str, label: str) -> Iterator[Answer]:
    """A matrix: each row is a question with the columns as its boxes."""
    rows, columns, value = _texts(field.get("rows")), _texts(field.get("columns")), field.get("value")
    for row, title in rows.items():
        chosen = value.get(row) if isinstance(value, dict) else None
        chosen = chosen if isinstance(chosen, list) else [chosen]
        values = flat.texts([columns.get(flat.text(one), one) for one in chosen if not isinstance(one, dict | list)])
        yield Answer((f"{label}: {title}", f"{key}.{row}"), values)


def _texts(options: Any) -> dict[str, str]:
    """Texts by id."""
    known = [one for one in options if isinstance(one, dict)] if isinstance(options, list) else []
    return {flat.text(one.get("id")): flat.text(one.get("text")) for one in known}
