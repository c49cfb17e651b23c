"""The smallest application that uses all the local system offers: routes, an authorizer, three queues, a
schedule, mails."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from chalice import AuthResponse, Chalice, Rate, Response
from chalice.config import Config

from local.aws.clock import Clock
from local.processes.functions import Application

app = Chalice(app_name="small")
clock: list[Clock] = []


def load(travelling: Clock) -> Application:
    clock[:] = [travelling]
    return Application(app, Config.create(chalice_app=lambda: app))


@cache
def client(service: str) -> Any:
    return boto3.client(service)


@app.authorizer()
def key(request: Any) -> AuthResponse:
    return AuthResponse(routes=["*"] if request.token == "Bearer right" else [], principal_id="organiser")


@app.route("/")
def home() -> Response:
    return Response("<h1>Guten Tag</h1>", headers={"Content-Type": "text/html; charset=utf-8"})


@app.route("/echo", methods=["POST"], content_types=["application/json", "text/plain", "multipart/form-data"])
def echo() -> dict[str, Any]:
    return {"length": len(app.current_request.raw_body), "text": app.current_request.raw_body[:100].decode()}


@app.route("/at-most-ten", methods=["POST"], content_types=["text/plain"])
def at_most_ten() -> Response:
    return Response("", status_code=413 if len(app.current_request.raw_body) > 10 else 200)


@app.route("/slow/{name}")
def slow(name: str) -> dict[str, str]:
    time.sleep(0.2)  # long enough for other requests to come in between
    return {"name": app.current_request.uri_params["name"], "given": name}


@app.route("/secret", authorizer=key)
def secret() -> dict[str, bool]:
    return {"in": True}


@app.route("/broken")
def broken() -> None:
    raise RuntimeError("a bug")


@app.schedule(Rate(1, unit=Rate.MINUTES), name="tick")
def tick(event: Any) -> None:
    """Send what is due, to whom its mailing is named after.

    Of two ticks at once, the one that takes a row away sends it.
    """
    now = clock[0].now()
    rows = client("dynamodb").scan(TableName=os.environ["TABLE"])["Items"]
    for row in rows:
        at, _, name = row["sk"]["S"].partition("#")
        if row["pk"]["S"].startswith("DUE#") and datetime.fromisoformat(at) <= now:
            taken = client("dynamodb").delete_item(
                TableName=os.environ["TABLE"], Key={"pk": row["pk"], "sk": row["sk"]}, ReturnValues="ALL_OLD"
            )
            if "Attributes" not in taken:
                continue
            client("sqs").send_message(QueueUrl=os.environ["BROADCAST_QUEUE_URL"], MessageBody=json.dumps({"to": name}))


@app.on_sqs_message(queue="kaffeepause-transactional", batch_size=10, name="transactional")
def transactional(event: Any) -> dict[str, Any]:
    """Notes which try each message is at, and does as it says: ``fail`` so often, ``raise`` or ``sleep``
    the first time."""
    records = event.to_dict()["Records"]
    wishes = [(record, json.loads(record["body"]), _tries(record)) for record in records]
    for _, wish, tries in wishes:
        item = {"pk": {"S": "HANDLED"}, "sk": {"S": wish["name"]}, "tries": {"N": str(tries)}}
        client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)
    time.sleep(max(wish.get("sleep", 0) if tries == 1 else 0 for _, wish, tries in wishes))
    if any("raise" in wish and tries == 1 for _, wish, tries in wishes):
        raise RuntimeError("on purpose")
    failed = [record["messageId"] for record, wish, tries in wishes if tries <= wish.get("fail", 0)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _tries(record: dict[str, Any]) -> int:
    return int(record["attributes"]["ApproximateReceiveCount"])


@app.on_sqs_message(queue="kaffeepause-broadcast", batch_size=10, name="broadcast")
def broadcast(event: Any) -> dict[str, Any]:
    """Sends a mail; ``after`` waits until the other lane has handled the message of that name."""
    for record in event:
        wish = json.loads(record.body)
        if "after" in wish:
            _wait_for(wish["after"])
        client("sesv2").send_email(
            FromEmailAddress="kaffee@example.org",
            Destination={"ToAddresses": [f"{wish['to']}@example.org"]},
            Content={"Simple": {"Subject": {"Data": "Guten Tag"}, "Body": {"Text": {"Data": "Bis gleich."}}}},
            ConfigurationSetName=os.environ["BROADCAST_CONFIGURATION_SET"],
        )
    return {"batchItemFailures": []}


def _wait_for(name: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        key = {"pk": {"S": "HANDLED"}, "sk": {"S": name}}
        if "Item" in client("dynamodb").get_item(TableName=os.environ["TABLE"], Key=key, ConsistentRead=True):
            return
        time.sleep(0.02)
    raise RuntimeError(f"nobody handled {name} meanwhile")


@app.on_sqs_message(queue="kaffeepause-feedback", batch_size=10, name="feedback")
def feedback(event: Any) -> dict[str, Any]:
    for record in event:
        assert json.loads(record.body)["eventType"]
    return {"batchItemFailures": []}
