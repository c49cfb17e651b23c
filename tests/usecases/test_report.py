"""The numbers of an edition and of a series: what has happened, and nothing that nobody can know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.usecases import mailings
from tests.builders import end_link, organised, registered, subscribed
from tests.faults.people import readers
from tests.stage import Stage, listening

BOUNCES, COMPLAINS = "bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com"


def report(on_stage: Stage, path: str) -> Any:
    status, answer = on_stage.api("GET", f"{path}/report")
    assert status == 200, answer
    return answer


def mails(answer: Any, message: str) -> dict[str, Any]:
    found = next(one for one in answer["mails"] if one["message"] == message)
    return {name: value for name, value in found.items() if value and name not in ("message", "as_of")}


def announced(on_stage: Stage, *names: str, troubled: bool = True) -> str:
    """``troubled``: also to somebody whose address does not exist, and to somebody who calls it spam."""
    made = organised(on_stage, publish=False)
    for name in names:
        subscribed(on_stage, f"{name}@example.org")
    readers(on_stage, 0, *((BOUNCES, COMPLAINS) if troubled else ()))
    on_stage.api("POST", f"/editions/{made}/publish", {"announce": "now"})
    on_stage.run()
    return made


def test_announced_delivered_registered_cancelled_by_day(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    for name in ("mia", "ole", "ida"):
        registered(on_stage, edition, f"{name}@example.org")
    on_stage.travel(on_stage.clock.now() + timedelta(days=1))
    on_stage.post(on_stage.link("ole@example.org", "/registrations/") + "/cancel")
    registered(on_stage, edition, "tom@example.org")
    answer = report(on_stage, f"/editions/{edition}")
    assert mails(answer, "announcement") == {"mailings": 1, "sent": 4, "delivered": 2, "bounced": 1, "complained": 1}
    assert (answer["registered"], answer["cancelled"], answer["coming"]) == (4, 1, 3)
    assert answer["days"] == [
        {"date": "2027-02-01", "came": 3, "left": 0, "sent": 4, "bounced": 1},
        {"date": "2027-02-02", "came": 1, "left": 1, "sent": 0, "bounced": 0},
    ]


def test_the_mails_of_all_mailings_of_one_day_are_added_up(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia", "ole")
    registered(on_stage, edition, "ida@example.org")
    message = {"subject": "Die Tür", "text": "Nimm die Seitentür.", "at": "now"}
    assert on_stage.api("POST", f"/editions/{edition}/messages", message)[0] == 200
    on_stage.run()
    day = {"date": "2027-02-01", "came": 1, "left": 0, "sent": 5, "bounced": 1}
    assert report(on_stage, f"/editions/{edition}")["days"] == [day]


def test_a_long_list_that_is_not_counted_yet_waits_as_a_whole(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut in three steps."""
    monkeypatch.setattr("chalicelib.usecases.dispatch.BATCHES_PER_STEP", 1)
    monkeypatch.setattr(mailings, "READ_BEFORE_COUNTED", 0)
    edition = organised(on_stage, publish=False)
    readers(on_stage, 120)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    found = mails(report(on_stage, f"/editions/{edition}"), "announcement")
    assert found == {"mailings": 1, "waiting": 120}


def test_whoever_was_not_written_to_is_counted_with_why(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    registered(on_stage, edition, "ida@example.org")
    on_stage.post(on_stage.link("ida@example.org", "/registrations/") + "/cancel")
    registered(on_stage, edition, BOUNCES)
    registered(on_stage, edition, "tom@example.org")
    on_stage.travel(datetime(2027, 3, 10, 13, 0, tzinfo=UTC))
    found = mails(report(on_stage, f"/editions/{edition}"), "reminder")
    assert found == {"mailings": 2, "sent": 2, "delivered": 2, "skipped": {"suppressed": 2}}


def test_a_draft_has_no_numbers_yet(on_stage: Stage) -> None:
    answer = report(on_stage, f"/editions/{organised(on_stage, publish=False)}")
    assert (answer["registered"], answer["coming"], answer["mails"], answer["days"]) == (0, 0, [], [])


def test_a_series_has_its_subscribers_and_its_editions_newest_first(on_stage: Stage) -> None:
    first = announced(on_stage, "mia", "ole", troubled=False)
    registered(on_stage, first, "mia@example.org")
    on_stage.post(end_link(on_stage, "ole@example.org"))
    second = organised(on_stage, starts_at="2027-04-14T14:30")
    organised(on_stage, publish=False, starts_at="2027-05-12T14:30")
    answer = report(on_stage, "/series/kaffeepause")
    assert [one["id"] for one in answer["items"]] == [second, first]
    assert [one["coming"] for one in answer["items"]] == [0, 1]
    assert (answer["subscribed"], answer["ended"], answer["next"]) == (1, 1, None)
    assert answer["days"] == [{"date": "2027-02-01", "came": 2, "left": 1}]


def test_many_editions_come_page_by_page(on_stage: Stage) -> None:
    made = [organised(on_stage, starts_at=f"2027-03-{10 + number // 2}T14:30") for number in range(7)]
    found: list[str] = []
    after = ""
    while after is not None:
        status, page = on_stage.api("GET", f"/series/kaffeepause/report?limit=3&after={after}")
        assert status == 200
        found += [one["id"] for one in page["items"]]
        after = page["next"]
    assert sorted(found) == sorted(made)
    assert found[-1] in made[:2]


def test_what_comes_back_after_days_is_counted_anew(on_stage: Stage) -> None:
    """Of a list that is not counted in the request: the tick counts, and again when SES has reported more."""
    on_stage.faults.replace([{"events": "late", "seconds": 86_400, "types": ["Bounce", "Complaint"]}])
    edition = announced(on_stage, "mia", "ole")
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mailings, "READ_IN_A_REQUEST", 0)
        before = report(on_stage, f"/editions/{edition}")
        assert mails(before, "announcement") == {"mailings": 1, "sent": 4, "delivered": 4}
        on_stage.travel(on_stage.clock.now() + timedelta(days=2))
        after = report(on_stage, f"/editions/{edition}")
        assert mails(after, "announcement") == {
            "mailings": 1,
            "sent": 4,
            "delivered": 2,
            "bounced": 1,
            "complained": 1,
        }
    assert before["mails"][0]["as_of"] < after["mails"][0]["as_of"]


