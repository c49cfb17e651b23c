"""Calls to the local site over real HTTP: the admin API with its key, and any other address."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urljoin

_PATIENCE = 120
_FAILED = 400


class Unexpected(Exception):
    """The system answered something else than it should. ``status`` is that of the answer, where one is at hand."""

    def __init__(self, what: str, status: int = 0) -> None:
        self.status = status
        super().__init__(what)


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer to look at."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Client:
    def __init__(self, url: str, admin_key: str) -> None:
        self.url = url
        self._key = admin_key
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)

    def api(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A call to ``/api/v1``. Raises ``Unexpected`` with the problem."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        status, answer = self.send(method, f"/api/v1{path}", data, headers)
        if status >= _FAILED:
            raise Unexpected(f"{method} {path}: {status} {answer}", status)
        found: dict[str, Any] = json.loads(answer)
        return found

    def send(
        self, method: str, address: str, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and text of the answer. ``address`` is a path of the site, or a whole URL."""
        request = urllib.request.Request(urljoin(self.url, address), data, dict(headers or {}), method=method)
        try:
            answer: HTTPResponse
            with self._opener.open(request, timeout=_PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
