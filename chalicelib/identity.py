"""E-mail addresses, their keyed hashes, and signed links.

Nothing personal goes into a key, a URL, a tag or a queue message: a keyed hash stands for the address everywhere.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm

from chalicelib import paths
from chalicelib.domain.refusals import FieldError, Forged, Invalid, mark
from chalicelib.words.text import bare

LONGEST_ADDRESS = 254
"""RFC 5321 §4.5.3.1.3: a path is at most 256 octets, angle brackets included."""


@dataclass(frozen=True, slots=True)
class Address:
    """``mail`` is what we write to, ``hash`` what we know it by."""

    mail: str
    hash: str


class Addresses:
    """Reads addresses.

    ``key`` makes the hash useless to whoever does not hold it, even with a list of addresses to try.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def parse(self, text: str, *, field: str = "email") -> Address:
        """Raises ``Invalid`` for ``field``, saying what to do.

        SES speaks no SMTPUTF8, so the part before the @ has to be ASCII; an umlaut domain is written in punycode.
        """
        from email_validator import EmailNotValidError, validate_email  # 50 ms, needed by POSTs only

        text = bare(text)
        if not text:
            raise Invalid(FieldError(field, mark("Please enter your e-mail address.")))
        if " " in text:
            raise Invalid(FieldError(field, mark("An e-mail address has no spaces in it.")))
        try:
            found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
        except EmailNotValidError as error:
            if not text.partition("@")[0].isascii():
                raise Invalid(
                    FieldError(field, mark("We can only write to addresses without accents or umlauts before the @."))
                ) from error
            raise Invalid(
                FieldError(
                    field, mark("This does not look like an e-mail address. It needs a form like name@example.org.")
                )
            ) from error
        mail = f"{found.ascii_local_part}@{found.ascii_domain}"
        if len(mail) > LONGEST_ADDRESS:
            raise Invalid(FieldError(field, mark("At most {most} characters, please."), {"most": LONGEST_ADDRESS}))
        return Address(mail, self.hash(mail))

    def hash(self, mail: str) -> str:
        """Nobody's mail provider tells ``Mia@`` from ``mia@``, so neither do we."""
        return hmac.new(self._key, mail.lower().encode(), hashlib.sha256).hexdigest()[:32]


class Purpose(StrEnum):
    """One salt per purpose: a link that ends a subscription confirms none, and the other way round.

    ``SUBSCRIPTION`` is the purpose of the links that end one. Its token names no request, so a link in a mail of any
    age works. ``ANSWER`` is that of the page after a registration: it says "You’re in" to whom the form led there, and
    to nobody else.
    """

    REGISTRATION = "registration"
    SUBSCRIPTION = "subscription"
    CONFIRMATION = "confirmation"
    ANSWER = "answer"


class _Hmac(SigningAlgorithm):
    """HMAC with SHA-256, in one call of OpenSSL: a broadcast signs thousands."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


class _Signer(Signer):
    """Derives each key once: a broadcast signs a link for everybody on the list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._derived: dict[Any, bytes] = {}
        super().__init__(*args, **kwargs)

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        if secret_key not in self._derived:
            self._derived[secret_key] = super().derive_key(secret_key)
        return self._derived[secret_key]


class Links:
    """Makes and reads the links we send. ``keys`` are newest first: the first signs, all of them are accepted."""

    def __init__(self, site_url: str, keys: tuple[str, ...]) -> None:
        self.site_url = site_url
        self._signers = {
            purpose: _Signer(
                list(reversed(keys)),
                salt=f"kaffeepause.{purpose}",
                digest_method=hashlib.sha256,
                algorithm=_Hmac(),
            )
            for purpose in Purpose
        }

    def token(self, purpose: Purpose, where: str, person: str) -> str:
        """``<edition or series>.<keyed hash>.<signature>``: URL-safe, and nothing personal in it."""
        return self._signers[purpose].sign(f"{where}.{person}").decode()

    def read(self, purpose: Purpose, token: str) -> tuple[str, str]:
        """The edition or series, and the person's hash. Raises ``Forged``."""
        try:
            where, _, person = self._signers[purpose].unsign(token.encode()).decode().rpartition(".")
        except (BadSignature, UnicodeError) as error:
            raise Forged from error
        return where, person

    def manage(self, edition_id: str, person: str) -> str:
        return self.site_url + paths.REGISTRATION(self.token(Purpose.REGISTRATION, edition_id, person))

    def confirmation(self, slug: str, person: str, round_: int) -> str:
        """The token that confirms the ``round_``th request for a subscription, and no other."""
        return self.token(Purpose.CONFIRMATION, f"{slug}.{round_}", person)

    def read_confirmation(self, token: str) -> tuple[str, str, int]:
        """The series, the person's hash and the request's round. Raises ``Forged``."""
        where, person = self.read(Purpose.CONFIRMATION, token)
        slug, _, round_ = where.rpartition(".")
        return slug, person, int(round_)

    def confirm(self, slug: str, person: str, round_: int) -> str:
        return self.site_url + paths.CONFIRM_SUBSCRIPTION(self.confirmation(slug, person, round_))

    def end(self, slug: str, person: str) -> str:
        return self.site_url + paths.END_SUBSCRIPTION(self.token(Purpose.SUBSCRIPTION, slug, person))
