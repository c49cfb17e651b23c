"""The process dies before or after each AWS call it makes: nobody is lost, nobody told twice, and nobody who said no is
told at all.

Two stories are lived through again and again: an edition from the first subscription to its cancellation, and a
broadcast of three batches; each with SES's events arriving, and with all of them lost. ``--faults`` says at which calls
the process dies, and whether around each call of SES or only the first and the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from tests.faults.books import books
from tests.faults.conftest import Empty, Sample
from tests.faults.life import SENDING, Death, Story, deaths
from tests.faults.stories import (
    ANNOUNCED_AGAIN_TOLD,
    EDITION_TOLD,
    LINK_TOLD,
    MANY,
    THANKS_TOLD,
    a_broadcast,
    a_link,
    an_edition,
    announced_again,
    thanks,
    the_next_edition,
)


class Stories(dict[str, Story]):
    """Told when first asked for."""

    def __init__(self, empty: Empty) -> None:
        self._empty = empty

    def __missing__(self, name: str) -> Story:
        what, _, events = name.partition(", ")
        theatre = self._empty.theatre
        theatre.life(self._empty.begin)
        told = {"edition": an_edition, "broadcast": a_broadcast, "next edition": the_next_edition, "link": a_link}
        told |= {"thanks": thanks, "announced again": announced_again}
        begin, chapters = told[what](theatre.stage)
        self[name] = Story(theatre, begin, chapters, events_arrive=events == "events arrive")
        return self[name]


@pytest.fixture(scope="module")
def stories(empty: Empty) -> Stories:
    return Stories(empty)


STORIES = pytest.mark.parametrize(
    "name",
    [
        "edition, events arrive",
        "edition, events lost",
        "broadcast, events arrive",
        "broadcast, events lost",
        "link, events arrive",
        "link, events lost",
        "thanks, events arrive",
        "thanks, events lost",
    ],
)


@pytest.mark.sampled
@STORIES
def test_undisturbed_everybody_is_told_once(stories: Stories, name: str) -> None:
    story = stories[name]
    told_in = {"edition": EDITION_TOLD, "broadcast": {"announcement": MANY}, "link": LINK_TOLD, "thanks": THANKS_TOLD}
    expected = told_in[name.partition(",")[0]]
    assert Counter(told.split()[0] for told, became in story.end.ledger.items() if became == "sent") == expected
    assert set(story.end.inbox.values()) == {1}
    assert {became for became in story.end.ledger.values() if became != "sent"} <= {"skipped: registration-cancelled"}
    assert len(story.calls) >= 40


@pytest.mark.sampled
@STORIES
def test_a_death_around_ses_harms_nobody(stories: Stories, sample: Sample, name: str) -> None:
    story = stories[name]
    sending = sample.some([number for number, call in enumerate(story.calls) if call in SENDING])
    assert_harmless(
        story, [death for number in sending for death in (Death(number, "before"), Death(number + 1, "after"))]
    )


@pytest.mark.sampled
@STORIES
def test_a_death_at_any_call_harms_nobody(stories: Stories, sample: Sample, name: str) -> None:
    story = stories[name]
    assert_harmless(story, deaths(sample.of(story.calls)))


@pytest.mark.sampled
def test_a_death_while_the_next_edition_is_made_or_deleted_leaves_all_of_it_or_nothing(
    stories: Stories, sample: Sample
) -> None:
    """The table is compared as a whole, so neither a second draft nor half of one would pass."""
    story = stories["next edition"]
    there = sorted(sk for pk, sk in story.end.table if pk == "SERIES#kaffeepause")
    assert [pointer[8:18] for pointer in there] == ["2027-03-10", "2027-04-14", "2027-05-12"]
    assert len(story.calls) >= 30
    assert_harmless(story, deaths(sample.of(story.calls)))


@pytest.mark.sampled
def test_a_death_while_an_edition_is_announced_again_and_corrected_tells_nobody_twice(
    stories: Stories, sample: Sample
) -> None:
    story = stories["announced again, events arrive"]
    assert Counter(told.split()[0] for told, became in story.end.ledger.items() if became == "sent") == (
        ANNOUNCED_AGAIN_TOLD
    )
    assert_harmless(story, deaths(sample.of(story.calls)))


def assert_harmless(story: Story, chosen: Iterable[Death]) -> None:
    """``Story.problems`` forgives a second mail only where the events are lost, and only to those whom SES had accepted
    mail for."""
    harm = {f"{death.when} {death.number}, {story.calls[death.number]}": story.problems(death) for death in chosen}
    assert harm, "nobody died"
    assert {at: problems for at, problems in harm.items() if problems} == {}


@pytest.mark.sampled
@pytest.mark.parametrize("what", ["edition", "broadcast"])
def test_between_acceptance_and_note_only_the_event_saves_from_a_second_mail(
    stories: Stories, sample: Sample, what: str
) -> None:
    """The one window that nobody can close.

    That it is entered here shows that the other tests would see a second mail.
    """
    for events, copies in (("events arrive", 1), ("events lost", 2)):
        story = stories[f"{what}, {events}"]
        for number in sample.some([number for number, call in enumerate(story.calls) if call in SENDING]):
            assert story.problems(Death(number, "after")) == []
            unnoted, inbox = story.theatre.calls.unnoted, books(story.theatre.stage).inbox
            assert unnoted
            assert {inbox[told] for told in unnoted} == {copies}
            assert {mails for told, mails in inbox.items() if told not in unnoted} <= {1}
