"""What every answer carries, and how Chalice's own errors are said in our words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Request, Response

from chalicelib.web.problems import problem

SECURITY = {
    # Pages load our style sheet and nothing else; no script runs, no other site frames them.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}

FIRST_ERROR = 400


def answered_well(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Security headers on everything; Chalice's ``{"Code": …}`` errors (405, 500) as RFC 9457 problems."""
    response = get_response(request)
    if response.status_code >= FIRST_ERROR and isinstance(response.body, dict):
        allow = {name: value for name, value in response.headers.items() if name.lower() == "allow"}
        response = problem(response.status_code, _detail(response.body, response.status_code))
        response.headers |= allow
    response.headers = {**SECURITY, **response.headers}
    return response


def _detail(body: dict[str, Any], status: int) -> str:
    """Nothing of a bug's insides is shown."""
    return "Something went wrong on our side; it has been noted." if status >= 500 else str(body.get("Message", ""))  # noqa: PLR2004
