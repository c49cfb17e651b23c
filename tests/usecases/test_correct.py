"""An announcement is corrected: exactly those who got it are told what has changed since they were told."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.store import keys
from chalicelib.usecases import mailings
from tests import inside
from tests.builders import a_person, a_registration, end_link, organised, registered, subscribed
from tests.faults.people import readers
from tests.stage import Stage, listening

TYPO = "Worum es geht:\n\n- was das heisst\n- wie es gelingt"
RIGHT = "Worum es geht:\n\n- was das heißt\n- wie es gelingt"
CORRECTED = "Berichtigung: 10. März, 14:30 Uhr: Gemeinsam wirken"


def announced(on_stage: Stage, *names: str) -> str:
    """With a typing mistake, to these people."""
    edition = organised(on_stage, publish=False, announcement=TYPO)
    for name in names:
        subscribed(on_stage, f"{name}@example.org")
    on_stage.clock.turn(by=timedelta(minutes=1))
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    return edition


def mended(on_stage: Stage, edition: str, **change: Any) -> None:
    status, answer = on_stage.api("PATCH", f"/editions/{edition}", change or {"announcement": RIGHT})
    assert status == 200, answer


def corrected(on_stage: Stage, edition: str, **wish: Any) -> Any:
    status, answer = on_stage.api("POST", f"/editions/{edition}/correct", wish)
    assert status == 200, answer
    on_stage.run()
    return answer


def corrections(on_stage: Stage, name: str) -> list[dict[str, Any]]:
    return [mail for mail in on_stage.inbox(f"{name}@example.org") if mail["subject"].startswith("Berichtigung")]


def mailing(on_stage: Stage, edition: str) -> str:
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    return next(str(one["id"]) for one in items if one["message"] == "announcement")


def test_those_who_got_the_text_are_told_what_has_changed(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    subscribed(on_stage, "neu@example.org")
    mended(on_stage, edition)
    answer = corrected(on_stage, edition, text="Da war ein **Tippfehler**.")
    assert [(one["message"], one["audience"]) for one in answer["mailings"]] == [("correction", "subscribers")]
    assert [len(corrections(on_stage, name)) for name in ("mia", "ole", "neu")] == [1, 1, 0]
    mail = corrections(on_stage, "mia")[0]
    assert mail["subject"] == CORRECTED
    assert "Da war ein Tippfehler." in mail["text"]
    assert "„was das heißt“ statt „was das heisst“" in mail["text"]
    assert "wie es gelingt" in mail["text"], "the whole text as it is now"
    assert "<strong>Tippfehler</strong>" in mail["html"]


def test_the_mail_is_that_of_a_list(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    corrected(on_stage, edition)
    sent = next(on_stage.mailbox.newest_first(to="mia@example.org"))
    assert end_link(on_stage) in on_stage.inbox("mia@example.org")[-1]["text"]
    assert sent


def test_without_a_word_the_change_speaks_for_itself(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition, title="Gemeinsam bewirken", speakers=[{"name": "Andrea Grün"}])
    corrected(on_stage, edition)
    text = " ".join(corrections(on_stage, "mia")[0]["text"].split())
    assert "Titel: „Gemeinsam bewirken“ statt „Gemeinsam wirken“" in text
    assert "Mit: Andrea Grün statt Andrea Blau (Stadt mit Herz)" in text


def test_nothing_to_correct_and_nothing_to_say_is_refused(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    status, answer = on_stage.api("POST", f"/editions/{edition}/correct", {})
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["text"])
    corrected(on_stage, edition, text="Der Ton war schlecht.")
    assert "Was sich geändert hat" not in corrections(on_stage, "mia")[0]["text"]


def test_who_got_the_right_text_is_not_corrected_without_a_word(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    subscribed(on_stage, "neu@example.org")
    on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now", "to": "joined_since"})
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    answer = corrected(on_stage, edition)
    assert [len(corrections(on_stage, name)) for name in ("mia", "neu")] == [1, 0]
    report = on_stage.api("GET", f"/mailings/{answer['mailings'][0]['id']}")[1]
    assert report["reasons"] == {"skipped": {"told-already": 1}}


def test_a_second_correction_is_measured_from_the_first(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    corrected(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    mended(on_stage, edition, announcement=RIGHT.replace("gelingt", "glückt"))
    corrected(on_stage, edition)
    text = corrections(on_stage, "mia")[1]["text"]
    assert "„wie es glückt“ statt „wie es gelingt“" in text
    assert "heisst" not in text


def test_whoever_was_sent_a_correction_is_not_sent_the_same_announcement(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    corrected(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    before = len(on_stage.inbox("mia@example.org"))
    again = on_stage.api("POST", f"/editions/{edition}/announce", {"announce": "now"})[1]["mailings"][0]["id"]
    on_stage.run()
    assert len(on_stage.inbox("mia@example.org")) == before
    assert on_stage.api("GET", f"/mailings/{again}")[1]["reasons"] == {"skipped": {"told-already": 1}}


def test_stopped_half_way_exactly_those_who_got_it_are_corrected(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, announcement=TYPO)
    names = ("mia", "ole", "ida")
    for name in names:
        subscribed(on_stage, f"{name}@example.org")
    on_stage.faults.replace([{"do": "partial", "status": "TRANSIENT_FAILURE", "entries": [1, 2], "times": 1}])
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    for lane in [*on_stage.lanes, *on_stage.lanes]:
        lane.turn()
    stopped = on_stage.api("POST", f"/mailings/{mailing(on_stage, edition)}/cancel")[1]
    got_it = [one["email"].split("@")[0] for one in stopped["received"]]
    assert len(got_it) == 1
    mended(on_stage, edition)
    status, _ = on_stage.api("POST", f"/mailings/{mailing(on_stage, edition)}/correct", {"text": "Ein Versehen."})
    assert status == 200
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert [name for name in names if corrections(on_stage, name)] == got_it


def test_who_has_unsubscribed_or_comes_anyway_is_treated_as_by_every_list(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    registered(on_stage, edition, "mia@example.org")
    on_stage.post(end_link(on_stage, "ole@example.org"))
    mended(on_stage, edition)
    corrected(on_stage, edition)
    assert [len(corrections(on_stage, name)) for name in ("mia", "ole")] == [1, 0]


def test_asked_twice_it_is_planned_once(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    first, second = corrected(on_stage, edition), corrected(on_stage, edition)
    assert (first["changed"], second["changed"]) == (True, False)
    assert second["note"] == "This correction is planned or was sent already; nothing has changed."
    assert len(corrections(on_stage, "mia")) == 1


def test_it_can_wait_and_be_withdrawn(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    planned = corrected(on_stage, edition, at={"in_minutes": 10})["mailings"][0]
    assert planned["progress"] == "planned"
    on_stage.api("POST", f"/mailings/{planned['id']}/cancel")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert corrections(on_stage, "mia") == []


def test_what_nobody_got_cannot_be_corrected(on_stage: Stage) -> None:
    edition = organised(on_stage)
    assert on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Falsch."})[0] == 409
    subscribed(on_stage)
    on_stage.api("POST", f"/editions/{edition}/announce", {"announce": {"in_minutes": 10}})
    assert on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Falsch."})[0] == 409
    reminder = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"][-1]["id"]
    assert on_stage.api("POST", f"/mailings/{reminder}/correct", {"text": "Falsch."})[0] == 409


def test_what_is_being_sent_has_to_be_stopped_first(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    subscribed(on_stage)
    on_stage.faults.replace([{"do": "throttle"}])
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    for lane in on_stage.lanes:
        lane.turn()
    status, answer = on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Falsch."})
    assert (status, mailing(on_stage, edition) in answer["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("wish", "field"),
    [({"text": "x" * 2001}, "text"), ({"text": 5}, "text"), ({"at": "soon"}, "at"), ({"why": "x"}, "why")],
)
def test_a_wish_that_cannot_be_is_told_beside_its_field(on_stage: Stage, wish: dict[str, Any], field: str) -> None:
    edition = announced(on_stage, "mia")
    status, answer = on_stage.api("POST", f"/editions/{edition}/correct", wish)
    assert (status, [error["field"] for error in answer["errors"]]) == (422, [field])


def test_a_text_as_long_as_it_may_be_and_a_date_after_the_start(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    late = on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Falsch.", "at": "2027-03-10T14:30"})
    assert (late[0], [error["field"] for error in late[1]["errors"]]) == (422, ["at"])
    assert corrected(on_stage, edition, text="wort " * 400)["changed"]


def test_after_a_move_the_correction_names_the_old_date(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-17T14:30"})
    corrected(on_stage, edition)
    text = " ".join(corrections(on_stage, "mia")[0]["text"].split())
    assert "Termin: Mittwoch, 17. März 2027, 14:30 Uhr statt Mittwoch, 10. März 2027, 14:30 Uhr" in text
    assert datetime(2027, 3, 17)


def written(on_stage: Stage, edition: str, **wish: Any) -> str:
    """A message to those who registered; gives its id."""
    given = {"subject": "Die Tür", "text": "Nimm die Seitentür.", "at": "now"} | wish
    status, answer = on_stage.api("POST", f"/editions/{edition}/messages", given)
    assert status == 200, answer
    on_stage.run()
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    return str(answer["mailings"][0]["id"])


def test_a_message_is_corrected_for_those_who_got_it(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, "mia@example.org")
    message = written(on_stage, edition)
    registered(on_stage, edition, "ole@example.org", "Ole Sand")
    status, answer = on_stage.api("POST", f"/mailings/{message}/correct", {"text": "Die **Vordertür** ist offen."})
    assert (status, [one["message"] for one in answer["mailings"]]) == (200, ["message-to-registered"])
    on_stage.run()
    assert on_stage.subjects("mia@example.org")[-1] == "Berichtigung: Die Tür"
    assert "Die Vordertür ist offen." in on_stage.inbox("mia@example.org")[-1]["text"]
    assert "Berichtigung: Die Tür" not in on_stage.subjects("ole@example.org")


def test_of_a_message_somebody_has_to_say_what_was_wrong(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    status, answer = on_stage.api("POST", f"/mailings/{written(on_stage, edition)}/correct", {})
    assert (status, [error["field"] for error in answer["errors"]]) == (422, ["text"])


def test_a_message_that_waits_is_withdrawn_and_not_corrected(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    given = {"subject": "Die Tür", "text": "Nimm die Seitentür.", "at": {"in_minutes": 30}}
    message = on_stage.api("POST", f"/editions/{edition}/messages", given)[1]["mailings"][0]["id"]
    assert on_stage.api("POST", f"/mailings/{message}/correct", {"text": "Falsch."})[0] == 409


def test_a_correction_can_be_looked_at_before(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    before = on_stage.items()
    status, answer = on_stage.api("POST", f"/editions/{edition}/correct/preview", {"text": "Ein *Tippfehler*."})
    assert (status, answer["subject"]) == (200, CORRECTED)
    assert "„was das heißt“ statt „was das heisst“" in answer["text"]
    assert on_stage.items() == before
    corrected(on_stage, edition, text="Ein *Tippfehler*.")
    links = "https://kaffee.example.org/subscriptions"
    sent, shown = corrections(on_stage, "mia")[0]["text"], answer["text"]
    assert sent.partition(links)[0] == shown.partition(links)[0]


def test_what_is_edited_while_it_is_being_sent_is_corrected_for_those_who_got_it_before(on_stage: Stage) -> None:
    """Three batches: the first is sent with the mistake, the others without."""
    edition = organised(on_stage, publish=False, announcement=TYPO)
    readers(on_stage, 120)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    broadcast = on_stage.lanes_named("broadcast")
    broadcast.turn()  # cut into batches
    on_stage.faults.replace([{"do": "throttle", "times": 2, "operation": "SendBulkEmail"}])
    broadcast.turn()
    got_it = {mail["address"] for mail in on_stage.inbox()}
    assert 0 < len(got_it) < 120
    mended(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len({mail["address"] for mail in on_stage.inbox()}) == 120
    corrected(on_stage, edition)
    told = {mail["address"] for mail in on_stage.inbox() if mail["subject"].startswith("Berichtigung")}
    assert told == got_it


def test_another_place_and_duration_are_changes(on_stage: Stage) -> None:
    """Whoever was not told of the move learns here that the room is another one."""
    edition = announced(on_stage, "mia")
    room = {"location": {"place": "Raum 2", "online": True}, "duration_minutes": 90, "tell_subscribers": "none"}
    assert on_stage.api("POST", f"/editions/{edition}/move", room)[0] == 200
    corrected(on_stage, edition)
    mail = corrections(on_stage, "mia")[0]
    text = " ".join(mail["text"].split())
    assert (
        "Was sich geändert hat: - Dauer: 1 Stunde 30 Minuten statt 45 Minuten - Wo: Raum 2 oder online statt online"
        in text
    )
    assert "<strong>Raum 2 oder online</strong>" in mail["html"]


def test_that_it_is_online_as_well_is_a_change(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, location={"place": "Altes Rathaus"})
    subscribed(on_stage, "mia@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    both = {"location": {"place": "Altes Rathaus", "online": True}, "tell_subscribers": "none"}
    assert on_stage.api("POST", f"/editions/{edition}/move", both)[0] == 200
    corrected(on_stage, edition)
    text = " ".join(corrections(on_stage, "mia")[0]["text"].split())
    assert "- Wo: Altes Rathaus oder online statt Altes Rathaus" in text


def test_each_change_has_its_name_in_both_parts(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition, title="Gemeinsam bewirken", speakers=[{"name": "Andrea Grün"}])
    moved = {"starts_at": "2027-03-17T14:30", "duration_minutes": 60, "location": {"place": "Altes Rathaus"}}
    on_stage.api("POST", f"/editions/{edition}/move", moved | {"tell_subscribers": "none"})
    corrected(on_stage, edition)
    mail = corrections(on_stage, "mia")[0]
    shown = re.findall(r"<li[^>]*><span[^>]*>([^<]+)</span><br><s[^>]*>([^<]+)</s>", mail["html"])
    assert [name for name, _ in shown] == ["Titel", "Termin", "Dauer", "Wo", "Mit"]
    text = " ".join(mail["text"].split())
    assert [name for name, was in shown if f"- {name}: " not in text or was not in text] == []


def half_sent(on_stage: Stage) -> tuple[str, str, set[str]]:
    """An edition whose announcement was paused after the first of three batches and then mended; that announcement; and
    who got it."""
    edition = organised(on_stage, publish=False, announcement=TYPO)
    readers(on_stage, 120)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    broadcast = on_stage.lanes_named("broadcast")
    broadcast.turn()  # cut into batches
    on_stage.faults.replace([{"do": "throttle", "times": 2, "operation": "SendBulkEmail"}])
    broadcast.turn()
    got_it = {mail["address"] for mail in on_stage.inbox()}
    assert 0 < len(got_it) < 120
    paused = mailing(on_stage, edition)
    assert on_stage.api("POST", f"/mailings/{paused}/pause")[0] == 200
    mended(on_stage, edition)
    return edition, paused, got_it


def told_of_it(on_stage: Stage) -> list[str]:
    return [mail["address"] for mail in on_stage.inbox() if mail["subject"].startswith("Berichtigung")]


def test_what_was_paused_goes_on_once_the_correction_knows_who_got_it(on_stage: Stage) -> None:
    edition, paused, got_it = half_sent(on_stage)
    status, answer = on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Pardon!", "at": {"in_minutes": 10}})
    assert status == 200
    correction = answer["mailings"][0]["id"]
    status, answer = on_stage.api("POST", f"/mailings/{paused}/resume")
    assert status == 409
    assert correction in answer["detail"]
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=11))
    assert on_stage.api("POST", f"/mailings/{paused}/resume")[0] == 200
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len({mail["address"] for mail in on_stage.inbox()}) == 120
    assert sorted(told_of_it(on_stage)) == sorted(got_it)


def test_what_is_resumed_right_after_its_correction_goes_only_to_the_others(on_stage: Stage) -> None:
    edition, paused, got_it = half_sent(on_stage)
    assert on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Pardon!"})[0] == 200
    inside.lose_messages()  # it is begun by a tick, and the batches come before it
    assert on_stage.api("POST", f"/mailings/{paused}/resume")[0] == 200
    on_stage.run()
    assert {mail["address"] for mail in on_stage.inbox()} == got_it
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len({mail["address"] for mail in on_stage.inbox()}) == 120
    assert sorted(told_of_it(on_stage)) == sorted(got_it)


def test_a_correction_that_was_withdrawn_keeps_nothing_from_going_on(on_stage: Stage) -> None:
    edition, paused, _ = half_sent(on_stage)
    wish = {"text": "Pardon!", "at": {"in_minutes": 10}}
    correction = on_stage.api("POST", f"/editions/{edition}/correct", wish)[1]["mailings"][0]["id"]
    on_stage.api("POST", f"/mailings/{correction}/pause")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("POST", f"/mailings/{paused}/resume")[0] == 409, "once it is resumed, it asks who got it"
    on_stage.api("POST", f"/mailings/{correction}/cancel")
    assert on_stage.api("POST", f"/mailings/{paused}/resume")[0] == 200
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len(on_stage.inbox()) == 120
    assert told_of_it(on_stage) == []


def test_who_failed_is_tried_again_once_the_correction_knows_who_got_it(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False, announcement=TYPO)
    readers(on_stage, 2)
    on_stage.faults.replace([{"do": "partial", "status": "MESSAGE_REJECTED", "entries": [1], "times": 1}])
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    (got_it,) = [mail["address"] for mail in on_stage.inbox()]
    mended(on_stage, edition)
    on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Pardon!", "at": {"in_minutes": 10}})
    assert on_stage.api("POST", f"/mailings/{mailing(on_stage, edition)}/retry")[0] == 409
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=11))
    assert on_stage.api("POST", f"/mailings/{mailing(on_stage, edition)}/retry")[1]["retried"] == 1
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len(on_stage.inbox()) == 3
    assert told_of_it(on_stage) == [got_it]


def test_the_same_words_about_the_same_text_are_told_once(on_stage: Stage) -> None:
    """The edition is edited once more while the first correction waits, and the second one overtakes it."""
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    wish = {"text": "Pardon!", "at": {"in_minutes": 10}}
    first = on_stage.api("POST", f"/editions/{edition}/correct", wish)[1]["mailings"][0]["id"]
    mended(on_stage, edition, title="Gemeinsam bewirken")
    corrected(on_stage, edition, text="Pardon!")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len(corrections(on_stage, "mia")) == 1
    assert on_stage.api("GET", f"/mailings/{first}")[1]["reasons"] == {"skipped": {"told-already": 1}}
    corrected(on_stage, edition, text="Pardon! Und noch etwas.")
    assert len(corrections(on_stage, "mia")) == 2


def test_what_was_withdrawn_can_be_asked_for_once_more(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    wish = {"text": "Der Ton war schlecht.", "at": {"in_minutes": 10}}
    first = on_stage.api("POST", f"/editions/{edition}/correct", wish)[1]["mailings"][0]["id"]
    on_stage.api("POST", f"/mailings/{first}/cancel")
    answer = corrected(on_stage, edition, text="Der Ton war schlecht.")
    assert answer["changed"]
    assert not corrected(on_stage, edition, text="Der Ton war schlecht.")["changed"]
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len(corrections(on_stage, "mia")) == 1


def test_a_move_ahead_says_that_a_correction_comes_too_late(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    planned = on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Pardon!", "at": "2027-03-09T10:00"})[1]
    status, answer = on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-05T10:00"})
    assert status == 200, answer
    missed = [one for one in answer["mailings"] if one["message"] == "correction"]
    assert [(one["id"], one["progress"], one["reason"]) for one in missed] == [
        (planned["mailings"][0]["id"], "missed", "too-late")
    ]
    assert corrected(on_stage, edition, text="Pardon!")["changed"], "it can be asked for again, at a time that will do"
    assert len(corrections(on_stage, "mia")) == 1


def test_only_announcements_and_messages_are_corrected(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    reminder = next(one["id"] for one in items if one["message"] == "reminder")
    for of in ("0" * 32, reminder):
        status, answer = on_stage.api("POST", f"/editions/{edition}/correct", {"text": "Pardon!", "mailing": of})
        assert (status, [error["field"] for error in answer["errors"]]) == (422, ["mailing"])
    status, answer = on_stage.api("POST", f"/mailings/{reminder}/correct", {"text": "Pardon!"})
    assert status == 409
    assert answer["detail"].startswith("Only announcements and messages")


def test_a_test_mail_is_not_corrected(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    registered(on_stage, edition, "mia@example.org")
    of_message = {"to": "mia@example.org", "subject": "Hallo", "text": "Guten Tag!"}
    for path, wish in (("messages/test-mails", of_message), ("test-mails", {"to": "mia@example.org"})):
        tried = on_stage.api("POST", f"/editions/{edition}/{path}", wish)[1]["mailing"]
        on_stage.run()
        status, answer = on_stage.api("POST", f"/mailings/{tried}/correct", {"text": "Pardon!"})
        assert (status, answer["detail"].split(".")[0]) == (
            409,
            "Only announcements and messages to the registered can be corrected",
        )


def test_a_correction_that_is_paused_is_not_said_to_be_planned(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    wish = {"text": "Der Ton war schlecht.", "at": {"in_minutes": 10}}
    correction = on_stage.api("POST", f"/editions/{edition}/correct", wish)[1]["mailings"][0]["id"]
    on_stage.api("POST", f"/mailings/{correction}/pause")
    again = on_stage.api("POST", f"/editions/{edition}/correct", wish)[1]
    assert (again["changed"], again["note"].split(",")[0]) == (False, "This correction is paused")


def test_all_that_is_wrong_with_a_correction_is_told_at_once(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    status, answer = on_stage.api("POST", f"/editions/{edition}/correct", {"at": "2027-03-10T14:30"})
    assert status == 422
    assert [(one["field"], one["detail"].split(".")[0]) for one in answer["errors"]] == [
        ("text", "Nothing of this edition has changed since it was announced"),
        ("at", "The correction has to go out before the start"),
    ]


def test_a_correction_waits_for_the_one_before_it_that_is_on_its_way(on_stage: Stage) -> None:
    """While SES is being called for the first one, the next is asked for, cut, and tried."""
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    texts, broadcast = [RIGHT.replace("gelingt", "glückt")], on_stage.lanes_named("broadcast")

    def meanwhile(**_: Any) -> None:
        if texts:
            mended(on_stage, edition, announcement=texts.pop())
            on_stage.api("POST", f"/editions/{edition}/correct", {})
            while broadcast.turn():
                pass

    with listening(on_stage.world.mailer.client, "before-call", meanwhile):
        corrected(on_stage, edition)
    assert not texts
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    first, second = (one["text"] for one in corrections(on_stage, "mia"))
    assert "„was das heißt“ statt „was das heisst“" in first
    assert "„wie es glückt“ statt „wie es gelingt“" in second
    assert "heisst" not in second


def test_a_correction_that_was_paused_does_not_keep_the_next_one_from_anybody(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    on_stage.faults.replace([{"do": "throttle"}])
    (paused,) = corrected(on_stage, edition)["mailings"]
    assert on_stage.api("POST", f"/mailings/{paused['id']}/pause")[0] == 200
    mended(on_stage, edition, announcement=RIGHT.replace("gelingt", "glückt"))
    on_stage.faults.replace([])
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert not corrections(on_stage, "mia")
    corrected(on_stage, edition)
    assert on_stage.api("POST", f"/mailings/{paused['id']}/resume")[0] == 200
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    (mail,) = corrections(on_stage, "mia")
    assert "„was das heißt - wie es glückt“ statt „was das heisst - wie es gelingt“" in " ".join(mail["text"].split())


def test_no_request_reads_a_long_list_to_know_whether_it_is_sent(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more people than a request may read, the tick finds it."""
    monkeypatch.setattr(mailings, "READ_IN_A_REQUEST", 1)
    edition = organised(on_stage, publish=False, announcement=TYPO)
    readers(on_stage, 160)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    mended(on_stage, edition)
    read: list[int] = []

    def reading(params: dict[str, Any], **_: Any) -> None:
        if params["ExpressionAttributeValues"][":pk"]["S"].startswith(keys.MAILING):
            read.append(params["Limit"])

    with listening(on_stage.world.store.table.client, "provide-client-params.dynamodb.Query", reading):
        assert on_stage.api("POST", f"/editions/{edition}/correct", {})[0] == 409
    assert set(read) == {2}
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert on_stage.api("POST", f"/editions/{edition}/correct", {})[0] == 200


