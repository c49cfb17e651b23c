"""Calls that botocore does not make itself: the same requests, answers and exceptions, and nothing weaker."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import exceptions as failed
from botocore.credentials import RefreshableCredentials

from bench import tls as bench_tls
from chalicelib.aws import fast_calls
from chalicelib.aws.clients import LeanClients
from chalicelib.aws.fast_calls import OURS

REGION = "eu-central-1"
ONCE: dict[str, Any] = {"retries": {"total_max_attempts": 1, "mode": "standard"}}
WELL = (200, b'{"Item": {"pk": {"S": "one"}}}', {})

CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "GetItem": ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "ä"}}, "ConsistentRead": True}),
    "BatchGetItem": ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [{"pk": {"S": "1"}}]}}}),
    "Query": ("dynamodb", "query", {"TableName": "t", "KeyConditionExpression": "pk = :pk", "Limit": 3,
                                    "ExpressionAttributeValues": {":pk": {"S": "\u2028"}}}),
    "PutItem": ("dynamodb", "put_item", {"TableName": "t", "Item": {"pk": {"S": "🎉"}, "n": {"N": "1"}}}),
    "UpdateItem": ("dynamodb", "update_item", {"TableName": "t", "Key": {"pk": {"S": "1"}},
                                               "UpdateExpression": "ADD n :one"}),
    "DeleteItem": ("dynamodb", "delete_item", {"TableName": "t", "Key": {"pk": {"S": "1"}}}),
    "TransactWriteItems": ("dynamodb", "transact_write_items", {
        "TransactItems": [{"Put": {"TableName": "t", "Item": {"pk": {"S": "1"}}}}]}),
    "SendMessage": ("sqs", "send_message", {"QueueUrl": "https://q", "MessageBody": "é", "DelaySeconds": 3}),
    "SendMessageBatch": ("sqs", "send_message_batch", {"QueueUrl": "https://q",
                                                       "Entries": [{"Id": "0", "MessageBody": "{}"}]}),
    "SendEmail": ("sesv2", "send_email", {"FromEmailAddress": "a@example.org",
                                          "Destination": {"ToAddresses": ["b@example.org"]},
                                          "Content": {"Raw": {"Data": b"Subject: x\r\n\r\n\xff"}}}),
    "SendBulkEmail": ("sesv2", "send_bulk_email", {
        "FromEmailAddress": "a@example.org",
        "DefaultContent": {"Template": {"TemplateContent": {"Subject": "x"}, "TemplateData": "{}",
                                        "Attachments": [{"RawContent": b"\x00\xff", "FileName": "x.ics"}]}},
        "BulkEmailEntries": [{"Destination": {"ToAddresses": ["b@example.org"]}}]}),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    for name in (
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
    ):
        monkeypatch.delenv(name, raising=False)


# A server that says what it is told to

Said = tuple[int, bytes, dict[str, str]] | str
"""A response, or what happens instead of one: ``close``, ``hang``."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *said: Said, scheme: str = "http") -> None:
        self.said, self.heard, self.connections = list(said), list[tuple[dict[str, str], bytes]](), 0
        self.paths: list[str] = []
        self.scheme, self.released, self.closed = scheme, threading.Event(), threading.Semaphore(0)
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed.release()

    def handle_error(self, *_: Any) -> None:
        """A client that went away is part of some tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        said = self.server.said.pop(0) if len(self.server.said) > 1 else self.server.said[0]
        if said == "hang":
            self.server.released.wait(10)
        if isinstance(said, str):
            self.close_connection = True
            return
        status, content, headers = said
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        if headers.get("X-Then") == "close":
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(*said: Said, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(*said, scheme="https" if tls else "http")
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def client_of(url: str, service: str = "dynamodb", *, plain: bool = False, **config: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        return LeanClients(plain=plain).client(service, **config)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_calls, "LONGEST_WAIT", 0.0)


def get(client: Any) -> Any:
    return client.get_item(TableName="t", Key={"pk": {"S": "1"}})


# Requests


def test_everything_listed_is_tried_here() -> None:
    assert {name for names in OURS.values() for name in names} == set(CALLS)


@pytest.mark.parametrize("operation", sorted(CALLS))
def test_the_request_is_the_one_that_botocore_makes(operation: str) -> None:
    service, method, asked = CALLS[operation]
    with serving((200, b"{}", {})) as server:
        for plain in (True, False):
            getattr(client_of(server.url, service, plain=plain, **ONCE), method)(**asked)
    (theirs, their_body), (ours, our_body) = server.heard
    sent = [json.loads(body) for body in (our_body, their_body)]
    tokens = {one.pop("ClientRequestToken", "") for one in sent}  # of a transaction: another one each time
    assert sent[0] == sent[1]
    assert len(tokens) == (2 if operation == "TransactWriteItems" else 1)
    leave = {"authorization", "x-amz-date", "content-length", "amz-sdk-invocation-id", "amz-sdk-request"}
    assert {name: ours[name] for name in ours.keys() - leave} == {name: theirs[name] for name in theirs.keys() - leave}
    signed = [one["authorization"].partition("SignedHeaders=")[2].partition(",")[0] for one in (theirs, ours)]
    assert set(signed[1].split(";")) == set(signed[0].split(";"))


# Answers and errors

CANCELLED = json.dumps(
    {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{"Code": "ConditionalCheckFailed"}, {"Code": "None"}],
    }
).encode()


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("GetItem", (400, b'{"__type":"x#ResourceNotFoundException","message":"no table"}', {})),
        ("PutItem", (400, b'{"__type":"x#ConditionalCheckFailedException","message":"no","Item":{"a":{"S":"b"}}}', {})),
        ("TransactWriteItems", (400, CANCELLED, {})),
        ("SendMessage", (400, b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"}',
                         {"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"})),
        ("SendEmail", (400, b'{"message":"Email address is not verified."}', {"x-amzn-errortype": "MessageRejected"})),
        ("SendBulkEmail", (429, b'{"message":"slow"}', {"x-amzn-errortype": "TooManyRequestsException:http://x"})),
        ("SendEmail", (503, b"<html>busy</html>", {})),
        ("GetItem", (403, b"", {})),
        ("GetItem", (301, b"elsewhere", {"Location": "/there"})),
    ],
)  # fmt: skip
def test_an_error_is_the_one_that_botocore_raises(operation: str, said: Said) -> None:
    service, method, asked = CALLS[operation]
    raised = []
    with serving(said) as server:
        for plain in (True, False):
            client = client_of(server.url, service, plain=plain, **ONCE)
            with pytest.raises(failed.ClientError) as error:
                getattr(client, method)(**asked)
            answer = dict(error.value.response)
            del answer["ResponseMetadata"]
            raised.append((type(error.value).__name__, str(error.value), answer))
    assert raised[1] == raised[0]


def test_an_answer_says_how_often_it_was_asked_for() -> None:
    with serving((500, b"{}", {}), WELL) as server:
        answer = get(client_of(server.url))
    assert answer["Item"] == {"pk": {"S": "one"}}
    assert (answer["ResponseMetadata"]["RetryAttempts"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (1, 200)


@pytest.mark.parametrize(
    "said",
    [
        (500, b'{"__type":"x#InternalServerError"}', {}),
        (503, b"", {}),
        (400, b'{"__type":"x#ThrottlingException"}', {}),
        (400, b'{"__type":"x#ProvisionedThroughputExceededException"}', {}),
        (200, b'{"Item": {}}', {"x-amz-crc32": str(zlib.crc32(b'{"Item": {"pk": {"S": "one"}}}'))}),
        "close",
    ],
)
def test_what_passes_is_tried_again_and_not_by_a_client_that_may_ask_once(said: Said) -> None:
    with serving(said, WELL) as server:
        assert get(client_of(server.url))["Item"] == {"pk": {"S": "one"}}
        assert len(server.heard) == 2
    with serving(said) as server:
        if isinstance(said, str) or said[0] != 200:
            with pytest.raises((failed.ClientError, failed.BotoCoreError)):
                get(client_of(server.url, **ONCE))
        else:
            get(client_of(server.url, **ONCE))
        assert len(server.heard) == 1


def test_it_gives_up_in_the_end() -> None:
    with serving((503, b"", {})) as server, pytest.raises(failed.ClientError):
        get(client_of(server.url))
    assert len(server.heard) == fast_calls.MOST_ATTEMPTS


def test_a_transaction_that_is_tried_again_carries_the_same_token() -> None:
    _, method, asked = CALLS["TransactWriteItems"]
    with serving((500, b"{}", {}), (200, b"{}", {})) as server:
        getattr(client_of(server.url), method)(**asked)
    first, second = (json.loads(body)["ClientRequestToken"] for _, body in server.heard)
    assert first == second


def test_what_is_refused_is_not_tried_again() -> None:
    with serving((400, b'{"__type":"x#ValidationException"}', {})) as server, pytest.raises(failed.ClientError):
        get(client_of(server.url))
    assert len(server.heard) == 1


# The network


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("service", ["dynamodb", "sesv2"])
def test_nobody_there_is_botocores_error(service: str) -> None:
    operation = {"dynamodb": "GetItem", "sesv2": "SendEmail"}[service]
    _, method, asked = CALLS[operation]
    with pytest.raises(failed.EndpointConnectionError):
        getattr(client_of(f"http://127.0.0.1:{closed_port()}", service, **ONCE), method)(**asked)


def test_an_answer_that_does_not_come_in_time_is_botocores_error() -> None:
    with serving("hang") as server:
        with pytest.raises(failed.ReadTimeoutError):
            get(client_of(server.url, read_timeout=0.2, **ONCE))
        server.released.set()


def test_a_connection_that_is_closed_instead_of_an_answer_is_botocores_error() -> None:
    with serving("close") as server, pytest.raises(failed.ConnectionClosedError):
        get(client_of(server.url, **ONCE))


def test_an_answer_that_is_no_json_is_botocores_error() -> None:
    with serving((200, b"<html>", {})) as server, pytest.raises(failed.BotoCoreError):
        get(client_of(server.url, **ONCE))


def test_a_connection_is_used_again() -> None:
    with serving(WELL) as server:
        client = client_of(server.url, **ONCE)
        for _ in range(5):
            get(client)
    assert (len(server.heard), server.connections) == (5, 1)


@pytest.mark.parametrize("version", [None, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_connection_that_the_other_side_closed_while_idle_is_made_anew(
    version: ssl.TLSVersion | None, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each mail is one request all the same."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    tls = None
    if version:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.minimum_version = tls.maximum_version = version
        tls.load_cert_chain(certificate)
    with serving((200, b'{"MessageId": "1"}', {"X-Then": "close"}), tls=tls) as server:
        client = client_of(server.url, "sesv2", **ONCE)
        for number in range(4):
            assert client.send_email(**CALLS["SendEmail"][2])["MessageId"] == "1"
            assert len(server.heard) == number + 1
            assert server.closed.acquire(timeout=10)
    assert server.connections == 4


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serving(WELL, tls=tls) as server, pytest.raises(failed.SSLError):
        get(client_of(server.url, **ONCE))
    assert server.heard == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bench_tls.certificate(tmp_path_factory.mktemp("tls"))


def answering(raw: bytes) -> Iterator[str]:
    """The address of a server that answers each connection with these bytes, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    with listener.accept()[0] as connection:
                        connection.recv(65_536)
                        connection.sendall(raw)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


