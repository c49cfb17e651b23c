"""Counts what the application uses of AWS, while it is called as AWS would call it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore import handlers

from bench.bill import Bill
from bench.events import Called, accepted, sqs_event
from bench.ground import Ground, Wrong
from bench.measure import Meter
from bench.prices import Prices
from local import dynamodb

FEEDBACK_AT_ONCE = 100
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
COUNTED = {*WRITES, "GetItem", "BatchGetItem", "TransactGetItems", "Query"}


class Meters:
    """Adds to the bill that is open whatever is used."""

    def __init__(self, here: Ground, prices: Prices) -> None:
        self.here, self.prices, self.bill = here, prices, Bill()

    def call(self, function: str, event: dict[str, Any]) -> Any:
        """Call it as AWS would, and add what that costs."""
        before, meter = self._called(), Meter()
        with meter:
            answer = self.here.call(function, event)
        self.bill.invocations[function] += 1
        self.bill.cpu[function] += meter.cpu
        made = self._called() - before
        waits = {"DynamoDB": "a call to DynamoDB", "SQS": "a call to SQS"}
        waits |= {"SendEmail": "a call to SES for one mail", "SendBulkEmail": "a call to SES for a list"}
        self.bill.waits[function] += sum(made[kind] * self.prices.assumed[what] for kind, what in waits.items()) / 1000
        self.bill.sqs += made["SQS"]
        if isinstance(answer, dict) and answer.get("batchItemFailures"):
            raise Wrong(f"{function}: a message failed; its reason is above")
        return answer

    def _called(self) -> Counter[str]:
        calls = Counter(self.here.ask("tell")["calls"])
        calls["SQS"] = calls["SendMessage"] + calls["SendMessageBatch"]
        calls["DynamoDB"] = self.bill.calls["DynamoDB"]
        return calls

    def work(self, queue: str) -> None:
        """Let the queue run empty; then let SES's reports come in. Lambda's poller receives and deletes once for each call."""
        self.here.record("SendEmail", "SendBulkEmail")
        while (event := self.here.messages(queue))["Records"]:
            self.call(queue.rpartition("-")[2], event)
            self.bill.sqs += 2
        self._report(self.here.record())

    def _report(self, sent: Iterable[Called]) -> None:
        events = [json.dumps(event) for call in sent for event in accepted(call, self.here.clock())]
        self.bill.mails += len(events)
        self.bill.sns += len(events)
        for at in range(0, len(events), FEEDBACK_AT_ONCE):
            some = [(f"event-{number}", event) for number, event in enumerate(events[at : at + FEEDBACK_AT_ONCE], at)]
            self.call("feedback", sqs_event("kaffeepause-feedback", some))
            # SQS takes and gives ten messages at a time, however many a function gets.
            self.bill.sqs += 2 * -(-len(some) // 10)

    @contextmanager
    def open(self) -> Iterator[Bill]:
        """A new bill for what happens inside."""
        self.bill = bill = Bill()
        yield bill
        self.bill = Bill()


class Shadow:
    """A second table in which every write happens again, alone.

    DynamoDB Local (2.9.30) counts the writes of a transaction wrongly: of several that cost the same it counts one, at twice its price.
    What each of them costs by itself it counts rightly, and by AWS's documentation it costs double in a transaction.
    """

    def __init__(self, endpoint: str) -> None:
        self.client: Any = dynamodb.client(endpoint)
        self.table = dynamodb.make_table(self.client)

    def written(self, operation: str, asked: dict[str, Any]) -> float:
        """Request units of a write that was done."""
        if operation != "TransactWriteItems":
            return self._write(operation.removesuffix("Item"), asked)
        return sum(2 * self._write(verb, given) for one in asked["TransactItems"] for verb, given in one.items())

    def _write(self, verb: str, given: dict[str, Any]) -> float:
        write: dict[str, Any] = {"Put": self.client.put_item, "Update": self.client.update_item}
        write["Delete"] = self.client.delete_item
        if verb == "ConditionCheck":
            return 1.0
        plain: dict[str, Any] = {part: given[part] for part in ("Item", "Key", "UpdateExpression") if part in given}
        used = set(re.findall(r"[:#]\w+", given.get("UpdateExpression", "")))
        for part in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            # What only the condition used would be refused without it.
            if kept := {name: value for name, value in given.get(part, {}).items() if name in used}:
                plain[part] = kept
        answer = write[verb](TableName=self.table, ReturnConsumedCapacity="TOTAL", **plain)
        return float(answer["ConsumedCapacity"]["CapacityUnits"])


@contextmanager
def counting(meters: Meters, shadow: Shadow) -> Iterator[None]:
    """Ask DynamoDB with every call what it used, in whichever session a client is made."""

    def ask(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if model.name in COUNTED:
            params["ReturnConsumedCapacity"] = "TOTAL"
            context["asked"] = params

    def hear(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        # The shadow's own calls come by here, too.
        asked, capacity = context.get("asked", {}), parsed.get("ConsumedCapacity")
        if capacity is None or asked.get("TableName") == shadow.table:
            return
        if model.name in WRITES:
            meters.bill.writes += shadow.written(model.name, asked)
        else:
            units = sum(one["CapacityUnits"] for one in (capacity if isinstance(capacity, list) else [capacity]))
            # DynamoDB Local takes nothing for a query that finds nothing; AWS takes a unit.
            meters.bill.reads += max(units, 1.0)
        meters.bill.calls["DynamoDB"] += 1

    ours: list[Any] = [("provide-client-params.dynamodb", ask), ("after-call.dynamodb", hear)]
    handlers.BUILTIN_HANDLERS += ours
    try:
        yield
    finally:
        for one in ours:
            handlers.BUILTIN_HANDLERS.remove(one)
