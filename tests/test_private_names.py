"""What we override or use of libraries although they do not promise it: an upgrade that renames any of it, or calls it
otherwise, fails here.

The repairs of moto have tests of their own (``tests/local/test_repairs.py``), which try each of them.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Condition
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from chalice import Chalice
from chalice.test import Client
from moto.core.serialize import DEFAULT_ALIAS_PROVIDERS, ResponseSerializer, XFormedAttributePicker
from moto.core.utils import get_service_model
from moto.sqs.models import Queue

from chalicelib.aws.clients import LeanClients
from local.aws.deployment import ROOT
from local.aws.surroundings import ACCOUNT, REGION

OURS = ("chalicelib", "local", "bench", "infra")

OVERRIDDEN = {"chalicelib.aws.clients.PlainJSON._handle_json_body"}
USED = {
    "_handle_json_body",  # botocore's, by the override itself
    "_messages",
    "_messages_lock",
    "_value_picker",
}
"""Names that begin with an underscore, of objects that are not our own. Those of tests are checked below as well."""

PROMISED = {"_replace", "_asdict", "_fields", "_exit"}
"""Documented in spite of the underscore: of ``NamedTuple`` and ``os``."""


def modules() -> Iterator[Path]:
    for folder in OURS:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if path.name != "__main__.py")


def overrides() -> Iterator[tuple[str, Any, Any]]:
    """Each private method that a class of ours overrides in one of a library: its name, ours and theirs."""
    for path in modules():
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for ours in vars(module).values():
            if not inspect.isclass(ours) or ours.__module__ != module.__name__:
                continue
            for base in ours.__mro__[1:]:
                if base.__module__.split(".")[0] not in (*OURS, "builtins", "typing", "enum"):
                    for name in vars(ours).keys() & vars(base).keys():
                        if name.startswith("_") and not name.startswith("__"):
                            yield f"{ours.__module__}.{ours.__name__}.{name}", vars(ours)[name], vars(base)[name]


def used(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr):
            of = ast.unparse(node.value)
            if of not in ("self", "cls"):
                yield node.attr


def test_private_methods_that_we_override_are_there_and_called_as_ours_are() -> None:
    found = {name: (ours, theirs) for name, ours, theirs in overrides()}
    assert set(found) == OVERRIDDEN
    for ours, theirs in found.values():
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)


def test_no_other_private_name_is_used() -> None:
    found = {name for path in modules() for name in used(ast.parse(path.read_text("utf-8")))}
    assert found - PROMISED == USED


class Raw:
    """The body of an answer, as botocore reads it."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = json.dumps(body).encode()

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


def answered(service: str, operation: str, body: dict[str, Any], **asked: Any) -> dict[str, Any]:
    """What one of our clients makes of an answer of AWS."""
    client = LeanClients().client(service, region_name=REGION)
    client.meta.events.register("before-send", lambda **_: AWSResponse("", 200, {}, Raw(body)))
    found: dict[str, Any] = getattr(client, operation)(**asked)
    return found


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def test_answers_of_dynamodb_and_sqs_are_handed_out_as_they_came() -> None:
    """Else botocore walks through them again, member by member, and leaves out those that its model does not know."""
    body = {"Item": {"pk": {"S": "one"}}, "Unknown": [1]}
    found = answered("dynamodb", "get_item", body, TableName="table", Key={"pk": {"S": "one"}})
    assert (found["Item"], found["Unknown"]) == (body["Item"], [1])
    assert answered("sqs", "get_queue_url", {"QueueUrl": "url", "Unknown": 1}, QueueName="queue")["Unknown"] == 1


def test_answers_of_ses_are_read_by_botocore() -> None:
    """It speaks REST, where a part of an answer may be in the headers."""
    found = answered("sesv2", "get_account", {"SendingEnabled": True, "Unknown": 1})
    assert found["SendingEnabled"] is True
    assert "Unknown" not in found


def test_a_client_identifies_itself_briefly_and_does_not_check_what_is_typed_already() -> None:
    client = LeanClients().client("dynamodb", region_name=REGION)
    sent: list[str] = []

    def heard(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.headers["User-Agent"])
        return AWSResponse("", 200, {}, Raw({}))

    client.meta.events.register("before-send", heard)
    client.get_item(TableName="table")
    assert sent == ["kaffeepause"]


def test_moto_s_queues_keep_messages_where_we_look_for_them() -> None:
    queue = Queue("queue", REGION, ACCOUNT)
    assert (queue._messages, queue._pending_messages) == ([], set())
    assert isinstance(queue._messages_lock, Condition)


def test_moto_s_answers_look_up_values_where_we_do() -> None:
    picker = XFormedAttributePicker()
    serializer = ResponseSerializer(get_service_model("sqs").operation_model("SendMessage"), value_picker=picker)
    assert serializer._value_picker is picker
    assert picker.response_transformers == {}
    assert picker.alias_providers is DEFAULT_ALIAS_PROVIDERS


def test_chalice_s_test_client_keeps_what_tests_replace() -> None:
    client = Client(Chalice("some"))
    assert client._http_client is None
    assert client.http is client._http_client
    assert isinstance(inspect.getattr_static(client, "_chalice_config"), property)
