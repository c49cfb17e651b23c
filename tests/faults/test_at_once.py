"""Two of everything at the same moment, clocks that jump, a table that is busy, hints that are lost: the
story ends as always.

What runs at once is mostly tried by letting the one run as a whole between two calls of the other, for each pair of
calls there is: that finds every meeting that threads may have, and finds it every time.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError

from chalicelib import world as worlds
from chalicelib.usecases.deliver import deliver
from chalicelib.usecases.tick import tick
from chalicelib.world import World
from tests import inside
from tests.builders import organised
from tests.faults.books import books
from tests.faults.conftest import Empty, Sample
from tests.faults.life import SENDING, Life, Story
from tests.faults.people import announce, announced, cut, readers
from tests.faults.stories import a_broadcast, an_edition
from tests.stage import listening

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOME = 70


@pytest.fixture(scope="module")
def edition(empty: Empty) -> Story:
    empty.theatre.life(empty.begin)
    return Story(empty.theatre, *an_edition(empty.theatre.stage))


@pytest.fixture(scope="module")
def broadcast(empty: Empty) -> Story:
    empty.theatre.life(empty.begin)
    return Story(empty.theatre, *a_broadcast(empty.theatre.stage))


def harm(
    story: Story, happening: Callable[[Life], None], numbers: Iterable[int], *, in_time: bool = False
) -> dict[str, list[str]]:
    """What goes wrong if it happens before the call of one of these numbers."""
    tried = {
        f"{number}, {story.calls[number]}": story.disturbed(number, happening, in_time=in_time) for number in numbers
    }
    assert tried, "nothing was tried"
    return {at: problems for at, problems in tried.items() if problems}


def another(life: Life) -> World:
    """The world of another process at the same moment."""
    return worlds.build(life.stage.world.settings, life.stage.clock.now, life.stage.world.aws)


@pytest.fixture
def handled_twice(empty: Empty) -> Iterator[None]:
    """SQS delivers at least once: here, each message twice."""
    lanes = empty.theatre.stage.lanes
    functions = [lane._function for lane in lanes]
    handled = []

    def twice(function: Callable[[Any], Any], event: Any) -> Any:
        handled.append(event)
        function(event)
        return function(event)

    for lane, function in zip(lanes, functions, strict=True):
        lane._function = partial(twice, function)
    yield
    for lane, function in zip(lanes, functions, strict=True):
        lane._function = function
    assert handled, "no message came twice"


@pytest.mark.usefixtures("handled_twice")
def test_each_message_may_come_twice(edition: Story, broadcast: Story) -> None:
    assert edition.troubled(lambda _: None) == []
    assert broadcast.troubled(lambda _: None) == []


def test_a_tick_may_run_between_any_two_calls(edition: Story, broadcast: Story, sample: Sample) -> None:
    def a_tick(life: Life) -> None:
        tick(another(life))

    assert harm(edition, a_tick, sample.of(edition.calls)) == {}
    assert harm(broadcast, a_tick, sample.of(broadcast.calls)) == {}


def all_at_work(life: Life) -> None:
    """Every message there is is worked on by other workers, and they end before this one makes its next call."""
    life.stage.run()


def test_other_workers_may_run_between_any_two_calls(edition: Story, broadcast: Story, sample: Sample) -> None:
    assert harm(edition, all_at_work, sample.of(edition.calls), in_time=True) == {}
    assert harm(broadcast, all_at_work, sample.of(broadcast.calls), in_time=True) == {}


def test_two_workers_at_one_batch_send_it_once_wherever_they_meet(life: Life) -> None:
    announced(life, SOME)
    one, _ = cut(life)
    begin = life.stage.keep()
    deliver(life.stage.world, one)
    number = 0
    while True:
        again = life.theatre.life(begin)
        met = []

        def meet(_: str, again: Life = again, met: list[int] = met, number: int = number) -> None:
            if len(again.calls.names) == number + 1:
                met.append(number)
                deliver(another(again), one)

        again.calls.asking = meet
        deliver(again.stage.world, one)
        if not met:
            break
        number += 1
        again.wait(HOUR)
        assert books(again.stage).outcomes() == {"sent": SOME}
        assert books(again.stage).problems() == []
    assert number >= 4


def one_call_at_a_time(life: Life) -> None:
    """moto looks first and writes then; DynamoDB does both at once."""
    turn = threading.RLock()
    life.calls.asking = lambda _: turn.acquire()
    life.calls.answered = lambda _: turn.release()


def test_many_workers_and_ticks_in_threads_send_once(life: Life) -> None:
    announced(life, SOME)
    hints = cut(life)
    life.stage.clock.turn(by=timedelta(minutes=6))
    one_call_at_a_time(life)
    there = [another(life) for _ in range(8)]
    for world in there:
        world.store, world.queues, world.mailer  # noqa: B018  # made before the threads are: boto3's sessions are not for many
    with ThreadPoolExecutor(len(there)) as pool:
        work = [pool.submit(deliver, world, hint) for world in there[:6] for hint in hints]
        work += [pool.submit(tick, world) for world in there[6:]]
        for done in work:
            done.result()
    life.calls.asking = life.calls.answered = lambda _: None
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"sent": SOME}
    assert books(life.stage).problems() == []


@pytest.mark.sampled
@pytest.mark.parametrize("jump", [-HOUR, DAY], ids=["back an hour", "forward a day"])
def test_a_clock_that_jumps_at_any_call_loses_nobody_and_tells_nobody_twice(
    life: Life, sample: Sample, jump: timedelta
) -> None:
    edition = organised(life.stage, publish=False)
    readers(life.stage, SOME)
    begin = life.stage.keep()

    jumped = []

    def lived(number: int) -> Life:
        again = life.theatre.life(begin)

        def jumps(_: str) -> None:
            if len(again.calls.names) == number + 1:
                jumped.append(number)
                again.stage.clock.turn(by=jump)

        again.calls.asking = jumps
        again.press(lambda: announce(again, edition))
        again.wait(HOUR)
        again.wait(4 * HOUR)
        return again

    numbers = list(sample.of(lived(-1).calls.names))
    for number in numbers:
        after = lived(number)
        assert books(after.stage).outcomes() == {"sent": SOME}
        assert books(after.stage).problems() == []
    assert jumped == numbers != []


def test_a_day_that_is_skipped_is_told_as_missed_or_too_late_to_those_who_look(life: Life) -> None:
    life.stage.tick()
    announced(life, SOME)
    life.stage.lanes_named("broadcast").turn()
    life.stage.clock.turn(by=60 * DAY)
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"skipped: too-late": SOME}
    assert books(life.stage).problems() == []


MIDNIGHT = datetime(2027, 2, 2, tzinfo=UTC)


def test_what_was_decided_before_midnight_and_written_after_the_first_tick_of_the_day_is_not_forgotten(
    life: Life,
) -> None:
    edition = organised(life.stage, publish=False)
    readers(life.stage, 3)
    life.stage.tick()
    life.stage.clock.turn(to=MIDNIGHT - timedelta(milliseconds=100))

    def night_falls(name: str) -> None:
        if name == "TransactWriteItems":
            life.calls.asking = lambda _: None
            life.stage.clock.turn(by=timedelta(seconds=1))
            tick(another(life))

    life.calls.asking = night_falls
    announce(life, edition)
    assert life.stage.clock.now() > MIDNIGHT
    inside.lose_messages()
    life.wait(HOUR)
    assert books(life.stage).outcomes() == {"sent": 3}


def test_a_clock_that_goes_back_over_midnight_forgets_nothing(life: Life) -> None:
    edition = organised(life.stage, publish=False)
    readers(life.stage, 3)
    life.stage.clock.turn(to=MIDNIGHT + timedelta(minutes=30))
    life.stage.tick()
    life.stage.clock.turn(by=-HOUR)
    announce(life, edition)
    inside.lose_messages()
    life.wait(2 * HOUR)
    assert books(life.stage).outcomes() == {"sent": 3}


BUSY = {
    "a throttled table": ("ProvisionedThroughputExceededException", "Slow down.", None),
    "a conflict": ("TransactionCanceledException", "Transaction cancelled", [{"Code": "TransactionConflict"}]),
    "a throttled transaction": ("TransactionCanceledException", "Transaction cancelled", [{"Code": "ThrottlingError"}]),
}


class Busy:
    """Answers the first tries of one call in DynamoDB's place, as DynamoDB does when it is busy."""

    def __init__(self, why: str, tries: int) -> None:
        self.code, self.message, self.reasons = BUSY[why]
        self.tries, self.left, self.answered = tries, 0, 0

    def happens(self, _: Life) -> None:
        self.left = self.tries

    def answer(self, request: Any, **_: Any) -> AWSResponse | None:
        # botocore's own requests have their headers as bytes.
        target = next(value for name, value in request.headers.items() if name.lower() == "x-amz-target")
        transaction = "TransactWriteItems" in str(target)
        if not self.left or transaction is not (self.reasons is not None):
            return None
        self.left -= 1
        self.answered += 1
        said = {"__type": f"com.amazonaws.dynamodb.v20120810#{self.code}", "message": self.message}
        body = json.dumps(said | ({"CancellationReasons": self.reasons} if self.reasons else {})).encode()
        return AWSResponse(request.url, 400, {"Content-Type": "application/x-amz-json-1.0"}, Raw(body))


class Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("why", "tries"),
    [
        ("a throttled table", 1),  # botocore waits half a second on average before it tries again
        ("a conflict", 3),
        ("a throttled transaction", 3),
    ],
)
def test_a_busy_table_delays_and_harms_nothing(
    empty: Empty, edition: Story, sample: Sample, why: str, tries: int
) -> None:
    busy = Busy(why, tries)
    with listening(empty.theatre.stage.world.store.table.client, "before-send.dynamodb", busy.answer):
        assert harm(edition, busy.happens, sample.of(edition.calls)) == {}
    assert busy.answered, "the table was never busy"


def test_every_hint_may_be_lost(edition: Story, broadcast: Story) -> None:
    def no_queue(life: Life) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs.eu-central-1.amazonaws.com")

    for story in (edition, broadcast):
        hints = [number for number, name in enumerate(story.calls) if name.startswith("SendMessage")]
        assert len(hints) >= 2
        assert {number: problems for number in hints if (problems := story.disturbed(number, no_queue))} == {}


def test_events_may_come_before_their_mails_are_noted(edition: Story, broadcast: Story) -> None:
    told = []

    def told_at_once(life: Life) -> None:
        def asking(_: str) -> None:
            if life.calls.names[-2:-1] and life.calls.names[-2] in SENDING:
                told.append(life.calls.names[-2])
                life.stage.events.deliver()
                life.stage.lanes_named("feedback").turn()

        life.calls.asking = asking

    for story in (edition, broadcast):
        told.clear()
        assert story.troubled(told_at_once) == []
        assert told, "no event came early"
