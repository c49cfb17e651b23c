from __future__ import annotations

from datetime import UTC, datetime

from tests.builders import organised, registered, subscribed
from tests.stage import Stage
from tests.web.reading import Page

OFF = "Fällt aus: Gemeinsam wirken (10. März)"


def test_everybody_who_registered_is_told_once_and_nothing_planned_is_sent_any_more(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage, "sub@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "2027-03-03T09:00"})
    for name in ("mia", "ole", "ada"):
        registered(on_stage, edition, f"{name}@example.org")
    on_stage.post(on_stage.link("ada@example.org", "/registrations/") + "/cancel")
    answer = on_stage.api("POST", f"/editions/{edition}/cancel")[1]
    assert (answer["changed"], answer["edition"]["status"]) == (True, "cancelled")
    assert [one["message"] for one in answer["mailings"]] == ["edition-cancelled"]
    on_stage.travel(datetime(2027, 3, 11, tzinfo=UTC))
    told = [mail["to"] for mail in on_stage.inbox() if mail["subject"] == OFF]
    assert sorted(told) == ["mia@example.org", "ole@example.org"]
    assert len(on_stage.inbox()) == 1 + 3 + 1 + 2
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    others = [one for one in items if one["message"] != "edition-cancelled"]
    assert {(one["message"], one["progress"], one["reason"]) for one in others} == {
        ("announcement", "cancelled", "the edition was cancelled"),
        ("reminder", "cancelled", "the edition was cancelled"),
    }


def test_cancelling_twice_changes_nothing_and_says_so(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    before = on_stage.items()
    status, answer = on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert (status, answer["changed"]) == (200, False)
    assert answer["note"] == "This edition was cancelled already; nothing has changed."
    assert on_stage.items() == before


def test_a_draft_is_put_away_without_a_word(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    answer = on_stage.api("POST", f"/editions/{edition}/cancel")[1]
    on_stage.settle()
    assert (answer["changed"], answer["mailings"]) == (True, [])
    assert len(on_stage.inbox()) == 1
    assert on_stage.get(f"/editions/{edition}").status_code == 404


def test_a_cancelled_edition_keeps_its_page_and_says_what_happened(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.api("POST", f"/editions/{edition}/cancel")
    page = Page(on_stage.get(f"/editions/{edition}").body)
    assert "Dieser Termin fällt leider aus." in page.text
    assert page.buttons == {}
    assert "Fällt aus" in Page(on_stage.get("/series/kaffeepause").body).text
    assert f"/editions/{edition}" not in [link["href"] for link in Page(on_stage.get("/").body).all("a")]


def test_a_move_nobody_has_heard_of_yet_is_not_told_once_it_is_called_off(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-17T14:30"})
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.settle()
    assert on_stage.subjects()[1:] == ["Fällt aus: Gemeinsam wirken (17. März)"]
