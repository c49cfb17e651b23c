"""How much of a run's CPU went into which stage of the work: a profile, added up by what the code is for."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import defaultdict
from pathlib import PurePath
from typing import Any, Self

from bench.measure import Meter

Function = tuple[str, int, str]

STAGES = {
    "HTTP and header parsing": (
        "botocore/httpsession",
        "botocore/awsrequest",
        "botocore/endpoint.py",
        "urllib3/",
        "http/client",
        "email/",
        "ssl.py",
        "socket.py",
        "chalicelib/aws/connection",
    ),
    "fast calls: bodies and answers": ("chalicelib/aws/fast_calls",),
    "serialising": ("botocore/serialize", "botocore/validate", "json/encoder", "json/__init__"),
    "signing": (
        "botocore/auth",
        "botocore/signers",
        "botocore/credentials",
        "botocore/tokens",
        "hmac.py",
        "aws/signing",
    ),
    "parsing": ("botocore/parsers", "botocore/response", "json/decoder"),
    "endpoint rules": ("botocore/endpoint_provider", "botocore/regions", "botocore/endpoint"),
    "events": ("botocore/hooks", "botocore/handlers"),
    "the rest of botocore": ("botocore/", "boto3/"),
    "Chalice": ("chalice/",),
}
"""By the files whose time it is, the first that fits. What serves many, such as ``re``, is on its callers' account."""

LEFT_OUT = "bench and whatever nobody called"


class Profiled(Meter):
    """A meter that also tells where the time went. What it spends is more than without, and not for a figure."""

    def __init__(self) -> None:
        super().__init__()
        self.profile = cProfile.Profile(time.process_time)  # by the wall clock, waiting for an answer would be HTTP's

    def __enter__(self) -> Self:
        super().__enter__()
        self.profile.enable()
        return self

    def __exit__(self, *exception: object) -> None:
        self.profile.disable()
        super().__exit__(*exception)


def shares(profile: cProfile.Profile) -> list[tuple[str, float]]:
    """Stages and their shares of the whole, the largest first; our own code by module."""
    told: dict[Function, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # documented, and not typed
    spent: dict[str, float] = defaultdict(float)
    known: dict[Function, dict[str, float]] = {}
    for function, (_, _, own, _, callers) in told.items():
        if stage := stage_of(function):
            spent[stage] += own
            continue
        # A profile tells of each caller how much of a function's own time was spent for it.
        for caller, (_, _, for_it, _) in callers.items():
            for stage, share in _account(caller, told, known, frozenset()).items():
                spent[stage] += share * for_it
        if not callers:
            spent[LEFT_OUT] += own
    whole = sum(spent.values())
    return sorted(((stage, time / whole) for stage, time in spent.items()), key=lambda one: -one[1])


def stage_of(function: Function) -> str:
    """Empty for what serves many stages."""
    path = PurePath(function[0]).as_posix()
    stage = next((stage for stage, files in STAGES.items() if any(f"/{file}" in path for file in files)), "")
    if not stage and "/chalicelib/" in path:
        return "ours: " + path.rpartition("/chalicelib/")[2].removesuffix(".py")
    return stage


def _account(
    function: Function, told: dict[Function, Any], known: dict[Function, dict[str, float]], below: frozenset[Function]
) -> dict[str, float]:
    """The stages a function works for, by the time its callers spend in it; what calls itself in a circle counts
    once."""
    if stage := stage_of(function):
        return {stage: 1.0}
    if function in known:
        return known[function]
    callers = {caller: one[3] for caller, one in told[function][4].items() if caller not in below | {function}}
    whole = sum(callers.values())
    found: dict[str, float] = defaultdict(float)
    for caller, took in callers.items():
        for stage, share in _account(caller, told, known, below | {function}).items():
            found[stage] += share * took / whole if whole else share / len(callers)
    if not found:
        found[LEFT_OUT] = 1.0
    if not below:  # within a circle it is only part of the truth
        known[function] = dict(found)
    return dict(found)
