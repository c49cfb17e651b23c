"""A submission that registers nobody: the organiser hears of the first one of a source on a day, and whoever met a full
edition once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.addressee import KEPT
from chalicelib.domain.submission import Reason
from chalicelib.store import keys
from chalicelib.usecases import notices
from tests.builders import organised, registered
from tests.forms import FILLED_IN, Form, connected
from tests.stage import SITE, Stage, listening

ORGANISER = "team@campus.example.org"
SENDER = "kaffee@campus.example.org"
NO_ADDRESS = {"Name": "Mia Lang", "Datenschutz": "Ja, gern."}
FAILED = "Eine Anmeldung hat nicht geklappt: Formular „Our form“"
NO_SEAT = "Leider kein Platz mehr: Gemeinsam wirken"


def stage_with_organiser(on_stage: Stage, **edition: Any) -> str:
    return organised(on_stage, series={"reply_to": ORGANISER}, **edition)


def filled_in(email: str = "mia@example.org", **more: str) -> dict[str, str]:
    return FILLED_IN | {"E-Mail": email} | more


def full(on_stage: Stage) -> str:
    """An edition whose only seat is taken."""
    edition = stage_with_organiser(on_stage, seats=1)
    registered(on_stage, edition, "ole@example.org", "Ole Sand")
    return edition


def break_item(on_stage: Stage, key: keys.Key) -> None:
    """As a bug would leave it: what cannot be read is our fault, not the form's."""
    table = on_stage.world.store.table
    item = table.get(key)
    assert item
    table.write([{"Put": {"Item": item | {"body": {"S": "{}"}}}}])


def post_only(form: Form, payload: dict[str, str]) -> None:
    """It is answered, and no worker runs."""
    body = json.dumps(payload).encode()
    answer = form.stage.client.http.post(form.path, headers=form.signed(body, form.secrets[0]), body=body)
    assert answer.status_code == 200


def take_hints(on_stage: Stage) -> list[str]:
    """What lies in the queue, which is empty then."""
    sqs, queue = on_stage.world.queues.client, on_stage.world.settings.transactional_queue_url
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for one in found:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
    return [one["Body"] for one in found]


# The organiser


