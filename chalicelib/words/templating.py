"""The one way to fill a template, for pages and mails alike."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader, ModuleLoader, StrictUndefined, select_autoescape

from chalicelib import paths
from chalicelib.domain.series import Language
from chalicelib.words.language import TEMPLATES, tongue

COMPILED = TEMPLATES.parent / "compiled_templates"
"""Made by the build, and only there: reading templates from source takes a fifth of a second at every cold start."""


def compile_into(directory: Path) -> None:
    """All templates as Python modules. They serve every language, as words are looked up when a template is filled."""
    environment(Language.ENGLISH).compile_templates(
        directory, extensions=["html", "txt"], zip=None, ignore_errors=False
    )


def _loader() -> BaseLoader:
    return ModuleLoader(COMPILED) if COMPILED.is_dir() else FileSystemLoader(TEMPLATES)


@lru_cache
def environment(language: Language) -> Environment:
    """Templates in ``language``: HTML is escaped, a name that does not exist is an error, not a gap."""
    spoken = tongue(language)
    made = Environment(
        loader=_loader(),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(spoken.catalogue, newstyle=True)  # type: ignore[attr-defined]  # given by ext.i18n
    made.filters |= {
        "day": spoken.day,
        "short_day": spoken.short_day,
        "weekday": spoken.weekday,
        "month": spoken.month,
        "time": spoken.time,
        "moment": spoken.moment,
        "when": spoken.when,
        "in_a_sentence": spoken.in_a_sentence,
        "zone": spoken.zone,
        "duration": spoken.duration,
        "speakers": spoken.speakers,
        "place": spoken.place,
        "markdown": _markdown,
        "plain": _plain,
        "in_one_line": _in_one_line,
    }
    made.globals |= {"language": language, "paths": paths}
    return made


def _markdown(text: str, *, base: int = 2) -> str:
    from chalicelib.words.prose.html import to_html  # only where an announcement is shown

    return to_html(text, base=base)


def _plain(text: str) -> str:
    from chalicelib.words.prose.text import to_text

    return to_text(text)


def _in_one_line(text: str) -> str:
    from chalicelib.words.prose.text import in_one_line

    return in_one_line(text)
