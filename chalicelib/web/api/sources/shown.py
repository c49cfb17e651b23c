"""Sources and submissions as the API's answers. No secret is among them, but for those we issue."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import asdict, replace

from chalicelib import paths
from chalicelib.domain import intake as rules
from chalicelib.domain import source as sources
from chalicelib.domain import submission as submissions
from chalicelib.domain.source import SecretKind
from chalicelib.usecases.intake import Decision
from chalicelib.web.api.sources.schema import (
    ConditionShown,
    ConsentShown,
    FieldsShown,
    ReadField,
    RefusedRequests,
    SecretInFull,
    Secrets,
    SecretShown,
    Source,
    Submission,
    SubmissionAnswer,
    TargetShown,
    TokenShown,
    Trial,
)
from chalicelib.web.api.sources.steps import steps
from chalicelib.web.pages import absolute
from chalicelib.world import world


def address(source: sources.Source) -> str:
    return absolute(paths.HOOK(source.id))


def source(value: sources.Source) -> Source:
    fields, target = value.fields, value.target
    return Source(
        id=value.id,
        name=value.name,
        kind=value.kind,
        url=address(value),
        to=TargetShown(edition=target.edition, series=target.series, field=target.field, values=target.values),
        fields=FieldsShown(
            email=fields.email, name=list(fields.name), organisation=fields.organisation, note=fields.note
        ),
        consent=_consent(value.consent),
        announcements=_condition(value.announcements) if value.announcements else None,
        id_field=value.id_field,
        token=TokenShown(header=value.token.header, field=value.token.field),
        secrets=[_secret(one) for one in value.secrets],
        created_at=value.created_at,
        deleted_at=value.deleted_at,
    )


def source_with_steps(value: sources.Source, refused: dict[datetime, int]) -> Source:
    return replace(
        source(value),
        steps=steps(value, address(value)),
        refused=[RefusedRequests(hour=hour, requests=count) for hour, count in refused.items()],
    )


def secrets(value: sources.Source) -> Secrets:
    """In full where we issue them."""
    return Secrets(items=[SecretInFull(**asdict(_secret(one)), secret=_issued(value, one)) for one in value.secrets])


def _secret(value: sources.Secret) -> SecretShown:
    return SecretShown(number=value.number, kind=value.kind, since=value.since)


def _issued(source: sources.Source, secret: sources.Secret) -> str | None:
    return world().vault.issued(source, secret.number) if secret.kind is SecretKind.ISSUED else None


def submission(value: submissions.Submission) -> Submission:
    return Submission(
        id=value.id,
        provider_id=value.provider_id,
        state=value.state,
        reason=submissions.Reason(value.reason) if value.reason else None,
        detail=value.detail or None,
        edition=value.edition or None,
        received_at=value.received_at,
        settled_at=value.settled_at,
        expires_at=value.expires_at,
    )


def submission_with_answers(value: submissions.Submission) -> Submission:
    return replace(submission(value), answers=_answers(value), raw=value.raw or None, media_type=value.media_type)


def _answers(value: submissions.Submission) -> list[SubmissionAnswer]:
    return [
        SubmissionAnswer(field=answer.names[0], also=list(answer.names[1:]), values=list(answer.values))
        for answer in value.answers
    ]


def trial(value: Decision, *, verified: bool) -> Trial:
    """What would become of it, and how each field was read."""
    became = submission(value.submission)
    return Trial(
        verified=verified,
        would_be=became.state if verified else "refused",
        reason=became.reason,
        detail=became.detail,
        edition=became.edition,
        read=_read(value.wish) if value.wish else {},
        answers=_answers(value.submission),
        mails=[one.kind for one in value.mailings],
    )


def _read(wish: rules.Wish) -> dict[str, ReadField]:
    values = {
        name: getattr(wish, name) for name in ("email", "name", "organisation", "note", "announcements", "edition")
    }
    values[rules.CONSENT] = wish.consent
    return {name: ReadField(field=wish.used.get(name), value=values[name]) for name in rules.READ}


def _condition(value: sources.Condition) -> ConditionShown:
    return ConditionShown(field=value.field, equals=value.equals, contains=value.contains)


def _consent(value: sources.ConsentRule) -> ConsentShown:
    if value.collected_by_form:
        return ConsentShown(basis="collected-by-form", wording=value.wording)
    condition = asdict(_condition(value.when)) if value.when else {}
    return ConsentShown(**condition, wording=value.wording)
