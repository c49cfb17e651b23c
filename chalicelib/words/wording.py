"""The exact words people agree to.

What is shown is what is kept as proof, with a version made of the words themselves.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from chalicelib.domain.refusals import mark
from chalicelib.domain.series import Series
from chalicelib.words.language import tongue

PRIVACY = mark("I agree that my details are used to run this event.")
ANNOUNCEMENTS = mark(
    "I would like to hear by e-mail when {series} announces a new event. I can unsubscribe at any time, with a "
    "link in every mail."
)


@dataclass(frozen=True, slots=True)
class Wording:
    privacy: str
    announcements: str


def wording(series: Series) -> Wording:
    """In the series' language."""
    spoken = tongue(series.language)
    announcements = spoken.translate(ANNOUNCEMENTS).format(series=series.title)
    return Wording(privacy=spoken.translate(PRIVACY), announcements=announcements)


def version(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:12]