BODY = b'{"Item": {"pk": {"S": "one"}}}'


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\ncontent-LENGTH:30\r\nConnection: close\r\n\r\n" + BODY,
        b"HTTP/1.0 200\r\n\r\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7;a=b\r\n" + BODY[:7] + b"\r\n17\r\n" + BODY[7:]
        + b"\r\n0\r\nTrailer: x\r\n\r\n",
    ],
    ids=["plain", "closing", "no length", "continue", "chunks"],
)  # fmt: skip
def test_a_response_is_read_however_it_is_spelled(raw: bytes) -> None:
    for url in answering(raw):
        assert get(client_of(url, **ONCE))["Item"] == {"pk": {"S": "one"}}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1e\r\n" + BODY[:9],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 fine\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200,
    ],
)
def test_half_a_response_is_no_answer(raw: bytes) -> None:
    """Whatever the caller was to do about it: a mail may have been sent."""
    for url in answering(raw):
        with pytest.raises(failed.HTTPClientError):
            get(client_of(url, **ONCE))


# What is around


def test_credentials_that_expire_are_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    issued = iter(["first", "second"])

    def refresh() -> dict[str, str]:
        expires = datetime.now(UTC) + timedelta(minutes=5)
        return {"access_key": next(issued), "secret_key": "s", "token": "t", "expiry_time": expires.isoformat()}

    renewing = RefreshableCredentials.create_from_metadata(refresh(), refresh, "test")
    monkeypatch.setattr(botocore.session.Session, "get_credentials", lambda _: renewing)
    with serving(WELL) as server:
        get(client_of(server.url))
    (headers, _), *_ = server.heard
    assert "Credential=second/" in headers["authorization"]
    assert headers["x-amz-security-token"] == "t"