class Died(BaseException):
    """A function's process is gone."""


def test_a_paused_announcement_whose_worker_died_is_corrected(on_stage: Stage) -> None:
    """Nobody notes its death as long as it is paused; its reader may have got the mail."""
    edition = organised(on_stage, publish=False, announcement=TYPO)
    subscribed(on_stage)
    on_stage.clock.turn(by=timedelta(minutes=1))
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})

    def die(**_: Any) -> None:
        raise Died

    with listening(on_stage.world.mailer.client, "before-call", die), pytest.raises(Died):
        on_stage.run()
    assert on_stage.api("POST", f"/mailings/{mailing(on_stage, edition)}/pause")[0] == 200
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    mended(on_stage, edition)
    corrected(on_stage, edition)
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len(corrections(on_stage, "mia")) == 1


def test_a_correction_waits_until_it_is_known_whether_the_one_before_it_was_sent(on_stage: Stage) -> None:
    """A worker dies before SES has taken the first: after the grace, that one says what is true by then."""
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)

    def die(**_: Any) -> None:
        raise Died

    on_stage.api("POST", f"/editions/{edition}/correct", {})
    with listening(on_stage.world.mailer.client, "before-call", die), pytest.raises(Died):
        on_stage.run()
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=10))
    mended(on_stage, edition, announcement=RIGHT.replace("gelingt", "glückt"))
    corrected(on_stage, edition)
    assert not corrections(on_stage, "mia")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    (mail,) = corrections(on_stage, "mia")
    assert "„was das heißt - wie es glückt“ statt „was das heisst - wie es gelingt“" in " ".join(mail["text"].split())


