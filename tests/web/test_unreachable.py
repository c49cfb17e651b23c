"""Whoever registers or subscribes with an address that no mail is sent to is told so, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.identity import Purpose
from tests.builders import organised, registered, subscribed
from tests.stage import Stage, listening
from tests.web.reading import Page

MIA = "mia@example.org"
FILLED_IN = {"name": "Mia Lang", "email": MIA, "privacy": "yes"}
SENT, NOT_ARRIVING = "Du bist dabei!", "kommen nicht an"


def suppressed(on_stage: Stage, reason: str = "bounce", email: str = MIA) -> None:
    on_stage.world.store.suppress(on_stage.world.addresses.hash(email), reason, on_stage.clock.now())


def answer(on_stage: Stage, edition: str, placing: str) -> str:
    """Where the form of an edition leads."""
    return f"/editions/{edition}/registered?answer={on_stage.world.links.token(Purpose.ANSWER, edition, placing)}"


def told(on_stage: Stage, path: str, fields: dict[str, str]) -> tuple[str, str]:
    """Where the form leads, and what the page there says."""
    answer = on_stage.post(path, fields)
    assert answer.status_code == 303, answer.body
    on_stage.run()
    return answer.headers["Location"], on_stage.get(answer.headers["Location"]).body.decode()


@pytest.mark.parametrize("reason", ["bounce", "soft bounces", "complaint"])
def test_whoever_registers_is_told_that_mail_does_not_arrive_and_keeps_the_seat(on_stage: Stage, reason: str) -> None:
    edition = organised(on_stage)
    suppressed(on_stage, reason)
    where, page = told(on_stage, f"/editions/{edition}/registrations", FILLED_IN)
    assert where == answer(on_stage, edition, "not-reachable")
    assert NOT_ARRIVING in page
    assert SENT not in page
    assert on_stage.inbox() == []
    (one,) = on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]
    assert (one["email"], one["status"]) == (MIA, "confirmed")


def test_whoever_subscribes_is_told_so_too(on_stage: Stage) -> None:
    organised(on_stage)
    suppressed(on_stage)
    where, page = told(on_stage, "/series/kaffeepause/subscriptions", {"email": MIA})
    assert where == "/series/kaffeepause/subscribed?mail=not-sent"
    assert NOT_ARRIVING in page
    assert "geschickt" not in page


def test_nobody_else_is_told_anything_of_it(on_stage: Stage) -> None:
    edition = organised(on_stage)
    suppressed(on_stage, email="ole@example.org")
    where, page = told(on_stage, f"/editions/{edition}/registrations", FILLED_IN)
    assert where == answer(on_stage, edition, "placed")
    assert SENT in page
    assert NOT_ARRIVING not in page


@pytest.mark.parametrize("known", [True, False])
def test_the_answer_says_nothing_of_who_is_registered_or_subscribed(on_stage: Stage, known: bool) -> None:
    edition = organised(on_stage)
    if known:
        registered(on_stage, edition)
        subscribed(on_stage)
    suppressed(on_stage)
    for path, fields, where in (
        (f"/editions/{edition}/registrations", FILLED_IN, answer(on_stage, edition, "not-reachable")),
        ("/series/kaffeepause/subscriptions", {"email": MIA}, "/series/kaffeepause/subscribed?mail=not-sent"),
    ):
        assert told(on_stage, path, fields)[0] == where


def test_the_address_stands_neither_in_the_address_of_the_page_nor_on_it(on_stage: Stage) -> None:
    edition = organised(on_stage)
    suppressed(on_stage)
    for path, fields in (
        (f"/editions/{edition}/registrations", FILLED_IN),
        ("/series/kaffeepause/subscriptions", {"email": MIA}),
    ):
        where, page = told(on_stage, path, fields)
        assert "@" not in where
        assert "mia" not in page.lower()
        assert "/registrations/" not in page
        assert [link["href"] for link in Page(page.encode()).all("a") if link["href"].startswith("https://campus")]


@pytest.mark.parametrize("query", ["?mail=", "?mail=sent", "?mail=%00", "?other=not-sent", "?mail=not-sent&mail=x"])
def test_any_other_query_changes_nothing(on_stage: Stage, query: str) -> None:
    organised(on_stage)
    plain = on_stage.get("/series/kaffeepause/subscribed").body
    assert on_stage.get(f"/series/kaffeepause/subscribed{query}").body == plain


def test_who_was_not_led_there_by_the_form_is_not_told_that_they_are_in(on_stage: Stage) -> None:
    edition, other = organised(on_stage), organised(on_stage, title="Noch eine")
    shown = on_stage.get(f"/editions/{edition}/registered").body.decode()
    assert "Hast du dich angemeldet? Dann schau in dein Postfach." in shown
    assert "Du bist dabei" not in shown
    true = answer(on_stage, edition, "placed")
    assert "Du bist dabei" in on_stage.get(true).body.decode()
    manage = on_stage.world.links.token(Purpose.REGISTRATION, edition, "placed")
    for forged in (
        "?answer=",
        "?answer=placed",
        f"?answer={manage}",
        "?answer=%00",
        f"?{answer(on_stage, other, 'placed').partition('?')[2]}",
    ):
        assert on_stage.get(f"/editions/{edition}/registered{forged}").body.decode() == shown, forged


def test_the_second_mail_is_told_of_only_where_it_comes(on_stage: Stage) -> None:
    edition = organised(on_stage)
    _, page = told(on_stage, f"/editions/{edition}/registrations", FILLED_IN)
    assert "zweite Mail" not in page
    _, page = told(
        on_stage, f"/editions/{edition}/registrations", FILLED_IN | {"email": "ole@example.org", "announcements": "yes"}
    )
    assert "zweite Mail mit der Bitte um Bestätigung" in page


def test_it_costs_no_request_more(on_stage: Stage) -> None:
    """The suppression is read along with the seat, or with the subscription."""
    edition = organised(on_stage)
    calls: list[str] = []

    def hear(model: Any, **_: Any) -> None:
        calls.append(model.name)

    with listening(on_stage.world.store.table.client, "before-call", hear):
        on_stage.post(f"/editions/{edition}/registrations", FILLED_IN)
        assert sorted(calls) == ["BatchGetItem", "GetItem", "TransactWriteItems"]
        calls.clear()
        on_stage.post("/series/kaffeepause/subscriptions", {"email": MIA})
        assert sorted(calls) == ["BatchGetItem", "GetItem", "TransactWriteItems"]