def test_without_credentials_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.session.Session, "get_credentials", lambda _: None)
    with serving(WELL) as server, pytest.raises(failed.NoCredentialsError):
        get(client_of(server.url))
    assert server.heard == []


def test_lambda_can_still_find_a_function_that_calls_itself_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "kaffeepause")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1")
    with serving(WELL) as server:
        get(client_of(server.url))
    assert server.heard[0][0]["x-amzn-trace-id"] == "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1"


def test_behind_a_proxy_every_call_is_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = LeanClients().client("dynamodb")
    heard = client.meta.events.emit("provide-client-params.dynamodb.GetItem", params={}, model=None, context={})
    assert [answer for _, answer in heard if answer is not None] == []


@pytest.mark.parametrize("ending", ["/before", "/before/"])
def test_where_an_endpoint_has_a_path_every_call_is_botocores(ending: str) -> None:
    with serving(WELL) as server:
        client = client_of(server.url + ending)
        heard = client.meta.events.emit("provide-client-params.dynamodb.GetItem", params={}, model=None, context={})
        assert [answer for _, answer in heard if answer is not None] == []
        assert get(client)["Item"] == {"pk": {"S": "one"}}
    assert server.paths == [ending]


def test_a_slash_at_the_end_of_an_endpoint_is_no_path() -> None:
    with serving(WELL) as server:
        get(client_of(server.url + "/"))
    assert server.paths == ["/"]


@pytest.mark.parametrize("plain", [True, False])
def test_what_hears_a_call_hears_it_before_and_after(plain: bool) -> None:
    heard: list[str] = []
    with serving(WELL) as server:
        client = client_of(server.url, plain=plain)
        for event in ("provide-client-params", "before-call", "before-send", "after-call"):
            client.meta.events.register(event, lambda event_name, **_: heard.append(event_name.partition(".")[0]))
        get(client)
    assert list(dict.fromkeys(heard)) == (
        ["provide-client-params", "before-call", "before-send", "after-call"]
        if plain
        else ["provide-client-params", "before-send", "after-call"]
    )
