"""Erasing a person: what goes, what stays, and that nothing comes back by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.submission import Answer, Payload
from chalicelib.usecases import intake, people
from chalicelib.usecases.arrival import Arrived
from tests.builders import end_link, organised, registered, subscribed
from tests.forms import FILLED_IN, Form, connected
from tests.stage import Stage, listening

MIA = "mia@example.org"
NOTHING = {"registrations": 0, "subscriptions": 0, "submissions": 0, "addressees": 0, "liftings": 0}
CONFIRMED = "Du bist dabei: Gemeinsam wirken"


def erase(on_stage: Stage, email: str = MIA) -> dict[str, Any]:
    status, answer = on_stage.api("POST", "/people/erase", {"email": email})
    assert status == 200, answer
    return dict(answer)


def hash_of(on_stage: Stage, email: str = MIA) -> str:
    return on_stage.world.addresses.hash(email)


def taken(on_stage: Stage, edition: str) -> int:
    return int(on_stage.api("GET", f"/editions/{edition}")[1]["taken"])


def names(on_stage: Stage, edition: str) -> list[str]:
    return [one["name"] for one in on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]]


def erased(**found: int) -> dict[str, int]:
    return NOTHING | found


def everywhere(on_stage: Stage) -> tuple[str, Form]:
    """Mia Lang is registered, subscribed, in two submissions and met a full edition; Ole is registered beside her."""
    edition = organised(on_stage, seats=5)
    full = organised(on_stage, seats=1, title="Voll")
    registered(on_stage, full, "first@example.org", "Erste")
    registered(on_stage, edition, "ole@example.org", "Ole Sand")
    registered(on_stage, edition, organisation="Nachbarschaftshilfe", note="Ich freue mich.")
    subscribed(on_stage)
    form = connected(on_stage, to={"field": "Termin", "values": {"eins": edition, "voll": full}})
    form.send(FILLED_IN | {"Termin": "eins"})
    form.send(FILLED_IN | {"Termin": "voll"})
    return edition, form


def test_nothing_that_can_be_read_of_a_person_is_left_and_the_answer_counts_what_was_erased(on_stage: Stage) -> None:
    edition, form = everywhere(on_stage)
    before = json.dumps(on_stage.items())
    readable = (MIA, "Mia Lang", "Nachbarschaftshilfe", "Ich freue mich", "dass meine Angaben verarbeitet werden")
    assert [words for words in readable if words not in before] == [], "there is something to erase"
    mails = len(on_stage.inbox())
    assert erase(on_stage) == {
        "email": MIA,
        "known": True,
        "erased": {"registrations": 1, "subscriptions": 1, "submissions": 2, "addressees": 1, "liftings": 0},
        "seats_freed": 1,
        "suppressed": None,
    }
    on_stage.run()
    after = json.dumps(on_stage.items())
    assert [words for words in readable if words in after] == []
    assert (names(on_stage, edition), taken(on_stage, edition)) == (["Ole Sand"], 1)
    assert on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"] == []
    assert form.submissions() == []
    assert len(on_stage.inbox()) == mails, "no mail tells of it"
    held = people.person(on_stage.world, hash_of(on_stage))
    assert (held.registrations, held.subscriptions, held.submissions, held.mails) == ([], [], [], [])


def test_erasing_again_finds_nothing_and_changes_nothing(on_stage: Stage) -> None:
    everywhere(on_stage)
    erase(on_stage)
    before = on_stage.items()
    answer = erase(on_stage)
    assert (answer["known"], answer["erased"], answer["seats_freed"]) == (False, NOTHING, 0)
    assert on_stage.items() == before


def test_of_somebody_whom_nobody_knows_there_is_nothing_to_erase(on_stage: Stage) -> None:
    organised(on_stage)
    assert erase(on_stage, "Nobody@Example.org") == {
        "email": "Nobody@example.org",
        "known": False,
        "erased": NOTHING,
        "seats_freed": 0,
        "suppressed": None,
    }


@pytest.mark.parametrize("body", [{}, {"email": ""}, {"email": "mia at example.org"}, {"email": 1}, {"e-mail": MIA}])
def test_an_address_that_cannot_be_read_erases_nobody(on_stage: Stage, body: dict[str, Any]) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert on_stage.api("POST", "/people/erase", body)[0] == 422
    assert on_stage.api("POST", "/people/erase", {"email": MIA}, key=None)[0] == 401
    assert names(on_stage, edition) == ["Mia Lang"]


def test_the_address_may_be_written_in_other_letters_than_at_first(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert erase(on_stage, "MIA@example.org")["erased"] == erased(registrations=1)
    assert names(on_stage, edition) == []


def test_a_seat_is_free_for_somebody_else_at_once(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=1)
    registered(on_stage, edition)
    erase(on_stage)
    registered(on_stage, edition, "ole@example.org", "Ole Sand")
    assert (names(on_stage, edition), taken(on_stage, edition)) == (["Ole Sand"], 1)


def test_a_registration_that_was_given_back_frees_no_second_seat(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=2)
    registered(on_stage, edition, "ole@example.org", "Ole Sand")
    registered(on_stage, edition)
    on_stage.post(on_stage.link(MIA, "/registrations/") + "/cancel")
    answer = erase(on_stage)
    assert (answer["erased"], answer["seats_freed"]) == (erased(registrations=1), 0)
    assert taken(on_stage, edition) == 1


def test_an_edition_that_is_over_keeps_its_count(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=5)
    registered(on_stage, edition)
    on_stage.clock.turn(by=timedelta(days=60))
    answer = erase(on_stage)
    assert (answer["erased"], answer["seats_freed"]) == (erased(registrations=1), 0)
    assert (names(on_stage, edition), taken(on_stage, edition)) == ([], 1)


def test_where_seats_are_unlimited_nobody_counts(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert erase(on_stage)["erased"] == erased(registrations=1)
    assert names(on_stage, edition) == []


def test_a_suppression_stays_and_the_answer_says_so(on_stage: Stage) -> None:
    on_stage.world.store.suppress(hash_of(on_stage), "complaint", on_stage.clock.now())
    answer = erase(on_stage)
    assert (answer["known"], answer["suppressed"]) == (False, "complaint")
    assert on_stage.world.store.why_suppressed(hash_of(on_stage)) == "complaint"


def test_why_a_suppression_was_lifted_is_erased(on_stage: Stage) -> None:
    on_stage.world.store.suppress(hash_of(on_stage), "bounce", on_stage.clock.now())
    wish = {"email": MIA, "reason": "Mia Lang rang us up", "by": "Ute"}
    status, record = on_stage.api("POST", "/people/suppression/lift", wish)
    assert (status, len(record["lifted"])) == (200, 1)
    assert erase(on_stage)["erased"] == erased(liftings=1)
    assert "Mia Lang" not in json.dumps(on_stage.items())


# What was to be sent


def test_a_confirmation_that_waits_in_its_queue_is_not_sent(on_stage: Stage) -> None:
    edition = organised(on_stage)
    fields = {"name": "Mia Lang", "email": MIA, "privacy": "yes", "announcements": "yes"}
    assert on_stage.post(f"/editions/{edition}/registrations", fields).status_code == 303
    erase(on_stage)
    on_stage.run()
    on_stage.travel(on_stage.clock.now() + timedelta(days=1))
    assert on_stage.inbox() == []


def test_a_mail_about_a_submission_that_waits_in_its_queue_is_not_sent(on_stage: Stage) -> None:
    full = organised(on_stage, seats=1)
    registered(on_stage, full, "first@example.org")
    form = connected(on_stage, to={"edition": full})
    posted = json.dumps(FILLED_IN).encode()
    on_stage.client.http.post(form.path, headers=form.signed(posted, form.secrets[0]), body=posted)
    assert erase(on_stage)["erased"] == erased(submissions=1, addressees=1)
    on_stage.travel(on_stage.clock.now() + timedelta(days=1))
    assert on_stage.inbox(MIA) == []


def test_reminders_and_announcements_are_for_the_others(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for email in (MIA, "ole@example.org"):
        registered(on_stage, edition, email)
        subscribed(on_stage, email)
    erase(on_stage)
    before = len(on_stage.inbox(MIA))
    organised_again = on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T14:30"})
    assert organised_again[0] == 200
    on_stage.travel(on_stage.clock.now() + timedelta(days=40))
    assert len(on_stage.inbox(MIA)) == before
    assert len(on_stage.inbox("ole@example.org")) > before


# Coming back


def test_whoever_was_erased_can_register_and_subscribe_again_like_anybody(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=1)
    for _ in range(3):
        registered(on_stage, edition)
        subscribed(on_stage)
        assert (names(on_stage, edition), taken(on_stage, edition)) == (["Mia Lang"], 1)
        assert erase(on_stage)["erased"] == erased(registrations=1, subscriptions=1)
    assert on_stage.subjects(MIA).count(CONFIRMED) == 3
    registered(on_stage, edition, name="Mia Neu", note="Hallo")
    (again,) = on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]
    assert (again["name"], again["note"], taken(on_stage, edition)) == ("Mia Neu", "Hallo", 1)


def test_the_links_in_old_mails_say_that_nothing_is_kept(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    subscribed(on_stage)
    manage, confirm = on_stage.link(MIA, "/registrations/"), on_stage.link(MIA, "/confirm")
    end = end_link(on_stage, MIA)
    erase(on_stage)
    before = on_stage.items()
    for path in (manage, f"{manage}/calendar.ics", confirm, end):
        answer = on_stage.get(path, **{"Accept-Language": "de"})
        assert (answer.status_code, b"gel\xc3\xb6scht" in answer.body) == (410, True), path
    for path in (f"{manage}/cancel", confirm):
        assert on_stage.post(path).status_code == 410
    assert on_stage.post(end, b"List-Unsubscribe=One-Click").status_code == 200, "a mail program's click has its way"
    assert on_stage.items() == before


def test_a_tool_that_repeats_an_erased_submission_brings_nobody_back(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, "standard")
    payload = {"type": "registration.created", "data": {"name": "Mia Lang", "email": MIA, "privacy": True}}
    first = form.send(payload)
    known_as = form.submissions()[0]["id"]
    assert erase(on_stage)["erased"] == erased(registrations=1, submissions=1)
    before, mails = on_stage.items(), len(on_stage.inbox())
    for _ in range(2):
        on_stage.clock.turn(by=timedelta(days=20))
        assert form.send(payload).json_body == first.json_body
    assert (names(on_stage, edition), form.submissions(), len(on_stage.inbox())) == ([], [], mails)
    assert on_stage.items() == before
    assert on_stage.api("POST", f"/sources/{form.id}/submissions/{known_as}/replay")[0] == 404
    assert on_stage.api("POST", f"/sources/{form.id}/replay")[1] == {"items": []}


# Many, and at once


def test_more_than_fits_into_one_transaction_is_erased(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, to={"edition": edition})
    for number in range(103):
        source = on_stage.world.store.sources.source(form.id)
        answers = (Answer(("E-Mail",), (MIA,)), Answer(("Number",), (str(number),)))
        intake.take(on_stage.world, source, Arrived(payload=Payload(answers)))
    answer = erase(on_stage)
    assert (answer["erased"], form.submissions()) == (erased(submissions=103), [])


def meanwhile(on_stage: Stage, operation: str, happening: Callable[[], Any], *, at: int = 1) -> Any:
    """``happening`` happens once, right before the application's call of this kind with this number."""
    calls: list[str] = []

    def hears(**_: Any) -> None:
        calls.append(operation)
        if len(calls) == at:
            happening()

    client = on_stage.world.store.table.client
    return listening(client, f"before-call.dynamodb.{operation}", hears)


