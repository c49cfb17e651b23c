"""SES inline templates: ``{{name}}`` is replaced, and nothing else is understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_.:-]+)\s*\}\}")


class CannotRender(Exception):
    """SES has accepted the mail by now; it is never delivered, and only an event tells."""


def render(template: str, data: Mapping[str, Any]) -> str:
    """Values are put in as they are: SES escapes nothing.

    Raises ``CannotRender`` for a missing variable or a stray ``{{``.
    """
    if "{{" in _VARIABLE.sub("", template):
        raise CannotRender("The template cannot be parsed.")

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in data:
            raise CannotRender(f"Attribute '{name}' is not present in the rendering data.")
        return str(data[name])

    return _VARIABLE.sub(value, template)
