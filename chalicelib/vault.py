"""The secrets of sources: derived where we issue them, hashed where they are tokens, encrypted where the
sender issues them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.domain.source import Secret, SecretKind, Source, SourceKind

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

PREFIX = "whsec_"
"""Standard Webhooks marks its secrets so; what follows is base64."""

TOKEN_PREFIX = "token_"  # noqa: S105  # how a token begins


class Vault:
    """``keys`` are the deployment's signing keys, newest first: the first issues and encrypts, all of them are
    accepted."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._keys = keys

    def issued(self, source: Source, number: int, key: str = "") -> str:
        """The secret we issue under this number: the same whenever it is asked for, so that nothing is stored.

        A token may have to stand in a path, so it is made of what a path may hold (RFC 4648 §5).
        """
        said = f"kaffeepause.source.{source.id}.{number}".encode()
        made = hmac.digest((key or self._keys[0]).encode(), said, hashlib.sha256)
        if source.kind is SourceKind.TOKEN:
            return TOKEN_PREFIX + base64.urlsafe_b64encode(made).decode().rstrip("=")
        return PREFIX + base64.b64encode(made).decode()

    def keep(self, kind: SecretKind, text: str) -> str:
        """What is stored of a secret that somebody else chose."""
        if kind is SecretKind.TOKEN:
            return digest(text)
        return self._box().encrypt(text.encode()).decode()

    def accepted(self, source: Source) -> Sequence[str]:
        """All texts that a sender may prove to know: digests for ``token``, else the secrets themselves.

        None for a deleted source.
        """
        found: list[str] = []
        for secret in source.secrets:
            found += self._texts(source, secret)
        if source.kind is not SourceKind.TOKEN:
            return found
        tokens = [secret.kept for secret in source.secrets if secret.kind is SecretKind.TOKEN]
        return [*tokens, *map(digest, found)]

    def _texts(self, source: Source, secret: Secret) -> list[str]:
        match secret.kind:
            case SecretKind.ISSUED:
                return [self.issued(source, secret.number, key) for key in self._keys]
            case SecretKind.SHARED:
                return self._opened(secret.kept)
            case SecretKind.TOKEN:
                return []

    def _opened(self, kept: str) -> list[str]:
        """Nothing where it was encrypted with a signing key that is gone: nobody can prove to know it any more."""
        from cryptography.fernet import InvalidToken

        try:
            return [self._box().decrypt(kept).decode()]
        except InvalidToken:
            return []

    def _box(self) -> MultiFernet:
        """Keys of their own, derived from the signing keys (RFC 5869), so that no key serves two purposes."""
        from cryptography.fernet import Fernet, MultiFernet  # 30 ms that only sources with a sender's secret need
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        def derived(key: str) -> Fernet:
            made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"kaffeepause.source.shared").derive(
                key.encode()
            )
            return Fernet(base64.urlsafe_b64encode(made))

        return MultiFernet([derived(key) for key in self._keys])


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def shared_secret(text: str) -> str:
    """A Standard Webhooks secret as people paste it (``whsec_…``, bare base64, ``v1,whsec_…``) as ``whsec_…``; nothing
    where it is none."""
    bare = text.strip().removeprefix("v1,").removeprefix(PREFIX).rstrip("=")
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        return ""
    return PREFIX + base64.b64encode(raw).decode() if raw else ""