def test_three_failures_on_a_day_are_one_mail_and_another_one_comes_the_next_day(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    for minute in range(3):
        assert form.send(NO_ADDRESS | {"Name": f"Mia {minute}"}).json_body["state"] == "kept"
        on_stage.clock.turn(by=timedelta(minutes=1))
    assert on_stage.subjects() == [FAILED]
    on_stage.clock.turn(by=timedelta(days=1))
    form.send(NO_ADDRESS)
    assert on_stage.subjects(ORGANISER) == [FAILED, FAILED]
    assert len(form.submissions("kept")) == 4


def test_the_day_is_that_of_the_series(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    on_stage.clock.turn(to=datetime(2027, 2, 1, 22, 59, tzinfo=UTC))
    form.send(NO_ADDRESS)
    on_stage.clock.turn(by=timedelta(minutes=1))  # midnight in Berlin
    form.send(NO_ADDRESS)
    assert on_stage.subjects(ORGANISER) == [FAILED, FAILED]


def test_two_sources_are_two_mails(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    connected(on_stage).send(NO_ADDRESS)
    connected(on_stage, name="Another form").send(NO_ADDRESS)
    assert on_stage.subjects(ORGANISER) == [FAILED, FAILED.replace("Our", "Another")]


def test_the_mail_says_what_is_wrong_when_and_where_to_mend_it(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    form.send(NO_ADDRESS | {"E-Mail": ""})
    (mail,) = on_stage.inbox(ORGANISER)
    for said in (
        "Grund: Feld „E-Mail“: Es wurde keine E-Mail-Adresse gefunden.",
        "Wann: Montag, 1. Februar 2027, 10:00 Uhr",
        f"{SITE}/api/v1/sources/{form.id}/submissions?state=kept",
        f"{SITE}/api/v1/sources/{form.id}/replay",
        "lass die Einsendung wiederholen",
    ):
        assert said in mail["text"]
    assert f'href="{SITE}/api/v1/sources/{form.id}/submissions?state=kept"' in mail["html"]
    assert dict(mail["headers"])["Auto-Submitted"] == "auto-generated"


def test_an_english_series_has_an_english_mail(on_stage: Stage) -> None:
    organised(on_stage, series={"language": "en"})
    connected(on_stage).send(NO_ADDRESS)
    (mail,) = on_stage.inbox(SENDER)
    assert mail["subject"] == "Somebody could not be registered: form “Our form”"
    assert "Reason: No e-mail address was found." in mail["text"]


def test_without_a_reply_address_the_sender_is_told(on_stage: Stage) -> None:
    organised(on_stage)
    connected(on_stage).send(NO_ADDRESS)
    assert [mail["address"] for mail in on_stage.inbox()] == [SENDER]


PERSONAL = ("Quirin", "Zapf", "quirin", "zapf", "geheim", "Wunschtermin")


@pytest.mark.parametrize(
    ("reason", "answers", "source"),
    [
        ("address-missing", {"E-Mail": ""}, {}),
        ("address-invalid", {"E-Mail": "quirin.zapf at example.org"}, {"fields": {"email": "E-Mail"}}),
        ("name-missing", {"Name": " "}, {}),
        ("field-invalid", {"Name": "Quirin Zapf" * 40}, {}),
        ("consent-missing", {"Datenschutz": "nein, geheim"}, {}),
        (
            "edition-unknown",
            {"Termin": "Wunschtermin von Quirin"},
            {"to": {"field": "Termin", "series": "kaffeepause"}},
        ),
    ],
)
def test_nothing_of_what_was_filled_in_stands_in_the_mail(
    on_stage: Stage, reason: str, answers: dict[str, str], source: dict[str, Any]
) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage, **source)
    payload = filled_in("quirin.zapf@example.org", Name="Quirin Zapf", Nachricht="geheim")
    form.send(payload | answers)
    assert form.reasons() == [reason]
    (mail,) = on_stage.inbox()
    assert mail["address"] == ORGANISER
    said = "".join((mail["subject"], mail["text"], mail["html"], json.dumps(mail["headers"], ensure_ascii=False)))
    assert [word for word in PERSONAL if word in said] == []


def test_what_could_not_be_read_is_not_quoted_and_not_said_to_be_replayable(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    form.send(b'{"Name": "Quirin Zapf", ')
    assert form.reasons() == ["not-readable"]
    (mail,) = on_stage.inbox(ORGANISER)
    assert "Was das Formular geschickt hat, ließ sich nicht lesen." in mail["text"]
    assert "lässt sich nicht wiederholen" in mail["text"]
    assert "Quirin" not in mail["text"] + mail["html"]


def test_markup_in_a_name_of_a_field_is_text_in_the_mail(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    name = "E-Mail <b>&\n{{x}}" + "x" * 100
    connected(on_stage, fields={"email": name[:10]}).send({"Name": "Mia", name[:10]: "", "Datenschutz": "ja"})
    (mail,) = on_stage.inbox(ORGANISER)
    assert "Feld „E-Mail &lt;b&gt;“" in mail["html"]


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "test", "data": {}},
        {"type": "registration.deleted", "data": {"name": "Mia"}},
        {"type": "registration.created", "data": {"name": "Mia", "email": "mia@example.org", "privacy": True}},
    ],
    ids=["test", "ignored", "registered"],
)
def test_what_asks_for_nothing_or_succeeds_is_no_failure(on_stage: Stage, payload: dict[str, Any]) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage, "standard")
    form.send(payload)
    assert form.submissions("kept") == []
    assert on_stage.inbox(ORGANISER) == []


def test_who_replays_sees_the_answer_and_gets_no_mail(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    form.send(NO_ADDRESS)
    for days in (0, 1):
        on_stage.clock.turn(by=timedelta(days=days))
        assert on_stage.api("POST", f"/sources/{form.id}/replay")[1]["items"][0]["state"] == "kept"
        on_stage.run()
    assert on_stage.subjects() == [FAILED]


def test_a_trial_names_the_mail_and_sends_none(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    status, answer = on_stage.api("POST", f"/sources/{form.id}/try", NO_ADDRESS)
    on_stage.settle()
    assert (status, answer["mails"]) == (200, ["submission-kept"])
    assert on_stage.inbox() == []


def test_a_suppressed_organiser_is_skipped_and_everything_else_goes_on(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    on_stage.world.store.suppress(on_stage.world.addresses.hash(ORGANISER), "bounce", on_stage.clock.now())
    assert form.send(NO_ADDRESS).json_body["state"] == "kept"
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.inbox() == []
    (mail,) = on_stage.api("POST", "/people/lookup", {"email": ORGANISER})[1]["mails"]
    assert (mail["message"], mail["outcome"], mail["reason"]) == ("submission-kept", "skipped", "suppressed")


@pytest.mark.parametrize("hours", [1, 24 * 8])
def test_while_no_worker_runs_the_mail_waits_and_the_tick_sends_it(on_stage: Stage, hours: int) -> None:
    edition = full(on_stage)
    form = connected(on_stage)
    on_stage.tick()
    post_only(form, filled_in())
    assert len(take_hints(on_stage)) == 2
    on_stage.run()
    assert on_stage.subjects() == ["Du bist dabei: Gemeinsam wirken"]
    on_stage.clock.turn(by=timedelta(hours=hours))
    on_stage.settle()
    assert on_stage.subjects(ORGANISER) == [FAILED]
    assert on_stage.subjects("mia@example.org") == [NO_SEAT]
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len(on_stage.inbox()) == 3
    due = [item["sk"]["S"] for item in on_stage.items() if item["pk"]["S"].startswith(keys.DUE)]
    mailings = {mailing.id for mailing in on_stage.world.store.mailings_of(edition)}
    assert {sk.partition("#")[2] for sk in due} == mailings, "nothing but the edition's own is still due"


def test_two_failures_at_the_same_moment_are_both_kept_and_told_once(on_stage: Stage) -> None:
    """Another submission is taken between the look at the day's mail and the commit: the first decides again."""
    stage_with_organiser(on_stage)
    form, meanwhile = connected(on_stage), []

    def another(**_: Any) -> None:
        if not meanwhile:
            meanwhile.append(True)
            post_only(form, NO_ADDRESS | {"Name": "Ole"})

    with listening(on_stage.world.store.table.client, "before-call.dynamodb.TransactWriteItems", another):
        post_only(form, NO_ADDRESS)
    on_stage.run()
    assert form.reasons() == ["address-missing"] * 2
    assert on_stage.subjects() == [FAILED]


# Whose series it is


def test_a_form_that_names_editions_is_told_by_the_series_of_the_first_it_knows(on_stage: Stage) -> None:
    edition = stage_with_organiser(on_stage)
    to = {"field": "Termin", "values": {"Mittwoch": edition}}
    connected(on_stage, to=to).send(filled_in(Termin="Donnerstag"))
    assert on_stage.subjects(ORGANISER) == [FAILED]


def test_a_form_of_one_edition_is_told_by_its_series(on_stage: Stage) -> None:
    edition = stage_with_organiser(on_stage)
    connected(on_stage, to={"edition": edition}).send(NO_ADDRESS)
    assert on_stage.subjects(ORGANISER) == [FAILED]


def test_the_edition_that_was_chosen_decides_whose_organiser_is_told(on_stage: Stage) -> None:
    first = stage_with_organiser(on_stage)
    second = organised(on_stage, series={"slug": "lesekreis", "reply_to": "lesen@campus.example.org"})
    on_stage.api("POST", f"/editions/{second}/cancel")
    form = connected(on_stage, to={"field": "Termin", "values": {"A": first, "B": second}})
    form.send(filled_in(Termin="B"))
    assert form.reasons() == ["edition-cancelled"]
    assert [mail["address"] for mail in on_stage.inbox()] == ["lesen@campus.example.org"]


def test_where_no_series_can_be_known_nobody_is_told_and_the_submission_is_kept(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage, to={"field": "Termin", "values": {}})
    form.send(filled_in(Termin="Donnerstag"))
    on_stage.settle()
    assert form.reasons() == ["edition-unknown"]
    assert on_stage.inbox() == []


# Our fault


def test_a_fault_of_ours_is_told_as_ours(on_stage: Stage) -> None:
    edition = stage_with_organiser(on_stage)
    form = connected(on_stage)
    break_item(on_stage, keys.edition(edition))
    assert form.send(filled_in()).json_body["state"] == "kept"
    assert form.reasons() == ["our-fault"]
    (mail,) = on_stage.inbox(ORGANISER)
    assert "Der Fehler liegt bei diesem System, nicht bei deinem Formular." in mail["text"]


def test_a_fault_in_telling_the_organiser_does_not_cost_the_submission(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    break_item(on_stage, keys.series("kaffeepause"))
    assert form.send(NO_ADDRESS).json_body["state"] == "kept"
    assert form.reasons() == ["our-fault"]
    assert form.submission()["answers"]


# Full


def test_whoever_meets_a_full_edition_is_told_once(on_stage: Stage) -> None:
    full(on_stage)
    form = connected(on_stage)
    for _ in range(3):
        assert form.send(filled_in()).json_body["state"] == "kept"
        on_stage.clock.turn(by=timedelta(days=1))
    assert form.reasons() == ["edition-full"] * 3
    assert on_stage.subjects("mia@example.org") == [NO_SEAT]
    (mail,) = on_stage.inbox("mia@example.org")
    assert "Hallo Mia," in mail["text"]
    assert (
        "Als deine Anmeldung bei uns ankam, waren alle Plätze vergeben. Es tut uns leid: Du bist nicht angemeldet."
        in " ".join(mail["text"].split())
    )
    assert f"{SITE}/series/kaffeepause" in mail["text"]
    assert dict(mail["headers"])["Auto-Submitted"] == "auto-generated"
    assert mail["attachments"] == []
    assert on_stage.subjects(ORGANISER) == [FAILED] * 3


def test_each_person_and_each_edition_has_a_mail_of_its_own(on_stage: Stage) -> None:
    first = full(on_stage)
    second = organised(on_stage, seats=1, title="Zweiter Termin", starts_at="2027-04-10T14:30")
    registered(on_stage, second, "ole@example.org", "Ole Sand")
    for edition in (first, second):
        form = connected(on_stage, to={"edition": edition})
        for email in ("mia@example.org", "pia@example.org"):
            form.send(filled_in(email))
    for email in ("mia@example.org", "pia@example.org"):
        assert on_stage.subjects(email) == [NO_SEAT, "Leider kein Platz mehr: Zweiter Termin"]


def test_who_has_a_seat_by_the_time_it_leaves_is_not_told_that_they_have_none(on_stage: Stage) -> None:
    edition = full(on_stage)
    form = connected(on_stage)
    post_only(form, filled_in())
    assert len(take_hints(on_stage)) == 2
    on_stage.api("PATCH", f"/editions/{edition}", {"seats": 2})
    on_stage.api("POST", f"/sources/{form.id}/replay")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.subjects("mia@example.org") == ["Du bist dabei: Gemeinsam wirken"]
    told = {
        mail["message"]: mail["reason"]
        for mail in on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["mails"]
    }
    assert told["edition-full"] == "registered-since"


def test_an_edition_that_is_cancelled_meanwhile_is_not_said_to_be_full(on_stage: Stage) -> None:
    edition = full(on_stage)
    form = connected(on_stage)
    post_only(form, filled_in())
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert on_stage.inbox("mia@example.org") == []


def test_a_replay_that_meets_a_full_edition_tells_the_person(on_stage: Stage) -> None:
    full(on_stage)
    form = connected(on_stage, fields={"email": "Adresse"})
    form.send(filled_in())
    assert on_stage.inbox("mia@example.org") == []
    on_stage.api("PATCH", f"/sources/{form.id}", {"fields": {"email": "E-Mail"}})
    for _ in range(2):
        on_stage.api("POST", f"/sources/{form.id}/replay")
        on_stage.run()
    assert on_stage.subjects("mia@example.org") == [NO_SEAT]
    assert form.reasons() == ["edition-full"]


def test_whoever_has_a_seat_and_posts_again_is_not_told_that_it_is_full(on_stage: Stage) -> None:
    full(on_stage)
    on_stage.clock.turn(by=timedelta(hours=1))
    connected(on_stage).send(filled_in("ole@example.org"))
    assert on_stage.subjects("ole@example.org") == ["Du bist dabei: Gemeinsam wirken"] * 2
    assert on_stage.inbox(ORGANISER) == []


# What is kept


def test_whom_a_mail_was_for_is_found_by_their_address_and_expires(on_stage: Stage) -> None:
    full(on_stage)
    form: Form = connected(on_stage)
    form.send(filled_in())
    (mail,) = on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["mails"]
    assert (mail["message"], mail["outcome"], mail["title"]) == ("edition-full", "sent", "Gemeinsam wirken")
    kept = [item for item in on_stage.items() if item["sk"]["S"] == "ADDRESSEE"]
    assert {item["person"]["S"] for item in kept} == set(
        map(on_stage.world.addresses.hash, ("mia@example.org", ORGANISER))
    )
    assert {item["expires"]["N"] for item in kept} == {str(int((on_stage.clock.now() + KEPT).timestamp()))}


def test_an_addressee_whose_time_is_over_is_as_good_as_deleted(on_stage: Stage) -> None:
    stage_with_organiser(on_stage)
    form = connected(on_stage)
    on_stage.tick()
    post_only(form, NO_ADDRESS)
    assert len(take_hints(on_stage)) == 1
    on_stage.clock.turn(by=KEPT)
    on_stage.settle()
    assert on_stage.inbox() == []
    (mail,) = on_stage.api("POST", "/people/lookup", {"email": ORGANISER})[1]["mails"]
    assert (mail["outcome"], mail["reason"]) == ("skipped", "erased")


def test_a_hint_holds_nothing_personal(on_stage: Stage) -> None:
    full(on_stage)
    form = connected(on_stage)
    post_only(form, filled_in())
    hints = take_hints(on_stage)
    assert len(hints) == 2
    assert not [one for one in hints if "@" in one or "Mia" in one]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words(reason: Reason) -> None:
    assert notices.PROBLEMS[reason]
