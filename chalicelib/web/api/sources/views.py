"""How sources and submissions look in the API's answers. No secret is among it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.domain import intake as rules
from chalicelib.domain.source import Condition, ConsentRule, Source, Target
from chalicelib.domain.submission import Submission
from chalicelib.usecases.intake import Decision
from chalicelib.web.api.sources.steps import steps
from chalicelib.web.pages import absolute

View = dict[str, Any]


def address(source: Source) -> str:
    return absolute(f"/hooks/{source.id}")


def source(value: Source) -> View:
    return {
        "id": value.id,
        "name": value.name,
        "kind": value.kind,
        "url": address(value),
        "to": _target(value.target),
        "fields": {
            "email": value.fields.email,
            "name": list(value.fields.name),
            "organisation": value.fields.organisation,
            "note": value.fields.note,
        },
        "consent": _consent(value.consent),
        "announcements": _condition(value.announcements) if value.announcements else None,
        "id_field": value.id_field,
        "token": {"header": value.token.header, "field": value.token.field},
        "secrets": [{"number": one.number, "kind": one.kind, "since": one.since} for one in value.secrets],
        "created_at": value.created_at,
        "deleted_at": value.deleted_at,
    }


def source_with_steps(value: Source, refused: dict[datetime, int]) -> View:
    return source(value) | {
        "steps": steps(value, address(value)),
        "refused": [{"hour": hour, "requests": count} for hour, count in refused.items()],
    }


def submission(value: Submission) -> View:
    return {
        "id": value.id,
        "provider_id": value.provider_id,
        "state": value.state,
        "reason": value.reason or None,
        "detail": value.detail or None,
        "edition": value.edition or None,
        "received_at": value.received_at,
        "settled_at": value.settled_at,
        "expires_at": value.expires_at,
    }


def submission_with_answers(value: Submission) -> View:
    return submission(value) | {
        "answers": [
            {"field": answer.names[0], "also": list(answer.names[1:]), "values": list(answer.values)}
            for answer in value.answers
        ],
        "raw": value.raw or None,
        "media_type": value.media_type,
    }


def trial(value: Decision, *, verified: bool) -> View:
    """What would become of it, and how each field was read."""
    became, wish = value.submission, value.wish
    shown = submission_with_answers(became)
    read = {}
    if wish:
        values = {
            name: getattr(wish, name) for name in ("email", "name", "organisation", "note", "announcements", "edition")
        }
        values[rules.CONSENT] = wish.consent
        read = {name: {"field": wish.used.get(name), "value": values[name]} for name in rules.READ}
    return {
        "verified": verified,
        "would_be": became.state if verified else "refused",
        "reason": shown["reason"],
        "detail": shown["detail"],
        "edition": shown["edition"],
        "read": read,
        "answers": shown["answers"],
        "mails": [one.kind for one in value.mailings],
    }


def _target(value: Target) -> View:
    given = {"edition": value.edition, "series": value.series, "field": value.field, "values": value.values}
    return {name: what for name, what in given.items() if what}


def _condition(value: Condition) -> View:
    given = {"field": value.field, "equals": value.equals, "contains": value.contains}
    return {name: what for name, what in given.items() if what}


def _consent(value: ConsentRule) -> View:
    if value.collected_by_form:
        return {"basis": "collected-by-form", "wording": value.wording}
    return (_condition(value.when) if value.when else {}) | ({"wording": value.wording} if value.wording else {})
