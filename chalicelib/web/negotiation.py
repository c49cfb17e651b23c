"""What a request would rather have (RFC 9110 §12.5), and whether it has the content already (§13.1.2).

Pure functions of its headers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from chalicelib.domain.series import Language

PAGES = ("text/html", "application/xhtml+xml")
PROBLEMS = ("application/json", "application/problem+json")

_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_OPAQUE = re.compile(r'"[^"]*"')


def weights(accepted: str) -> dict[str, float]:
    """The items of an ``Accept…`` header, in lower case and in their order, with their weights; what has no readable
    weight is left out."""
    found: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((one.removeprefix("q=") for one in parameters if one.startswith("q=")), "1")
        if name and _WEIGHT.fullmatch(weight):
            found[name] = max(float(weight), found.get(name, 0))
    return found


def names_pages(accepted: str) -> bool:
    """Does ``Accept`` name HTML, and no JSON with more weight? Browsers do; ``*/*`` alone is what programs send."""
    page, problem = _page_and_problem(accepted)
    return page > 0 and page >= problem


def prefers_problems(accepted: str) -> bool:
    """Does ``Accept`` name JSON with more weight than HTML?"""
    page, problem = _page_and_problem(accepted)
    return problem > page


def preferred_type(accepted: str, offered: Sequence[str]) -> str:
    """The media type with the most weight in ``Accept``, the first of several; the first where none is named."""
    wanted = weights(accepted)

    def weight(offer: str) -> float:
        ranges = (offer, f"{offer.partition('/')[0]}/*", "*/*")  # the most specific one holds
        return next((wanted[one] for one in ranges if one in wanted), 0)

    return max(offered, key=weight)


def first_type(accepted: str) -> str:
    """The media type that ``Accept`` begins with, as it is written and with its parameters.

    API Gateway looks at no other to see whether an answer in base64 is to be decoded.
    """
    return accepted.partition(",")[0].strip()


def preferred_language(accepted: str) -> Language:
    """The one with the most weight in ``Accept-Language`` that we speak, the first of several; English
    where none is named."""
    wanted = weights(accepted)
    for tag in sorted(wanted, key=lambda tag: wanted[tag], reverse=True):
        primary = tag.partition("-")[0]
        if wanted[tag] and primary in set(Language):
            return Language(primary)
    return Language.ENGLISH


def etag(content: str) -> str:
    """Weak, as API Gateway compresses the answer after us: the bytes differ, the content does not (RFC 9110
    §8.8.3.3)."""
    return f'W/"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'


def has_already(if_none_match: str, current: str) -> bool:
    """Is ``current`` among the entity tags, by weak comparison (RFC 9110 §13.1.2)?

    ``*`` stands for whatever there is.
    """
    return if_none_match.strip() == "*" or current.removeprefix("W/") in _OPAQUE.findall(if_none_match)


def _page_and_problem(accepted: str) -> tuple[float, float]:
    wanted = weights(accepted)
    page, problem = (max(wanted.get(name, 0) for name in names) for names in (PAGES, PROBLEMS))
    return page, problem