def test_a_registration_that_changes_while_it_is_erased_is_erased_as_it_is_then(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=3)
    registered(on_stage, edition)
    cancel = on_stage.link(MIA, "/registrations/") + "/cancel"
    with meanwhile(on_stage, "TransactWriteItems", lambda: on_stage.post(cancel)):
        answer = erase(on_stage)
    assert (answer["erased"], answer["seats_freed"]) == (erased(registrations=1), 0)
    assert (names(on_stage, edition), taken(on_stage, edition)) == ([], 0)


def test_who_registers_for_another_edition_while_being_erased_is_erased_there_too(on_stage: Stage) -> None:
    edition, other = organised(on_stage, seats=3), organised(on_stage, seats=3, title="Anders")
    registered(on_stage, edition)
    with meanwhile(on_stage, "TransactWriteItems", lambda: registered(on_stage, other)):
        answer = erase(on_stage)
    assert (answer["erased"], answer["seats_freed"]) == (erased(registrations=2), 2)
    assert [taken(on_stage, one) for one in (edition, other)] == [0, 0]


def test_who_registers_once_more_the_moment_after_keeps_that_seat(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=1)
    registered(on_stage, edition)
    erase(on_stage)
    registered(on_stage, edition, name="Mia Neu")
    assert (names(on_stage, edition), taken(on_stage, edition)) == (["Mia Neu"], 1)


