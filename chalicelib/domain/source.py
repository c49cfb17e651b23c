"""Source: a form elsewhere that posts registrations to us, and how its fields are read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.given import NOT_GIVEN, NotGiven, changed, given
from chalicelib.domain.refusals import Conflict, Gone, NotFound, mark

MOST_SECRETS = 2
"""Two are valid at once while a secret is replaced: the tool may still sign with the old one."""


class SourceKind(StrEnum):
    """How its deliveries are signed and spelled."""

    STANDARD = "standard"
    TYPEFORM = "typeform"
    TALLY = "tally"
    TOKEN = "token"  # noqa: S105  # a kind, not a token


class SecretKind(StrEnum):
    """``issued``: derived from the deployment's signing key, nothing is kept. ``token``: kept as a hash. ``shared``:
    given out by the sender, kept encrypted."""

    ISSUED = "issued"
    TOKEN = "token"  # noqa: S105  # a kind, not a token
    SHARED = "shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """``kept`` is what is stored of it: nothing, a hash, or the encrypted secret."""

    number: int
    kind: SecretKind
    since: datetime
    kept: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """True where the field says yes; with ``equals`` or ``contains``, where one of its values is or holds that."""

    field: str
    equals: str = ""
    contains: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Which field of the form is which of ours, by title, ref, key or dotted path.

    What is empty is looked for by common names.
    """

    email: str = ""
    name: tuple[str, ...] = ()
    organisation: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRule:
    """Where the consent to keep a person's details comes from: a field of the form, or the form as a whole
    (``collected_by_form``).

    ``wording`` is what people agreed to; where it is empty, it is what the field itself says.
    """

    when: Condition | None = None
    collected_by_form: bool = False
    wording: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where registrations go: an edition; a series' next open edition; or what a field names, by ``values``, by id, or
    in ``series`` by its date or title."""

    edition: str = ""
    series: str = ""
    field: str = ""
    values: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPlace:
    """Where a ``token`` source looks for its secret besides ``Authorization: Bearer`` and the path: a
    header, a field."""

    header: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """``id_field`` names the field with the tool's own id of a submission, where the kind has none of its own.

    ``numbered`` counts the secrets there ever were: a number is not used twice, so that a deleted secret stays invalid.
    """

    id: str
    name: str
    kind: SourceKind
    target: Target
    secrets: tuple[Secret, ...]
    fields: Fields = Fields()
    consent: ConsentRule = ConsentRule()
    announcements: Condition | None = None
    id_field: str = ""
    token: TokenPlace = TokenPlace()
    numbered: int = 1
    created_at: datetime
    deleted_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDraft:
    """All that a new source is made of, besides its first secret."""

    name: str
    kind: SourceKind
    target: Target
    fields: Fields = Fields()
    consent: ConsentRule = ConsentRule()
    announcements: Condition | None = None
    id_field: str = ""
    token: TokenPlace = TokenPlace()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """What is to change.

    The kind stays: its secrets are of that kind. ``announcements=None`` asks nobody about them.
    """

    name: str | NotGiven = NOT_GIVEN
    target: Target | NotGiven = NOT_GIVEN
    fields: Fields | NotGiven = NOT_GIVEN
    consent: ConsentRule | NotGiven = NOT_GIVEN
    announcements: Condition | NotGiven | None = NOT_GIVEN
    id_field: str | NotGiven = NOT_GIVEN
    token: TokenPlace | NotGiven = NOT_GIVEN


class SourceDeleted(Gone):
    message = mark("This source has been deleted.")


class TooManySecrets(Conflict):
    message = mark("Two secrets are valid already. Delete the one that the form no longer uses.")


class LastSecret(Conflict):
    message = mark("This is the only secret. Add another one first, or delete the source.")


def create(draft: SourceDraft, *, source_id: str, secret: Secret, now: datetime) -> Source:
    return Source(**given(draft), id=source_id, secrets=(secret,), created_at=now)


def change(source: Source, wanted: SourceChange) -> Source:
    """Raises ``SourceDeleted``."""
    if source.deleted_at:
        raise SourceDeleted
    return changed(source, wanted)


def add_secret(source: Source, secret: Secret) -> Source:
    """Valid beside the one before. Raises ``TooManySecrets``, ``SourceDeleted``."""
    if source.deleted_at:
        raise SourceDeleted
    if len(source.secrets) >= MOST_SECRETS:
        raise TooManySecrets
    return replace(source, secrets=(*source.secrets, secret), numbered=secret.number)


def drop_secret(source: Source, number: int) -> Source:
    """Raises ``NotFound``, ``LastSecret``, ``SourceDeleted``."""
    if source.deleted_at:
        raise SourceDeleted
    left = tuple(secret for secret in source.secrets if secret.number != number)
    if len(left) == len(source.secrets):
        raise NotFound(mark("This source has no secret with this number."))
    if not left:
        raise LastSecret
    return replace(source, secrets=left)


def delete(source: Source, *, now: datetime) -> Source:
    """Its address answers 410 from now on. Deleting twice changes nothing."""
    return source if source.deleted_at else replace(source, deleted_at=now, secrets=())
