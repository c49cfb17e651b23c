"""Whether somebody is meant by what an organiser types: by parts of their name or address."""

from __future__ import annotations

import unicodedata

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def is_meant(search: str, *texts: str) -> bool:
    """Whether every word of ``search`` is in ``texts``, whatever its case and accents.

    ``Mueller`` and ``muller`` both find *Müller*. Nothing finds everybody.
    """
    spelled = [folded(text) for text in texts]
    spelled += [folded(text.casefold().translate(UMLAUTS)) for text in map(_composed, texts)]
    return all(any(folded(word) in text for text in spelled) for word in search.split())


def folded(text: str) -> str:
    """Without case and accents; ``ß`` is ``ss``."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
