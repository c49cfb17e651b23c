"""API Gateway, as far as callers see it: routes, the authorizer, and its own answers shaped by
``infra/resources.json``."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from chalice import Chalice
from chalice.config import Config
from chalice.local import (
    ForbiddenError,
    InvalidAuthorizerError,
    LambdaEventConverter,
    LocalChalice,
    LocalGateway,
    MatchResult,
    NotAuthorizedError,
    RouteMatcher,
)
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from local.aws.deployment import Deployment

LARGEST_BODY = 10 * 1024 * 1024

ELSEWHERE = "/{proxy+}"
"""What API Gateway takes for every path that has no other route."""

DEFAULT_ANSWERS = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Authorizer misconfigured"),
    "AUTHORIZER_FAILURE": (500, "Authorizer failed"),
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": (400, "Invalid request parameters"),
    "EXPIRED_TOKEN": (403, "The security token included in the request is expired"),
    "INTEGRATION_FAILURE": (502, "Internal server error"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "INVALID_SIGNATURE": (403, "The request signature we calculated does not match the signature you provided."),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "QUOTA_EXCEEDED": (429, "Limit Exceeded"),
    "REQUEST_TOO_LARGE": (413, "Request Entity Too Large"),
    "RESOURCE_NOT_FOUND": (404, "Not Found"),
    "THROTTLED": (429, "Too Many Requests"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type"),
    "WAF_FILTERED": (403, "Forbidden"),
}
"""Every kind of answer that API Gateway gives by itself (its reference, "Gateway response types"), with
status and message."""


class Matcher(RouteMatcher):
    """Chalice's, which does not know that ``{proxy+}`` stands for a path of any length."""

    def __init__(self, routes: list[str]) -> None:
        super().__init__([route for route in routes if route != ELSEWHERE])
        self._greedy = ELSEWHERE in routes

    def match_route(self, url: str) -> MatchResult:
        """Raises ``ValueError`` where there is no route."""
        try:
            return super().match_route(url)
        except ValueError:
            if not self._greedy:
                raise
        parts = urlsplit(url)
        return MatchResult(ELSEWHERE, {"proxy": parts.path.strip("/")}, parse_qs(parts.query, keep_blank_values=True))


class Gateway:
    """Answers requests by the Chalice application, each in its own thread."""

    def __init__(self, app: Chalice, config: Config, *, deployment: Deployment) -> None:
        _keep_requests_apart(app)
        self._app = app
        self._matcher = Matcher(list(app.routes))
        self._gateway = LocalGateway(app, config)
        self._gateway.event_converter = LambdaEventConverter(self._matcher, app.api.binary_types)
        self._answers = deployment.gateway_responses
        self._compressed_from = deployment.compressed_from

    def answer(self, request: Request) -> Response:
        """Raises ``RequestEntityTooLarge`` where the request has a limit."""
        raw_path = str(request.environ["RAW_URI"])
        if not self._has_route(request.method, raw_path):
            return self.own_answer("MISSING_AUTHENTICATION_TOKEN")
        try:
            answer = self._gateway.handle_request(
                method=request.method,
                path=raw_path,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=self._body(request),
            )
        except NotAuthorizedError:
            return self.own_answer("UNAUTHORIZED")
        except ForbiddenError:
            return self.own_answer("ACCESS_DENIED")
        except InvalidAuthorizerError:
            return self.own_answer("AUTHORIZER_CONFIGURATION_ERROR")
        return self._compressed(request, _response(answer, decoded=self._decodes(request)))

    def own_answer(self, kind: str) -> Response:
        """An answer of API Gateway itself, of its own making or as the deployment shapes it."""
        status, message = DEFAULT_ANSWERS[kind]
        shaped = self._answers.get(kind) or self._answers.get("DEFAULT_5XX" if status >= 500 else "DEFAULT_4XX", {})  # noqa: PLR2004
        status = int(shaped.get("statusCode", status))
        content_type, template = next(
            iter(shaped.get("responseTemplates", {}).items()),
            ("application/json", '{"message":$context.error.messageString}'),
        )
        context = {
            "$context.error.messageString": json.dumps(message),
            "$context.error.message": message,
            "$context.error.responseType": kind,
            "$context.requestId": str(uuid4()),
        }
        body = re.sub(r"\$context\.[A-Za-z.]+[A-Za-z]", lambda match: context.get(match[0], ""), template)
        headers = {"Content-Type": content_type} | {
            name.removeprefix("gatewayresponse.header."): value.removeprefix("'").removesuffix("'")
            for name, value in shaped.get("responseParameters", {}).items()
            if name.startswith("gatewayresponse.header.")
        }
        return Response(body, status=status, headers=headers)

    def _has_route(self, method: str, raw_path: str) -> bool:
        """API Gateway knows methods, not only paths; it has no HEAD and no OPTIONS unless a route says so."""
        try:
            route = self._matcher.match_route(raw_path).route
        except ValueError:
            return False
        return method in self._app.routes[route]

    def _decodes(self, request: Request) -> bool:
        """Whether an answer in base64 is given out as bytes: where the first type in ``Accept`` is a binary one
        (API Gateway's guide, "Return binary media from a Lambda proxy integration")."""
        first = request.headers.get("Accept", "").partition(",")[0].strip()
        return first in self._app.api.binary_types

    def _compressed(self, request: Request, response: Response) -> Response:
        """By gzip, where the deployment says so, the answer is large enough and the request accepts it."""
        content = response.get_data()
        if request.method == "HEAD":
            response.automatically_set_content_length = False
        if self._compressed_from is None or len(content) < self._compressed_from:
            return response
        if "Content-Encoding" not in response.headers and request.accept_encodings.quality("gzip"):
            response.set_data(gzip.compress(content, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
        return response

    def _body(self, request: Request) -> Any:
        """Text, as Lambda gets it; bytes only for the types the API calls binary, which Chalice's gateway
        then encodes."""
        data = request.get_data(cache=False)
        if len(data) > LARGEST_BODY:
            raise RequestEntityTooLarge
        if request.headers.get("Content-Type", "") in self._app.api.binary_types:
            return data or None
        return data.decode("utf-8", "replace") or None


def _keep_requests_apart(app: Chalice) -> None:
    """Chalice keeps the current request on the application, as a Lambda has one at a time; here each thread
    has its own."""
    if not isinstance(app, LocalChalice):
        mixed = type("ThreadedChalice", (LocalChalice, app.__class__), {})
        app.__class__ = mixed


def _response(answer: dict[str, Any], *, decoded: bool) -> Response:
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") and decoded else body
    response = Response(content, status=answer["statusCode"])
    response.headers.clear()
    for name, value in answer["headers"].items():
        response.headers.add(name, str(value))
    for name, values in answer["multiValueHeaders"].items():
        for value in values:
            response.headers.add(name, str(value))
    if "Content-Type" not in response.headers:
        response.headers["Content-Type"] = "application/json"
    return response
