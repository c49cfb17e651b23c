"""Everything impure in one argument, and the one builder of the real one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.aws.clients import Clients, LeanClients
from chalicelib.domain.mails import Lane
from chalicelib.domain.sender import Sender
from chalicelib.identity import Addresses, Links
from chalicelib.queues import Queues
from chalicelib.settings import Settings
from chalicelib.store.store import Store
from chalicelib.store.table import Table
from chalicelib.vault import Vault

if TYPE_CHECKING:
    from chalicelib.mail.prepare import Preparer
    from chalicelib.mail.ses import Mailer

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """Twelve characters that fit a URL, a tag and a key. 48 random bits: ids do not collide in practice."""
    return secrets.token_hex(6)


@dataclass(frozen=True)
class World:
    """Clients are made when first used: a function that sends no mail never loads SES."""

    settings: Settings
    clock: Clock = utc_now
    new_id: Callable[[], str] = new_id
    aws: Clients = field(default_factory=LeanClients)

    @cached_property
    def store(self) -> Store:
        return Store(Table(self.aws.client("dynamodb"), self.settings.table))

    @cached_property
    def queues(self) -> Queues:
        urls = {
            Lane.TRANSACTIONAL: self.settings.transactional_queue_url,
            Lane.BROADCAST: self.settings.broadcast_queue_url,
        }
        return Queues(self.aws.client("sqs"), urls)

    @cached_property
    def mailer(self) -> Mailer:
        from chalicelib.mail.pace import Account, Pace
        from chalicelib.mail.ses import Mailer

        # boto3 would by default POST again after a timeout or a 5xx, and each POST may be a mail.
        once: dict[str, Any] = {
            "retries": {"total_max_attempts": 1, "mode": "standard"},
            "read_timeout": 30,
            "connect_timeout": 5,
        }
        client = self.aws.client("sesv2", **once)
        sets = {
            Lane.TRANSACTIONAL: self.settings.transactional_configuration_set,
            Lane.BROADCAST: self.settings.broadcast_configuration_set,
        }
        ours = self.settings.transactional_share
        account = Account(client)
        paces = {
            Lane.TRANSACTIONAL: Pace(account, ours / self.settings.workers_per_lane),
            Lane.BROADCAST: Pace(account, (1 - ours) / self.settings.workers_per_lane),
        }
        return Mailer(client, sets, paces)

    @cached_property
    def preparer(self) -> Preparer:
        from chalicelib.mail.prepare import Preparer

        return Preparer(self.links, self.site)

    @cached_property
    def site(self) -> Sender:
        """Who mail is from that belongs to no series."""
        name = self.settings.site_name
        return Sender(title=name, name=name, address=self.settings.sender_address)

    @cached_property
    def links(self) -> Links:
        return Links(self.settings.public_url, self.settings.signing_keys)

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.settings.signing_keys)

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(self.settings.address_key)


_installed: list[World] = []


def world() -> World:
    """This process's world: built from the environment at the first call. Raises ``IncompleteSettings``."""
    if not _installed:
        install(build(Settings.read()))
    return _installed[0]


def build(settings: Settings, clock: Clock = utc_now, aws: Clients | None = None) -> World:
    return World(settings, clock, aws=aws or LeanClients(plain=settings.plain_boto3))


def install(made: World) -> None:
    """Make ``made`` this process's world."""
    _installed[:] = [made]


def uninstall() -> None:
    """Forget this process's world: the next call of ``world()`` builds one from the environment as it is then."""
    _installed.clear()
