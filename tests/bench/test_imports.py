"""What each function loads to do its work, which every cold start waits for: nothing beyond what stands here."""

from __future__ import annotations

import sys

import pytest

from bench import coldstart
from local.aws.deployment import ROOT

CLIENTS = {"botocore", "certifi", "dateutil", "jmespath", "six", "urllib3"}
ALWAYS = CLIENTS | {"chalice", "itsdangerous", "msgspec", "typing_extensions"}
PAGES = {"jinja2", "markupsafe"}
DATES = {"babel", "tzdata"}
ANNOUNCEMENT = {"markdown_it", "mdurl", "nh3"}
SIGNED = {"standardwebhooks", "email_validator", "idna"}

PACKAGES = {
    "api": ALWAYS | PAGES | DATES | ANNOUNCEMENT,
    "webhook": ALWAYS | PAGES | SIGNED | {"tzdata"},
    "tick": ALWAYS | {"tzdata"},
    "transactional": ALWAYS | PAGES | DATES | {"icalendar"},
    "broadcast": ALWAYS | PAGES | DATES | ANNOUNCEMENT,
    "feedback": ALWAYS,
}
"""What others wrote."""

NOT_SHIPPED = {"pytz"}
"""Babel takes it where it is installed."""

WORLD = {
    *(f"aws.{name}" for name in ("clients", "connection", "fast_calls", "signing")),
    "identity",
    "paths",
    "queues",
    "settings",
    "vault",
    "words.text",
    "workers",
    "world",
}
SENDING = {
    *("usecases.about", "usecases.deliver", "usecases.hearing", "usecases.texts"),
    *(f"mail.{name}" for name in ("messages", "mime", "pace", "prepare", "render", "ses", "verdicts")),
    *(f"words.{name}" for name in ("columns", "language", "templating", "zone_names")),
}
PROSE = {
    *(f"words.prose.{name}" for name in ("html", "lines", "links", "numbering", "parser", "phrases", "reading")),
    *(f"words.prose.{name}" for name in ("text", "vocabulary", "wrapping")),
}

OURS = {
    "tick": WORLD | {"usecases.tick", "usecases.zone_rules"},
    "transactional": WORLD | SENDING | {"mail.calendar"},
    "broadcast": WORLD | SENDING | PROSE,
    "feedback": WORLD
    | {"words.language", "words.wording", "usecases.deciding", "usecases.feedback", "usecases.subscribe"},
}
"""What we wrote, beside the domain and the store. The function behind API Gateway knows every route."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    return coldstart.loaded(tree=ROOT)


@pytest.mark.parametrize("function", PACKAGES)
def test_each_function_loads_only_the_packages_it_works_with(loaded: dict[str, set[str]], function: str) -> None:
    ours = {"app", "chalicelib", "compiled_templates"}
    tops = {name.partition(".")[0] for name in loaded[function]}
    others = {name for name in tops if not name.startswith("_")} - sys.stdlib_module_names - ours - NOT_SHIPPED
    assert others == PACKAGES[function]


@pytest.mark.parametrize("function", OURS)
def test_each_worker_loads_only_its_own_modules(loaded: dict[str, set[str]], function: str) -> None:
    names = {name.removeprefix("chalicelib.") for name in loaded[function] if name.startswith("chalicelib.")}
    folders = {name for name in names if (ROOT / "chalicelib" / name.replace(".", "/")).is_dir()}
    assert {name for name in names - folders if not name.startswith(("domain.", "store."))} == OURS[function]
