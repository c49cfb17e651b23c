"""Two actions on one edition at the same moment: none is answered with an error of ours, and what is left is what one
after the other leaves.

One action runs as a whole before a call that the other one makes to the table, for each pair of them and
for each such call.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib import world as worlds
from chalicelib.domain.edition import EditionMove, Location, Status
from chalicelib.domain.mailing import Progress
from chalicelib.domain.mails import Kind
from chalicelib.domain.refusals import Refusal
from chalicelib.store import keys
from chalicelib.usecases.cancel import cancel
from chalicelib.usecases.move import move
from chalicelib.usecases.publish import Published
from tests.builders import organised, subscribed
from tests.stage import Stage, listening

Action = Callable[[Stage, str], int]


def asked(method: str, path: str, body: Any = None) -> Action:
    def act(on_stage: Stage, edition: str) -> int:
        return on_stage.api(method, path.format(edition=edition), body)[0]

    return act


def acted_on_reminder(verb: str) -> Action:
    def act(on_stage: Stage, edition: str) -> int:
        items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
        reminder = next(one["id"] for one in items if one["message"] == "reminder")
        return on_stage.api("POST", f"/mailings/{reminder}/{verb}")[0]

    return act


def registers(name: str) -> Action:
    def act(on_stage: Stage, edition: str) -> int:
        fields = {"name": name, "email": f"{name}@example.org", "privacy": "yes"}
        return on_stage.post(f"/editions/{edition}/registrations", fields).status_code

    return act


def gives_back(on_stage: Stage, edition: str) -> int:
    url = on_stage.world.links.manage(edition, on_stage.world.addresses.hash("mia@example.org"))
    return on_stage.post(url.partition("example.org")[2] + "/cancel").status_code


ACTIONS: dict[str, Action] = {
    "move": asked("POST", "/editions/{edition}/move", {"starts_at": "2027-03-17T10:00"}),
    "move elsewhere": asked("POST", "/editions/{edition}/move", {"location": {"place": "Rathaus"}}),
    "cancel": asked("POST", "/editions/{edition}/cancel"),
    "publish": asked("POST", "/editions/{edition}/publish", {"announce": "2027-03-03T09:00"}),
    "change words": asked("PATCH", "/editions/{edition}", {"title": "Gemeinsam mehr bewirken"}),
    "change seats": asked("PATCH", "/editions/{edition}", {"seats": 1}),
    "pause": acted_on_reminder("pause"),
    "resume": acted_on_reminder("resume"),
    "cancel reminder": acted_on_reminder("cancel"),
    "register": registers("ole"),
    "give back": gives_back,
}


class Edition:
    """One edition, brought back to how it was at the beginning as often as is asked."""

    def __init__(self, on_stage: Stage, *, published: bool) -> None:
        self.stage = on_stage
        self.id = organised(on_stage, publish=False, seats=2)
        subscribed(on_stage)
        if published:
            ACTIONS["publish"](on_stage, self.id)
            registers("mia")(on_stage, self.id)
            on_stage.run()
        self._kept = on_stage.keep()

    def begin(self) -> None:
        self.stage.back_to(self._kept)

    def looks(self) -> Any:
        """What is left: of the edition, its mailings with their due rows, and its registrations."""
        edition = self.stage.api("GET", f"/editions/{self.id}")[1]
        people = self.stage.api("GET", f"/editions/{self.id}/registrations")[1]["items"]
        mailings = self.stage.api("GET", f"/editions/{self.id}/mailings")[1]["items"]
        due = sorted(item["sk"]["S"] for item in self.stage.items() if item["pk"]["S"].startswith(keys.DUE))
        return {
            "edition": edition,
            "mailings": sorted((one["message"], one["due_at_utc"], one["progress"], one["reason"]) for one in mailings),
            "people": [(one["email"], one["status"]) for one in people],
            "due": due,
        }

    def one_after_the_other(self, *actions: Action) -> Any:
        self.begin()
        for act in actions:
            act(self.stage, self.id)
        return self.looks()

    def one_inside_the_other(self, outer: Action, inner: Action) -> Iterator[tuple[int, Any, list[int]]]:
        """For each call that ``outer`` makes to the table: what is left where ``inner`` ran before it, and
        both answers."""
        for number in itertools.count():
            self.begin()
            met: list[int] = []
            calls = itertools.count()

            def meet(met: list[int] = met, calls: Iterator[int] = calls, number: int = number, **_: Any) -> None:
                if not met and next(calls) == number:
                    met.append(0)
                    met[0] = inner(self.stage, self.id)

            with listening(self.stage.world.store.table.client, "before-call.dynamodb", meet):
                answer = outer(self.stage, self.id)
            if not met:
                assert number >= 2, "the action makes no calls"
                return
            yield number, self.looks(), [answer, met[0]]


MET = [
    ("draft", "publish", "publish"),
    ("draft", "publish", "change words"),
    ("draft", "publish", "change seats"),
    ("draft", "publish", "cancel"),
    ("published", "move", "move"),
    ("published", "move", "move elsewhere"),
    ("published", "move", "cancel"),
    ("published", "move", "change words"),
    ("published", "move", "register"),
    ("published", "move", "give back"),
    ("published", "move", "pause"),
    ("published", "cancel", "cancel"),
    ("published", "cancel", "pause"),
    ("published", "cancel", "cancel reminder"),
    ("published", "cancel", "register"),
    ("published", "cancel", "give back"),
    ("published", "pause", "resume"),
    ("published", "pause", "cancel reminder"),
    ("published", "change seats", "register"),
    ("published", "change seats", "change seats"),
]


@pytest.mark.sampled
@pytest.mark.parametrize(("before", "one", "other"), MET)
def test_two_actions_at_once_end_as_one_after_the_other(on_stage: Stage, before: str, one: str, other: str) -> None:
    edition = Edition(on_stage, published=before == "published")
    possible = [edition.one_after_the_other(*(ACTIONS[name] for name in pair)) for pair in ((one, other), (other, one))]
    for outer, inner in dict.fromkeys([(one, other), (other, one)]):
        for number, looks, answers in edition.one_inside_the_other(ACTIONS[outer], ACTIONS[inner]):
            at = f"{inner} before call {number} of {outer}"
            assert max(answers) < 500, f"{at}: {answers}"
            assert looks in possible, at


@pytest.mark.dynamodb
@pytest.mark.parametrize("called_off", [False, True], ids=["moves", "moves and a cancellation"])
def test_actions_in_threads_end_as_one_after_the_other(on_stage: Stage, *, called_off: bool) -> None:
    edition = organised(on_stage)
    threads = 6
    settings, aws = on_stage.world.settings, on_stage.world.aws
    there = [worlds.build(settings, on_stage.clock.now, aws) for _ in range(threads)]
    for world in there:
        world.store, world.queues  # noqa: B018  # made before the threads are: boto3's sessions are not for many
    places = [Location(place=f"Raum {number}") for number in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        work = [
            pool.submit(move, world, edition, EditionMove(location=place))
            for world, place in zip(there, places, strict=True)
        ]
        if called_off:
            work.append(pool.submit(cancel, there[0], edition))
        answers = [one.exception() or one.result() for one in work]
    assert all(isinstance(one, (Published, Refusal)) for one in answers), answers
    now, planned = on_stage.world.store.edition_and_plan(edition)
    done = sum(isinstance(one, Published) for one in answers)
    assert done == now.revision
    assert (now.status is Status.CANCELLED) is called_off
    (told,) = [one for one in planned if one.progress is Progress.PLANNED and one.kind is not Kind.REMINDER]
    assert told.revision == now.revision
    assert told.kind is (Kind.EDITION_CANCELLED if called_off else Kind.EDITION_MOVED)
    reminders = [one for one in planned if one.progress is Progress.PLANNED and one.kind is Kind.REMINDER]
    assert [one.revision for one in reminders] == ([] if called_off else [now.revision] * 2)
