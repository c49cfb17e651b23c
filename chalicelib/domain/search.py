"""Whether somebody is meant by what an organiser types: by parts of their name or address."""

from __future__ import annotations

import unicodedata

OF_ONE_PIECE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters whose strokes Unicode does not take for accents."""

UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}
SPELLED_OUT = str.maketrans(UMLAUTS)


def is_meant(search: str, *texts: str) -> bool:
    """Whether every word of ``search`` is in ``texts``, whatever its case and accents.

    ``Müller``, ``Mueller`` and ``muller`` each find *Müller* and *Mueller*. Nothing finds everybody.
    """
    words = search.split()
    if not words:
        return True  # as of everybody in a list, where spelling out their names would be half of the work
    spelled = [one for text in texts for one in (folded(text), spelled_out(text), _without_e(folded(text)))]
    return all(any(one in text for one in (folded(word), spelled_out(word)) for text in spelled) for word in words)


def folded(text: str) -> str:
    """Without case and accents; ``ß`` is ``ss``."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(OF_ONE_PIECE))
    return "".join(one for one in apart if not unicodedata.combining(one))


def spelled_out(text: str) -> str:
    """As ``folded``, with ``ae`` for ``ä`` and so on."""
    return folded(unicodedata.normalize("NFC", text).casefold().translate(SPELLED_OUT))


def _without_e(text: str) -> str:
    """What is spelled out, as if the dots had been left out: ``muller`` for ``mueller``."""
    for letters in UMLAUTS.values():
        text = text.replace(letters, letters[0])
    return text
