"""What AWS does between the services, and the processes that live and die."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.processes.system import LocalSystem
from local.site.aws_view import NotDrained
from local.site.front import PortTaken, listen
from tests.waiting import until

pytestmark = pytest.mark.processes

TRANSACTIONAL = "kaffeepause-transactional"
DEAD = f"{TRANSACTIONAL}-dead-letters"
VISIBILITY = "PT13M"
FOR_EVER = 3600
"""Seconds: whoever sleeps so long is killed at it."""


def send(system: LocalSystem, queue: str, *wishes: dict[str, Any]) -> None:
    sqs = system.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": json.dumps(wish)} for number, wish in enumerate(wishes)]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)


def handled(system: LocalSystem) -> list[tuple[str, int]]:
    """What the handler noted in the table: which message, at which try."""
    rows = system.client("dynamodb").scan(TableName=system.environment["TABLE"], ConsistentRead=True)["Items"]
    return sorted((row["sk"]["S"], int(row["tries"]["N"])) for row in rows if row["pk"]["S"] == "HANDLED")


@pytest.fixture(autouse=True)
def _nothing_left(system: LocalSystem) -> None:
    system.drain(hidden_too=False)
    table = system.environment["TABLE"]
    for row in system.client("dynamodb").scan(TableName=table)["Items"]:
        system.client("dynamodb").delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})


def test_everything_of_the_deployment_is_there(system: LocalSystem) -> None:
    dynamodb, sqs, sesv2 = system.client("dynamodb"), system.client("sqs"), system.client("sesv2")
    table = dynamodb.describe_table(TableName=system.environment["TABLE"])["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["person"]
    ttl = dynamodb.describe_time_to_live(TableName=system.environment["TABLE"])["TimeToLiveDescription"]
    assert (ttl["AttributeName"], ttl["TimeToLiveStatus"]) == ("expires", "ENABLED")
    for lane in ("transactional", "broadcast", "feedback"):
        url = sqs.get_queue_url(QueueName=f"kaffeepause-{lane}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert f"kaffeepause-{lane}-dead-letters" in attributes["RedrivePolicy"]
        assert ("Policy" in attributes) == (lane == "feedback")
    for name in (
        system.environment["TRANSACTIONAL_CONFIGURATION_SET"],
        system.environment["BROADCAST_CONFIGURATION_SET"],
    ):
        (destination,) = sesv2.get_configuration_set_event_destinations(ConfigurationSetName=name)["EventDestinations"]
        assert {"SEND", "BOUNCE", "RENDERING_FAILURE"} <= set(destination["MatchingEventTypes"])
    (subscription,) = system.client("sns").list_subscriptions()["Subscriptions"]
    assert subscription["Endpoint"].endswith(":kaffeepause-feedback")


def test_only_what_failed_comes_again_and_after_the_visibility_timeout(system: LocalSystem) -> None:
    send(system, TRANSACTIONAL, {"name": "good"}, {"name": "bad", "fail": 1}, {"name": "fine"})
    system.drain(hidden_too=False)
    assert handled(system) == [("bad", 1), ("fine", 1), ("good", 1)]
    assert system.state().hidden == {TRANSACTIONAL: 1}
    with pytest.raises(NotDrained, match=f"{TRANSACTIONAL}: 1 in flight or to be retried"):
        system.drain(within=0.1)
    system.travel(advance=VISIBILITY)
    assert handled(system) == [("bad", 2), ("fine", 1), ("good", 1)]
    assert system.drain().hidden == {}


def test_a_handler_that_raises_leaves_the_whole_batch(system: LocalSystem) -> None:
    send(system, TRANSACTIONAL, {"name": "one"}, {"name": "two", "raise": 1})
    system.drain(hidden_too=False)
    assert system.state().hidden == {TRANSACTIONAL: 2}
    system.travel(advance=VISIBILITY)
    assert handled(system) == [("one", 2), ("two", 2)]
    system.drain()


def test_what_never_succeeds_lies_in_the_dead_letters(system: LocalSystem) -> None:
    send(system, TRANSACTIONAL, {"name": "hopeless", "fail": 99})
    system.drain(hidden_too=False)
    system.travel(advance="PT2H")  # stops whenever the message shows again
    assert handled(system) == [("hopeless", 5)]
    assert system.drain().dead == {DEAD: 1}


def test_one_lane_does_not_wait_for_the_other(system: LocalSystem) -> None:
    send(system, "kaffeepause-broadcast", {"to": "slow", "after": "quick"})
    until(lambda: system.state().hidden)
    send(system, TRANSACTIONAL, {"name": "quick"})
    system.drain()
    assert handled(system) == [("quick", 1)]
    assert len(system.inbox("slow@example.org")) == 1


def test_a_killed_worker_loses_nothing_and_its_messages_come_again(system: LocalSystem) -> None:
    send(system, TRANSACTIONAL, {"name": "held", "sleep": FOR_EVER})
    until(lambda: handled(system))
    pid = system.worker_pid
    system.kill_worker()
    assert not system.worker_runs
    send(system, TRANSACTIONAL, {"name": "waiting"})
    with pytest.raises(NotDrained, match="The worker does not run"):
        system.drain(within=0.1)
    system.start_worker()
    assert system.worker_pid != pid
    system.drain(hidden_too=False)
    assert handled(system) == [("held", 1), ("waiting", 1)]
    system.travel(advance=VISIBILITY)
    assert handled(system) == [("held", 2), ("waiting", 1)]
    system.drain()


def test_a_failed_transaction_undoes_its_own_writes_and_no_others(system: LocalSystem) -> None:
    dynamodb, table = system.client("dynamodb"), system.environment["TABLE"]

    def put(name: str, **more: Any) -> dict[str, Any]:
        return {"Put": {"TableName": table, "Item": {"pk": {"S": "T"}, "sk": {"S": name}, "n": {"N": "1"}}, **more}}

    dynamodb.transact_write_items(TransactItems=[put("there")])
    update = {
        "Update": {
            "TableName": table,
            "Key": {"pk": {"S": "T"}, "sk": {"S": "there"}},
            "UpdateExpression": "SET n = :two",
            "ExpressionAttributeValues": {":two": {"N": "2"}},
        }
    }
    never = put("never", ConditionExpression="attribute_exists(pk)")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=[update, put("new"), never])
    found = dynamodb.query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "T"}}
    )["Items"]
    assert [(item["sk"]["S"], item["n"]["N"]) for item in found] == [("there", "1")]


def test_a_taken_port_is_one_clear_line(system: LocalSystem) -> None:
    port = system.url.rpartition(":")[2]
    with pytest.raises(PortTaken, match=f"Port {port} cannot be used"):
        listen(int(port))
    told = subprocess.run([sys.executable, "-m", "local", "--port", port], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert told.stdout == "Kaffeepause is starting …\n"
    assert told.stderr.count("\n") == 1
    assert f"Port {port} cannot be used" in told.stderr
