"""Create, change and delete sources, and replace their secrets."""

from __future__ import annotations

from chalicelib.domain import source as rules
from chalicelib.domain.given import NOT_GIVEN
from chalicelib.domain.refusals import FieldError, Invalid, mark
from chalicelib.domain.source import (
    Secret,
    SecretKind,
    Source,
    SourceChange,
    SourceDeleted,
    SourceDraft,
    SourceKind,
    Target,
)
from chalicelib.usecases.deciding import decided_on_fresh_state
from chalicelib.vault import shared_secret
from chalicelib.world import World


def create(world: World, draft: SourceDraft, *, secret: str = "") -> Source:
    """With a secret we issue, or the one given. Raises ``Invalid`` for an edition or series that does not exist."""
    _check_target(world, draft.target)
    first = _secret(world, draft.kind, 1, secret)
    made = rules.create(draft, source_id=world.new_id(), secret=first, now=world.clock())
    world.store.changes().save(made).commit()
    return made


@decided_on_fresh_state
def change(world: World, source_id: str, wanted: SourceChange) -> Source:
    """What is kept can be replayed by the new mapping. Raises ``NotFound``, ``SourceDeleted``, ``Invalid``."""
    if wanted.target is not NOT_GIVEN:
        _check_target(world, wanted.target)
    return _saved(world, rules.change(world.store.sources.source(source_id), wanted))


@decided_on_fresh_state
def delete(world: World, source_id: str) -> Source:
    """Its address answers 410 from now on; what it posted stays until it expires. Raises ``NotFound``."""
    source = world.store.sources.source(source_id)
    deleted = rules.delete(source, now=world.clock())
    return deleted if deleted is source else _saved(world, deleted)


@decided_on_fresh_state
def add_secret(world: World, source_id: str, *, secret: str = "") -> Source:
    """Raises ``NotFound``, ``SourceDeleted``, ``TooManySecrets``, ``Invalid``."""
    source = existing(world, source_id)
    return _saved(world, rules.add_secret(source, _secret(world, source.kind, source.numbered + 1, secret)))


@decided_on_fresh_state
def drop_secret(world: World, source_id: str, number: int) -> Source:
    """What is signed with it is refused from now on. Raises ``NotFound``, ``SourceDeleted``, ``LastSecret``."""
    return _saved(world, rules.drop_secret(world.store.sources.source(source_id), number))


def _saved(world: World, changed: Source) -> Source:
    world.store.changes().save(changed).commit()
    world.store.sources.forget(changed.id)
    return changed


def existing(world: World, source_id: str) -> Source:
    """Raises ``NotFound``, ``SourceDeleted``."""
    source = world.store.sources.source(source_id)
    if source.deleted_at:
        raise SourceDeleted
    return source


def _secret(world: World, kind: SourceKind, number: int, given: str) -> Secret:
    if not given:
        return Secret(number=number, kind=SecretKind.ISSUED, since=world.clock())
    kept_as = SecretKind.TOKEN if kind is SourceKind.TOKEN else SecretKind.SHARED
    if kind is SourceKind.STANDARD and not (given := shared_secret(given)):
        raise Invalid(FieldError("secret", mark("This has to be whsec_ and base64, as the sender shows it.")))
    return Secret(number=number, kind=kept_as, since=world.clock(), kept=world.vault.keep(kept_as, given))


def _check_target(world: World, target: Target) -> None:
    """Say it while the organiser listens, not with the first registration."""
    editions = {"to.edition": target.edition} | {f"to.values.{said}": one for said, one in target.values.items()}
    errors = [
        FieldError(name, mark("There is no edition with this id."))
        for name, edition_id in editions.items()
        if edition_id and not world.store.find_edition(edition_id)
    ]
    if target.series and not world.store.find_series(target.series):
        errors.append(FieldError("to.series", mark("There is no series with this slug.")))
    if errors:
        raise Invalid(*errors)
