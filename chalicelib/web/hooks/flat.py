"""JSON of any shape as a list of answers: each value by its key and by its dotted path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from chalicelib.domain.intake import FALSE, TRUE
from chalicelib.domain.submission import Answer
from chalicelib.web.hooks.base import DEEPEST, LONGEST_NAME, LONGEST_VALUE, Several, Unreadable, bounded

TITLES = ("title", "label", "question", "name", "key", "ref")
VALUES = ("value", "values", "answer", "answers", "text")
"""Forms that post a list of fields name each by one of these, and its content by one of those."""

SEVERAL = "||"
"""WPForms joins the boxes of a question with it."""

_BOX = re.compile(r"(\d+)\.\d+")
"""Gravity Forms posts each box, and each part of a name, as an input of its own: 5.1, 5.2."""


def answers(given: Mapping[str, Any]) -> tuple[Answer, ...]:
    """Raises ``Unreadable`` for what is nested too deeply, has too many fields or is too large to keep."""
    found = bounded(_walk(given, (), 0))
    return (*found, *_boxes(found))


def texts(value: Any) -> tuple[str, ...]:
    """A scalar, or a list of them, as text; what was left empty has none."""
    values = value if isinstance(value, list) else [value]
    return tuple(said for one in values if (said := text(one)))


def text(value: Any) -> str:
    """A scalar as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()[:LONGEST_VALUE]


def name(value: Any) -> str:
    """What a field is called."""
    return text(value)[:LONGEST_NAME]


def _walk(value: Any, path: tuple[str, ...], depth: int) -> Iterator[Answer]:
    if depth > DEEPEST:
        raise Unreadable(f"This is nested more than {DEEPEST} deep.")
    if isinstance(value, str):
        value = _unpacked(value)
    if isinstance(value, Several):
        for inner in value:
            yield from _walk(inner, path, depth + 1)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*path, key), depth + 1)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for number, inner in enumerate(value):
            if (title := _title(inner)) is not None:
                yield _answer((*path, title), next(inner[key] for key in VALUES if key in inner))
            else:
                yield from _walk(inner, (*path, str(number)), depth + 1)
    else:
        yield _answer(path, value)


def _answer(path: tuple[str, ...], value: Any) -> Answer:
    if isinstance(value, str) and SEVERAL in value:
        value = value.split(SEVERAL)
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
        value = msgspec.json.encode(value).decode()
    return Answer(tuple(dict.fromkeys((name(".".join(path)), name(path[-1])))), texts(value))


def _title(field: Any) -> str | None:
    """What a field in a list of fields is called; None where this is no such list."""
    if not isinstance(field, dict) or not any(key in field for key in VALUES):
        return None
    return next((field[key] for key in TITLES if isinstance(field.get(key), str) and field[key]), None)


def _unpacked(text: str) -> Any:
    """JSON inside a text, as Jotform (``rawRequest``), Power Automate and Gravity Forms send it; else the text."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        found = msgspec.json.decode(text.strip())
    except (msgspec.DecodeError, RecursionError):
        return text
    return found if isinstance(found, dict | list) else text


def _boxes(found: Sequence[Answer]) -> Iterator[Answer]:
    """The boxes of one question together, besides each by itself."""
    together: dict[str, list[str]] = {}
    for answer in found:
        if match := _BOX.fullmatch(answer.names[-1]):
            together.setdefault(match[1], []).extend(answer.values)
    known = {name for answer in found for name in answer.names}
    return (Answer((name,), tuple(values)) for name, values in together.items() if name not in known)
