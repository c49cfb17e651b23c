from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields
from datetime import timedelta

import pytest

from chalicelib.settings import LONGEST_WORDS, NAMES, OPTIONAL, SECRETS, WORDS, IncompleteSettings, Settings
from tests.test_architecture import ROOT

DOCUMENT = (ROOT / "docs/reference/settings.md").read_text("utf-8")

COMPLETE = {
    "TABLE": "kaffeepause",
    "TRANSACTIONAL_QUEUE_URL": "https://sqs.example.org/transactional",
    "BROADCAST_QUEUE_URL": "https://sqs.example.org/broadcast",
    "TRANSACTIONAL_CONFIGURATION_SET": "transactional",
    "BROADCAST_CONFIGURATION_SET": "broadcast",
    "PUBLIC_URL": "https://events.example.org",
    "SENDER_DOMAIN": "example.org",
    "SIGNING_KEYS": "n" * 32 + "," + "o" * 32,
    "ADDRESS_KEY": "a" * 32,
    "ADMIN_KEY_HASHES": hashlib.sha256(b"one").hexdigest() + "," + hashlib.sha256(b"two").hexdigest(),
}


def documented() -> dict[str, list[str]]:
    """The rows of the tables, by the setting in their first column."""
    rows = (line.strip("|").split("|") for line in DOCUMENT.splitlines() if line.startswith("| `"))
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in rows}


def test_complete_settings_are_read_as_they_are() -> None:
    settings = Settings.read(COMPLETE)
    assert settings.table == "kaffeepause"
    assert settings.public_url == "https://events.example.org"
    assert settings.signing_keys == ("n" * 32, "o" * 32)
    assert len(settings.admin_key_hashes) == 2
    assert (settings.grace, settings.transactional_share, settings.workers_per_lane) == (timedelta(minutes=15), 0.2, 2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [None, "", "  "], ids=["absent", "empty", "only spaces"])
def test_a_missing_setting_is_refused_by_its_name(name: str, value: str | None) -> None:
    given = COMPLETE | {name: value} if value is not None else {key: COMPLETE[key] for key in COMPLETE if key != name}
    with pytest.raises(IncompleteSettings) as refused:
        Settings.read(given)  # type: ignore[arg-type]
    assert str(refused.value) == f"Set {name} (see docs/reference/settings.md)."


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(IncompleteSettings) as refused:
        Settings.read({})
    assert re.findall(r"[A-Z]{3,}[A-Z_]*", str(refused.value)) == list(NAMES)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", ["short", "x" * 31, "x" * 32 + ",short"])
def test_a_weak_secret_is_refused_by_its_name_and_not_told(name: str, value: str) -> None:
    with pytest.raises(IncompleteSettings) as refused:
        Settings.read(COMPLETE | {name: value})
    assert str(refused.value) == f"{name}: each key needs at least 32 characters."


@pytest.mark.parametrize("name", ["SIGNING_KEYS", "ADMIN_KEY_HASHES"])
def test_a_list_of_no_keys_is_a_missing_setting(name: str) -> None:
    with pytest.raises(IncompleteSettings, match=name):
        Settings.read(COMPLETE | {name: " , ,"})


def test_a_key_in_the_place_of_its_hash_is_refused_and_not_told() -> None:
    """It would open nothing, and lie readable in the functions' configuration."""
    key = "an-admin-key-that-somebody-pasted-as-it-is"
    with pytest.raises(IncompleteSettings, match="ADMIN_KEY_HASHES") as refused:
        Settings.read(COMPLETE | {"ADMIN_KEY_HASHES": key})
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    "value", ["events.example.org", "//events.example.org", "https://", "ftp://events.example.org"]
)
def test_a_public_address_that_no_link_can_begin_with_is_refused(value: str) -> None:
    with pytest.raises(IncompleteSettings, match="PUBLIC_URL"):
        Settings.read(COMPLETE | {"PUBLIC_URL": value})


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_number_is_within_its_bounds_or_refused_by_its_name(name: str) -> None:
    _, least, most = OPTIONAL[name]
    for value in (least, most):
        Settings.read(COMPLETE | {name: str(value)})
    for value in (str(least - 1), str(most + 1), "many", "1.5", "١", "-1"):
        with pytest.raises(IncompleteSettings, match=f"{name} has to be a whole number from {least} to {most}"):
            Settings.read(COMPLETE | {name: value})


def test_a_name_of_the_site_is_one_line_or_refused() -> None:
    assert Settings.read(COMPLETE).site_name == "Kaffeepause"
    assert Settings.read(COMPLETE | {"SITE_NAME": " Café Müller "}).site_name == "Café Müller"
    for value in ("two\nlines", "x" * (LONGEST_WORDS + 1)):
        with pytest.raises(IncompleteSettings, match="SITE_NAME has to be one line of at most 60 characters"):
            Settings.read(COMPLETE | {"SITE_NAME": value})


@pytest.mark.parametrize("value", ["kaffee@example.org", "https://example.org", "müller.example", "example..org", "*"])
def test_a_sender_domain_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(IncompleteSettings, match="SENDER_DOMAIN has to be a domain"):
        Settings.read(COMPLETE | {"SENDER_DOMAIN": value})


def test_a_sender_domain_may_be_written_in_capitals() -> None:
    assert Settings.read(COMPLETE | {"SENDER_DOMAIN": "Example.ORG"}).sender_domain == "example.org"


def test_a_slash_at_the_end_and_spaces_around_do_no_harm() -> None:
    given = {name: f" {value} " for name, value in COMPLETE.items()} | {
        "PUBLIC_URL": "https://events.example.org/prod/"
    }
    assert Settings.read(given).public_url == "https://events.example.org/prod"
    assert Settings.read(given).signing_keys == ("n" * 32, "o" * 32)


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    settings = Settings.read(COMPLETE)
    with pytest.raises(AttributeError):
        settings.table = "other"  # type: ignore[misc]


# The page about them


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    assert set(documented()) == {*NAMES, *OPTIONAL, *WORDS}
    assert len(fields(Settings)) == len(NAMES) + len(OPTIONAL) + len(WORDS)


def test_the_page_says_what_is_secret() -> None:
    assert {name for name, cells in documented().items() if cells[0] == "yes"} == set(SECRETS)
    for name in SECRETS:
        assert f"**`{name}`.**" in DOCUMENT, "how it is changed"


def test_the_page_has_the_usual_values_and_their_bounds() -> None:
    numbers = {
        name: tuple(int(cell) for cell in cells[1:4]) for name, cells in documented().items() if name in OPTIONAL
    }
    assert numbers == OPTIONAL
    words = {name: (cells[1], cells[2]) for name, cells in documented().items() if name in WORDS}
    assert words == {name: (usual, str(LONGEST_WORDS)) for name, usual in WORDS.items()}


def test_the_template_gives_the_functions_every_setting() -> None:
    template = json.loads((ROOT / "infra/resources.json").read_text("utf-8"))
    given = template["Globals"]["Function"]["Environment"]["Variables"]
    assert {*NAMES, *OPTIONAL, *WORDS} <= set(given)
    assert given["SENDER_DOMAIN"] == {"Ref": "SenderDomain"}, "what the policies name"
