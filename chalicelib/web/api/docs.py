"""What the API says of itself: its OpenAPI document for programs, and the same for people. Neither needs the key."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from chalicelib import paths
from chalicelib.domain.series import Language
from chalicelib.web.pages import absolute, page, refused
from chalicelib.web.routing import Headers, Response, Routes
from chalicelib.world import world

routes = Routes(__name__, answer=refused)

A_WHILE = "public, max-age=300"


@routes.route(paths.API_DOCUMENT.pattern)
def show_openapi() -> Response:
    from chalicelib.web.api import openapi  # 30 ms that no other request needs

    described = openapi.document(server=world().settings.public_url)
    headers: Headers = {"Content-Type": "application/json", "Cache-Control": A_WHILE}
    return Response(msgspec.json.encode(described).decode(), headers=headers, status_code=HTTPStatus.OK.value)


@routes.route(paths.API_REFERENCE.pattern)
def show_reference() -> Response:
    """In English, like the API itself."""
    from chalicelib.web.api import openapi, reference

    return page(
        "api",
        Language.ENGLISH,
        cache=A_WHILE,
        reference=reference.of(openapi.document(server=world().settings.public_url)),
        errors=openapi.words("errors"),
        page_url=absolute(paths.API_REFERENCE()),
    )