def test_whoever_still_waits_in_a_correction_is_told_once_when_there_is_another(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    mended(on_stage, edition)
    on_stage.faults.replace([{"do": "throttle", "times": 1}])
    broadcast = on_stage.lanes_named("broadcast")
    on_stage.api("POST", f"/editions/{edition}/correct", {})
    broadcast.turn()
    broadcast.turn()
    on_stage.clock.turn(by=timedelta(minutes=1))
    mended(on_stage, edition, announcement=RIGHT.replace("gelingt", "glückt"))
    on_stage.api("POST", f"/editions/{edition}/correct", {})
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    (mail,) = corrections(on_stage, "mia")
    assert "„was das heißt - wie es glückt“ statt „was das heisst - wie es gelingt“" in " ".join(mail["text"].split())
    found = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    told = [
        on_stage.api("GET", f"/mailings/{one['id']}")[1]["totals"] for one in found if one["message"] == "correction"
    ]
    assert told == [{"sent": 1}, {"skipped": 1}]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ([], [{"name": "Eda Kaya"}], "Jetzt mit: Eda Kaya"),
        ([{"name": "Eda Kaya"}], [], "Nicht mehr mit: Eda Kaya"),
        ([{"name": "Eda Kaya"}], [{"name": "Ada Früh"}], "Mit: Ada Früh statt Eda Kaya"),
    ],
)
def test_a_guest_who_was_missing_or_does_not_come_is_a_change(
    on_stage: Stage, before: list[Any], now: list[Any], said: str
) -> None:
    edition = organised(on_stage, publish=False, speakers=before)
    subscribed(on_stage)
    on_stage.clock.turn(by=timedelta(minutes=1))
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    mended(on_stage, edition, speakers=now)
    corrected(on_stage, edition)
    mail = corrections(on_stage, "mia")[0]
    assert said in mail["text"]
    assert all(one["name"] in mail["html"] for one in [*before, *now])


