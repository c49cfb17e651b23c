from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.builders import SERIES, end_link, organised, subscribed
from tests.stage import Stage

MIA = {"email": "mia@example.org"}
WORDS = (
    "Ich möchte per E-Mail erfahren, wenn es einen neuen Termin von „Virtuelle Kaffeepause“ gibt. "
    "Das kann ich jederzeit über einen Link in jeder Mail abbestellen."
)


def subscriber(on_stage: Stage, slug: str = "kaffeepause") -> dict[str, Any]:
    (only,) = on_stage.api("GET", f"/series/{slug}/subscribers")[1]["items"]
    found: dict[str, Any] = only
    return found


def asked(on_stage: Stage) -> None:
    assert on_stage.post("/series/kaffeepause/subscriptions", MIA).status_code == 303
    on_stage.run()


def test_the_proof_of_consent_has_the_words_their_version_the_place_and_both_times(on_stage: Stage) -> None:
    organised(on_stage)
    asked(on_stage)
    on_stage.clock.turn(by=timedelta(hours=2))
    on_stage.post(on_stage.link("mia@example.org", "/confirm"))
    found = subscriber(on_stage)
    version = found["consent"].pop("wording_version")
    assert found["consent"] == {
        "wording": WORDS,
        "source": "page of the series",
        "requested_at": "2027-02-01T09:00:00Z",
        "confirmed_at": "2027-02-01T11:00:00Z",
    }
    assert len(version) == 12
    assert WORDS in on_stage.get("/series/kaffeepause").body.decode()
    on_stage.clock.turn(by=timedelta(hours=2))
    on_stage.post(on_stage.link("mia@example.org", "/confirm"))
    assert subscriber(on_stage)["consent"]["confirmed_at"] == "2027-02-01T11:00:00Z", "the first proof stays"


def test_the_version_of_the_words_changes_with_the_words(on_stage: Stage) -> None:
    organised(on_stage)
    asked(on_stage)
    first = subscriber(on_stage)["consent"]["wording_version"]
    on_stage.api("PATCH", "/series/kaffeepause", {"title": "Kaffee"})
    on_stage.clock.turn(by=timedelta(hours=1))
    asked(on_stage)
    assert subscriber(on_stage)["consent"]["wording_version"] != first


def test_asking_twice_within_minutes_sends_one_mail_and_later_another(on_stage: Stage) -> None:
    organised(on_stage)
    asked(on_stage)
    asked(on_stage)
    assert len(on_stage.inbox()) == 1
    on_stage.clock.turn(by=timedelta(minutes=11))
    asked(on_stage)
    assert len(on_stage.inbox()) == 2
    on_stage.post(on_stage.link("mia@example.org", "/confirm"))
    assert subscriber(on_stage)["status"] == "active"


def test_who_is_subscribed_already_stays_so_and_gets_no_mail(on_stage: Stage) -> None:
    organised(on_stage)
    subscribed(on_stage)
    before = on_stage.items()
    on_stage.clock.turn(by=timedelta(days=30))
    asked(on_stage)
    assert on_stage.items() == before
    assert len(on_stage.inbox()) == 1


def test_who_ended_their_subscription_may_come_back_and_is_asked_again(on_stage: Stage) -> None:
    organised(on_stage)
    subscribed(on_stage)
    on_stage.post(end_link(on_stage))
    on_stage.clock.turn(by=timedelta(days=1))
    asked(on_stage)
    found = subscriber(on_stage)
    assert (found["status"], found["consent"]["confirmed_at"]) == ("pending", None)
    assert len(on_stage.inbox()) == 2
    on_stage.post(on_stage.link("mia@example.org", "/confirm"))
    found = subscriber(on_stage)
    assert (found["status"], found["consent"]["requested_at"]) == ("active", "2027-02-02T09:00:00Z")


def test_who_says_no_before_confirming_gets_no_opt_in_mail_that_was_still_waiting(on_stage: Stage) -> None:
    organised(on_stage)
    on_stage.post("/series/kaffeepause/subscriptions", MIA)
    on_stage.post(end_link(on_stage))
    on_stage.run()
    assert on_stage.inbox() == []


def test_two_series_are_two_subscriptions(on_stage: Stage) -> None:
    organised(on_stage)
    on_stage.api("POST", "/series", SERIES | {"slug": "coffee", "title": "Coffee break", "language": "en"})
    subscribed(on_stage)
    subscribed(on_stage, slug="coffee")
    on_stage.post(end_link(on_stage, slug="coffee"))
    assert subscriber(on_stage)["status"] == "active"
    assert subscriber(on_stage, "coffee")["status"] == "ended"
    assert on_stage.subjects()[-1] == "Please confirm your subscription to “Coffee break”"


def test_who_never_confirmed_hears_of_nothing(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    asked(on_stage)
    answer = on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})[1]
    on_stage.run()
    assert answer["subscribers"] == 0
    assert len(on_stage.inbox()) == 1
