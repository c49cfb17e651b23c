"""Sources and submissions as the API's answers, as Structs: what is sent, and what its OpenAPI document says of it.

What is ``UNSET`` is left out of an answer.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain.mails import Kind
from chalicelib.domain.source import SecretKind, SourceKind
from chalicelib.domain.submission import Reason, State
from chalicelib.web.api.schema import Link, UtcTime


class TargetShown(Struct, kw_only=True, omit_defaults=True):
    """Where registrations go."""

    edition: str = ""
    series: str = ""
    field: str = ""
    values: dict[str, str] = {}


class ConditionShown(Struct, kw_only=True, omit_defaults=True):
    """True where the field says yes; with `equals` or `contains`, where one of its values is or holds that."""

    field: str = ""
    equals: str = ""
    contains: str = ""


class ConsentShown(ConditionShown, kw_only=True, omit_defaults=True):
    """Where the consent comes from."""

    basis: str = ""
    wording: str = ""


class FieldsShown(Struct, kw_only=True):
    email: str
    name: list[str]
    organisation: str
    note: str


class TokenShown(Struct, kw_only=True):
    header: str
    field: str


class SecretShown(Struct, kw_only=True):
    number: int
    kind: SecretKind
    since: UtcTime


class SecretInFull(SecretShown, kw_only=True):
    secret: Annotated[str | None, Meta(description="Where we issue it; of others only that there is one.")]


class Secrets(Struct, kw_only=True):
    items: list[SecretInFull]


class RefusedRequests(Struct, kw_only=True):
    hour: UtcTime
    requests: int


class Source(Struct, kw_only=True):
    """A form elsewhere that posts registrations to us."""

    id: str
    name: str
    kind: SourceKind
    url: Annotated[Link, Meta(description="Where the form posts to.")]
    to: TargetShown
    fields: FieldsShown
    consent: ConsentShown
    announcements: ConditionShown | None
    id_field: str
    token: TokenShown
    secrets: list[SecretShown]
    created_at: UtcTime
    deleted_at: UtcTime | None
    steps: Annotated[list[str] | UnsetType, Meta(description="Of one source: what to click in the tool.")] = UNSET
    refused: Annotated[
        list[RefusedRequests] | UnsetType, Meta(description="Of one source: requests that were not verified, by hour.")
    ] = UNSET


class SubmissionAnswer(Struct, kw_only=True):
    field: str
    also: Annotated[list[str], Meta(description="Other names of the field.")]
    values: list[str]


class Submission(Struct, kw_only=True):
    id: str
    provider_id: Annotated[str, Meta(description="The tool's own id.")]
    state: State
    reason: Annotated[Reason | None, Meta(description="Why it is kept.")]
    detail: Annotated[str | None, Meta(description="Which field.")]
    edition: str | None
    received_at: UtcTime
    settled_at: UtcTime | None
    expires_at: UtcTime
    answers: Annotated[list[SubmissionAnswer] | UnsetType, Meta(description="Of one submission.")] = UNSET
    raw: Annotated[str | UnsetType | None, Meta(description="What could not be read, as text.")] = UNSET
    media_type: str | UnsetType = UNSET


class ReadField(Struct, kw_only=True):
    field: str | None
    value: str | bool | None


class Trial(Struct, kw_only=True):
    """What would become of a submission, and how each field was read."""

    verified: bool
    would_be: Annotated[str, Meta(description="A state of submissions, or `refused`.")]
    reason: Reason | None
    detail: str | None
    edition: str | None
    read: dict[str, ReadField]
    answers: list[SubmissionAnswer]
    mails: Annotated[list[Kind], Meta(description="Which mails it would cause.")]


class SubmissionErased(Struct, kw_only=True):
    id: str
    erased: bool
