"""What the buttons behind our links do, for people and for mail programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import end_link, organised, registered, subscribed
from tests.stage import Stage
from tests.web.reading import Page

MULTIPART = (
    b'------x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n------x--\r\n'
)  # fmt: skip


def standing(on_stage: Stage) -> list[str]:
    return [one["status"] for one in on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"]]


def own_links(on_stage: Stage) -> tuple[str, str]:
    """Somebody is subscribed; their links to confirm and to end."""
    organised(on_stage)
    subscribed(on_stage)
    confirm = on_stage.link("mia@example.org", "/confirm")
    return confirm, end_link(on_stage)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click", id="a form"),
        pytest.param("multipart/form-data; boundary=----x", MULTIPART, id="multipart"),
        pytest.param("Multipart/Form-Data; boundary=----x", MULTIPART, id="multipart in capitals"),
    ],
)
def test_a_mail_programs_one_click_ends_the_subscription_and_is_answered_plainly(
    on_stage: Stage, content_type: str, body: bytes
) -> None:
    """RFC 8058 §3.1 and §3.2: POST, no redirect, no cookie, no login."""
    _, end = own_links(on_stage)
    for _ in range(2):  # some programs ask twice
        answer = on_stage.client.http.post(end, headers={"Content-Type": content_type}, body=body)
        assert answer.status_code == 200
        assert not {"location", "set-cookie", "www-authenticate"} & {name.lower() for name in answer.headers}
        assert standing(on_stage) == ["ended"]
    on_stage.run()
    assert len(on_stage.inbox()) == 1, "no mail says goodbye"


def test_a_forged_one_click_ends_nothing(on_stage: Stage) -> None:
    _, end = own_links(on_stage)
    token = end.split("/")[2]
    answer = on_stage.post(end.replace(token, token[:-1]), b"List-Unsubscribe=One-Click")
    assert (answer.status_code, standing(on_stage)) == (404, ["active"])


def test_opening_the_link_shows_a_button_and_pressing_it_ends_the_subscription(on_stage: Stage) -> None:
    _, end = own_links(on_stage)
    page = Page(on_stage.get(end).body)
    assert "mia@example.org" in page.text
    assert (page.buttons, standing(on_stage)) == ({"Ja, abbestellen": end}, ["active"])
    answer = on_stage.post(end)
    assert (answer.status_code, answer.headers["Location"]) == (303, end)
    assert standing(on_stage) == ["ended"]
    assert Page(on_stage.get(end).body).heading == "Du bekommst keine Ankündigungen mehr"


def test_unsubscribing_can_be_taken_back_from_the_same_page(on_stage: Stage) -> None:
    confirm, end = own_links(on_stage)
    on_stage.post(end)
    assert Page(on_stage.get(end).body).buttons == {"Wieder abonnieren": confirm}
    assert on_stage.post(confirm).headers["Location"] == confirm
    assert standing(on_stage) == ["active"]
    assert Page(on_stage.get(confirm).body).heading == "Du bist eingetragen"


def test_a_link_to_confirm_is_for_one_request_and_confirms_no_later_one(on_stage: Stage) -> None:
    """Subscribed, confirmed, ended; then somebody else types the address.

    The first mail is no proof that this is wanted.
    """
    first, end = own_links(on_stage)
    on_stage.post(end)
    on_stage.clock.turn(by=timedelta(days=1))
    on_stage.post("/series/kaffeepause/subscriptions", {"email": "mia@example.org"})
    on_stage.run()
    second = on_stage.link("mia@example.org", "/confirm")
    assert first != second
    for answer in (on_stage.get(first, **{"Accept-Language": "de"}), on_stage.post(first)):
        assert answer.status_code == 410
    assert "gehört zu einer früheren Anfrage" in Page(on_stage.get(first, **{"Accept-Language": "de"}).body).text
    assert standing(on_stage) == ["pending"]
    (proof,) = [one["consent"] for one in on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"]]
    assert proof["confirmed_at"] is None
    assert on_stage.post(second).status_code == 303
    assert standing(on_stage) == ["active"]


def test_a_link_to_end_works_for_ever_and_confirms_nothing(on_stage: Stage) -> None:
    _, end = own_links(on_stage)
    for _ in range(2):
        assert on_stage.post(end).status_code == 303
        on_stage.clock.turn(by=timedelta(days=400))
        on_stage.post("/series/kaffeepause/subscriptions", {"email": "mia@example.org"})
        on_stage.run()
        assert standing(on_stage) == ["pending"]
        assert on_stage.post(end.replace("/end", "/confirm")).status_code == 404
        assert Page(on_stage.get(end).body).buttons == {"Ja, abbestellen": end}
    assert on_stage.post(end).status_code == 303
    assert standing(on_stage) == ["ended"]
    assert Page(on_stage.get(end).body).buttons == {}, "what was never confirmed cannot be taken up again"


def test_a_request_made_anew_before_its_mail_was_sent_is_one_mail_whose_link_works(on_stage: Stage) -> None:
    organised(on_stage)
    for _ in range(2):
        on_stage.post("/series/kaffeepause/subscriptions", {"email": "mia@example.org"})
        on_stage.clock.turn(by=timedelta(minutes=11))
    on_stage.run()
    assert len(on_stage.inbox()) == 1
    assert on_stage.post(on_stage.link("mia@example.org", "/confirm")).status_code == 303
    assert standing(on_stage) == ["active"]


def test_a_subscription_holds_once_the_button_in_the_mail_was_pressed(on_stage: Stage) -> None:
    organised(on_stage)
    answer = on_stage.post("/series/kaffeepause/subscriptions", {"email": "mia@example.org"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/series/kaffeepause/subscribed")
    on_stage.run()
    confirm = on_stage.link("mia@example.org", "/confirm")
    page = Page(on_stage.get(confirm).body)
    assert (page.heading, page.buttons) == ("Nur noch ein Klick", {"Ja, schickt mir Ankündigungen": confirm})
    assert standing(on_stage) == ["pending"]
    for _ in range(2):
        assert on_stage.post(confirm).status_code == 303
    assert standing(on_stage) == ["active"]


def test_the_page_behind_a_form_is_the_same_for_everybody(on_stage: Stage) -> None:
    """Nobody learns from it whether an address is subscribed or registered already."""
    edition = organised(on_stage)
    seen = set()
    for email in ("mia@example.org", "mia@example.org", "ole@example.org"):
        form = {"name": "Mia", "email": email, "privacy": "yes"}
        for path, fields in (
            ("/series/kaffeepause/subscriptions", {"email": email}),
            (f"/editions/{edition}/registrations", form),
        ):
            answer = on_stage.post(path, fields)
            seen.add((path, answer.status_code, answer.headers["Location"], answer.body))
    assert len(seen) == 2  # fmt: skip


@pytest.mark.parametrize("edition", ["full", "closed", "running", "over", "cancelled"])
def test_nobody_learns_from_an_edition_that_takes_nobody_who_is_registered(on_stage: Stage, edition: str) -> None:
    """Registered a while ago, just now, or never: the same status, headers and page. Only an inbox tells."""
    known = organised(on_stage, seats=1)
    registered(on_stage, known)
    match edition:
        case "closed":
            on_stage.api("PATCH", f"/editions/{known}", {"seats": 5, "registration_closes_at": "2027-02-01T10:00"})
            on_stage.clock.turn(by=timedelta(hours=1))
        case "running":
            on_stage.api("PATCH", f"/editions/{known}", {"seats": 5})
            on_stage.clock.turn(to=datetime(2027, 3, 10, 13, 40, tzinfo=UTC))
        case "over":
            on_stage.clock.turn(to=datetime(2027, 3, 11, 13, 40, tzinfo=UTC))
        case "cancelled":
            on_stage.api("POST", f"/editions/{known}/cancel")
    seen = []
    on_stage.clock.turn(by=timedelta(minutes=11))
    for email in ("mia@example.org", "mia@example.org", "ole@example.org"):
        form = {"name": "Mia", "email": email, "privacy": "yes", "announcements": "yes"}
        answer = on_stage.post(f"/editions/{known}/registrations", form)
        seen.append((answer.status_code, sorted(answer.headers.items()), answer.body))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == (410 if edition in ("over", "cancelled") else 409)


def test_who_is_registered_gets_the_confirmation_again_though_the_answer_does_not_tell(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=1)
    registered(on_stage, edition)
    on_stage.clock.turn(by=timedelta(minutes=11))
    form = {"name": "Mia", "email": "mia@example.org", "privacy": "yes"}
    answer = on_stage.post(f"/editions/{edition}/registrations", form)
    assert answer.status_code == 409
    assert "Bist du schon angemeldet? Dann hast du deinen Platz weiterhin" in Page(answer.body).text
    assert "schon angemeldet" not in Page(on_stage.get(f"/editions/{edition}").body).text
    on_stage.run()
    assert on_stage.subjects("mia@example.org") == ["Du bist dabei: Gemeinsam wirken"] * 2


def test_a_seat_is_given_back_by_a_button_and_can_be_taken_again(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=1)
    registered(on_stage, edition)
    path = on_stage.link("mia@example.org", "/registrations/")
    page = Page(on_stage.get(path).body)
    assert page.heading == "Du bist dabei, Mia Lang!"
    for _ in range(2):
        answer = on_stage.post(f"{path}/cancel")
        assert (answer.status_code, answer.headers["Location"]) == (303, path)
    page = Page(on_stage.get(path).body)
    assert (page.heading, page.buttons) == ("Du bist abgemeldet", {})
    assert b"STATUS:CANCELLED" in on_stage.get(f"{path}/calendar.ics").body
    assert on_stage.api("GET", f"/editions/{edition}")[1]["taken"] == 0
    on_stage.clock.turn(by=timedelta(minutes=1))
    registered(on_stage, edition)
    assert Page(on_stage.get(path).body).heading == "Du bist dabei, Mia Lang!"
    assert on_stage.subjects() == ["Du bist dabei: Gemeinsam wirken"] * 2


def test_the_last_seat_is_confirmed_and_the_next_person_is_told_that_it_is_full(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=1)
    assert "Noch ein Platz frei" in Page(on_stage.get(f"/editions/{edition}").body).text
    registered(on_stage, edition)
    answer = on_stage.post(
        f"/editions/{edition}/registrations", {"name": "Ole", "email": "ole@example.org", "privacy": "yes"}
    )
    assert answer.status_code == 409
    assert "Alle Plätze sind vergeben." in Page(answer.body).text
    on_stage.run()
    assert [mail["to"] for mail in on_stage.inbox()] == ["mia@example.org"]


def test_a_personal_page_tells_what_became_of_the_edition(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    path = on_stage.link("mia@example.org", "/registrations/")
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T14:30"})
    assert "Donnerstag, 11. März 2027" in Page(on_stage.get(path).body).text
    on_stage.api("POST", f"/editions/{edition}/cancel")
    page = Page(on_stage.get(path).body)
    assert (page.heading, page.buttons) == ("Dieser Termin fällt leider aus", {})
    assert b"meet.example.org" not in on_stage.get(path).body


def test_a_deployment_below_a_path_links_within_itself(on_stage: Stage) -> None:
    """API Gateway serves us below its stage's name, and routes without it."""
    from dataclasses import replace

    from chalicelib import world as worlds

    edition = organised(on_stage)
    below = replace(on_stage.world.settings, public_url="https://x.execute-api.eu-central-1.amazonaws.com/prod")
    worlds.install(worlds.build(below, clock=on_stage.clock.now))
    page = Page(on_stage.get(f"/editions/{edition}").body)
    assert set(page.buttons.values()) == {f"/prod/editions/{edition}/registrations"}
    assert "/prod/assets/style.css" in [link["href"].partition("?")[0] for link in page.all("link")]
    form = {"name": "Mia", "email": "mia@example.org", "privacy": "yes"}
    where = on_stage.post(f"/editions/{edition}/registrations", form).headers["Location"]
    assert where.startswith(f"/prod/editions/{edition}/registered?answer=")
