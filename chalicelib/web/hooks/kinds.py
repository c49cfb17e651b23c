"""Which module reads which kind of source."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from chalicelib.domain.source import SourceKind
from chalicelib.web.hooks.base import Kind

MODULES = {
    SourceKind.STANDARD: "chalicelib.web.hooks.standard",
    SourceKind.TYPEFORM: "chalicelib.web.hooks.typeform",
    SourceKind.TALLY: "chalicelib.web.hooks.tally",
    SourceKind.TOKEN: "chalicelib.web.hooks.token",
}


@cache
def kind_of(kind: SourceKind) -> Kind:
    """Loaded when first asked for: a page needs none of them, and a delivery needs one."""
    return cast("Kind", import_module(MODULES[kind]))
