"""A way back for an address that was given up."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.suppression import ComplainedAbout, SoftBounce
from chalicelib.store import keys
from local.ses.service import Ses
from tests.builders import organised, registered, subscribed
from tests.stage import KEY, Stage
from tests.usecases.test_feedback import events, reported

DAY = timedelta(days=1)
MIA, BOUNCING = "mia@example.org", "bounce@simulator.amazonses.com"


def lifted(on_stage: Stage, to: str, **more: Any) -> tuple[int, Any]:
    wish = {"email": to, "reason": "The mailbox is mended.", "by": "Kim Berger"} | more
    return on_stage.api("POST", "/people/suppression/lift", wish)


def record(on_stage: Stage, email: str) -> Any:
    return on_stage.api("POST", "/people/lookup", {"email": email})[1]


def reported_soft_bounces(on_stage: Stage, email: str, number: int) -> None:
    """One a day, each of another mail."""
    person = on_stage.world.addresses.hash(email)
    for day in range(number):
        now = on_stage.clock.now()
        bounce = SoftBounce(f"mail-{now:%m%d}-{day}", now)
        on_stage.world.store.remember_soft_bounce(person, bounce, now=now)


def test_mails_go_out_again_and_the_record_says_who_lifted_it_when_and_why(on_stage: Stage) -> None:
    """Ours and SES's: an address on the account's list bounces, whoever writes to it."""
    Ses.suppressed.add(MIA)
    edition = organised(on_stage)
    registered(on_stage, edition)
    assert on_stage.inbox(MIA) == []
    assert record(on_stage, MIA)["suppressed"] == "bounce"
    suppressed_at = on_stage.clock.now()
    on_stage.clock.turn(by=DAY)
    status, answer = lifted(on_stage, "Mia@Example.org")
    assert (status, answer["suppressed"]) == (200, None)
    assert answer | {"email": MIA} == record(on_stage, MIA)
    assert answer["lifted"] == [
        {
            "suppressed": "bounce",
            "suppressed_at": f"{suppressed_at:%Y-%m-%dT%H:%M:%SZ}",
            "lifted_at": f"{on_stage.clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "by": "Kim Berger",
            "key": hashlib.sha256(KEY.encode()).hexdigest()[:8],
            "reason": "The mailbox is mended.",
            "person_asked": False,
        }
    ]
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    assert len(on_stage.inbox(MIA)) == 1
    assert "@" not in str([row["pk"] for row in on_stage.items()])


def test_a_new_bounce_suppresses_anew_and_both_liftings_stay_on_record(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition, BOUNCING)
    for number in (1, 2):
        assert record(on_stage, BOUNCING)["suppressed"] == "bounce"
        on_stage.clock.turn(by=DAY)
        assert len(lifted(on_stage, BOUNCING)[1]["lifted"]) == number
        registered(on_stage, organised(on_stage), BOUNCING)
    assert record(on_stage, BOUNCING)["suppressed"] == "bounce"


def test_the_soft_bounces_that_led_to_it_are_forgotten(on_stage: Stage) -> None:
    person = on_stage.world.addresses.hash(MIA)
    reported_soft_bounces(on_stage, MIA, 5)
    on_stage.world.store.suppress(person, "soft bounces", on_stage.clock.now())
    assert lifted(on_stage, MIA)[0] == 200
    assert on_stage.world.store.table.get(keys.soft_bounces(person)) is None


def test_a_complaint_is_lifted_only_where_the_person_asked_for_it(on_stage: Stage) -> None:
    edition = organised(on_stage)
    subscribed(on_stage, MIA)
    assert reported(on_stage, *events(on_stage, "complaint")) == []
    for more in ({}, {"person_asked": False}):
        status, problem = lifted(on_stage, MIA, **more)
        assert (status, problem["detail"]) == (409, ComplainedAbout.message)
    assert record(on_stage, MIA)["suppressed"] == "complaint"
    assert record(on_stage, MIA)["lifted"] == []
    status, answer = lifted(on_stage, MIA, person_asked=True)
    assert (status, answer["suppressed"], answer["lifted"][0]["person_asked"]) == (200, None, True)
    assert [one["status"] for one in answer["subscriptions"]] == ["ended"]
    registered(on_stage, edition, MIA)
    assert len(on_stage.inbox(MIA)) == 2


def test_a_complaint_stays_one_when_a_mail_bounces_later(on_stage: Stage) -> None:
    person = on_stage.world.addresses.hash(MIA)
    for reason in ("bounce", "complaint", "bounce", "soft bounces"):
        on_stage.world.store.suppress(person, reason, on_stage.clock.now())
    assert record(on_stage, MIA)["suppressed"] == "complaint"
    assert lifted(on_stage, MIA)[0] == 409


@pytest.mark.parametrize("email", [MIA, BOUNCING])
def test_where_nothing_is_suppressed_nothing_is_lifted(on_stage: Stage, email: str) -> None:
    status, problem = lifted(on_stage, email)
    assert (status, problem["detail"]) == (409, "Nothing keeps us from writing to this address.")
    assert record(on_stage, email)["lifted"] == []


def test_a_suppression_that_came_meanwhile_is_looked_at_before_it_is_lifted(on_stage: Stage) -> None:
    """They complain at the very moment in which a bounce of theirs is lifted."""
    store, now = on_stage.world.store, on_stage.clock.now()
    person = on_stage.world.addresses.hash(MIA)
    store.suppress(person, "bounce", now)
    delete, client = Ses.delete_suppressed_destination, Ses

    def complaining(self: Ses) -> str:
        store.suppress(person, "complaint", now)
        return str(delete(self))

    client.delete_suppressed_destination = complaining  # type: ignore[method-assign]
    try:
        assert lifted(on_stage, MIA)[0] == 409
    finally:
        client.delete_suppressed_destination = delete  # type: ignore[method-assign]
    assert record(on_stage, MIA)["suppressed"] == "complaint"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"reason": " "}, "reason"),
        ({"by": ""}, "by"),
        ({"by": 3}, "by"),
        ({"person_asked": "yes"}, "person_asked"),
        ({"why": "because"}, "why"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_beside_its_field(on_stage: Stage, wrong: dict[str, Any], field: str) -> None:
    status, problem = lifted(on_stage, MIA, **wrong)
    assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])


def test_where_ses_does_not_answer_nothing_has_changed(on_stage: Stage) -> None:
    person = on_stage.world.addresses.hash(MIA)
    on_stage.world.store.suppress(person, "bounce", on_stage.clock.now())
    on_stage.faults.replace([{"operation": "DeleteSuppressedDestination", "do": "paused", "times": 1}])
    assert lifted(on_stage, MIA)[0] == 500
    assert record(on_stage, MIA)["suppressed"] == "bounce"
    assert lifted(on_stage, MIA)[0] == 200
