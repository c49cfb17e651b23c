"""AWS Signature Version 4, for the requests that are made most often."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any


class Signer:
    """AWS Signature Version 4 of a POST without a query, as botocore signs it.

    The key of a day is derived once: four of the five digests of a signature.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    def __init__(self, service: str, region: str) -> None:
        self._service, self._region = service, region
        self._derived: tuple[str, str, bytes] = ("", "", b"")

    def sign(self, path: str, headers: dict[str, str], body: bytes, credentials: Any, moment: str) -> None:
        """Add to ``headers``, whose names are in lower case and which have the ``host``, what proves who asks.

        ``moment`` is now, as in ``20270310T143000Z``: AWS compares it with its own clock, whatever ours shows.
        """
        headers["x-amz-date"] = moment
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        names = sorted(headers)
        listed = ";".join(names)
        canonical = "\n".join(
            ("POST", path, "", *[f"{name}:{headers[name]}" for name in names], "", listed, _sha256(body))
        )
        day = moment[:8]
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{_sha256(canonical.encode())}"
        signature = hmac.digest(self._key(credentials.secret_key, day), text.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, SignedHeaders={listed}, "
            f"Signature={signature}"
        )

    def _key(self, secret: str, day: str) -> bytes:
        known_secret, known_day, key = self._derived
        if (known_secret, known_day) != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._derived = (secret, day, key)
        return key


def moment_now() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
