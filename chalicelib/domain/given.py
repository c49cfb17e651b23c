"""What somebody gives: everything a new thing is made of (a draft), or only what is to change (a change).

A draft and a change are dataclasses whose fields are named as in what they make or change. A field of a change that was
not given is ``NOT_GIVEN``; ``None`` is a value like others (``seats=None``: without a limit).
"""

from __future__ import annotations

from dataclasses import Field, fields, replace
from enum import Enum
from typing import Any, ClassVar, Protocol, TypeVar


class Dataclass(Protocol):
    """Any instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


T = TypeVar("T", bound=Dataclass)


class NotGiven(Enum):
    """An enum, because mypy narrows ``value is NOT_GIVEN`` for one."""

    NOT_GIVEN = "not given"


NOT_GIVEN = NotGiven.NOT_GIVEN


def given(said: Dataclass) -> dict[str, Any]:
    """The fields of a draft or a change that were given, in the order of its class."""
    values = ((field.name, getattr(said, field.name)) for field in fields(said))
    return {name: value for name, value in values if value is not NOT_GIVEN}


def changed(was: T, change: Dataclass) -> T:
    """``was`` with what ``change`` gives. What is not given stays as it is."""
    return replace(was, **given(change))
