"""A verified request as a submission, before anything is decided about it: what is kept of it, and what it
is known by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from chalicelib.domain import intake as rules
from chalicelib.domain.intake import Unclear
from chalicelib.domain.source import Source
from chalicelib.domain.submission import Payload, Reason, State, Submission, What
from chalicelib.world import World

LONGEST_ID = 500
"""Characters of a tool's id as it is kept; of a longer one only its hash."""

LONGEST_RAW = 20_000
"""Characters kept of a request that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A verified request.

    ``payload`` is None where it could not be read, and ``problem`` says why; then ``raw`` is what came.
    """

    payload: Payload | None
    problem: str = ""
    raw: str = ""
    media_type: str = ""


def submission_of(world: World, source: Source, arrived: Arrived) -> Submission:
    """The submission before anything is decided: it is to be registered, unless it asks for nothing or
    cannot be read."""
    now = world.clock()
    provider_id = _provider_id(source, arrived, now)
    submission = Submission(
        source=source.id,
        id=f"{int(now.timestamp() * 1000):012x}-{hash_of(provider_id)[:16]}",
        provider_id=provider_id,
        received_at=now,
        state=State.REGISTERED,
        media_type=arrived.media_type,
    )
    if arrived.payload is None:
        return replace(
            submission,
            state=State.KEPT,
            reason=Reason.NOT_READABLE,
            detail=arrived.problem,
            raw=arrived.raw[:LONGEST_RAW],
        )
    states = {What.TEST: State.TEST, What.PARTIAL: State.IGNORED}
    return replace(
        submission,
        answers=arrived.payload.answers,
        state=states.get(arrived.payload.what, State.REGISTERED),
    )


def _provider_id(source: Source, arrived: Arrived, now: datetime) -> str:
    """The tool's own id; without one, a hash of what was filled in and of the minute: a double click is one
    submission."""
    known_as = _tools_id(source, arrived.payload)
    if len(known_as) > LONGEST_ID:
        return hashlib.sha256(known_as.encode()).hexdigest()
    if known_as:
        return known_as
    said = msgspec.json.encode(arrived.payload.answers) if arrived.payload else arrived.raw.encode()
    return f"{now:%Y%m%d%H%M}-{hashlib.sha256(said).hexdigest()[:32]}"


def _tools_id(source: Source, payload: Payload | None) -> str:
    if payload and payload.id:
        return payload.id
    if payload and source.id_field:
        try:
            found = rules.find(payload.answers, source.id_field)
        except Unclear:
            found = None
        if found:
            return found.text
    return ""


def hash_of(provider_id: str) -> str:
    return hashlib.sha256(provider_id.encode()).hexdigest()[:32]
