"""What a function finds around it: region, credentials and endpoint in the environment, as Lambda would set them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

REGION = "eu-central-1"
ACCOUNT = "123456789012"
LOOPBACK = "127.0.0.1"

Clients = Callable[[str], Any]
"""Gives the boto3 client of a service, by name."""


def surroundings(endpoint: str) -> dict[str, str]:
    """The environment of a process whose AWS is at ``endpoint``. Nothing of the developer's own AWS account gets in."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return own | {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }


def clients(endpoint: str) -> Clients:
    """boto3 clients for the AWS at ``endpoint``, whatever this process's own environment says. They never try twice."""
    config = Config(proxies={}, retries={"total_max_attempts": 1, "mode": "standard"})
    session = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)
    return lambda service: session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]


def adopt(environment: dict[str, str]) -> None:
    """Make ``environment`` this process's own.

    What stays is never gone in between: threads and preloaded libraries read it too.
    """
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
