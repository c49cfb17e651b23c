"""Preview = send: what an organiser is shown is what people get."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.builders import organised, registered, subscribed
from tests.stage import KEY, Stage

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
    "message",
    ["registration-confirmation", "reminder", "edition-moved", "edition-cancelled", "edition-full", "thank-you"],
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


def shown(on_stage: Stage, edition: str, **asked: str) -> dict[str, Any]:
    status, answer = on_stage.api("GET", f"/editions/{edition}/preview?{urlencode(asked)}")
    assert status == 200, answer
    return dict(answer)


def test_a_cancellation_is_shown_before_anybody_cancels(on_stage: Stage) -> None:
    edition = organised(on_stage)
    mail = shown(on_stage, edition, message="edition-cancelled")
    assert mail["subject"] == "Fällt aus: Gemeinsam wirken (10. März)"
    assert "Du bist dabei" not in mail["text"] + mail["html"]
    assert on_stage.api("GET", f"/editions/{edition}")[1]["status"] == "published"


def test_a_reminder_is_shown_as_at_its_due_time(on_stage: Stage) -> None:
    edition = organised(on_stage)
    assert shown(on_stage, edition, message="reminder")["subject"] == "Morgen, 14:30 Uhr: Gemeinsam wirken"
    on_stage.travel(datetime(2027, 3, 10, 8, 0, tzinfo=UTC))
    assert shown(on_stage, edition, message="reminder")["subject"] == "Heute, 14:30 Uhr: Gemeinsam wirken"
    on_stage.travel(datetime(2027, 3, 10, 13, 40, tzinfo=UTC))
    assert shown(on_stage, edition, message="reminder")["subject"] == "Heute, 14:30 Uhr: Gemeinsam wirken"


def test_any_mail_can_be_shown_as_at_another_time(on_stage: Stage) -> None:
    edition = organised(on_stage, registration_closes_at="2027-03-09T18:00")
    asked = {"message": "reminder", "at": "2027-03-07T09:00"}
    assert shown(on_stage, edition, **asked)["subject"] == "In 3 Tagen: Gemeinsam wirken"
    assert "geschlossen" not in shown(on_stage, edition, message="announcement")["text"]
    assert "geschlossen" in shown(on_stage, edition, message="announcement", at="2027-03-10T09:00")["text"]


def test_a_move_is_shown_with_what_it_would_change(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for asked, subject in (
        ({"starts_at": "2027-03-11T10:00"}, "Neuer Termin: 11. März, 10:00 Uhr – Gemeinsam wirken"),
        ({"place": "Rathaus"}, "Neuer Ort: Gemeinsam wirken"),
        ({"join_url": "https://neu.example.org/"}, "Neuer Zugangslink: Gemeinsam wirken"),
        ({"place": "Rathaus", "join_url": "https://meet.example.org/kaffee"}, "Jetzt auch vor Ort: Gemeinsam wirken"),
        ({"place": "Rathaus", "online": "true"}, "Jetzt auch vor Ort: Gemeinsam wirken"),
        ({"duration_minutes": "90"}, "Neue Dauer: Gemeinsam wirken"),
    ):
        assert shown(on_stage, edition, message="edition-moved", **asked)["subject"] == subject
    moved = shown(on_stage, edition, message="edition-moved", starts_at="2027-03-11T10:00", place="Rathaus")
    assert "Bisher: Mittwoch, 10. März 2027, 14:30 Uhr" in moved["text"]
    assert "Wo: Rathaus" in moved["text"]
    assert on_stage.api("GET", f"/editions/{edition}")[1]["revision"] == 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"at": "soon"}, "at"),
        ({"at": "2027-03-28T02:30"}, "at"),
        ({"starts_at": "2027-03-10"}, "starts_at"),
        ({"starts_at": "2027-03-28T02:30"}, "starts_at"),
        ({"starts_at": "2026-03-10T14:30"}, "starts_at"),
        ({"message": "reminder", "at": "2027-03-10T14:30"}, "at"),
        ({"message": "edition-moved", "at": "2027-03-10T15:15"}, "at"),
        ({"duration_minutes": "long"}, "duration_minutes"),
        ({"online": "false"}, "online"),
        ({"online": "true", "join_url": "https://a.example.org"}, "online"),
        ({"colour": "brown"}, "colour"),
    ],
)
def test_what_a_preview_cannot_show_is_named(on_stage: Stage, asked: dict[str, str], field: str) -> None:
    edition = organised(on_stage)
    status, problem = on_stage.api("GET", f"/editions/{edition}/preview?{urlencode({'message': 'reminder'} | asked)}")
    assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])


def test_a_preview_is_html_or_text_for_who_asks_for_that(on_stage: Stage) -> None:
    edition = organised(on_stage)
    usual = shown(on_stage, edition)
    for accepted, content, body in (
        ("text/html,*/*;q=0.8", "text/html; charset=utf-8", usual["html"]),
        ("text/plain", "text/plain; charset=utf-8", usual["text"]),
    ):
        answer = on_stage.get(f"/api/v1/editions/{edition}/preview", Authorization=f"Bearer {KEY}", Accept=accepted)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, content)
        assert answer.body.decode() == body
        assert answer.headers["Cache-Control"] == "no-store", "like every answer of the API"


def test_a_mail_that_ses_would_refuse_is_refused_in_the_preview_as_well(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.mail.prepare.LARGEST_REQUEST", 1_000)
    status, problem = on_stage.api("GET", f"/editions/{organised(on_stage, publish=False)}/preview")
    assert (status, problem["errors"][0]["field"]) == (422, "announcement")
    assert "SES takes no more" in problem["errors"][0]["detail"]


def proposed(on_stage: Stage, edition: str, **wish: Any) -> Any:
    status, answer = on_stage.api("POST", f"/editions/{edition}/preview", wish)
    assert status == 200, answer
    return answer


def test_words_that_are_not_saved_yet_can_be_looked_at(on_stage: Stage) -> None:
    edition = organised(on_stage)
    before = on_stage.items()
    shown = proposed(
        on_stage, edition, title="Anders wirken", announcement="Ganz **neu**.", speakers=[{"name": "Eda Kaya"}]
    )
    assert shown["subject"] == "10. März, 14:30 Uhr: Anders wirken"
    assert "<strong>neu</strong>" in shown["html"]
    assert "Eda Kaya" in shown["text"]
    assert on_stage.items() == before


def test_a_proposal_may_be_as_long_as_what_can_be_saved(on_stage: Stage) -> None:
    edition, note = organised(on_stage), "Wort " * 390
    shown = proposed(on_stage, edition, message="edition-moved", starts_at="2027-03-17T14:30", note=note)
    assert shown["text"].count("Wort") == 390
    assert "17. März" in shown["text"]
    assert "10. März" in shown["text"]
    place = {"place": "Altes Rathaus"}
    assert "Altes Rathaus" in proposed(on_stage, edition, message="reminder", location=place)["text"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"message": "reminder", "note": "Hallo"}, "note"),
        ({"title": ""}, "title"),
        ({"announcement": "[hier](nirgends)"}, "announcement"),
        ({"seats": 5}, "seats"),
    ],
)
def test_a_proposal_that_cannot_be_is_told_beside_its_field(on_stage: Stage, wish: Any, field: str) -> None:
    status, answer = on_stage.api("POST", f"/editions/{organised(on_stage)}/preview", wish)
    assert (status, [error["field"] for error in answer["errors"]]) == (422, [field])


@pytest.mark.parametrize("message", ["subscription-confirmation", "submission-kept"])
def test_the_mails_of_a_series_are_shown_like_those_of_an_edition(on_stage: Stage, message: str) -> None:
    organised(on_stage)
    path = f"/series/kaffeepause/preview?message={message}"
    status, answer = on_stage.api("GET", path)
    assert status == 200
    assert "Virtuelle Kaffeepause" in answer["text"]
    page = on_stage.get(f"/api/v1{path}", Authorization=f"Bearer {KEY}", Accept="text/html")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert on_stage.api("GET", "/series/kaffeepause/preview?message=reminder")[0] == 422
