"""A canned AWS in a process of its own: DynamoDB, SQS and SES that answer at once, so that what is measured is us.

Besides AWS's protocols it understands ``POST /bench/<verb>``: ``mark`` and ``rewind`` its state, ``record`` and hand
over requests, ``take`` messages from a queue as Lambda would, and ``tell`` what was sent to whom.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from bench.table import Refused, Table

LOOPBACK = "127.0.0.1"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TARGET = re.compile(rb"\r\nx-amz-target: *[A-Za-z]+(?:_\d+)?\.(\w+)", re.IGNORECASE)
RECIPIENT = re.compile(rb'"ToAddresses": ?\["([^"]+)"')
ACCOUNT = msgspec.json.encode(
    {
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "SendQuota": {"Max24HourSend": 1e9, "MaxSendRate": 1e7, "SentLast24Hours": 0.0},
    }
)
PATHS = {
    b"/v2/email/outbound-emails": "SendEmail",
    b"/v2/email/outbound-bulk-emails": "SendBulkEmail",
    b"/v2/email/account": "GetAccount",
}
_encode, _decode = msgspec.json.encode, msgspec.json.decode
Asked = dict[str, Any]


class Aws:
    """Everything there is, in memory. One thread, so every request is atomic."""

    def __init__(self) -> None:
        self.table = Table()
        self.queues: dict[str, deque[tuple[str, str]]] = {}
        self.marked: tuple[Table, dict[str, deque[tuple[str, str]]]] = (Table(), {})
        self.numbers = 0
        self.wanted: frozenset[str] = frozenset()
        self.recorded: list[tuple[str, bytes, bytes]] = []
        self.calls: dict[str, int] = {}
        self.mails = 0
        self.mailed: set[bytes] = set()
        self.sqs: dict[str, Callable[[Asked], bytes]] = {
            "SendMessage": self.send_message,
            "SendMessageBatch": self.send_message_batch,
        }
        self.raw: dict[str, Callable[[bytes], bytes]] = {
            "SendEmail": self.send_email,
            "SendBulkEmail": self.send_bulk_email,
            "GetAccount": lambda _: ACCOUNT,
        }
        self.bench: dict[str, Callable[[Any], Any]] = {
            name: getattr(self, name) for name in ("mark", "rewind", "record", "take", "tell", "multiply", "items")
        }

    def answer(self, operation: str, body: bytes) -> bytes:
        self.calls[operation] = self.calls.get(operation, 0) + 1
        answered = self._answer(operation, body)
        if operation in self.wanted:
            self.recorded.append((operation, body, answered))
        return answered

    def _answer(self, operation: str, body: bytes) -> bytes:
        if operation in self.raw:
            return self.raw[operation](body)
        asked = _decode(body)
        if operation in self.sqs:
            return self.sqs[operation](asked)
        return self.table.answer(_snake(operation), asked)

    def _next(self) -> int:
        self.numbers += 1
        return self.numbers

    # SES

    def send_email(self, body: bytes) -> bytes:
        self._mailed(body)
        return b'{"MessageId":"0107%024d-000000"}' % self._next()

    def send_bulk_email(self, body: bytes) -> bytes:
        results = [
            b'{"Status":"SUCCESS","MessageId":"0107%024d-000000"}' % self._next() for _ in range(self._mailed(body))
        ]
        return b'{"BulkEmailEntryResults":[%b]}' % b",".join(results)

    def _mailed(self, body: bytes) -> int:
        to = RECIPIENT.findall(body)
        self.mails += len(to)
        self.mailed.update(to)
        return len(to)

    # SQS

    def send_message_batch(self, asked: Asked) -> bytes:
        sent = [{"Id": one["Id"], **self._send(asked["QueueUrl"], one["MessageBody"])} for one in asked["Entries"]]
        return _encode({"Successful": sent, "Failed": []})

    def send_message(self, asked: Asked) -> bytes:
        return _encode(self._send(asked["QueueUrl"], asked["MessageBody"]))

    def _queue(self, url: str) -> deque[tuple[str, str]]:
        return self.queues.setdefault(url.rpartition("/")[2], deque())

    def _send(self, url: str, body: str) -> dict[str, str]:
        name = f"message-{self._next()}"
        self._queue(url).append((name, body))
        return {"MessageId": name, "MD5OfMessageBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()}

    # What the benchmarks ask

    def mark(self, _: Any) -> None:
        self.marked = (self.table.copy(), {name: queue.copy() for name, queue in self.queues.items()})

    def rewind(self, _: Any) -> None:
        """Back to the mark; what was counted and recorded is forgotten."""
        table, queues = self.marked
        self.table, self.queues = table.copy(), {name: queue.copy() for name, queue in queues.items()}
        self.mails, self.calls, self.recorded = 0, {}, []
        self.mailed.clear()

    def record(self, operations: list[str]) -> list[tuple[str, str, str]]:
        """Keep these calls and their answers from now on; gives those kept until now. What was refused is not kept."""
        kept, self.recorded, self.wanted = self.recorded, [], frozenset(operations)
        return [(operation, body.decode(), answered.decode()) for operation, body, answered in kept]

    def take(self, asked: dict[str, Any]) -> list[tuple[str, str]]:
        queue = self._queue(asked["queue"])
        return [queue.popleft() for _ in range(min(len(queue), asked["most"]))]

    def tell(self, _: Any) -> dict[str, Any]:
        return {"mails": self.mails, "people": len(self.mailed), "calls": self.calls}

    def multiply(self, asked: dict[str, Any]) -> None:
        self.table.multiply(asked["pk"], asked["sk"], asked["count"])

    def items(self, asked: dict[str, str]) -> list[Any]:
        """The items whose keys begin like this; of a crowd, none."""
        return [
            row.item
            for pk, partition in self.table.partitions.items()
            if pk.startswith(asked["pk"])
            for sk, row in partition.rows.items()
            if sk.startswith(asked.get("sk", ""))
        ]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Connected(asyncio.Protocol):
    """HTTP/1.1 as far as botocore speaks it: one request after the other on a connection that stays."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.received = bytearray()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.received[:end])
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.received) < whole:
                return
            body = bytes(self.received[end + 4 : whole])
            del self.received[:whole]
            self.transport.write(self.answer(head, body))

    def answer(self, head: bytes, body: bytes) -> bytes:
        path = head.split(b" ", 2)[1].partition(b"?")[0]
        try:
            if path.startswith(b"/bench/"):
                asked = _decode(body) if body else None
                return _http(200, _encode(self.aws.bench[path.removeprefix(b"/bench/").decode()](asked)))
            target = TARGET.search(head)
            operation = target[1].decode() if target else PATHS.get(path, path.decode())
            return _http(200, self.aws.answer(operation, body))
        except Refused as refused:
            return _http(400, _encode({"__type": f"com.amazonaws#{refused.kind}", **refused.more}))


def _http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        len(body),
        body,
    )


def serve(certificate: str, ready: Connection) -> None:
    """Serve on two free ports of loopback, tell both through ``ready``, and never return.

    The second speaks TLS with ``certificate``, a PEM file with its key; 0 stands for it where there is none.
    """
    asyncio.run(_serve(certificate, ready))


async def _serve(certificate: str, ready: Connection) -> None:
    aws = Aws()
    plain = await asyncio.get_running_loop().create_server(lambda: Connected(aws), LOOPBACK, 0)
    secured = await _secured(aws, certificate) if certificate else None
    ready.send((_port(plain), _port(secured) if secured else 0))
    await plain.serve_forever()


async def _secured(aws: Aws, certificate: str) -> asyncio.Server:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return await asyncio.get_running_loop().create_server(lambda: Connected(aws), LOOPBACK, 0, ssl=context)


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])
