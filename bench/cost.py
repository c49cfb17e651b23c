"""What AWS would charge: request units counted by its own DynamoDB Local, money by the price table in the docs."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bench.bill import Bill
from bench.ground import BROADCAST, TRANSACTIONAL, Ground, Wrong, bare, ground
from bench.measure import Beside, Figure, Meter, Target
from bench.metering import MeteredClients, Meters, Shadow
from bench.prices import Prices
from bench.sample import a_subscriber
from chalicelib import world as worlds
from local.aws import dynamodb

SIZE, RUNS = 500, 1
START = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
REMINDED = datetime(2027, 3, 9, 8, 0, tzinfo=UTC)
"""The day before the edition's 10 March, at 09:00 in Berlin."""

MINUTES = 24 * 60
EVERY_BILL = ("reads", "writes", "calls", "sqs", "sns", "invocations", "cpu", "waits")
QUEUES = 3


def measure(size: int = SIZE, runs: int = RUNS) -> list[Figure]:
    """Request units for each registration, mail, reminder and idle day, and US dollars for a thousand.

    Floors of units: reading each person once, as a range, and writing the claim and the record. Peer of money: what SES
    takes; the least is what the floors of units cost. Counting gives the same every time, so ``runs`` is always 1.
    """
    del runs
    now = [START]
    with dynamodb.dynamodb_local() as endpoint:
        client = dynamodb.client(endpoint)
        more = {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "TABLE": dynamodb.make_table(client)}
        clients = MeteredClients(Shadow(endpoint))
        with ground(clock=lambda: now[0], clients=clients, more=more) as here:
            return _figures(here, Meters(here, Prices.read(), clients), now, size, more["TABLE"])


def _figures(here: Ground, meters: Meters, now: list[datetime], size: int, table: str) -> list[Figure]:
    here.series()
    edition = here.edition(seats=size + 10, starts_at="2027-03-10T14:30")
    registration = _registrations(here, meters, edition, size)
    mail = _broadcast(here, meters, now, size)
    now[0] = REMINDED
    reminder = _reminders(meters, now, size)
    minutes = MINUTES if size >= SIZE else 10
    idle = _idle(meters, now, minutes)
    least = _Floors(meters, table, edition)
    floors = {registration: least.registration(), mail: least.mail(), reminder: least.reminder()}
    prices = meters.prices
    day = Bill(reads=idle.reads * MINUTES / minutes, writes=idle.writes * MINUTES / minutes)
    idle_money = sum(idle.ours(prices).values()) * MINUTES / minutes
    idle_least = Bill(reads=MINUTES, invocations=Counter(tick=MINUTES))
    return [
        *_units("registration", registration, registration.mails, floors[registration]),
        *_units("mail", mail, mail.mails, floors[mail]),
        *_units("reminder", reminder, reminder.mails, floors[reminder]),
        *_units("idle-day", day, 1, idle_least, may_write_nothing=True),
        _money("cost-1000-mails", {mail: 1000}, floors, prices, most=0.05),
        _money("cost-1000-reminders", {reminder: 1000}, floors, prices, most=0.05),
        _money("cost-1000-registrations", {registration: 1000}, floors, prices),
        _money(
            "cost-edition",
            {mail: 1000, registration: 100, reminder: 200},
            floors,
            prices,
            most=0.05,
            note="told to 1,000, of whom 100 register and are reminded twice: ",
        ),
        Figure(
            name="cost-idle-day",
            value=idle_money + prices.polling(QUEUES),
            unit="USD",
            floor=sum(idle_least.ours(prices).values()) + prices.polling(QUEUES),
            beside=Beside.FLOOR,
            runs=1,
            size=minutes,
            note="floor: Lambda's waiting at the queues, and a call and a read each minute",
        ),
    ]


def _registrations(here: Ground, meters: Meters, edition: str, size: int) -> Bill:
    """The form, the registration, the page that says thank you; the confirmation; SES's report of it."""
    here.register(edition, "first@example.org")
    here.work(TRANSACTIONAL, Meter())
    with meters.open() as bill:
        for number in range(size):
            here.ask("record", [])
            form = here.registration(edition, f"person-{number}@example.org")
            for event, status in (
                (here.request("GET", f"/editions/{edition}"), 200),
                (form, 303),
                (here.request("GET", f"/editions/{edition}/registered"), 200),
            ):
                answer = meters.call("api_handler", event)
                bill.gateway += 1
                if answer["statusCode"] != status:
                    raise Wrong(answer["body"])
            # One at a time, as they come in: ten in one call would be cheaper.
            meters.work(TRANSACTIONAL)
    return _complete(bill, size)


def _broadcast(here: Ground, meters: Meters, now: list[datetime], size: int) -> Bill:
    for number in range(size):
        one = a_subscriber(f"{number * (16**32 // size):032x}", f"subscriber-{number}@example.org", now=here.clock())
        worlds.world().store.changes().save(one).commit()
    other = here.edition(publish=False, starts_at="2027-04-10T14:30")
    with meters.open() as bill:
        here.publish(other, announce="now")
        meters.work(BROADCAST)
        _close(meters, now)
    return _complete(bill, size)


