"""The calls that every mail and registration make, without most of what botocore does for each of them.

A call goes in by boto3's method and comes out as its answer or its exception. In between, botocore is asked for little:
the parameters are set aside where clients may change them (``provide-client-params``), and the answer is given where
botocore's Stubber gives its own (``before-call``). Calls that are not listed here are botocore's as before.

What is kept of botocore: its configuration (endpoint, time-outs, attempts, CA bundle), its credentials and renewal,
its events (also ``before-send``, which may answer in a server's place), its parsers for errors, its exceptions.
``docs/decisions/0008-fast-calls.md`` says what this costs and when to drop it.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import time
import zlib
from collections.abc import Mapping
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast
from urllib.parse import urlsplit

import msgspec
import urllib3
from botocore import exceptions as failed
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies
from urllib3 import exceptions as wrong
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from botocore.session import Session

LONGEST_LINE, MOST_FIELDS = 65_536, 100

ASIDE = "set-aside-for-fast-calls"
"""Where a call's context keeps its parameters."""

UNSIGNED = {"User-Agent": "kaffeepause", "Accept-Encoding": "identity"}
TRACE = "X-Amzn-Trace-Id"
"""By it Lambda finds functions that call themselves for ever."""

OURS: dict[str, dict[str, str]] = {
    "dynamodb": dict.fromkeys(
        ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"), "/"
    ),
    "sqs": dict.fromkeys(("SendMessage", "SendMessageBatch"), "/"),
    "sesv2": {"SendEmail": "/v2/email/outbound-emails", "SendBulkEmail": "/v2/email/outbound-bulk-emails"},
}
"""By service and operation: the path. All of them are POSTs of JSON."""

MOST_ATTEMPTS = 4
"""Where the client does not say; botocore's standard mode takes three."""

LONGEST_WAIT = 2.0
"""Seconds between two attempts."""

BUSY = {
    "BandwidthLimitExceeded",
    "InternalError",
    "InternalServerError",
    "LimitExceededException",
    "OverLimit",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
}
"""Codes of errors after which the same call may succeed a moment later."""

CONTINUE, FIRST_ERROR = 100, 300
PASSING = {429, 500, 502, 503, 504, 509}


class Signer:
    """AWS Signature Version 4 of a POST without a query, as botocore signs it.

    The key of a day is derived once: four of the five digests of a signature.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    def __init__(self, service: str, region: str) -> None:
        self._service, self._region = service, region
        self._derived: tuple[str, str, bytes] = ("", "", b"")

    def sign(self, path: str, headers: dict[str, str], body: bytes, credentials: Any, moment: str) -> None:
        """Add to ``headers``, whose names are in lower case and which have the ``host``, what proves who asks.

        ``moment`` is now, as in ``20270310T143000Z``: AWS compares it with its own clock, whatever ours shows.
        """
        headers["x-amz-date"] = moment
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        names = sorted(headers)
        listed = ";".join(names)
        canonical = "\n".join(
            ("POST", path, "", *[f"{name}:{headers[name]}" for name in names], "", listed, _sha256(body))
        )
        day = moment[:8]
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{_sha256(canonical.encode())}"
        signature = hmac.digest(self._key(credentials.secret_key, day), text.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, SignedHeaders={listed}, "
            f"Signature={signature}"
        )

    def _key(self, secret: str, day: str) -> bytes:
        known_secret, known_day, key = self._derived
        if (known_secret, known_day) != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._derived = (secret, day, key)
        return key


def _moment() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Answer(NamedTuple):
    """A response."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


