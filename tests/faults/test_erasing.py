"""The process dies before or after each AWS call of erasing somebody; the organiser gets no answer and presses again:
then it is done.

What waits in the queue meanwhile reaches nobody who was erased, and whoever was erased can come again.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial

import pytest

from tests.builders import organised, registered, subscribed
from tests.faults.books import books
from tests.faults.conftest import FEW, Empty, Sample
from tests.faults.life import Life, Story, deaths, looks
from tests.forms import FILLED_IN, connected
from tests.stage import Stage

HOUR = timedelta(hours=1)
EVERY = 5
"""Every fifth call where few are asked for, at least."""

READABLE = ("mia@example.org", "Mia Lang", "Nachbarschaftshilfe", "Ich freue mich.")


def is_erased(life: Life) -> None:
    life.press(lambda: life.stage.api("POST", "/people/erase", {"email": "mia@example.org"}))
    life.wait(HOUR)


def registers(edition: str, life: Life) -> None:
    fields = {"name": "Mia Lang", "email": "mia@example.org", "privacy": "yes"}
    life.press(lambda: life.stage.post(f"/editions/{edition}/registrations", fields))


def registers_and_is_erased(edition: str, life: Life) -> None:
    """Before the queue was worked on."""
    registers(edition, life)
    is_erased(life)


def registers_again(edition: str, life: Life) -> None:
    registers(edition, life)
    life.wait(HOUR)


@pytest.fixture(scope="module")
def story(empty: Empty) -> Story:
    """Mia is registered, subscribed, and in two submissions, one of which met a full edition."""
    stage = empty.theatre.stage
    empty.theatre.life(empty.begin)
    edition, full = organised(stage, seats=5), organised(stage, seats=1, title="Voll")
    registered(stage, full, "ole@example.org", "Ole Sand")
    registered(stage, edition, note="Ich freue mich.", name="Mia Lang")
    subscribed(stage)
    form = connected(stage, to={"field": "Termin", "values": {"eins": edition, "voll": full}})
    for said in ("eins", "voll"):
        form.send(FILLED_IN | {"Termin": said})
    other = organised(stage, seats=3, title="Anders")
    return Story(
        empty.theatre, stage.keep(), [partial(registers_and_is_erased, other), partial(registers_again, other)]
    )


def readable(stage: Stage) -> list[str]:
    everything = json.dumps(stage.items(), ensure_ascii=False)
    return [words for words in READABLE if words in everything]


def taken(stage: Stage) -> list[int]:
    """Of each edition with seats."""
    return sorted(int(row["taken"]["N"]) for row in stage.items() if row["sk"]["S"] == "SEATS")


def test_a_death_at_any_call_leaves_nothing_once_erasing_is_repeated(story: Story, sample: Sample) -> None:
    stage = story.theatre.stage
    erasing = story._calls[0]
    assert erasing.count("TransactWriteItems") >= 2
    assert erasing.count("DeleteItem") >= 3
    numbers = sample.of(erasing) if sample.every < FEW else range(0, len(erasing), EVERY)
    harm = {}
    for death in deaths(numbers):
        life = story._life(0, death)
        story.chapters[0](life)
        assert life.calls.death is None, "it did not come to that call"
        problems = books(stage).problems()
        if left := readable(stage):
            problems.append(f"still there: {left}")
        if taken(stage) != [0, 0, 1]:
            problems.append(f"taken: {taken(stage)}")
        if problems:
            harm[f"{death.when} {death.number}, {erasing[death.number]}"] = problems
    assert harm == {}


def test_a_death_while_whoever_was_erased_registers_again_harms_nobody(story: Story, sample: Sample) -> None:
    first = len(story._calls[0])
    again = range(first, len(story.calls))
    assert len(again) >= 5
    numbers = [first + number for number in sample.of(story.calls[first:])] if sample.every < FEW else again[::EVERY]
    problems = {death: story.problems(death) for death in deaths(numbers)}
    assert {death: found for death, found in problems.items() if found} == {}
    assert list(story.end.inbox.values()).count(2) == 0, "nobody is told twice under one mailing"


def test_mails_to_one_person_that_wait_are_skipped_once_they_are_erased(life: Life) -> None:
    """A confirmation, the opt-in asked for with it, and the news that an edition is full: nobody is there
    to get them."""
    stage = life.stage
    edition, full = organised(stage), organised(stage, seats=1, title="Voll")
    registered(stage, full, "ole@example.org", "Ole Sand")
    fields = {"name": "Mia", "email": "mia@example.org", "privacy": "yes", "announcements": "yes"}
    stage.post(f"/editions/{edition}/registrations", fields)
    form = connected(stage, to={"edition": full})
    body = json.dumps(FILLED_IN).encode()
    stage.client.http.post(form.path, headers=form.signed(body, form.secrets[0]), body=body)
    before = books(stage).outcomes()
    assert before == {"sent": 1, "waiting": 4}, "the organiser hears of the full edition too"
    is_erased(life)
    assert books(stage).outcomes() == {"sent": 2, "skipped: erased": 3}
    assert books(stage).problems() == []
    assert looks(stage).inbox.total() == 2
