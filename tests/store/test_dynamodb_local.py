"""AWS's DynamoDB Local beside other things that run on this machine."""

from __future__ import annotations

import socket

import pytest

from local.aws.dynamodb import client, dynamodb_local
from local.aws.surroundings import LOOPBACK


@pytest.mark.dynamodb
def test_a_port_that_somebody_took_meanwhile_is_not_the_end() -> None:
    with socket.socket() as theirs, socket.socket() as free:
        for one in (theirs, free):
            one.bind((LOOPBACK, 0))
        taken, other = (one.getsockname()[1] for one in (theirs, free))
        free.close()
        ports = iter([taken, other])
        with dynamodb_local(lambda: next(ports)) as endpoint:
            assert endpoint.endswith(f":{other}")
            assert client(endpoint).list_tables()["TableNames"] == []
