"""The settings of the worlds that are searched."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.settings import Settings

GRACE = timedelta(minutes=15)
SETTINGS = Settings(
    table="t",
    transactional_queue_url="q",
    broadcast_queue_url="q",
    transactional_configuration_set="set",
    broadcast_configuration_set="set",
    public_url="https://events.example.org",
    sender_domain="campus.example.org",
    signing_keys=("s" * 32,),
    address_key="a" * 32,
    admin_key_hashes=("0" * 64,),
    grace=GRACE,
)
