"""Draw the state machines of the domain into docs/explanation/states.md: ``python -m infra.drawings``.

A mailing's progress is read from its table ``NEXT``. For the others every rule is applied to a value in every state,
and what comes out is drawn: a rule that refuses or changes nothing draws no arrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from chalicelib.domain import delivery, edition, registration, submission, subscription
from chalicelib.domain.consent import Consent
from chalicelib.domain.delivery import Batch, BatchState, Delivery, Event, Outcome, Report
from chalicelib.domain.edition import Edition, Location, Status
from chalicelib.domain.mailing import NEXT, Progress
from chalicelib.domain.refusals import Refusal
from chalicelib.domain.registration import Person, Place, Registration
from chalicelib.domain.submission import State, Submission
from chalicelib.domain.subscription import Standing, Subscriber

FILE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "states.md"

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
WHOEVER = "a" * 32

START = "[*]"

HEAD = """# States

Drawn from the code by `python -m infra.drawings`; a test says when they are out of date.
An arrow without words says only that the one may follow the other.
"""


Value = TypeVar("Value")


class Arrow(NamedTuple):
    """One step: from a state (``[*]`` before there is any) to a state, by rules or reports of these names."""

    before: str
    after: str
    by: str = ""


class Machine(NamedTuple):
    title: str
    about: str
    states: type[StrEnum]
    arrows: Iterable[Arrow]


def walked(
    values: Mapping[str, Value], rules: Mapping[str, Callable[[Value], Value]], state: Callable[[Value], str]
) -> Iterator[Arrow]:
    """The arrows of every rule from every state."""
    for before, value in values.items():
        for name, rule in rules.items():
            try:
                after = state(rule(value))
            except (Refusal, delivery.Held):
                continue
            if after != before:
                yield Arrow(before, after, name)


def drawn(machine: Machine) -> str:
    """The machine as a section with a Mermaid drawing."""
    labels: dict[tuple[str, str], list[str]] = {}
    for arrow in machine.arrows:
        labels.setdefault((arrow.before, arrow.after), []).append(arrow.by)
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f"    {_id(state)}: {state}" for state in machine.states]
    for (before, after), names in labels.items():
        by = ", ".join(filter(None, names))
        lines.append(f"    {_id(before)} --> {_id(after)}" + (f": {by}" if by else ""))
    return "\n".join([f"## {machine.title}", "", machine.about, "", "```mermaid", *lines, "```", ""])


def _id(state: str) -> str:
    return state.replace("-", "_")


EDITION = Edition(
    id="0" * 12,
    series="coffee",
    title="Together",
    local_start=datetime(2027, 3, 10, 14, 30),  # noqa: DTZ001  # wall-clock time
    zone="Europe/Berlin",
    minutes=45,
    location=Location(place="Library"),
    created_at=NOW,
)


def editions() -> Iterator[Arrow]:
    yield Arrow(START, EDITION.status)
    yield from walked(
        {status: replace(EDITION, status=status) for status in Status},
        {"publish": partial(edition.publish, now=NOW), "cancel": partial(edition.cancel, now=NOW)},
        lambda one: one.status,
    )


def registrations() -> Iterator[Arrow]:
    published = replace(EDITION, status=Status.PUBLISHED)
    wanted = Registration(
        edition=published.id,
        person=Person(hash=WHOEVER, address="mia@example.org", name="Mia"),
        place=Place.CONFIRMED,
        since=NOW,
        asked_at=NOW,
    )
    yield Arrow(START, registration.register(published, wanted, None, taken=0, now=NOW).place, "register")
    yield from walked(
        {place: replace(wanted, place=place) for place in Place},
        {
            "register": lambda held: registration.register(published, wanted, held, taken=0, now=LATER),
            "cancel": lambda held: registration.cancel(held, published, now=LATER),
            "erase": lambda held: registration.erase(held, published, now=LATER),
        },
        lambda held: held.place,
    )


def subscriptions() -> Iterator[Arrow]:
    wanted = Subscriber(
        series="coffee",
        hash=WHOEVER,
        address="mia@example.org",
        standing=Standing.PENDING,
        since=NOW,
        consent=Consent(wording="", wording_version="", source="", requested_at=NOW),
    )
    yield Arrow(START, subscription.subscribe(wanted, None, now=NOW).standing, "subscribe")
    yield from walked(
        {standing: replace(wanted, standing=standing) for standing in Standing},
        {
            "subscribe": lambda held: subscription.subscribe(wanted, held, now=LATER),
            "confirm": lambda held: subscription.confirm(held, round_=held.round, now=LATER),
            "end": partial(subscription.end, now=LATER),
            "erase": partial(subscription.erase, now=LATER),
        },
        lambda held: held.standing,
    )


def mailings() -> Iterator[Arrow]:
    yield Arrow(START, Progress.PLANNED)
    for before, possible in NEXT.items():
        yield from (Arrow(before, after) for after in possible)


MAIL = "the mail"

DELIVERIES: dict[str, Delivery] = {
    Outcome.WAITING: Delivery(),
    Outcome.SENT: Delivery(outcome=Outcome.SENT, message_id=MAIL),
    Outcome.SKIPPED: Delivery(outcome=Outcome.SKIPPED),
    Outcome.FAILED: Delivery(outcome=Outcome.FAILED),
    Outcome.UNKNOWN: Delivery(outcome=Outcome.UNKNOWN, tries=1),
    Outcome.BOUNCED: delivery.told(Delivery(message_id=MAIL), Report(MAIL, Event.HARD_BOUNCE)),
    Outcome.COMPLAINED: delivery.told(Delivery(message_id=MAIL), Report(MAIL, Event.COMPLAINT)),
}
LAST_TRY = replace(DELIVERIES[Outcome.UNKNOWN], tries=delivery.TRIES)


def batches() -> Iterator[Arrow]:
    """A batch of one person, each state with the outcome that brings it there."""
    values = {
        BatchState.WAITING: _batch(Delivery(), BatchState.WAITING),
        BatchState.SENDING: _batch(Delivery(), BatchState.SENDING),
        BatchState.UNPROVED: _batch(DELIVERIES[Outcome.UNKNOWN], BatchState.UNPROVED),
        BatchState.SENT: _batch(DELIVERIES[Outcome.FAILED], BatchState.SENT),
    }
    assert list(values) == list(BatchState)
    yield Arrow(START, BatchState.WAITING)
    rules: dict[BatchState, dict[str, Callable[[Batch], Batch]]] = {
        BatchState.WAITING: {"claim": partial(delivery.claim, owner="worker", now=NOW)},
        BatchState.SENDING: {
            "all answered": partial(_answered, DELIVERIES[Outcome.SENT]),
            "an answer is missing": partial(_answered, DELIVERIES[Outcome.UNKNOWN]),
            "SES refuses for a while": partial(_answered, Delivery()),
            "the worker died": partial(delivery.abandoned, now=LATER),
        },
        BatchState.UNPROVED: {
            "SES reports it": partial(delivery.record, person=WHOEVER, report=Report(MAIL, Event.SEND), now=LATER),
            "unproved after grace, first time": _after_grace,
            "second time": lambda batch: _after_grace(replace(batch, deliveries={WHOEVER: LAST_TRY})),
        },
        BatchState.SENT: {"retry": delivery.retry},
    }
    for state, its_rules in rules.items():
        yield from walked({state: values[state]}, its_rules, lambda batch: batch.state)


def deliveries() -> Iterator[Arrow]:
    yield Arrow(START, Outcome.WAITING)
    begun = _batch(Delivery(), BatchState.SENDING)
    for outcome, by in {
        Outcome.SENT: "SES took it",
        Outcome.SKIPPED: "a guard says no",
        Outcome.FAILED: "SES refused it",
        Outcome.UNKNOWN: "no answer",
    }.items():
        yield Arrow(Outcome.WAITING, _answered(DELIVERIES[outcome], begun).deliveries[WHOEVER].outcome, by)
    for one, by in {DELIVERIES[Outcome.UNKNOWN]: "unproved after grace, first time", LAST_TRY: "second time"}.items():
        after = _after_grace(_batch(one, BatchState.UNPROVED))
        yield Arrow(Outcome.UNKNOWN, after.deliveries[WHOEVER].outcome, by)
    retried = delivery.retry(_batch(DELIVERIES[Outcome.FAILED], BatchState.SENT))
    yield Arrow(Outcome.FAILED, retried.deliveries[WHOEVER].outcome, "retry")
    reports = {str(event): partial(_reported, event) for event in Event}
    yield from walked(DELIVERIES, reports, lambda one: one.outcome)


def _batch(one: Delivery, state: BatchState) -> Batch:
    batch = replace(delivery.batch_of("mailing", [WHOEVER]), deliveries={WHOEVER: one}, state=state)
    return replace(batch, unproved_at=NOW) if state is BatchState.UNPROVED else batch


def _answered(one: Delivery, batch: Batch) -> Batch:
    return delivery.settle(batch, {WHOEVER: one}, now=NOW)


def _after_grace(batch: Batch) -> Batch:
    return delivery.revive(batch, now=LATER, grace=timedelta(minutes=10))


def _reported(event: Event, one: Delivery) -> Delivery:
    return delivery.told(one, Report(MAIL, event))


def submissions() -> Iterator[Arrow]:
    posted = Submission(source="s", id="1", provider_id="1", received_at=NOW, state=State.KEPT)
    yield from walked(
        {state: replace(posted, state=state) for state in State},
        {"dismiss": partial(submission.dismiss, now=LATER)},
        lambda one: one.state,
    )


def machines() -> list[Machine]:
    return [
        Machine(
            "Edition",
            "By the clock, a published one is upcoming, running or over (`Edition.phase`); that changes no state.",
            Status,
            editions(),
        ),
        Machine(
            "Registration",
            "Erasing one whose edition is over leaves it where it is, without the person.",
            Place,
            registrations(),
        ),
        Machine(
            "Subscription",
            "An active one is not confirmed anew by asking again.\n"
            "An ended one is taken up again by the link of its mail.",
            Standing,
            subscriptions(),
        ),
        Machine(
            "Mailing",
            "From the table `NEXT` in `domain/mailing.py`.\n"
            "A paused mailing goes on where it was paused (`paused_in`).",
            Progress,
            mailings(),
        ),
        Machine(
            "Batch",
            "What may happen to up to 50 recipients of a mailing, shown for one recipient.\n"
            "With several, a batch waits while one of them waits, and is unproved while one of them is unknown.",
            BatchState,
            batches(),
        ),
        Machine(
            "Delivery",
            "One recipient's outcome in a batch, with one mail to them.\n"
            "`send`, `hard-bounce`, `complaint`, `reject` and `rendering-failure` are what SES reports.",
            Outcome,
            deliveries(),
        ),
        Machine(
            "Submission",
            "Which state a submission begins in, and what a replay makes of one that is kept or dismissed, is decided\n"
            "in `usecases/intake.py`.",
            State,
            submissions(),
        ),
    ]


def page() -> str:
    return HEAD + "\n" + "\n".join(map(drawn, machines()))


def main() -> None:
    FILE.write_text(page(), "utf-8")
    print(FILE)  # noqa: T201


if __name__ == "__main__":
    main()
