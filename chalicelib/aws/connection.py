"""HTTP/1.1 to one endpoint, over connections of urllib3 that stay open.

urllib3 keeps the pool, notices what the other side has closed, and speaks TLS; requests are written and responses read
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

LONGEST_LINE, MOST_FIELDS = 65_536, 100
CONTINUE = 100


class _Connection(HTTPConnection):
    """HTTP/1.1 (RFC 9112) as AWS speaks it: a request in one piece, a response of known length or in chunks.

    ``http.client`` reads the headers of each response as those of a mail, by the parser for mails.
    """

    _reader: BinaryIO | None = None

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **_: Any) -> None:
        lines = [f"{method} {url} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        head = "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode("latin-1")
        if self.sock is None:
            self.connect()
        self.sock.sendall(head + body)

    def getresponse(self) -> Any:
        self.sock.settimeout(self.timeout)
        if self._reader is None:
            self._reader = self.sock.makefile("rb")
        reader, status = self._reader, CONTINUE
        while status == CONTINUE:
            status, headers = _status(reader.readline(LONGEST_LINE)), _fields(reader)
        content, is_whole = _content(reader, headers)
        if not is_whole or headers.get("connection", "").lower() == "close":
            self.close()
        return urllib3.HTTPResponse(content, headers, status, preload_content=False)

    def close(self) -> None:
        super().close()
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _status(line: bytes) -> int:
    if not line:
        raise RemoteDisconnected("The connection was closed without an answer.")
    version, status, *_ = [*line.split(None, 2), b"", b""]
    if not version.startswith(b"HTTP/1."):
        raise BadStatusLine(repr(line))
    return _number(status)


def _number(digits: bytes | str, base: int = 10) -> int:
    try:
        return int(digits, base)
    except ValueError as error:
        raise HTTPException(f"Not a number: {digits!r}") from error


def _fields(reader: BinaryIO) -> dict[str, str]:
    """By names in lower case."""
    found: dict[str, str] = {}
    for _ in range(MOST_FIELDS):
        line = reader.readline(LONGEST_LINE)
        if line in (b"\r\n", b"\n"):
            return found
        name, _, value = line.decode("latin-1").partition(":")
        found[name.lower()] = value.strip()
    raise HTTPException("The headers do not end.")


def _content(reader: BinaryIO, fields: Mapping[str, str]) -> tuple[bytes, bool]:
    """And whether its end was found without the end of the connection."""
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return _chunks(reader), True
    if "content-length" not in fields:
        return reader.read(), False
    return _exactly(reader, _number(fields["content-length"])), True


def _exactly(reader: BinaryIO, length: int) -> bytes:
    content = reader.read(length)
    if len(content) < length:
        raise IncompleteRead(content, length - len(content))
    return content


def _chunks(reader: BinaryIO) -> bytes:
    """RFC 9112 §7.1."""
    chunks = []
    while length := _number(reader.readline(LONGEST_LINE).partition(b";")[0], 16):
        chunks.append(_exactly(reader, length))
        reader.readline(LONGEST_LINE)
    _fields(reader)
    return b"".join(chunks)


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def pool_of(url: str, config: Any, ca_bundle: str) -> urllib3.HTTPConnectionPool:
    parts = urlsplit(url)
    shared: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port,
        "timeout": urllib3.Timeout(connect=config.connect_timeout, read=config.read_timeout),
        "maxsize": config.max_pool_connections,
    }
    if parts.scheme == "https":
        return _TlsPool(**shared, cert_reqs="CERT_REQUIRED", ca_certs=ca_bundle)
    return _Pool(**shared)