def test_many_reports_at_once_are_counted_together(on_stage: Stage) -> None:
    edition = announced(on_stage, "mia")
    due = list(on_stage.world.store.due(datetime(2027, 2, 2, tzinfo=UTC), since=on_stage.clock.now()))
    assert [one.matter for one in due].count("tally") == 1, "two reports, one count"
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    left = [one.matter for one in on_stage.world.store.due(on_stage.clock.now(), since=on_stage.clock.now())]
    assert "tally" not in left
    assert report(on_stage, f"/editions/{edition}")["mails"]


def test_a_long_mailing_says_when_it_was_counted_and_who_failed(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = organised(on_stage, publish=False)
    for name in ("mia", "ole", "ida"):
        subscribed(on_stage, f"{name}@example.org")
    on_stage.faults.replace([{"do": "partial", "status": "MESSAGE_REJECTED", "entries": [1], "times": 1}])
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    monkeypatch.setattr(mailings, "READ_IN_A_REQUEST", 0)
    monkeypatch.setattr(mailings, "READ_BEFORE_COUNTED", 0)
    mailing = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"][0]["id"]
    at_once = on_stage.api("GET", f"/mailings/{mailing}")[1]
    on_stage.travel(on_stage.clock.now() + timedelta(hours=1))
    later = on_stage.api("GET", f"/mailings/{mailing}")[1]
    assert (at_once["totals"], at_once["done"], at_once["as_of"]) == ({"waiting": 3}, 0.0, "2027-02-01T09:00:00Z")
    assert (later["totals"], len(later["failures"]), later["done"]) == ({"sent": 2, "failed": 1}, 1, 1.0)
    assert later["as_of"] == "2027-02-01T09:05:00Z", "when the tick closed it"


def personal(answer: Any) -> dict[str, dict[str, int]]:
    return {
        one["message"]: {name: value for name, value in one.items() if value and name != "message"}
        for one in answer["personal_mails"]
    }


def test_confirmations_that_came_back_or_were_not_sent_are_told(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert report(on_stage, f"/editions/{edition}")["personal_mails"] == [], "nothing went wrong"
    registered(on_stage, edition, BOUNCES)
    registered(on_stage, edition, COMPLAINS)
    assert personal(report(on_stage, f"/editions/{edition}")) == {
        "registration-confirmation": {"bounced": 1, "complained": 1}
    }
    other = organised(on_stage, starts_at="2027-04-14T14:30")
    registered(on_stage, other, BOUNCES)
    assert personal(report(on_stage, f"/editions/{other}")) == {"registration-confirmation": {"suppressed": 1}}
    assert [one["id"] for one in report(on_stage, "/series/kaffeepause")["items"] if one["personal_mails"]] == [
        other,
        edition,
    ]


REJECTED = {"Error": {"Code": "MessageRejected", "Message": "Not accepted."}}


def rejecting(**_: Any) -> tuple[AWSResponse, dict[str, Any]]:
    return AWSResponse("", 400, {}, None), REJECTED | {"ResponseMetadata": {"HTTPStatusCode": 400}}


def test_a_confirmation_that_failed_has_failed_no_more_once_it_is_tried_again(on_stage: Stage) -> None:
    edition = organised(on_stage)
    with listening(on_stage.world.mailer.client, "before-call.sesv2.SendEmail", rejecting):
        registered(on_stage, edition)
    assert personal(report(on_stage, f"/editions/{edition}")) == {"registration-confirmation": {"failed": 1}}
    (person,) = on_stage.api("GET", f"/editions/{edition}/registrations?mails=true")[1]["items"]
    (mailing,) = [one["mailing"] for one in person["mails"] if one["outcome"] == "failed"]
    assert on_stage.api("POST", f"/mailings/{mailing}/retry")[0] == 200
    assert personal(report(on_stage, f"/editions/{edition}")) == {}
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=5))
    assert on_stage.subjects("mia@example.org")
    assert personal(report(on_stage, f"/editions/{edition}")) == {}


def test_requests_to_confirm_a_subscription_that_came_back_stand_with_the_series(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.post("/series/kaffeepause/subscriptions", {"email": BOUNCES})
    on_stage.run()
    answer = report(on_stage, "/series/kaffeepause")
    assert personal(answer) == {"subscription-confirmation": {"bounced": 1}}
    assert report(on_stage, f"/editions/{edition}")["personal_mails"] == []


def test_a_test_mail_that_comes_back_is_not_counted(on_stage: Stage) -> None:
    edition = organised(on_stage)
    tried = {"message": "registration-confirmation", "to": BOUNCES}
    assert on_stage.api("POST", f"/editions/{edition}/test-mails", tried)[0] in (200, 202)
    on_stage.run()
    assert report(on_stage, f"/editions/{edition}")["personal_mails"] == []