class FastCalls:
    """Answers the calls of one client that are listed in ``OURS``. Made by ``quicken``."""

    def __init__(self, client: Any, session: Session) -> None:
        model, config = client.meta.service_model, client.meta.config
        self._events, self._session, self._service = client.meta.events, session, model.service_id.hyphenize()
        self._url = client.meta.endpoint_url
        self._signer = Signer(model.signing_name, client.meta.region_name)
        self._parser = session.get_component("response_parser_factory").create_parser(model.resolved_protocol)
        self._attempts = int(config.retries.get("total_max_attempts", MOST_ATTEMPTS))
        self._pool = _pool(self._url, config, str(get_cert_path(session.get_config_variable("ca_bundle") or True)))
        target = model.metadata.get("targetPrefix")
        self._heads = {operation: self._head(model, target, operation) for operation in OURS[model.service_name]}
        self._paths = OURS[model.service_name]

    def _head(self, model: Any, target: str | None, operation: str) -> dict[str, str]:
        """The headers that all calls of one kind have."""
        head = {"host": urlsplit(self._url).netloc, "content-type": "application/json"}
        if target:
            head |= {"content-type": f"application/x-amz-json-{model.metadata['jsonVersion']}"}
            head |= {"x-amz-target": f"{target}.{operation}"}
        if "awsQueryCompatible" in model.metadata:
            head["x-amzn-query-mode"] = "true"
        return head

    def set_aside(self, model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any] | None:
        """For ``provide-client-params``: leaves nothing to botocore's serialiser.

        What it adds of its own to the empty parameters (the token by which DynamoDB knows a transaction that comes
        again) is kept as well.
        """
        if model.name not in self._paths:
            return None
        added: dict[str, Any] = {}
        context[ASIDE] = (params, added)
        return added

    def answer(
        self, model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any
    ) -> tuple[Answer, dict[str, Any]] | None:
        """For ``before-call``: the response and what the caller gets; None where botocore is to do it.

        ``params`` is the request as botocore has prepared it, without a body. Raises botocore's exceptions where no
        response comes.
        """
        if ASIDE not in context:
            return None
        given, added = context[ASIDE]
        body = msgspec.json.encode({**given, **added})
        trace = params["headers"].get(TRACE)
        attempt = 1
        while True:
            is_last = attempt == self._attempts
            try:
                response = self._send(model.name, body, trace)
                parsed = self._parsed(model, response)
            except (failed.HTTPClientError, failed.ConnectionError):
                if is_last:
                    raise
            else:
                told = {"RetryAttempts": attempt - 1} | ({"MaxAttemptsReached": True} if is_last else {})
                parsed["ResponseMetadata"] |= told
                if is_last or not _is_passing(response, parsed):
                    return response, parsed
            # Full jitter, so that those who collided do not meet again.
            time.sleep(random.uniform(0, min(LONGEST_WAIT, 0.05 * 2**attempt)))  # noqa: S311  # not a secret
            attempt += 1

    def _send(self, operation: str, body: bytes, trace: str | None) -> Answer:
        path = self._paths[operation]
        credentials = self._session.get_credentials()
        if credentials is None:
            raise failed.NoCredentialsError
        headers = self._heads[operation].copy()
        self._signer.sign(path, headers, body, credentials.get_frozen_credentials(), _moment())
        headers |= UNSIGNED
        if trace:
            headers[TRACE] = trace
        request: Any = AWSPreparedRequest("POST", self._url + path, cast("Any", headers), body, stream_output=False)
        _, elsewhere = self._events.emit_until_response(f"before-send.{self._service}.{operation}", request=request)
        if elsewhere is not None:
            return Answer(elsewhere.status_code, elsewhere.headers, elsewhere.content)
        return self._ask(path, request)

    def _ask(self, path: str, request: Any) -> Answer:
        """Over a connection that stays open, or anew where the other side has closed it meanwhile."""
        url = request.url
        try:
            found = self._pool.urlopen("POST", path, request.body, request.headers, retries=False)
        except wrong.SSLError as error:
            raise failed.SSLError(endpoint_url=url, error=error) from error
        except (wrong.NewConnectionError, wrong.NameResolutionError) as error:
            raise failed.EndpointConnectionError(endpoint_url=url, error=error) from error
        except wrong.ConnectTimeoutError as error:
            raise failed.ConnectTimeoutError(endpoint_url=url, error=error) from error
        except wrong.ReadTimeoutError as error:
            raise failed.ReadTimeoutError(endpoint_url=url, error=error) from error
        except wrong.ProtocolError as error:
            raise failed.ConnectionClosedError(endpoint_url=url, error=error, request=request) from error
        except wrong.HTTPError as error:
            raise failed.HTTPClientError(error=error) from error
        return Answer(found.status, found.headers, found.data)

    def _parsed(self, model: Any, response: Answer) -> dict[str, Any]:
        if response.status_code >= FIRST_ERROR:
            return self._parsed_error(model, response)
        try:
            parsed: dict[str, Any] = msgspec.json.decode(response.content) if response.content else {}
        except msgspec.DecodeError as error:
            raise failed.HTTPClientError(error=error) from error
        parsed["ResponseMetadata"] = {
            "HTTPStatusCode": response.status_code,
            "RequestId": response.headers.get("x-amzn-requestid", ""),
        }
        return parsed

    def _parsed_error(self, model: Any, response: Answer) -> dict[str, Any]:
        """By botocore's parsers: the code and message of every error, and the fields that this kind of error has."""
        said = {
            "status_code": response.status_code,
            "headers": HeadersDict(response.headers),
            "body": response.content,
            "context": {"operation_name": model.name},
        }
        parsed: dict[str, Any] = self._parser.parse(said, model.output_shape)
        shape = model.service_model.shape_for_error_code(parsed["Error"].get("Code", ""))
        if shape is not None:
            parsed.update(self._parser.parse(said, shape))
        return parsed


def _is_passing(response: Answer, parsed: dict[str, Any]) -> bool:
    """Whether the same call may succeed a moment later: a server in trouble, too much at once, an answer that was
    damaged on its way (DynamoDB sends its checksum)."""
    if response.status_code < FIRST_ERROR:
        told = response.headers.get("x-amz-crc32")
        return told is not None and zlib.crc32(response.content) != int(told)
    return response.status_code in PASSING or parsed["Error"].get("Code") in BUSY


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


def _pool(url: str, config: Any, ca_bundle: str) -> urllib3.HTTPConnectionPool:
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


def quicken(client: Any, session: Session) -> None:
    """Let ``client`` make the calls that are listed in ``OURS`` in this way, unless something stands between us and AWS
    that botocore knows how to pass."""
    if client.meta.service_model.service_name in OURS and not get_environ_proxies(client.meta.endpoint_url):
        fast = FastCalls(client, session)
        client.meta.events.register("provide-client-params", fast.set_aside)
        client.meta.events.register("before-call", fast.answer)
