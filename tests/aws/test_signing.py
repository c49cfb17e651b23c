"""Signatures, compared with those that botocore makes."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials

from chalicelib.aws.fast_calls import OURS
from chalicelib.aws.signing import Signer

REGION = "eu-central-1"
SIGNED = 3000
"""Requests whose signatures are compared."""


def test_a_signature_is_the_one_that_botocore_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one signer, whose keys, days and tokens change from request to request and come again."""
    chance, signer = random.Random(18), Signer("ses", REGION)
    keys = [("".join(chance.choices("aZ09+/=äß🎉 ", k=40)), chance.choice([None, "tok/en+="])) for _ in range(8)]
    for number in range(SIGNED):
        secret, token = chance.choice(keys)
        now = datetime(2026, 12, 30, 23, 59) + timedelta(minutes=chance.randrange(4 * 24 * 60))
        body, path = chance.randbytes(chance.randrange(200)), chance.choice(["/", *OURS["sesv2"].values()])
        headers = {"host": "email.eu-central-1.amazonaws.com", "content-type": "application/json"}
        headers |= {f"x-amz-{chance.choice('abcyz')}": str(number) for _ in range(chance.randrange(3))}
        request = AWSRequest("POST", f"https://{headers['host']}{path}", headers=dict(headers), data=body)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda now=now, **_: now)
        SigV4Auth(Credentials("AKID", secret, token), "ses", REGION).add_auth(request)
        signer.sign(path, headers, body, ReadOnlyCredentials("AKID", secret, token), f"{now:%Y%m%dT%H%M%SZ}")
        assert headers["authorization"] == request.headers["Authorization"]
