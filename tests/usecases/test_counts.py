"""The numbers that are kept are those that counting everybody gives."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.counts import Counts
from chalicelib.domain.refusals import Refusal
from chalicelib.domain.registration import Person, Place, Registration
from chalicelib.domain.subscription import Standing, Subscriber
from chalicelib.store import items, keys
from chalicelib.store.due import EVERYBODY, Ticked
from chalicelib.usecases import people
from chalicelib.usecases.recount import recount
from chalicelib.usecases.register import Application, give_back, register
from chalicelib.usecases.subscribe import confirm, end, subscribe
from chalicelib.usecases.tick import AFTER_MIDNIGHT
from tests.builders import end_link, organised, registered, subscribed
from tests.stage import START, Stage, stage
from tests.upgrades import before_counts_were_kept

MIA, OLE = "mia@example.org", "ole@example.org"


def told(on_stage: Stage, edition: str) -> tuple[int, int, int, int]:
    found = on_stage.api("GET", f"/editions/{edition}")[1]["counts"]
    return found["registered"], found["cancelled"], found["new_today"], found["new_since_yesterday"]


def subscribers(on_stage: Stage) -> tuple[int, int, int, int]:
    found = on_stage.api("GET", "/series/kaffeepause")[1]["counts"]
    return found["subscribed"], found["ended"], found["new_today"], found["new_since_yesterday"]


def given_back(on_stage: Stage, email: str = MIA) -> None:
    assert on_stage.post(on_stage.link(email, "/registrations/") + "/cancel").status_code == 303
    on_stage.run()


def test_an_edition_tells_how_many_are_registered_cancelled_and_new(on_stage: Stage) -> None:
    edition = organised(on_stage)
    assert told(on_stage, edition) == (0, 0, 0, 0)
    registered(on_stage, edition)
    registered(on_stage, edition, OLE, "Ole Sand")
    registered(on_stage, edition, OLE, "Ole Sand")
    assert told(on_stage, edition) == (2, 0, 2, 2)
    on_stage.clock.turn(by=timedelta(days=1))
    given_back(on_stage)
    assert told(on_stage, edition) == (1, 1, 0, 2)
    on_stage.clock.turn(by=timedelta(days=1))
    registered(on_stage, edition)
    assert told(on_stage, edition) == (2, 0, 0, 0)


def test_whoever_is_erased_has_cancelled_until_the_edition_is_over(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    registered(on_stage, edition, OLE, "Ole Sand")
    on_stage.api("POST", "/people/erase", {"email": MIA})
    assert told(on_stage, edition)[:2] == (1, 1)
    on_stage.clock.turn(by=timedelta(days=60))
    on_stage.api("POST", "/people/erase", {"email": OLE})
    assert told(on_stage, edition)[:2] == (1, 1)


def test_a_series_tells_how_many_are_subscribed_and_how_many_have_ended_it(on_stage: Stage) -> None:
    organised(on_stage, publish=False)
    subscribed(on_stage)
    subscribed(on_stage, OLE)
    assert on_stage.post("/series/kaffeepause/subscriptions", {"email": "asked@example.org"}).status_code == 303
    assert subscribers(on_stage) == (2, 0, 2, 2)
    on_stage.clock.turn(by=timedelta(days=1))
    assert on_stage.post(end_link(on_stage)).status_code in (200, 303)
    assert subscribers(on_stage) == (1, 1, 0, 2)
    subscribed(on_stage)
    assert subscribers(on_stage) == (2, 0, 1, 3)


def test_lists_say_the_same_as_each_of_their_items(on_stage: Stage) -> None:
    first, second, draft = organised(on_stage), organised(on_stage), organised(on_stage, publish=False)
    registered(on_stage, first)
    registered(on_stage, second)
    registered(on_stage, second, OLE, "Ole Sand")
    on_stage.clock.turn(by=timedelta(days=1))
    given_back(on_stage, OLE)
    subscribed(on_stage)
    (series,) = on_stage.api("GET", "/series")[1]["items"]
    assert series == on_stage.api("GET", "/series/kaffeepause")[1]
    assert series["counts"] == {"subscribed": 1, "ended": 0, "new_today": 1, "new_since_yesterday": 1}
    listed = {one["id"]: one for one in on_stage.api("GET", "/series/kaffeepause/editions")[1]["items"]}
    for edition, numbers in ((first, (1, 0, 0, 1)), (second, (1, 1, 0, 2)), (draft, (0, 0, 0, 0))):
        assert tuple(listed[edition]["counts"].values()) == numbers
        alone = on_stage.api("GET", f"/editions/{edition}")[1]
        assert listed[edition] == {name: value for name, value in alone.items() if name != "taken"}


def test_every_page_of_people_says_how_many_there_are_in_all(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for email, name in ((MIA, "Mia"), (OLE, "Ole Sand")):
        registered(on_stage, edition, email, name)
        subscribed(on_stage, email)
    for path in (f"/editions/{edition}", "/series/kaffeepause"):
        people = "registrations" if "editions" in path else "subscribers"
        alone = on_stage.api("GET", path)[1]["counts"]
        first = on_stage.api("GET", f"{path}/{people}?limit=1")[1]
        second = on_stage.api("GET", f"{path}/{people}?limit=1&after={first['next']}")[1]
        assert [first["counts"], second["counts"]] == [alone, alone]
        assert 2 in alone.values()
    filtered = on_stage.api("GET", f"/editions/{edition}/registrations?status=cancelled")[1]
    assert (filtered["items"], filtered["counts"]["registered"]) == ([], 2)


def test_the_items_that_are_counted_in_hold_nothing_of_the_people(on_stage: Stage) -> None:
    edition = organised(on_stage)
    registered(on_stage, edition)
    (kept,) = [one for one in on_stage.items() if one["sk"]["S"].startswith(keys.REGISTRATION_COUNT)]
    assert kept.keys() == {"pk", "sk", "to_confirmed"}


def test_changes_of_one_day_are_spread_over_four_items(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for number in range(24):
        registered(on_stage, edition, f"p{number}@example.org")
    kept = [one for one in on_stage.items() if one["sk"]["S"].startswith(keys.REGISTRATION_COUNT)]
    assert len(kept) == 4
    assert told(on_stage, edition) == (24, 0, 24, 24)


# Whatever happens

PEOPLE = st.sampled_from("abc")
COMING, GOING = ["register", "subscribe", "confirm"], ["give_back", "end", "erase", "day"]
DEEDS = st.sampled_from(COMING * 2 + GOING)
STEPS = st.lists(st.tuples(DEEDS, PEOPLE), min_size=12, max_size=25)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_the_kept_counts_are_what_counting_everybody_gives(steps: list[tuple[str, str]]) -> None:
    with stage() as on_stage:  # one for each example, with a table of its own: of moto's and of DynamoDB Local's
        edition = organised(on_stage, seats=2)
        for deed, who in [*steps, ("over", "a"), *(("erase", who) for who in "abc")]:
            _do(on_stage, edition, deed, who)
            _same_as_counting_all(on_stage, edition)


def _do(on_stage: Stage, edition: str, deed: str, who: str) -> None:
    world, person = on_stage.world, Person(hash=who * 32, address=f"{who}@example.org", name=who)
    held = world.store.find_subscriber("kaffeepause", person.hash)
    try:
        match deed:
            case "register":
                register(world, edition, Application(person=person, announcements=who == "a"))
            case "give_back":
                give_back(world, edition, person.hash)
            case "subscribe":
                subscribe(world, "kaffeepause", person, source="test")
            case "confirm" if held:
                confirm(world, "kaffeepause", person.hash, held.round)
            case "end" if held:
                end(world, "kaffeepause", person.hash)
            case "erase":
                people.erase(world, person.hash)
            case "day":
                on_stage.clock.turn(by=timedelta(days=1))
            case "over":
                on_stage.clock.turn(by=timedelta(days=60))
    except Refusal:
        pass


def _same_as_counting_all(on_stage: Stage, edition: str) -> None:
    rows, store = on_stage.items(), on_stage.world.store
    places = Counter(
        items.load(Registration, row).place for row in rows if row["sk"]["S"].startswith(keys.REGISTRATION)
    )
    standings = Counter(
        items.load(Subscriber, row).standing for row in rows if row["pk"]["S"] == "SERIES#kaffeepause#SUBSCRIBERS"
    )
    registrations, subscriptions = store.registration_counts(edition), store.subscriber_counts("kaffeepause")
    assert {state: registrations.standing(state) for state in Place} == {state: places[state] for state in Place}
    assert {state: subscriptions.standing(state) for state in (Standing.ACTIVE, Standing.ENDED)} == {
        state: standings[state] for state in (Standing.ACTIVE, Standing.ENDED)
    }
    _every_person_is_new_once(registrations, places)


def _every_person_is_new_once(counted: Counts, places: Counter[Place]) -> None:
    assert counted.entered(Place.CONFIRMED) - counted.left(Place.CANCELLED) == places.total()


# Those who came before counts were kept


def test_whoever_came_before_counts_were_kept_is_counted_by_the_tick_on_the_days_they_came(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.tick()
    registered(on_stage, edition)
    subscribed(on_stage)
    on_stage.clock.turn(by=timedelta(days=1))
    registered(on_stage, edition, OLE, "Ole Sand")
    subscribed(on_stage, OLE)
    on_stage.clock.turn(by=timedelta(days=1))
    given_back(on_stage)
    on_stage.post(end_link(on_stage))
    counted = told(on_stage, edition), subscribers(on_stage), every_flow(on_stage, edition)
    before_counts_were_kept(on_stage)
    assert told(on_stage, edition) == subscribers(on_stage) == (0, 0, 0, 0)
    on_stage.tick()
    assert (told(on_stage, edition), subscribers(on_stage), every_flow(on_stage, edition)) == counted
    assert counted[0] == (1, 1, 0, 1)


def every_flow(on_stage: Stage, edition: str) -> tuple[Any, Any]:
    store = on_stage.world.store
    return store.registration_counts(edition), store.subscriber_counts("kaffeepause")


def test_whoever_cancels_before_the_tick_has_come_to_them_is_counted_once(on_stage: Stage) -> None:
    edition = organised(on_stage)
    on_stage.tick()
    registered(on_stage, edition)
    registered(on_stage, edition, OLE, "Ole Sand")
    before_counts_were_kept(on_stage)
    given_back(on_stage)
    assert told(on_stage, edition) == (0, 1, 1, 1)
    on_stage.tick()
    assert told(on_stage, edition) == (1, 1, 2, 2)


def test_the_tick_counts_so_many_a_minute_and_goes_on_where_it_was(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition, other = organised(on_stage), organised(on_stage)
    on_stage.tick()
    for number in range(7):
        registered(on_stage, edition, f"p{number}@example.org")
        registered(on_stage, other, f"p{number}@example.org")
    before_counts_were_kept(on_stage)
    monkeypatch.setattr("chalicelib.usecases.recount.AT_ONCE", 2)
    monkeypatch.setattr("chalicelib.usecases.recount.A_TICK", 4)
    seen = []
    while (seen[-1:] or [(0, 0)]) != [(7, 7)]:
        on_stage.tick()
        seen.append((told(on_stage, edition)[0], told(on_stage, other)[0]))
    assert len(seen) >= 4
    assert seen == sorted(seen)
    on_stage.tick()
    assert on_stage.world.store.ticked_and_halts()[0] == Ticked(START - AFTER_MIDNIGHT, EVERYBODY)


def test_counting_them_twice_counts_nobody_twice(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for email in (MIA, OLE):
        registered(on_stage, edition, email)
    before_counts_were_kept(on_stage)
    for place in ("", "kaffeepause##", "gone#gone#ffff"):
        assert recount(on_stage.world, place) == EVERYBODY
        assert told(on_stage, edition) == (2, 0, 2, 2)


def test_a_new_installation_has_nobody_to_count(on_stage: Stage) -> None:
    on_stage.tick()
    ticked, _ = on_stage.world.store.ticked_and_halts()
    assert ticked
    assert ticked.counted == EVERYBODY


def test_a_tick_that_cannot_count_does_everything_else(
    on_stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = organised(on_stage)
    on_stage.tick()
    registered(on_stage, edition)
    before_counts_were_kept(on_stage)
    with monkeypatch.context() as broken:
        broken.setattr("chalicelib.usecases.recount.history", None)
        on_stage.settle()
    assert "could not be counted" in caplog.text
    assert told(on_stage, edition) == (0, 0, 0, 0)
    on_stage.tick()
    assert told(on_stage, edition) == (1, 0, 1, 1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=STEPS, after=STEPS)
def test_whatever_happens_while_they_are_counted_the_counts_are_what_counting_everybody_gives(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    with stage() as on_stage:
        edition = organised(on_stage, seats=2)
        for deed, who in before:
            _do(on_stage, edition, deed, who)
        before_counts_were_kept(on_stage)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("chalicelib.usecases.recount.AT_ONCE", 1)
            patched.setattr("chalicelib.usecases.recount.A_TICK", 1)
            counted = ""
            for deed, who in after:
                if counted != EVERYBODY:
                    counted = recount(on_stage.world, counted)
                _do(on_stage, edition, deed, who)
        recount(on_stage.world, counted if counted != EVERYBODY else "")
        _same_as_counting_all(on_stage, edition)
