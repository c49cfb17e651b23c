"""What an organiser says beside a move or a cancellation: a note in the mail, a reason in the mail and on the page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.builders import organised, registered
from tests.stage import Stage

NOTE = "Der Raum ist **belegt**.\n\n- Bitte bringt Tassen mit: www.example.org"
NOTE_AS_TEXT = "Der Raum ist belegt.\n\n- Bitte bringt Tassen mit: www.example.org\n"
REASON = "Andrea ist *krank* geworden."
REASON_AS_HTML = "<p>Andrea ist <em>krank</em> geworden.</p>"
ELSEWHEN = {"starts_at": "2027-03-17T10:00"}


def organise(on_stage: Stage, edition: str, verb: str, **wish: Any) -> dict[str, Any]:
    status, answer = on_stage.api("POST", f"/editions/{edition}/{verb}", wish)
    assert status == 200, answer
    on_stage.run()
    return dict(answer)


def test_the_note_of_a_move_stands_below_the_new_details_in_the_mail_only(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    answer = organise(on_stage, edition, "move", **ELSEWHEN, note=NOTE)
    assert [one.get("text") for one in answer["mailings"]] == [NOTE, None, None]
    mail = on_stage.inbox("mia@example.org")[-1]
    details, _, below = mail["text"].partition("Wann: Mittwoch, 17. März 2027")
    assert NOTE_AS_TEXT in below
    assert "Tassen" not in details
    assert "<strong>belegt</strong>" in mail["html"]
    assert "Tassen" not in on_stage.get(f"/editions/{edition}").body.decode()


def test_the_reason_of_a_cancellation_stands_in_the_mail_and_on_the_pages_and_the_note_in_the_mail(
    on_stage: Stage,
) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    ticket = on_stage.link("mia@example.org", "/registrations/")
    answer = organise(on_stage, edition, "cancel", reason=REASON, note=NOTE)
    assert answer["edition"]["cancelled_because"] == REASON
    mail = on_stage.inbox("mia@example.org")[-1]
    assert f"Andrea ist krank geworden.\n\n{NOTE_AS_TEXT}" in mail["text"]
    assert mail["html"].index(REASON_AS_HTML) < mail["html"].index("<strong>belegt</strong>")
    for path in (f"/editions/{edition}", ticket):
        page = on_stage.get(path).body.decode()
        assert REASON_AS_HTML in page
        assert "Tassen" not in page


def test_whoever_registered_a_moment_before_the_cancellation_reads_the_reason_too(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=5)
    on_stage.post(f"/editions/{edition}/registrations", {"name": "Mia", "email": "mia@example.org", "privacy": "yes"})
    on_stage.api("POST", f"/editions/{edition}/cancel", {"reason": REASON})
    on_stage.run()
    (mail,) = on_stage.inbox("mia@example.org")
    assert "Andrea ist krank geworden." in mail["text"]


def test_without_words_the_mails_and_answers_are_as_ever(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    answers = [organise(on_stage, edition, "move", **ELSEWHEN), organise(on_stage, edition, "cancel")]
    assert [("note" in one, [mailing.get("text") for mailing in one["mailings"]]) for one in answers] == [
        (False, [None, None, None]),
        (False, [None]),
    ]
    for mail in on_stage.inbox("mia@example.org")[-2:]:
        assert "\n\n\n" not in mail["text"]
        assert 'class="prose"' not in mail["html"]
    assert "prose" in (page := on_stage.get(f"/editions/{edition}").body.decode())
    assert 'class="prose"' not in page.split("facts")[0]


@pytest.mark.parametrize(
    ("verb", "first", "second", "said"),
    [
        ("move", {"note": "a"}, {"note": "a"}, "This edition is there already; nothing has changed."),
        ("move", {"note": "a"}, {}, "This edition is there already; nothing has changed."),
        (
            "move",
            {"note": "a"},
            {"note": "b"},
            "This edition is there already; nothing has changed. Your note stands in no mail.",
        ),
        (
            "cancel",
            {"reason": "a", "note": "c"},
            {"reason": "a", "note": "c"},
            "This edition was cancelled already; nothing has changed.",
        ),
        (
            "cancel",
            {"reason": "a"},
            {"reason": "b", "note": "c"},
            "This edition was cancelled already; nothing has changed. Your reason and note stand in no mail.",
        ),
    ],
)
def test_repeated_with_other_words_nothing_changes_and_the_answer_says_so(
    on_stage: Stage, verb: str, first: dict[str, str], second: dict[str, str], said: str
) -> None:
    edition = organised(on_stage)
    where = ELSEWHEN if verb == "move" else {}
    organise(on_stage, edition, verb, **where, **first)
    before = on_stage.items()
    answer = organise(on_stage, edition, verb, **where, **second)
    assert (answer["changed"], answer["note"]) == (False, said)
    assert on_stage.items() == before


def test_a_draft_has_nobody_to_be_told_a_note(on_stage: Stage) -> None:
    answer = organise(on_stage, organised(on_stage, publish=False), "cancel", note=NOTE)
    assert (answer["changed"], answer["mailings"], answer["note"]) == (True, [], "Your note stands in no mail.")


def test_a_copy_of_a_cancelled_edition_has_no_reason_to_be_cancelled(on_stage: Stage) -> None:
    edition = organised(on_stage)
    organise(on_stage, edition, "cancel", reason=REASON)
    copy = on_stage.api("POST", f"/editions/{edition}/copy", {"starts_at": "2027-04-14T14:30"})[1]
    assert copy["cancelled_because"] == ""


@pytest.mark.parametrize(("verb", "field"), [("move", "note"), ("cancel", "note"), ("cancel", "reason")])
@pytest.mark.parametrize("text", ["x" * 2001, "[hier](/da)", 7])
def test_words_that_cannot_be_sent_are_refused_beside_their_field(
    on_stage: Stage, verb: str, field: str, text: object
) -> None:
    edition = organised(on_stage)
    status, problem = on_stage.api("POST", f"/editions/{edition}/{verb}", {field: text})
    assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])


QUOTED = (">" * 19 + "a\n\n") * 90
"""Two thousand characters that are nearly fifty thousand in HTML."""

LINKS = [{"name": "N", "organisation": "&" * 120, "link": "https://a.example/?" + "&" * 900} for _ in range(9)]


@pytest.mark.parametrize(
    ("verb", "words"),
    [("move", {**ELSEWHEN, "note": QUOTED}), ("cancel", {"reason": QUOTED, "note": QUOTED})],
)
def test_words_that_make_the_mail_too_large_are_refused_and_nothing_happens(
    on_stage: Stage, verb: str, words: dict[str, str]
) -> None:
    edition = organised(on_stage, speakers=LINKS if verb == "move" else [])
    before = on_stage.items()
    status, problem = on_stage.api("POST", f"/editions/{edition}/{verb}", words)
    assert (status, [error["field"] for error in problem["errors"]]) == (422, ["note"]), problem
    assert problem["errors"][0]["detail"].startswith("The mail cannot be sent: The mail has ")
    assert on_stage.items() == before


def test_a_note_and_a_reason_are_shown_before_anybody_reads_them(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.clock.turn(by=timedelta(hours=1))
    before = on_stage.items()
    proposals = [
        ({"message": "edition-moved", **ELSEWHEN, "note": NOTE}, "move", {**ELSEWHEN, "note": NOTE}),
        ({"message": "edition-cancelled", "reason": REASON, "note": NOTE}, "cancel", {"reason": REASON, "note": NOTE}),
    ]
    for query, verb, wish in proposals:
        shown = on_stage.api("GET", f"/editions/{edition}/preview?{urlencode(query)}")[1]
        assert shown["notes"] == ["An address became a link: www.example.org."]
        if verb == "move":
            assert on_stage.items() == before
        organise(on_stage, edition, verb, **wish)
        mail = on_stage.inbox("mia@example.org")[-1]
        assert mail["subject"] == shown["subject"]
        words = NOTE_AS_TEXT if verb == "move" else f"Andrea ist krank geworden.\n\n{NOTE_AS_TEXT}"
        assert words in shown["text"]
        assert words in mail["text"]


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({"message": "reminder", "note": "a", "reason": "b"}, ["note", "reason"]),
        ({"message": "edition-moved", "reason": "b"}, ["reason"]),
        ({"message": "edition-moved", "note": "[hier](/da)"}, ["note"]),
        ({"note": "a", "online": "true", "join_url": "https://a.example.org"}, ["note", "online"]),
    ],
)
def test_words_that_a_mail_has_not_are_named(on_stage: Stage, asked: dict[str, str], fields: list[str]) -> None:
    edition = organised(on_stage)
    status, problem = on_stage.api("GET", f"/editions/{edition}/preview?{urlencode(asked)}")
    assert (status, [error["field"] for error in problem["errors"]]) == (422, fields)
