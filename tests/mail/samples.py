"""What people may type, as Hypothesis draws it, and one message of each class."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from chalicelib.domain.sender import Sender, sender_of
from chalicelib.mail.messages import (
    AnnouncedEditionMoved,
    EditionMessage,
    EditionMoved,
    Message,
    MessageToRegistered,
    Reminder,
)
from chalicelib.words.text import HIDDEN, OVERRIDES
from tests.builders import a_series, an_edition

SITE = "https://kaffee.example.org"
THE_SITE = Sender(title="Kaffeepause", name="Kaffeepause", address="no-reply@campus.example.org")

BYTE_ORDER_MARK = "\ufeff"
"""Our doors take it out, and readers of calendars take it off the beginning of a line."""

# Weighted towards what has a meaning to HTML, templates, headers and calendars.
CHARACTERS = st.one_of(
    st.sampled_from(list("{}<>&\"'\\;:,%=?()@.-_^| \u00a0\u200d\u0301äß“🎉👩‍💻中ע")),
    st.characters(exclude_categories=HIDDEN, exclude_characters=f"{OVERRIDES}{BYTE_ORDER_MARK}"),
)


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


LINES = st.text(CHARACTERS, min_size=1, max_size=100).map(_tidy).filter(bool)
"""One line as our doors let it in."""

FIELDS: dict[type[Message], dict[str, Any]] = {
    MessageToRegistered: {"subject": "Der Eingang", "text": "Bitte **links** klingeln.\n\n- oder anrufen"},
    Reminder: {"days_left": 1},
    EditionMoved: {"was": datetime(2027, 3, 9, 14, 30)},
    AnnouncedEditionMoved: {"was": datetime(2027, 3, 9, 14, 30)},
}
"""What a class has beside series and edition."""

VALUES = {
    "name": "Mia Lang",
    "manage_url": f"{SITE}/registrations/abc.def",
    "confirm_url": f"{SITE}/subscriptions/abc.def/confirm",
    "unsubscribe_url": f"{SITE}/subscriptions/abc.def/end",
    "source_name": "Unser Formular",
    "problem": "x7",
    "remedy": "y8",
    "moment": "Montag, 1. Februar 2027, 10:00 Uhr",
    "source_url": f"{SITE}/api/v1/sources/0123456789ab",
    "kept_url": f"{SITE}/api/v1/sources/0123456789ab/submissions?state=kept",
}


def a_message(kind: type[Message], **given: Any) -> Message:
    about = {"edition": an_edition()} if issubclass(kind, EditionMessage) else {}
    values = {"series": a_series(), "site_url": SITE} | about | FIELDS.get(kind, {}) | given
    series = values["series"]
    return kind(sender=sender_of(series, site=THE_SITE), language=series.language, **values)
