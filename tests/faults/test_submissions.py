"""The process dies before or after each AWS call of taking a submission and of replaying one: each registers once and
is told once, and so is the organiser of the one that was kept.

A form tool that gets no answer posts the same again; an organiser who gets none presses replay again.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from tests.builders import organised
from tests.faults.conftest import FEW, Empty, Sample
from tests.faults.life import Died, Life, Story, deaths
from tests.forms import MOMENT, Form, connected

HOUR = timedelta(hours=1)
EVERY = 5
"""The story is short: every fifth call where few are asked for."""


def payload(name: str, **more: str) -> dict[str, object]:
    return {"type": "registration.created", "data": {"name": name, "privacy": True} | more}


def posts(form: Form, life: Life, known_as: str, said: dict[str, object]) -> None:
    """The tool posts, and repeats a moment later what was not answered: by the time alone it would be another
    submission."""

    def post() -> None:
        life.stage.clock.turn(by=MOMENT)
        form.send(said, id=known_as)

    life.press(post)
    life.wait(HOUR)


def is_registered(form: Form, life: Life) -> None:
    posts(form, life, "msg_mia", payload("Mia", email="mia@example.org"))


def is_kept(form: Form, life: Life) -> None:
    posts(form, life, "msg_ole", payload("Ole", anschrift="ole@example.org"))


def is_replayed(form: Form, life: Life) -> None:
    life.press(lambda: form.stage.api("PATCH", f"/sources/{form.id}", {"fields": {"email": "anschrift"}}))
    life.press(lambda: form.stage.api("POST", f"/sources/{form.id}/replay"))
    life.wait(HOUR)


@pytest.fixture(scope="module")
def story(empty: Empty) -> Story:
    stage = empty.theatre.stage
    empty.theatre.life(empty.begin)
    organised(stage, starts_at="2027-02-20T14:30", seats=10)
    form = connected(stage, "standard")
    chapters = [partial(chapter, form) for chapter in (is_registered, is_kept, is_replayed)]
    return Story(empty.theatre, stage.keep(), chapters)


def people(story: Story) -> list[str]:
    return sorted(row["sk"]["S"] for row in story.theatre.stage.items() if row["sk"]["S"].startswith("REGISTRATION#"))


def states(story: Story) -> list[str]:
    rows = [row for row in story.theatre.stage.items() if row["sk"]["S"].startswith("SUBMISSION#")]
    return [row["phase"]["S"] for row in rows]


def test_a_death_leaves_a_submission_and_all_that_follows_from_it_or_nothing(story: Story) -> None:
    """Many tools do not repeat what got no answer."""
    stage, form = story.theatre.stage, story.chapters[0].args[0]  # type: ignore[attr-defined]  # a partial
    posting = story._calls[0].index("TransactWriteItems") + 2
    found = set()
    for death in deaths(range(posting)):
        story._life(0, death)
        with pytest.raises(Died):
            form.send(payload("Mia", email="mia@example.org"), id="msg_mia")
        written = [row["sk"]["S"].partition("#")[0] for row in stage.items()]
        found.add(tuple(kind in written for kind in ("REGISTRATION", "SUBMISSION", "SEEN")))
    assert found == {(False,) * 3, (True,) * 3}


def test_a_death_at_any_call_of_intake_and_replay_harms_nobody(story: Story, sample: Sample) -> None:
    assert list(story.end.inbox.values()) == [1, 1, 1], "Mia, the organiser about Ole, and Ole"
    assert len(story.calls) >= 30
    numbers = sample.of(story.calls) if sample.every < FEW else range(0, len(story.calls), EVERY)
    harm = {}
    for death in deaths(numbers):
        problems = story.problems(death, to_the_end=True)
        if len(people(story)) != 2 or states(story) != ["registered", "registered"]:
            problems.append(f"{len(people(story))} registrations, {states(story)}")
        if problems:
            harm[f"{death.when} {death.number}, {story.calls[death.number]}"] = problems
    assert harm == {}
