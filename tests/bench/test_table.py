"""The canned table decides as DynamoDB does: what it would let through, the figures would flatter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from bench.table import Refused, Table
from local.aws import dynamodb

ITEM = {
    "pk": {"S": "p"},
    "sk": {"S": "s"},
    "version": {"N": "7"},
    "active": {"BOOL": True},
    "word": {"S": "coffee"},
}
VALUES = {
    ":seven": {"N": "7.0"},
    ":eight": {"N": "8"},
    ":yes": {"BOOL": True},
    ":cof": {"S": "cof"},
    ":number_as_text": {"S": "7"},
}
CONDITIONS = (
    "attribute_not_exists(pk)",
    "attribute_exists(pk) AND version = :seven",
    "version = :eight OR attribute_exists(#word)",
    "version = :number_as_text",
    "version < :eight",
    "version > :eight",
    "version < nowhere",
    "nowhere <> :eight",
    "nowhere < :eight",
    "active = :yes AND version <> :seven",
)
UPDATES = (
    "SET version = version + :eight",
    "SET version = :seven, fresh = :yes",
    "SET version = version - :seven, #word = :cof",
    "ADD version :eight SET #word = :cof",
    "ADD counted :eight SET active = :yes",
    "ADD counted :eight",
    "ADD counted :eight, version :eight",
)
UNKNOWN = (
    ("query", {"IndexName": "person"}, "knows no IndexName of query"),
    ("query", {"KeyConditionExpression": "pk = :pk AND sk < :edge"}, "sk < :edge"),
    ("put_item", {"ReturnValues": "ALL_OLD"}, "knows no ReturnValues of put_item"),
    ("put_item", {"ConditionExpression": "NOT attribute_exists(pk)"}, "NOT attribute_exists"),
    ("put_item", {"ConditionExpression": "told.mia = :seven"}, "told.mia = :seven"),
    ("update_item", {"UpdateExpression": "SET version = :edge"}, "UPDATED_NEW only"),
    ("update_item", {"UpdateExpression": "REMOVE version", "ReturnValues": "UPDATED_NEW"}, "REMOVE version"),
    ("scan", {}, "has no scan"),
)


@pytest.fixture
def real() -> Iterator[Any]:
    """AWS's own where it is at hand, else moto's."""
    if endpoint := os.environ.get(dynamodb.ENDPOINT):
        yield dynamodb.client(endpoint)
        return
    with mock_aws():
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-central-1")
        yield session.client("dynamodb")


def used(text: str) -> dict[str, Any]:
    values = {name: value for name, value in VALUES.items() if name in text}
    asked: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
    return asked | ({"ExpressionAttributeNames": {"#word": "word"}} if "#word" in text else {})


def test_conditions_and_updates_come_out_as_in_dynamodb(real: Any) -> None:
    name, ours, key = dynamodb.make_table(real), Table(), {"pk": {"S": "p"}, "sk": {"S": "s"}}
    real.put_item(TableName=name, Item=ITEM)
    ours.answer("put_item", {"Item": ITEM})
    held = [text for text in CONDITIONS if ours_holds(ours, {"Item": ITEM, "ConditionExpression": text} | used(text))]
    really = [
        text
        for text in CONDITIONS
        if really_holds(real, {"TableName": name, "Item": ITEM, "ConditionExpression": text} | used(text))
    ]
    assert held == really
    assert 0 < len(held) < len(CONDITIONS)
    for text in UPDATES:
        asked = {"Key": key, "UpdateExpression": text} | used(text)
        ours.answer("transact_write_items", {"TransactItems": [{"Update": asked}]})
        real.update_item(TableName=name, **asked)
        row = ours.row(key)
        assert row
        assert row.item == real.get_item(TableName=name, Key=key)["Item"], text


@pytest.mark.parametrize("forwards", [True, False])
def test_pages_come_out_as_in_dynamodb(real: Any, *, forwards: bool) -> None:
    name, ours = dynamodb.make_table(real), Table()
    for sk in "abcde":
        item = {"pk": {"S": "p"}, "sk": {"S": sk}}
        real.put_item(TableName=name, Item=item)
        ours.answer("put_item", {"Item": item})
    asked: dict[str, Any] = {
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": {":pk": {"S": "p"}, ":low": {"S": "b"}, ":high": {"S": "d"}},
        "ScanIndexForward": forwards,
        "Limit": 2,
    }
    for _ in range(2):
        answered = msgspec.json.decode(ours.answer("query", asked))
        really = real.query(TableName=name, **asked)
        assert answered["Items"] == really["Items"]
        assert answered.get("LastEvaluatedKey") == really.get("LastEvaluatedKey")
        asked["ExclusiveStartKey"] = answered.get("LastEvaluatedKey")
    assert really["Items"] == [{"pk": {"S": "p"}, "sk": {"S": "d" if forwards else "b"}}]


def test_a_crowd_is_read_forwards_only() -> None:
    table = Table()
    table.answer("put_item", {"Item": {"pk": {"S": "p"}, "sk": {"S": "a" * 32}}})
    table.multiply("p", "a" * 32, 5)
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "p"}}}
    with pytest.raises(Refused):
        table.answer("query", asked | {"ScanIndexForward": False})


@pytest.mark.parametrize(("operation", "asked", "why"), UNKNOWN, ids=[why for *_, why in UNKNOWN])
def test_what_it_does_not_know_it_refuses(operation: str, asked: dict[str, Any], why: str) -> None:
    """Else a figure would be that of something else."""
    values = {":pk": {"S": "p"}, ":edge": {"S": "s"}}
    needed: dict[str, dict[str, Any]] = {
        "query": {"KeyConditionExpression": "pk = :pk"},
        "put_item": {"Item": ITEM},
        "update_item": {"Key": {"pk": {"S": "p"}, "sk": {"S": "s"}}},
        "scan": {},
    }
    with pytest.raises(Refused) as refused:
        Table().answer(operation, {**needed[operation], "ExpressionAttributeValues": values, **asked})
    assert why in refused.value.more["message"]


def test_a_counter_tells_what_it_counts_now() -> None:
    asked = {
        "Key": {"pk": {"S": "p"}, "sk": {"S": "s"}},
        "UpdateExpression": "ADD #count :by SET expires = :expires",
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": {":by": {"N": "5"}, ":expires": {"N": "9"}},
        "ReturnValues": "UPDATED_NEW",
    }
    table = Table()
    table.answer("update_item", asked)
    assert msgspec.json.decode(table.answer("update_item", asked))["Attributes"]["count"] == {"N": "10"}


def ours_holds(table: Table, asked: dict[str, Any]) -> bool:
    try:
        table.answer("put_item", asked)
    except Refused as refused:
        if refused.kind != "ConditionalCheckFailedException":
            raise
        return False
    return True


def really_holds(client: Any, asked: dict[str, Any]) -> bool:
    try:
        client.put_item(**asked)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def test_a_transaction_is_all_or_nothing_and_says_which_condition_did_not_hold() -> None:
    table = Table()
    table.put_item({"Item": ITEM})
    other = {"pk": {"S": "p"}, "sk": {"S": "other"}}
    new = {"Item": ITEM, "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(Refused) as refused:
        table.transact_write_items({"TransactItems": [{"Put": {"Item": other}}, {"Put": new}]})
    reasons = [reason["Code"] for reason in refused.value.more["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert table.row(other) is None
    with pytest.raises(Refused, match="Validation"):
        table.transact_write_items({"TransactItems": [{"Put": {"Item": other}}, {"Delete": {"Key": other}}]})


def test_a_crowd_reads_like_as_many_items_page_by_page() -> None:
    table = Table()
    one = {"pk": {"S": "p"}, "sk": {"S": "R#" + "ab" * 16}, "body": {"S": "number 0000000" + "." * 700}}
    table.put_item({"Item": one})
    table.multiply("p", one["sk"]["S"], 3000)
    table.put_item({"Item": {"pk": {"S": "p"}, "sk": {"S": "SEATS"}}})
    found = pages(table, "begins_with(sk, :low)", {":low": {"S": "R#"}})
    assert len(found) > 1
    items = [item for page in found for item in page]
    assert len({item["sk"]["S"] for item in items}) == 3000
    assert items == sorted(items, key=lambda item: item["sk"]["S"])
    assert items[7]["body"]["S"].startswith("number 0000007")
    low, high = items[10]["sk"], items[59]["sk"]
    ((*some,),) = pages(table, "sk BETWEEN :low AND :high", {":low": low, ":high": high})
    assert some == items[10:60]
    answer = msgspec.json.decode(table.get_item({"Key": {"pk": {"S": "p"}, "sk": low}}))
    assert answer["Item"] == items[10]
    until = pages(table, "sk <= :high", {":high": high})
    assert [item for page in until for item in page] == items[:60]
    from_there = pages(table, "sk >= :low", {":low": high})
    assert [item["sk"] for page in from_there for item in page] == [
        *(item["sk"] for item in items[59:]),
        {"S": "SEATS"},
    ]
    table.batch_write_item({"RequestItems": {"table": [{"DeleteRequest": {"Key": {"pk": {"S": "p"}, "sk": low}}}]}})
    ((*fewer,),) = pages(table, "sk BETWEEN :low AND :high", {":low": low, ":high": high})
    assert fewer == items[11:60]


def pages(table: Table, condition: str, values: dict[str, Any], **more: Any) -> list[list[dict[str, Any]]]:
    asked: dict[str, Any] = {
        "KeyConditionExpression": f"pk = :pk AND {condition}",
        "ExpressionAttributeValues": {":pk": {"S": "p"}, **values},
        **more,
    }
    found = []
    while True:
        answer = msgspec.json.decode(table.query(asked))
        found.append(answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return found
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