def _reminders(meters: Meters, now: list[datetime], size: int) -> Bill:
    """Of the edition that everybody registered for; the one who came first is reminded as well."""
    with meters.open() as bill:
        meters.call("tick", meters.here.scheduled())
        meters.work(TRANSACTIONAL)
        _close(meters, now)
    return _complete(bill, size + 1)


def _close(meters: Meters, now: list[datetime]) -> None:
    """The tick that finds everything sent."""
    now[0] += timedelta(minutes=6)
    meters.call("tick", meters.here.scheduled())
    meters.work(TRANSACTIONAL)
    meters.work(BROADCAST)


def _complete(bill: Bill, mails: int) -> Bill:
    """Raises ``Wrong`` unless so many mails were sent, and everything that sending uses is on the bill."""
    if bill.mails != mails:
        raise Wrong(f"{bill.mails} mails, not {mails}")
    if missing := [name for name in EVERY_BILL if not getattr(bill, name)]:
        raise Wrong(f"no {', no '.join(missing)} on the bill of {mails} mails")
    return bill


def _idle(meters: Meters, now: list[datetime], minutes: int) -> Bill:
    """Ticks of a day on which nothing is due, from its first minute on."""
    day = datetime.combine(now[0].date() + timedelta(days=3), time(), UTC)
    for before in (2, 1, 0):  # everything that is left is looked after
        now[0] = day - timedelta(hours=before)
        meters.here.call("tick", meters.here.scheduled())
        meters.here.work(TRANSACTIONAL, Meter())
    with meters.open() as bill:
        for _ in range(minutes):
            now[0] += timedelta(minutes=1)
            meters.call("tick", meters.here.scheduled())
    return bill


class _Floors:
    """What the least thinkable ledger would use for one person."""

    def __init__(self, meters: Meters, table: str, edition: str) -> None:
        self.meters, self.table, self.edition = meters, table, edition
        self.client = meters.clients.metered(bare("dynamodb"))

    def mail(self) -> Bill:
        return self._batch("SERIES#kaffeepause#SUBSCRIBERS", "")

    def reminder(self) -> Bill:
        return self._batch(f"EDITION#{self.edition}", "REGISTRATION#")

    def registration(self) -> Bill:
        """The edition read, and registration, claim and record each written once."""
        pk = {"S": f"EDITION#{self.edition}"}
        (registration,) = self._some(pk["S"], "REGISTRATION#", 1)
        # One more of the kind, not there yet: the index is written with it.
        item = registration | {"pk": {"S": "FLOOR"}}
        with self.meters.open() as bill:
            self.client.get_item(TableName=self.table, Key={"pk": pk, "sk": {"S": "EDITION"}}, ConsistentRead=True)
            for _ in range(3):
                self.client.put_item(TableName=self.table, Item=item)
        return Bill(reads=bill.reads, writes=bill.writes)

    def _batch(self, pk: str, prefix: str) -> Bill:
        """Fifty people read as a range, and an item with fifty short outcomes written twice; for one of them."""
        some = self._some(pk, prefix, 50)
        outcomes = {item["sk"]["S"][len(prefix) :]: {"message_id": "0" * 60} for item in some}
        batch = {"pk": {"S": "FLOOR"}, "sk": {"S": "FLOOR"}, "body": {"S": json.dumps(outcomes)}}
        with self.meters.open() as bill:
            self._some(pk, prefix, 50)
            for _ in range(2):
                self.client.put_item(TableName=self.table, Item=batch)
        return Bill(reads=bill.reads / len(some), writes=bill.writes / len(some))

    def _some(self, pk: str, prefix: str, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.query(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)" if prefix else "pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}} | ({":prefix": {"S": prefix}} if prefix else {}),
            ConsistentRead=True,
            Limit=count,
        )["Items"]
        return found


def _units(name: str, bill: Bill, count: int, floor: Bill, *, may_write_nothing: bool = False) -> list[Figure]:
    return [
        Figure(
            name=f"cost-{name}-reads",
            value=bill.reads / count,
            unit="read units",
            floor=floor.reads,
            beside=Beside.FLOOR,
            runs=1,
            size=count,
        ),
        Figure(
            name=f"cost-{name}-writes",
            value=bill.writes / count,
            unit="write units",
            floor=floor.writes,
            beside=Beside.FLOOR,
            runs=1,
            size=count,
            may_be_zero=may_write_nothing,
        ),
    ]


def _money(
    name: str,
    mails: dict[Bill, int],
    floors: dict[Bill, Bill],
    prices: Prices,
    *,
    most: float | None = None,
    note: str = "",
) -> Figure:
    """So many mails of each bill, beside what SES takes. SNS and API Gateway are counted as well."""
    ours: defaultdict[str, float] = defaultdict(float)
    for bill, count in mails.items():
        for service, dollars in bill.ours(prices).items():
            ours[service] += count * dollars / bill.mails
    return Figure(
        name=name,
        value=sum(ours.values()),
        unit="USD",
        floor=sum(count * bill.ses(prices) / bill.mails for bill, count in mails.items()),
        beside=Beside.PEER,
        runs=1,
        size=sum(bill.mails for bill in mails),
        least=sum(count * sum(floors[bill].ours(prices).values()) for bill, count in mails.items()),
        target=Target(most=most) if most else None,
        note=note + ", ".join(f"{service} {dollars:.5f}" for service, dollars in ours.items() if dollars),
    )
