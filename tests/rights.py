"""What each function asks of AWS, and what its policy allows, in the same words.

The stage listens to every call the functions make, in every test, and a test fails where its function may not make it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple

from chalice.test import HTTPResponse, TestHTTPClient

from local.aws.bus import Function
from local.aws.deployment import ROOT

API = "api_handler"
POLICIES = ROOT / ".chalice"
IDENTITIES = ("identity/${SenderDomain}", "identity/*@${SenderDomain}", "identity/*.${SenderDomain}")
"""SES asks for the sender's own identity where that is verified, and for its domain's where not; a subdomain may be
verified by itself as well."""


class Right(NamedTuple):
    """``resource`` is the template's logical id or the end of its ARN, as in the policy files."""

    function: str
    action: str
    resource: str

    def __str__(self) -> str:
        return f".chalice/policy-{self.function}.json: {self.action} on {self.resource}"


def functions() -> list[str]:
    return sorted(path.stem.removeprefix("policy-") for path in POLICIES.glob("policy-*.json"))


@cache
def granted() -> frozenset[Right]:
    """By the policy files."""
    return frozenset(
        Right(function, action, _name(resource))
        for function in functions()
        for statement in json.loads((POLICIES / f"policy-{function}.json").read_text())["Statement"]
        for action in statement["Action"]
        for resource in (statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]])
    )


def _name(resource: str | dict[str, Any]) -> str:
    if isinstance(resource, str):
        return resource
    return str(resource["Fn::GetAtt"][0] if "Fn::GetAtt" in resource else resource["Fn::Sub"].rpartition(":")[2])


def by_lambda(function: str) -> set[Right]:
    """What Lambda itself does in a function's name: write its log, and take messages off its queue.

    As in AWS's managed policies AWSLambdaBasicExecutionRole and AWSLambdaSQSQueueExecutionRole. The log's group is the
    template's, so nobody has to create one.
    """
    words = function.title().replace("_", "") if function != API else "APIHandler"
    does = {Right(function, f"logs:{action}", f"{words}Log") for action in ("CreateLogStream", "PutLogEvents")}
    if function in ("transactional", "broadcast", "feedback"):
        listens = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        does |= {Right(function, f"sqs:{action}", f"{words}Queue") for action in listens}
    return does


def needed(operation: str, asked: dict[str, Any]) -> set[tuple[str, str]]:
    """Actions and resources that AWS checks for one call (its service authorization reference).

    Raises ``KeyError`` for an unknown one.
    """
    match operation:
        case "TransactWriteItems":
            # Checked as its parts; there is no action of its own.
            names = {
                "Put": "PutItem",
                "Update": "UpdateItem",
                "Delete": "DeleteItem",
                "ConditionCheck": "ConditionCheckItem",
            }
            return {(f"dynamodb:{names[verb]}", "Table") for item in asked["TransactItems"] for verb in item}
        case "Query" if "IndexName" in asked:
            return {("dynamodb:Query", f"${{Table.Arn}}/index/{asked['IndexName']}")}
        case "GetItem" | "BatchGetItem" | "Query" | "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem":
            return {(f"dynamodb:{operation}", "Table")}
        case "SendMessage" | "SendMessageBatch":
            return {("sqs:SendMessage", f"{_last_word(asked['QueueUrl'])}Queue")}
        case "GetAccount" | "DeleteSuppressedDestination":
            return {(f"ses:{operation}", "*")}  # AWS knows no resource for them
        case "SendEmail":
            # SES checks the call's own action and the one of its first version that does this work; it answers
            # "not authorized to perform ses:SendRawEmail" to this call where only ses:SendEmail is allowed.
            (kind,) = asked["Content"]
            first = {"Raw": "SendRawEmail", "Simple": "SendEmail", "Template": "SendTemplatedEmail"}[kind]
            return _mailing({"ses:SendEmail", f"ses:{first}"}, asked)
        case "SendBulkEmail":
            # The same, and a template's right even where the template is given inline and has no name.
            actions = {"ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"}
            return _mailing(actions, asked) | {(action, "template/*") for action in actions}
    raise KeyError(f"{operation}: say in tests/rights.py what AWS checks for it")


def _mailing(actions: set[str], asked: dict[str, Any]) -> set[tuple[str, str]]:
    configuration = f"configuration-set/${{{_last_word(asked['ConfigurationSetName'])}Mail}}"
    return {(action, resource) for action in actions for resource in (*IDENTITIES, configuration)}


def _last_word(name: str) -> str:
    return name.rpartition("-")[2].title()


_running: ContextVar[str] = ContextVar("_running", default="")


class Recorder:
    """Hears every call of the clients it listens to that is made while a function runs."""

    def __init__(self) -> None:
        self.asked: set[Right] = set()
        self.operations: set[str] = set()
        self.requests: set[tuple[str, str]] = set()

    def listen(self, client: Any) -> None:
        client.meta.events.register("provide-client-params", self.hear)

    def hear(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        if function := _running.get():
            self.operations.add(model.name)
            self.asked |= {Right(function, *what) for what in needed(model.name, params)}

    def forget(self) -> None:
        self.asked, self.operations, self.requests = set(), set(), set()

    def not_granted(self) -> list[str]:
        return [f"{right} is called and not allowed: add it there" for right in sorted(self.asked - granted())]


RECORDER = Recorder()
"""One a process, as the clients are."""


@contextmanager
def running(function: str) -> Iterator[None]:
    """What is asked of AWS meanwhile is asked by this function."""
    before = _running.set(function)
    try:
        yield
    finally:
        _running.reset(before)


class Running(Function):
    """A handler that is listened to."""

    def __call__(self, event: dict[str, Any]) -> Any:
        with running(self.name):
            return super().__call__(event)


class Asking(TestHTTPClient):
    """Requests to the function behind API Gateway, which is listened to."""

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> HTTPResponse:
        RECORDER.requests.add((method.upper(), path.partition("?")[0]))
        with running(API):
            return super().request(method, path, headers, body)
