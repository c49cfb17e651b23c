"""The calls that every mail and registration make, without most of what botocore does for each of them.

A call goes in by boto3's method and comes out as its answer or its exception. In between, botocore is asked for little:
the parameters are set aside where clients may change them (``provide-client-params``), and the answer is given where
botocore's Stubber gives its own (``before-call``). Calls that are not listed here are botocore's as before.

What is kept of botocore: its configuration (endpoint, time-outs, attempts, CA bundle), its credentials and renewal,
its events (also ``before-send``, which may answer in a server's place), its parsers for errors, its exceptions.
``docs/decisions/0008-fast-calls.md`` says what this costs and when to drop it.
"""

from __future__ import annotations

import random
import time
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

import msgspec
from botocore import exceptions as failed
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies
from urllib3 import exceptions as wrong

from chalicelib.aws.connection import pool_of
from chalicelib.aws.signing import Signer, moment_now

if TYPE_CHECKING:
    from botocore.session import Session

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

FIRST_ERROR = 300
PASSING = {429, 500, 502, 503, 504, 509}


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
        self._url = client.meta.endpoint_url.rstrip("/")
        self._signer = Signer(model.signing_name, client.meta.region_name)
        self._parser = session.get_component("response_parser_factory").create_parser(model.resolved_protocol)
        self._attempts = int(config.retries.get("total_max_attempts", MOST_ATTEMPTS))
        self._pool = pool_of(self._url, config, str(get_cert_path(session.get_config_variable("ca_bundle") or True)))
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
        self._signer.sign(path, headers, body, credentials.get_frozen_credentials(), moment_now())
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


def quicken(client: Any, session: Session) -> None:
    """Let ``client`` make the calls that are listed in ``OURS`` in this way, unless something stands between us and AWS
    that botocore knows how to pass: a proxy, or a path before AWS's own."""
    url = client.meta.endpoint_url
    is_direct = urlsplit(url).path in ("", "/") and not get_environ_proxies(url)
    if client.meta.service_model.service_name in OURS and is_direct:
        fast = FastCalls(client, session)
        client.meta.events.register("provide-client-params", fast.set_aside)
        client.meta.events.register("before-call", fast.answer)