def message_half_sent(on_stage: Stage) -> tuple[str, str, set[str]]:
    """An edition with a message to 120, paused after the first of three batches; that message; and who got it."""
    edition = organised(on_stage)
    for number in range(120):
        address = f"guest-{number}@example.org"
        person = a_person(hash=on_stage.world.addresses.hash(address), address=address)
        made = a_registration(person=person, edition=edition)
        on_stage.world.store.changes().save(made).commit()
    given = {"subject": "Die Tür", "text": "Nimm die Seitentür.", "at": "now"}
    message = on_stage.api("POST", f"/editions/{edition}/messages", given)[1]["mailings"][0]["id"]
    lane = on_stage.lanes_named("transactional")
    lane.turn()  # cut into batches
    on_stage.faults.replace([{"do": "throttle", "times": 2, "operation": "SendBulkEmail"}])
    lane.turn()
    got_it = {mail["address"] for mail in on_stage.inbox()}
    assert 0 < len(got_it) < 120
    assert on_stage.api("POST", f"/mailings/{message}/pause")[0] == 200
    return edition, message, got_it


def test_a_message_goes_on_once_its_correction_knows_who_got_it(on_stage: Stage) -> None:
    """Also where the correction is due already, and only waits for a worker."""
    _, message, got_it = message_half_sent(on_stage)
    assert on_stage.api("POST", f"/mailings/{message}/correct", {"text": "Die Vordertür."})[0] == 200
    status, answer = on_stage.api("POST", f"/mailings/{message}/resume")
    assert (status, "does not know yet who they are" in answer["detail"]) == (409, True)
    on_stage.run()
    assert on_stage.api("POST", f"/mailings/{message}/resume")[0] == 200
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    assert len({mail["address"] for mail in on_stage.inbox()}) == 120
    assert sorted(told_of_it(on_stage)) == sorted(got_it)


def test_a_message_that_is_resumed_while_its_correction_is_asked_for_is_being_sent(on_stage: Stage) -> None:
    """Before each call to the table that the correction makes."""
    edition, message, got_it = message_half_sent(on_stage)
    there = len(on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"])
    inside.lose_messages()
    kept = on_stage.keep()
    for number in itertools.count():
        inside.lose_messages()
        on_stage.back_to(kept)
        met: list[int] = []
        calls = itertools.count()

        def resume(met: list[int] = met, calls: Iterator[int] = calls, number: int = number, **_: Any) -> None:
            if not met and next(calls) == number:
                met.append(0)
                met[0] = on_stage.api("POST", f"/mailings/{message}/resume")[0]

        with listening(on_stage.world.store.table.client, "before-call.dynamodb", resume):
            status, answer = on_stage.api("POST", f"/mailings/{message}/correct", {"text": "Die Vordertür."})
        if not met:
            assert number > 3
            break
        assert (met, status, answer["title"]) == ([200], 409, "Conflict"), number
        assert len(on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]) == there
    on_stage.run()
    assert sorted(told_of_it(on_stage)) == sorted(got_it)
