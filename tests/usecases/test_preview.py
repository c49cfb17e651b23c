"""Preview = send: what an organiser is shown is what people get."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.builders import organised, registered, subscribed
from tests.stage import Stage

OWN = re.compile(r"/(registrations|subscriptions)/[^/\s\"<]+")


def alike(text: str) -> str:
    return OWN.sub(r"/\1/…", text).replace("Hallo Mia,", "Hallo Alex,")


@pytest.mark.parametrize("several", [False, True], ids=["one recipient", "several recipients"])
def test_the_preview_of_an_announcement_is_what_subscribers_get(on_stage: Stage, *, several: bool) -> None:
    edition = organised(on_stage, publish=False, announcement="Mit {{ Klammern }} & <b>HTML</b>.\n\n- eins\n- zwei")
    for name in ("mia", "ole")[: 2 if several else 1]:
        subscribed(on_stage, f"{name}@example.org")
    shown = on_stage.api("GET", f"/editions/{edition}/preview")[1]
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    mail = on_stage.inbox("mia@example.org")[-1]
    assert {part: alike(mail[part]) for part in ("subject", "text", "html")} == {
        part: alike(shown[part]) for part in ("subject", "text", "html")
    }


@pytest.mark.parametrize(
    "message", ["registration-confirmation", "reminder", "edition-moved", "edition-cancelled", "edition-full"]
)
def test_every_mail_about_an_edition_can_be_previewed(on_stage: Stage, message: str) -> None:
    edition = organised(on_stage)
    before = on_stage.items()
    status, shown = on_stage.api("GET", f"/editions/{edition}/preview?message={message}")
    assert status == 200
    assert "Hallo Alex," in shown["text"]
    assert shown["subject"]
    assert on_stage.items() == before


def test_the_preview_of_a_confirmation_is_what_a_participant_gets(on_stage: Stage) -> None:
    edition = organised(on_stage)
    shown = on_stage.api("GET", f"/editions/{edition}/preview?message=registration-confirmation")[1]
    registered(on_stage, edition)
    (mail,) = on_stage.inbox()
    assert alike(mail["text"]) == alike(shown["text"])


def test_links_in_a_preview_open_nobodys_registration(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(by=timedelta(hours=1))
    shown = on_stage.api("GET", f"/editions/{edition}/preview?message=reminder")[1]
    (path,) = set(re.findall(r"https://kaffee\.example\.org(/registrations/\S+)", shown["text"]))
    assert on_stage.get(path).status_code == 404


def test_the_preview_says_how_the_announcement_was_read(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, announcement="Themen:\n• Pflege\n• Kirche\nMehr: www.example.org")
    shown = on_stage.api("GET", f"/editions/{edition}/preview")[1]
    assert shown["notes"] == ["A list was recognised.", "An address became a link: www.example.org."]
    assert on_stage.api("GET", f"/editions/{edition}/preview?message=reminder")[1]["notes"] == []


@pytest.mark.parametrize(("path", "field"), [("editions", "announcement"), ("series", "description")])
def test_a_link_that_leads_nowhere_is_refused_when_it_is_written(on_stage: Stage, path: str, field: str) -> None:
    edition = organised(on_stage)
    one = edition if path == "editions" else on_stage.api("GET", f"/editions/{edition}")[1]["series"]
    status, answer = on_stage.api(
        "PATCH", f"/{path}/{one}", {field: "[a](/a), [b](ftp://example.org) and [c](example.org)"}
    )
    assert status == 422
    assert [(error["field"], error["detail"].partition(".")[0]) for error in answer["errors"]] == [
        (field, "The link to /a leads nowhere from a mail"),
        (field, "The link to ftp://example"),
    ]
    assert on_stage.api("PATCH", f"/{path}/{one}", {field: "[c](example.org) and [d](tel:+49221)"})[0] == 200
