"""The HTTP front: ``/local/…`` is ours, everything else goes to the application as through API Gateway."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_input_stream

from local.aws.gateway import LARGEST_BODY, Gateway
from local.aws.surroundings import LOOPBACK

log = logging.getLogger(__name__)

_BACKLOG = 128
_DISCARD_AT_MOST = 4 * LARGEST_BODY
_PIECE = 64 * 1024


class PortTaken(Exception):
    """Somebody else listens there. The message says what to do."""


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 picks a free one. Raises ``PortTaken``."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except (OSError, OverflowError) as reason:
        listener.close()
        raise PortTaken(
            f"Port {port} cannot be used ({reason}). Choose another: --port 8001, or PORT=8001 with make."
        ) from None
    listener.listen(_BACKLOG)
    return listener


class SiteRequest(Request):
    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        # A body without a length is cut off at the limit without a word: one byte more shows the gateway that it is too
        # large.
        self.max_content_length = LARGEST_BODY + (self.content_length is None)


class Site:
    """The WSGI application. A bug is logged and answered with a bare 500, as it is on AWS."""

    def __init__(self, gateway: Gateway, local: Callable[[Request], Response]) -> None:
        self._gateway, self._local = gateway, local

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = SiteRequest(environ)
        ours = request.path == "/local" or request.path.startswith("/local/")
        try:
            response = self._local(request) if ours else self._gateway.answer(request)
        except RequestEntityTooLarge:
            response = self._gateway.own_answer("REQUEST_TOO_LARGE")
        except HTTPException as refused:
            response = refused.get_response(environ)
        except Exception:
            log.exception("%s %s", request.method, request.path)
            response = self._gateway.own_answer("INTEGRATION_FAILURE")
        if response.status_code == RequestEntityTooLarge.code:
            _discard(environ)
        return response(environ, start_response)


def server(application: Site, listener: socket.socket) -> BaseWSGIServer:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    return make_server(LOOPBACK, 0, application, threaded=True, fd=listener.fileno())


def _discard(environ: dict[str, Any]) -> None:
    """Read what is still being sent of a body that is too large: closing before would reset the connection, and the
    answer would be lost.

    A body within the limit was read by whoever refused it: nothing more comes, and waiting for more would never end.
    """
    length = SiteRequest(environ).content_length
    if length is not None and length <= LARGEST_BODY:
        return
    body, left = get_input_stream(environ), _DISCARD_AT_MOST
    while left > 0 and (piece := body.read(min(left, _PIECE))):
        left -= len(piece)
