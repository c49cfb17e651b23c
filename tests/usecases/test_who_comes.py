"""An organiser looks at who comes: by name, by status, with their mails, and on paper."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import organised, registered, subscribed
from tests.stage import KEY, Stage, listening
from tests.web.reading import Page

MIA, OLE = "mia@example.org", "ole@example.org"


def names(answer: dict[str, Any]) -> list[str]:
    return sorted(one["name"] for one in answer["items"])


def searched(on_stage: Stage, edition: str, search: str, **more: Any) -> dict[str, Any]:
    status, answer = on_stage.api("POST", f"/editions/{edition}/registrations/search", {"search": search} | more)
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def listed(on_stage: Stage, edition: str, query: str = "") -> dict[str, Any]:
    status, answer = on_stage.api("GET", f"/editions/{edition}/registrations{query}")
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def given_back(on_stage: Stage, email: str) -> None:
    assert on_stage.post(on_stage.link(email, "/registrations/") + "/cancel").status_code == 303
    on_stage.run()


@pytest.fixture
def edition(on_stage: Stage) -> str:
    made = organised(on_stage)
    registered(on_stage, made, MIA, "Mia Lang", organisation="Stadt")
    registered(on_stage, made, OLE, "Ole Müller", organisation="Verein & Co.")
    registered(on_stage, made, "eda@example.com", "Eda Öz")
    given_back(on_stage, OLE)
    return made


@pytest.mark.parametrize(
    ("search", "found"),
    [("mueller", ["Ole Müller"]), ("example.org", ["Mia Lang", "Ole Müller"]), ("oz", ["Eda Öz"]), ("nobody", [])],
)
def test_people_are_found_by_parts_of_name_and_address(
    on_stage: Stage, edition: str, search: str, found: list[str]
) -> None:
    answer = searched(on_stage, edition, search)
    assert (names(answer), answer["next"]) == (found, None)


def test_a_whole_address_is_found_by_one_read(on_stage: Stage, edition: str) -> None:
    queries: list[str] = []
    with listening(
        on_stage.world.store.table.client,
        "provide-client-params.dynamodb.Query",
        lambda params, **_: queries.append(json.dumps(params)),
    ):
        assert names(searched(on_stage, edition, " Ole@Example.ORG ")) == ["Ole Müller"]
    assert queries == []


def test_an_address_that_is_typed_up_to_here_is_a_part_of_one(on_stage: Stage, edition: str) -> None:
    assert names(searched(on_stage, edition, "eda@example.co")) == ["Eda Öz"]


def test_a_status_leaves_the_others_out(on_stage: Stage, edition: str) -> None:
    assert names(listed(on_stage, edition, "?status=cancelled")) == ["Ole Müller"]
    assert names(listed(on_stage, edition, "?status=confirmed")) == ["Eda Öz", "Mia Lang"]
    assert names(searched(on_stage, edition, "example.org", status="confirmed")) == ["Mia Lang"]
    assert names(searched(on_stage, edition, OLE, status="confirmed")) == []


def test_whoever_was_erased_is_not_found(on_stage: Stage, edition: str) -> None:
    on_stage.api("POST", "/people/erase", {"email": OLE})
    assert names(searched(on_stage, edition, OLE)) == names(searched(on_stage, edition, "müller")) == []


def test_a_search_looks_at_a_page_of_people_and_says_where_it_goes_on(
    on_stage: Stage, edition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.usecases.attendees.LOOKED_AT", 2)
    found, after, asked = [], "", 0
    while after is not None:
        more = {"after": after} if after else {}
        answer = searched(on_stage, edition, "lang", limit=1, **more)
        found += names(answer)
        after, asked = answer["next"], asked + 1
    assert found == ["Mia Lang"]
    assert asked > 1


def test_more_than_are_asked_for_are_on_the_next_page(on_stage: Stage, edition: str) -> None:
    first = searched(on_stage, edition, "example.org", limit=1)
    second = searched(on_stage, edition, "example.org", limit=1, after=first["next"])
    assert sorted(names(first) + names(second)) == ["Mia Lang", "Ole Müller"]


def mails(answer: dict[str, Any], name: str) -> list[tuple[str, str, str]]:
    (one,) = (one for one in answer["items"] if one["name"] == name)
    return [(mail["message"], mail["outcome"], mail["reason"]) for mail in one["mails"]]


def test_each_person_comes_with_what_became_of_their_mails_if_asked_for(on_stage: Stage, edition: str) -> None:
    assert all("mails" not in one for one in listed(on_stage, edition)["items"])
    answer = listed(on_stage, edition, "?mails=true")
    assert mails(answer, "Mia Lang") == [("registration-confirmation", "sent", "")]
    assert mails(answer, "Ole Müller") == [("seat-given-back", "sent", "")]
    on_stage.travel(on_stage.clock.moment + timedelta(days=37))
    later = searched(on_stage, edition, "example", mails=True)
    assert mails(later, "Mia Lang") == [
        ("registration-confirmation", "sent", ""),
        ("reminder", "sent", ""),
    ]
    assert mails(later, "Ole Müller") == [("seat-given-back", "sent", "")]


def test_an_announcement_was_sent_to_them_as_somebody_else(on_stage: Stage) -> None:
    """To a subscriber: reading that ledger for a page of registrations could mean reading all of it."""
    edition = organised(on_stage, publish=False)
    subscribed(on_stage, MIA)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.settle()
    registered(on_stage, edition)
    assert mails(listed(on_stage, edition, "?mails=true"), "Mia Lang") == [("registration-confirmation", "sent", "")]


def test_a_mail_that_bounced_is_told(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "bounce@simulator.amazonses.com")
    answer = listed(on_stage, edition, "?mails=true")
    (told,) = mails(answer, "Mia Lang")
    assert told[:2] == ("registration-confirmation", "bounced")


def printed(on_stage: Stage, edition: str, query: str = "") -> Page:
    answer = on_stage.get(
        f"/api/v1/editions/{edition}/registrations{query}", Accept="text/html", Authorization=f"Bearer {KEY}"
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    return Page(answer.body)


def test_on_paper_stand_the_registered_by_name_and_no_addresses(on_stage: Stage, edition: str) -> None:
    registered(on_stage, edition, "zoe@example.org", "Änne Zoll")
    page = printed(on_stage, edition)
    text = " ".join(page.text.split())
    assert "Gemeinsam wirken" in text
    assert "3 Personen" in text
    assert text.index("Änne Zoll") < text.index("Eda Öz") < text.index("Mia Lang")
    assert "Ole" not in text
    assert "@" not in text


def test_on_paper_stands_that_an_edition_was_cancelled(on_stage: Stage, edition: str) -> None:
    assert "Dieser Termin fällt leider aus" not in printed(on_stage, edition).text
    on_stage.api("POST", f"/editions/{edition}/cancel")
    assert "Dieser Termin fällt leider aus" in printed(on_stage, edition).text


def test_on_paper_names_are_text(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, MIA, "Mia <b>Lang</b>")
    assert printed(on_stage, edition).all("b") == []


def test_a_list_that_goes_on_says_so(on_stage: Stage, edition: str) -> None:
    answer = on_stage.get(
        f"/api/v1/editions/{edition}/registrations?limit=1", Accept="text/html", Authorization=f"Bearer {KEY}"
    )
    assert 'rel="next"' in answer.headers["Link"]
    assert "auf weiteren Seiten" in Page(answer.body).text


@pytest.mark.parametrize(
    ("query", "field"), [("?status=waiting", "status"), ("?mails=maybe", "mails"), ("?search=mia", "search")]
)
def test_a_wrong_question_is_refused_beside_its_field(on_stage: Stage, edition: str, query: str, field: str) -> None:
    status, answer = on_stage.api("GET", f"/editions/{edition}/registrations{query}")
    assert status == 422
    assert [error["field"] for error in answer["errors"]] == [field]


def test_a_search_for_nothing_is_refused(on_stage: Stage, edition: str) -> None:
    for body in ({}, {"search": " "}, {"search": 5}):
        assert on_stage.api("POST", f"/editions/{edition}/registrations/search", body)[0] == 422


@pytest.mark.parametrize("after", [{}, [], 5, None, "x"])
def test_a_place_to_go_on_from_that_is_none_is_told_beside_its_field(on_stage: Stage, after: Any) -> None:
    edition, wish = organised(on_stage), {"search": "lang", "after": after}
    status, answer = on_stage.api("POST", f"/editions/{edition}/registrations/search", wish)
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["after"])
