"""Counts what the application uses of AWS, while it is called as AWS would call it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.bill import Bill
from bench.events import Called, accepted, sqs_event
from bench.ground import Ground, Wrong
from bench.measure import Meter
from bench.prices import Prices
from chalicelib.aws.clients import LeanClients
from local.aws import dynamodb

FEEDBACK_AT_ONCE = 100
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
COUNTED = {*WRITES, "GetItem", "BatchGetItem", "TransactGetItems", "Query"}


class Meters:
    """Adds to the bill that is open whatever is used."""

    def __init__(self, here: Ground, prices: Prices, clients: MeteredClients) -> None:
        self.here, self.prices, self.clients = here, prices, clients

    @property
    def bill(self) -> Bill:
        return self.clients.bill

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
        """Let the queue run empty; then let SES's reports come in.

        Lambda's poller receives and deletes once for each call.
        """
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
        self.clients.bill = bill = Bill()
        yield bill
        self.clients.bill = Bill()


class Shadow:
    """A second table in which every write happens again, alone.

    DynamoDB Local (2.9.30) counts the writes of a transaction wrongly: of several that cost the same it counts one, at
    twice its price. What each of them costs by itself it counts rightly, and by AWS's documentation it costs double in
    a transaction.
    """

    def __init__(self, endpoint: str) -> None:
        self.client: Any = dynamodb.client(endpoint)
        self.table = dynamodb.make_table(self.client)

    def written(self, operation: str, asked: dict[str, Any]) -> float:
        """Request units of a write that was done."""
        if operation == "BatchWriteItem":
            writes = [write for some in asked["RequestItems"].values() for one in some for write in one.items()]
            return sum(self._write(verb.removesuffix("Request"), given) for verb, given in writes)
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


class MeteredClients(LeanClients):
    """The application's own clients. Those of DynamoDB put on the open bill what each call used."""

    def __init__(self, shadow: Shadow) -> None:
        super().__init__()
        self.shadow, self.bill = shadow, Bill()

    def client(self, service: str, **config: Any) -> Any:
        client = super().client(service, **config)
        return self.metered(client) if service == "dynamodb" else client

    def metered(self, client: Any) -> Any:
        """Count what this client of DynamoDB uses; gives the client back."""
        client.meta.events.register("provide-client-params.dynamodb", self._ask)
        client.meta.events.register("after-call.dynamodb", self._hear)
        return client

    def _ask(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if model.name not in COUNTED:
            raise Wrong(f"{model.name} is not in COUNTED: what it uses would be on no bill")
        params["ReturnConsumedCapacity"] = "TOTAL"
        context["asked"] = params

    def _hear(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if "ConsumedCapacity" not in parsed:
            # AWS charges for a write whose condition fails, and DynamoDB Local does not say how much.
            raise Wrong(f"{model.name} was answered without what it used: {parsed.get('Error')}")
        if model.name in WRITES:
            self.bill.writes += self.shadow.written(model.name, context["asked"])
        else:
            capacity = parsed["ConsumedCapacity"]
            units = sum(one["CapacityUnits"] for one in (capacity if isinstance(capacity, list) else [capacity]))
            # DynamoDB Local takes nothing for a query that finds nothing; AWS takes a unit.
            self.bill.reads += max(units, 1.0)
        self.bill.calls["DynamoDB"] += 1
