"""Domain values as items and back.

An item holds its value as one JSON ``body`` (msgspec, compact and typed), beside the few attributes that conditions,
filters and the index need. ``version`` makes every write of a value conditional on nobody else having written since it
was read.
"""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch
from typing import Any, TypeVar

import msgspec

from chalicelib.domain.addressee import Addressee
from chalicelib.domain.delivery import Batch
from chalicelib.domain.edition import Edition
from chalicelib.domain.mailing import Mailing, Slice
from chalicelib.domain.refusals import NotFound
from chalicelib.domain.registration import Registration
from chalicelib.domain.series import Series
from chalicelib.domain.source import Source
from chalicelib.domain.submission import Submission
from chalicelib.domain.subscription import Subscriber
from chalicelib.domain.suppression import Lifting
from chalicelib.domain.tally import Counts, counts_of
from chalicelib.store import keys
from chalicelib.store.keys import Key
from chalicelib.store.table import Item, Write, attributes

Value = (
    Series | Edition | Registration | Subscriber | Mailing | Addressee | Slice | Batch | Source | Submission | Lifting
)
T = TypeVar("T")

_encoder = msgspec.json.Encoder()


_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


def encode(value: Any) -> str:
    """A value of the domain as an item's body."""
    return _encoder.encode(value).decode()


@singledispatch
def key(value: Value) -> Key:
    raise TypeError(f"no key is spelled for {type(value).__name__}")


@key.register
def _(value: Series) -> Key:
    return keys.series(value.slug)


@key.register
def _(value: Edition) -> Key:
    return keys.edition(value.id)


@key.register
def _(value: Registration) -> Key:
    return keys.registration(value.edition, value.person.hash)


@key.register
def _(value: Subscriber) -> Key:
    return keys.subscriber(value.series, value.hash)


@key.register
def _(value: Mailing) -> Key:
    return keys.mailing(value.id)


@key.register
def _(value: Addressee) -> Key:
    return keys.addressee(value.mailing)


@key.register
def _(value: Slice) -> Key:
    return keys.slice_of(value.mailing, value.lower)


@key.register
def _(value: Batch) -> Key:
    return keys.batch(value.mailing, value.first)


@key.register
def _(value: Source) -> Key:
    return keys.source(value.id)


@key.register
def _(value: Submission) -> Key:
    return keys.submission(value.source, value.id)


@key.register
def _(value: Lifting) -> Key:
    return keys.lifting(value.person, value.lifted_at)


def beside(value: Value) -> Item:
    """The attributes that DynamoDB itself has to see."""
    match value:
        case Registration():
            return _of(value.person.hash, known=not value.is_erased) | {"active": {"BOOL": value.is_active}}
        case Subscriber():
            return _of(value.hash, known=not value.is_erased) | {"active": {"BOOL": value.is_active}}
        case Addressee():
            return {"person": {"S": value.hash}, "expires": expires(value.expires_at)}
        case Lifting():
            return {"person": {"S": value.person}}
        case Batch():
            return {"phase": {"S": value.state}, "tally": {"S": encode(counts_of(value))}}
        case Submission():
            return _of(value.person, known=bool(value.person)) | {
                "phase": {"S": value.state},
                "expires": expires(value.expires_at),
            }
        case _:
            return {}


def _of(person: str, *, known: bool) -> Item:
    """What the index finds a person's items by; whoever is not known, or was erased, is not found."""
    return {"person": {"S": person}} if known else {}


def expires(at: datetime) -> Item:
    """What DynamoDB's TTL reads; it deletes up to days later, so whoever reads looks at the time too."""
    return {"N": str(int(at.timestamp()))}


def put(value: Value) -> Write:
    """Write ``value``, if its version is still the one it was read with (0: it does not exist yet)."""
    item = attributes(key(value)) | beside(value)
    item |= {"body": {"S": encode(value)}, "version": {"N": str(value.version + 1)}}
    if value.version == 0:
        return {"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
    return {
        "Put": {
            "Item": item,
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":version": {"N": str(value.version)}},
        }
    }


def load(kind: type[T], item: Item) -> T:
    """Raises ``msgspec.ValidationError`` for an item that is none of ``kind``.

    Read without its version, it cannot be written back.
    """
    if kind not in _decoders:
        _decoders[kind] = msgspec.json.Decoder(kind)
    value: T = _decoders[kind].decode(item["body"]["S"])
    # The version in the body is the one before this write; dataclasses are frozen, and replace() would copy each field.
    if "version" in item:
        object.__setattr__(value, "version", int(item["version"]["N"]))
    return value


def load_counts(text: str) -> Counts:
    """What ``beside`` wrote of a batch."""
    return _counts.decode(text)


_counts = msgspec.json.Decoder(Counts)


def find(kind: type[T], item: Item | None) -> T | None:
    """As ``load``; None for no item."""
    return load(kind, item) if item else None


def existing(kind: type[T], item: Item | None) -> T:
    """As ``load``; raises ``NotFound`` for no item."""
    if item is None:
        raise NotFound
    return load(kind, item)
