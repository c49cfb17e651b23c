"""What a checker may say: each with the reason why no reader gains by mending it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


def not_allowed(said: Iterable[tuple[str, str]], allowed: Mapping[str, str]) -> str:
    """Who is told what, a line each, where no pattern in ``allowed`` matches the whole of it."""
    found = {f"{whom}: {words}" for whom, words in said if not any(re.fullmatch(one, words) for one in allowed)}
    return "\n".join(sorted(found))


def never_said(said: Iterable[tuple[str, str]], allowed: Mapping[str, str]) -> list[str]:
    """What is allowed in vain, and has to go from the list."""
    words = {words for _, words in said}
    return [one for one in allowed if not any(re.fullmatch(one, each) for each in words)]