def test_a_submission_that_is_replayed_while_its_person_is_erased_leaves_nobody_behind(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    form = connected(on_stage, to={"edition": edition})
    form.send(FILLED_IN)
    known_as = form.submissions()[0]["id"]
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": None})
    replay = f"/sources/{form.id}/submissions/{known_as}/replay"
    with meanwhile(on_stage, "DeleteItem", lambda: on_stage.api("POST", replay)):
        answer = erase(on_stage)
    assert answer["erased"] == erased(registrations=1, submissions=1)
    assert (names(on_stage, edition), form.submissions()) == ([], [])


def test_what_the_index_still_shows_after_it_was_erased_is_not_counted_again(on_stage: Stage) -> None:
    """A DynamoDB index follows its table by moments; here it lags by one look."""
    _, form = everywhere(on_stage)
    held = on_stage.world.store.held_by(hash_of(on_stage))
    erase(on_stage)
    for one in (*held.submissions, *held.addressees):
        assert people._delete(on_stage.world, one) is False
    assert people._erase_subscription(on_stage.world, "kaffeepause", hash_of(on_stage)) is False
    for registration in held.registrations:
        assert people._erase_registration(on_stage.world, registration.edition, hash_of(on_stage)) == (False, False)
    assert form.submissions() == []


# Submissions that registered nobody


@pytest.mark.parametrize(
    ("filled_in", "reason"),
    [
        ({"E-Mail": MIA, "Name": ["Mia", "Lang"], "name": "Mia L."}, "name-missing"),
        ({"E-Mail": MIA, "Notiz": "Eins", "Datenschutz": "ja"}, "name-missing"),
        ({"E-Mail": f"mailto:{MIA}", "Name": "Mia Lang"}, "consent-missing"),
    ],
)
def test_a_submission_is_found_by_its_address_whatever_else_is_wrong_with_it(
    on_stage: Stage, filled_in: dict[str, Any], reason: str
) -> None:
    organised(on_stage)
    form = connected(on_stage)
    form.send(filled_in)
    assert form.reasons() != [], reason
    assert erase(on_stage)["erased"] == erased(submissions=1)


def test_fields_that_cannot_be_told_apart_do_not_hide_whose_they_are(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    form.send({"E-Mail": MIA, "Name": "Mia", "name": "Lang", "Datenschutz": "ja"})
    assert form.reasons() == ["field-ambiguous"]
    assert erase(on_stage)["erased"] == erased(submissions=1)


def test_a_test_that_names_somebody_is_erased_as_well(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage, "standard")
    form.send({"type": "test", "data": {"email": MIA, "name": "Mia Lang"}})
    assert form.reasons() == ["test"]
    assert erase(on_stage)["erased"] == erased(submissions=1)


def test_a_submission_that_a_fault_of_ours_kept_is_found_by_its_person(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no such fault to be had on purpose, so one is made."""
    organised(on_stage)
    form = connected(on_stage)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(intake, "edition_of", broken)
        form.send(FILLED_IN)
    assert form.reasons() == ["our-fault"]
    assert erase(on_stage)["erased"] == erased(submissions=1)


def test_a_submission_whose_address_nobody_can_read_is_erased_by_hand(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    form.send({"Name": "Mia Lang", "Anschrift": "mia at example"})
    assert erase(on_stage)["known"] is False
    path = f"/sources/{form.id}/submissions/{form.submissions()[0]['id']}"
    assert on_stage.api("DELETE", path) == (200, {"id": path.rpartition("/")[2], "erased": True})
    assert form.submissions() == []
    assert "Mia Lang" not in json.dumps(on_stage.items())
    assert [on_stage.api(method, path)[0] for method in ("DELETE", "GET")] == [404, 404]
