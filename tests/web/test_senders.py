"""From which addresses a series may write: those that SES lets this deployment send from."""

from __future__ import annotations

import email
from email.header import decode_header, make_header
from email.utils import parseaddr
from http import HTTPStatus

import pytest

from chalicelib.domain.refusals import FieldError
from chalicelib.domain.series import Language
from chalicelib.words.language import tongue
from local.ses.mailbox import Composed, Content, Raw
from tests.builders import SERIES, organised, subscribed
from tests.stage import Stage


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Kaffee@Campus.Example.ORG", "Kaffee@campus.example.org"),
        ("kaffee@mail.campus.example.org", "kaffee@mail.campus.example.org"),
        ("kaffee@bücher.campus.example.org", "kaffee@xn--bcher-kva.campus.example.org"),
    ],
)
def test_a_sender_may_be_anywhere_under_the_domain(on_stage: Stage, given: str, kept: str) -> None:
    status, answer = on_stage.api("POST", "/series", SERIES | {"sender_address": given})
    assert (status, answer["sender_address"]) == (201, kept)
    status, answer = on_stage.api("PATCH", "/series/kaffeepause", {"sender_address": given})
    assert (status, answer["sender_address"]) == (200, kept)


@pytest.mark.parametrize(
    ("name", "most"), [("🎉" * 100, 43), ("ж" * 100, 87), ("名" * 100, 59)], ids=["emoji", "Cyrillic", "Chinese"]
)
def test_a_name_that_ses_would_refuse_once_encoded_is_refused_when_it_is_written(
    on_stage: Stage, name: str, most: int
) -> None:
    wanted = SERIES | {"sender_address": "kaffee@campus.example.org", "sender_name": name}
    told = [{"field": "sender_name", "detail": TOO_LONG.format(most=most)}]
    status, answer = on_stage.api("POST", "/series", wanted)
    assert (status, answer["errors"]) == (422, told)
    status, answer = on_stage.api("POST", "/series", wanted | {"sender_name": name[:most]})
    assert status == HTTPStatus.CREATED
    status, answer = on_stage.api("PATCH", "/series/kaffeepause", {"sender_name": name})
    assert (status, answer["errors"]) == (422, told)
    longer = {"sender_address": f"{'k' * 60}@campus.example.org"}
    status, answer = on_stage.api("PATCH", "/series/kaffeepause", longer)
    assert (status, answer["errors"][0]["field"]) == (422, "sender_address")


TOO_LONG = "With this address, there is room for the first {most} of these 100 characters. Please shorten the name."


def test_that_a_name_is_too_long_is_said_in_german_too() -> None:
    said = TOO_LONG.replace("100", "{given}")
    assert tongue(Language.GERMAN).refusal(FieldError("sender_name", said, {"most": 43, "given": 100})) == (
        "Bei dieser Adresse ist nur für die ersten 43 der 100 Zeichen Platz. Bitte kürze den Namen."
    )


@pytest.mark.parametrize(
    "name", ["🎉" * 43, "ж" * 87, 'Campus, "Ehrenamt"', "=?utf-8?q?Mia?=", "a" * 100], ids=range(5)
)
def test_mails_come_from_the_name_that_was_written_one_by_one_and_in_bulk(on_stage: Stage, name: str) -> None:
    edition = organised(on_stage, series={"sender_name": name}, publish=False)
    for person in ("mia", "olga"):
        subscribed(on_stage, f"{person}@example.org")
        on_stage.post(on_stage.link(f"{person}@example.org", "/confirm"))
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.settle()
    senders = {type(mail.content): name_of(mail.content) for mail in on_stage.mailbox.newest_first()}
    assert senders == {Raw: name, Composed: name}


def name_of(content: Content) -> str:
    """As mail programs read it in the header, or as SES was given it."""
    header = email.message_from_bytes(content.data)["From"] if isinstance(content, Raw) else content.sender
    name, _ = parseaddr("".join(header.splitlines()))
    return str(make_header(decode_header(name)))
