"""HTTP as its specifications have it (RFC 9110, 9111), through everything that stands before the application: methods,
caches, compression."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

import pytest
from chalice import Chalice, Response
from chalice.cli.factory import CLIFactory
from chalice.config import Config
from werkzeug.test import Client, TestResponse, create_environ
from werkzeug.wrappers import Request

from chalicelib.web.api.exports import XLSX
from chalicelib.web.headers import SECURITY
from chalicelib.web.methods import ELSEWHERE, METHODS, offered
from chalicelib.web.pages import style_version
from local.aws.deployment import ROOT, Deployment
from local.aws.gateway import DEFAULT_ANSWERS, Gateway
from local.site.front import Site
from tests.stage import KEY
from tests.web.conftest import House
from tests.web.reading import Page
from tests.web.test_get_changes_nothing import paths

pytestmark = pytest.mark.usefixtures("nothing_half_written")

HUMAN = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
HEADERS_OF_A_REPRESENTATION = ("Content-Type", "Cache-Control", "ETag", "Vary", "X-Robots-Tag")


def gateway_of(house: House) -> Gateway:
    return Gateway(house.stage.app, CLIFactory(str(ROOT)).create_config_obj("prod"), deployment=Deployment())


@pytest.fixture
def client(house: House) -> Client:
    """As over the wire: gateway and application."""

    def nothing_local(_: object) -> None:
        raise AssertionError

    return Client(Site(gateway_of(house), nothing_local))  # type: ignore[arg-type]


def ask(client: Client, method: str, path: str, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, method=method, headers=named, environ_overrides={"RAW_URI": path})


def allowed_in(answer: TestResponse) -> set[str]:
    return set(answer.headers["Allow"].split(", "))


def a_path(house: House, route: str) -> str:
    known = paths(house)
    return known.get(route) or re.sub(r"\{\w+\}", "1", route)


# Methods


def test_head_answers_as_get_does_without_a_body_everywhere(house: House, client: Client) -> None:
    visited = paths(house)
    assert len(visited) >= 20
    for path in visited.values():
        got, head = (ask(client, method, path, Authorization=f"Bearer {KEY}") for method in ("GET", "HEAD"))
        assert (head.status_code, head.data) == (got.status_code, b""), path
        assert got.data
        assert "Content-Length" not in head.headers  # of a GET it would be another one (RFC 9110 §8.6)
        for name in (*HEADERS_OF_A_REPRESENTATION, *SECURITY):
            assert head.headers.get(name) == got.headers.get(name), (path, name)


def test_the_application_itself_gives_no_body_to_head(house: House) -> None:
    for path in ("/", "/nowhere", "/registrations/forged"):
        assert house.stage.client.http.head(path).body == b""


def test_every_address_says_which_methods_it_takes_and_refuses_the_others(house: House, client: Client) -> None:
    routes = {route: set(offered(entries)) for route, entries in house.stage.app.routes.items() if route != ELSEWHERE}
    assert len(routes) >= 40
    for route, own in routes.items():
        path = a_path(house, route)
        allowed = own | {"OPTIONS"} | ({"HEAD"} if "GET" in own else set())
        options = ask(client, "OPTIONS", path, Authorization=f"Bearer {KEY}")
        assert (options.status_code, options.data) == (204, b""), path
        assert allowed_in(options) == allowed
        for method in set(METHODS) - allowed:
            refused = ask(client, method, path, Authorization=f"Bearer {KEY}")
            assert refused.status_code == 405, f"{method} {path}"
            assert allowed_in(refused) == allowed
            assert refused.headers["Content-Type"] == "application/problem+json"
            if method != "HEAD":
                assert json.loads(refused.data)["title"] == "Method Not Allowed"


@pytest.mark.parametrize("key", [None, "Bearer wrong"])
def test_no_method_tells_anything_of_the_admin_api_without_its_key(
    house: House, client: Client, key: str | None
) -> None:
    # What the API says of itself is nobody's secret.
    open_to_all = {"/api/v1/openapi.json", "/api/docs"}
    routes = [route for route in house.stage.app.routes if route.startswith("/api/") and route not in open_to_all]
    assert len(routes) >= 25
    for route in routes:
        for method in METHODS:
            answer = ask(client, method, a_path(house, route), **({"Authorization": key} if key else {}))
            assert answer.status_code == (403 if key else 401), f"{method} {route}"
            assert "Allow" not in answer.headers
            assert b"@" not in answer.data


def test_who_opens_the_address_of_a_form_is_shown_a_page(house: House, client: Client) -> None:
    answer = ask(client, "GET", f"/editions/{house['open']}/registrations", Accept=HUMAN, Accept_Language="de")
    assert answer.status_code == 405
    assert allowed_in(answer) == {"POST", "OPTIONS"}
    assert Page(answer.data).language == "de"


# Unknown addresses

NOWHERE = ["/nowhere", "/series/kaffeepause/nowhere", "/wp-login.php", "/a/b/c/d", "/editions", "/%2e%2e/etc"]


@pytest.mark.parametrize("path", NOWHERE)
def test_an_unknown_address_answers_people_with_a_page_in_their_language(client: Client, path: str) -> None:
    for language, heading in (("de-DE,de;q=0.9,en;q=0.5", "Nicht gefunden"), ("en", "Not found")):
        answer = ask(client, "GET", path, Accept=HUMAN, Accept_Language=language)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        page = Page(answer.data)
        assert (page.language, page.heading) == (language[:2], heading)
        assert "/" in [link["href"] for link in page.all("a")]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Vary"] == "Accept, Accept-Language"


@pytest.mark.parametrize("path", [*NOWHERE, "/api/v1/nowhere", "/api", "/hooks"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "text/html;q=0.5, application/json", "image/png"])
def test_an_unknown_address_answers_programs_with_a_problem(client: Client, path: str, accept: str) -> None:
    answer = ask(client, "GET", path, Accept=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(answer.data) == {
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this address.",
    }


def test_below_the_api_nobody_is_shown_a_page(client: Client) -> None:
    for path in ("/api/v1/nowhere", "/hooks/a/b/c"):
        assert ask(client, "GET", path, Accept=HUMAN).headers["Content-Type"] == "application/problem+json"


def test_an_unknown_address_is_unknown_by_every_method(client: Client) -> None:
    for method in METHODS:
        answer = ask(client, method, "/nowhere/at/all", Accept=HUMAN)
        assert answer.status_code == 404, method
        assert bool(answer.data) is (method != "HEAD")


def test_a_page_that_is_refused_is_a_problem_for_who_prefers_json(house: House, client: Client) -> None:
    for path, status in (("/series/nobody", 404), (f"/editions/{house['draft']}", 404), ("/registrations/forged", 404)):
        problem = ask(client, "GET", path, Accept="application/json")
        assert (problem.status_code, problem.headers["Content-Type"]) == (status, "application/problem+json")
        assert ask(client, "GET", path).headers["Content-Type"] == "text/html; charset=utf-8"


# What API Gateway answers by itself

OWN_POLICY = "default-src; base-uri; form-action; frame-ancestors"
"""As strict as ours.

A directive without sources allows none (CSP 3 §6.7.2.5), and API Gateway's own quotes leave no room for ``'none'``.
"""


@pytest.mark.parametrize("kind", sorted(DEFAULT_ANSWERS))
def test_what_the_gateway_answers_itself_is_a_problem_with_our_headers(house: House, kind: str) -> None:
    answer = gateway_of(house).own_answer(kind)
    problem = json.loads(answer.get_data())
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    ours = {**SECURITY, "Content-Security-Policy": OWN_POLICY}
    assert {name: answer.headers.get(name) for name in SECURITY} == ours
    assert problem["status"] == answer.status_code
    assert problem["title"] == answer.status.partition(" ")[2].title().replace("Request Entity", "Content")
    assert problem["detail"]
    assert answer.status_code == (404 if kind == "MISSING_AUTHENTICATION_TOKEN" else DEFAULT_ANSWERS[kind][0])


def test_who_is_not_let_in_learns_how_and_who_comes_too_often_learns_when(house: House) -> None:
    answers = {kind: gateway_of(house).own_answer(kind).headers for kind in DEFAULT_ANSWERS}
    assert answers["UNAUTHORIZED"]["WWW-Authenticate"] == 'Bearer realm="Kaffeepause"'
    assert int(answers["THROTTLED"]["Retry-After"]) < int(answers["QUOTA_EXCEEDED"]["Retry-After"])


# Robots, icon


def test_robots_may_list_public_pages_and_no_page_of_a_person(house: House, client: Client) -> None:
    answer = ask(client, "GET", "/robots.txt")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    first, *rules = answer.text.splitlines()
    assert first == "User-agent: *"
    closed = [rule.removeprefix("Disallow: ") for rule in rules]

    def may_list(path: str) -> bool:
        return not path.startswith(tuple(closed))

    assert all(may_list(path) for path in ("/", "/series/kaffeepause", f"/editions/{house['open']}"))
    personal = (house.registration, house.confirm, house.end, "/api/v1/series")
    assert not any(may_list(path) for path in personal)


def test_robots_are_told_the_paths_as_they_see_them(house: House, client: Client) -> None:
    from chalicelib import world as worlds

    below = replace(house.stage.world.settings, public_url="https://x.example.org/prod")
    worlds.install(worlds.build(below, house.stage.clock.now, house.stage.world.aws))
    try:
        assert "Disallow: /prod/registrations/" in ask(client, "GET", "/robots.txt").text
    finally:
        worlds.install(house.stage.world)


def test_what_is_one_persons_own_is_marked_for_robots_in_its_headers_too(house: House, client: Client) -> None:
    personal = (house.registration, f"{house.registration}/calendar.ics", house.confirm,
                house.end, "/registrations/forged")  # fmt: skip
    for path in personal:
        answer = ask(client, "GET", path)
        assert (answer.headers["X-Robots-Tag"], answer.headers["Cache-Control"]) == ("noindex", "no-store")
        assert "ETag" not in answer.headers
    for path in ("/", "/series/kaffeepause", f"/editions/{house['open']}"):
        assert "X-Robots-Tag" not in ask(client, "GET", path).headers


def test_a_page_may_be_asked_for_the_robots_file_of_its_own_site_and_for_nothing_elsewhere(client: Client) -> None:
    """Chromium reads robots.txt by the policy of the page it looks at, for Lighthouse as well."""
    policy = ask(client, "GET", "/").headers["Content-Security-Policy"]
    directives = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["connect-src"] == "'self'"
    assert {source for sources in directives.values() for source in sources.split()} == {"'none'", "'self'", "data:"}


def test_the_icon_is_the_same_at_its_old_address_and_in_the_page(client: Client) -> None:
    answer = ask(client, "GET", "/favicon.ico")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    (icon,) = [link["href"] for link in Page(ask(client, "GET", "/").data).all("link") if link["rel"] == "icon"]
    assert not re.search(r"[\s<>\"#]", icon)
    assert unquote(icon.removeprefix("data:image/svg+xml,")) == answer.text.strip()


# Caches


@pytest.fixture
def cached(house: House) -> Iterator[list[str]]:
    return iter([["/", "/series/kaffeepause", f"/editions/{house['open']}", "/assets/style.css", "/robots.txt"]])


@pytest.mark.parametrize(
    "condition",
    ["{etag}", "{strong}", '"a", {etag}', '{etag}, W/"b"', '"a,b" , {strong}', "*", " * "],
)
def test_who_has_it_already_is_not_sent_it_again(cached: Iterator[list[str]], client: Client, condition: str) -> None:
    for path in next(cached):
        whole = ask(client, "GET", path)
        etag = whole.headers["ETag"]
        assert re.fullmatch('W/"[0-9a-f]{32}"', etag)
        for method in ("GET", "HEAD"):
            asked = condition.format(etag=etag, strong=etag.removeprefix("W/"))
            again = ask(client, method, path, If_None_Match=asked)
            assert (again.status_code, again.data) == (304, b""), path
            for name in ("Cache-Control", "ETag", "Vary", *SECURITY):
                assert again.headers.get(name) == whole.headers.get(name)


def test_what_is_not_sent_again_keeps_its_type(house: House) -> None:
    """API Gateway calls an answer without a type JSON, and a cache takes over what the newest answer says
    (RFC 9111 §4.3.4)."""
    answer = house.stage.get("/", **{"If-None-Match": "*"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (304, "text/html; charset=utf-8")


@pytest.mark.parametrize("condition", ['"other"', 'W/"other", "x"', "", "{bare}", '"x{bare}"', "W/*"])
def test_who_has_something_else_is_sent_what_there_is_now(client: Client, condition: str) -> None:
    etag = ask(client, "GET", "/").headers["ETag"]
    bare = etag.removeprefix("W/").strip('"')
    assert ask(client, "GET", "/", If_None_Match=condition.format(bare=bare)).status_code == 200


def test_another_content_has_another_tag(client: Client) -> None:
    tags = {
        ask(client, "GET", "/", Accept_Language=language).headers["ETag"] for language in ("de", "en", "de-AT", "fr")
    }
    assert len(tags) == 2
    assert ask(client, "GET", "/").headers["Vary"] == "Accept-Language, Accept-Encoding"


def test_errors_and_answers_of_the_api_are_kept_by_nobody(client: Client) -> None:
    for path in ("/series/nobody", "/nowhere", "/api/v1/series"):
        answer = ask(client, "GET", path, Authorization=f"Bearer {KEY}", If_None_Match="*")
        assert answer.status_code in (200, 404)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


def test_the_style_sheet_a_page_names_is_kept_for_a_year(client: Client) -> None:
    (address,) = [
        link["href"] for link in Page(ask(client, "GET", "/").data).all("link") if link["rel"] == "stylesheet"
    ]
    assert style_version() in address
    answer = ask(client, "GET", address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=0123456789ab", "?v=", "?x=1", "?v=0123456789ab&v="])
def test_a_style_sheet_of_another_version_is_the_present_one_for_a_short_time(client: Client, query: str) -> None:
    answer = ask(client, "GET", f"/assets/style.css{query}")
    assert (answer.status_code, answer.data) == (200, ask(client, "GET", "/assets/style.css").data)
    assert answer.headers["Cache-Control"] == "public, max-age=300"


# Compression


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br;q=1, gzip;q=0.2", "*"])
def test_pages_and_style_sheet_are_compressed_for_who_accepts_that(house: House, client: Client, accepted: str) -> None:
    for path in ("/", "/assets/style.css", house.registration):
        plain = ask(client, "GET", path)
        small = ask(client, "GET", path, Accept_Encoding=accepted)
        assert small.headers["Content-Encoding"] == "gzip"
        assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2
        assert gzip.decompress(small.data) == plain.data
        assert small.headers.get("ETag") == plain.headers.get("ETag")


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "identity, gzip;q=0, *;q=0"])
def test_nothing_is_compressed_for_who_does_not(client: Client, accepted: str) -> None:
    assert "Content-Encoding" not in ask(client, "GET", "/", Accept_Encoding=accepted).headers


def test_what_is_small_is_sent_as_it_is(client: Client) -> None:
    assert "Content-Encoding" not in ask(client, "GET", "/robots.txt", Accept_Encoding="gzip").headers


# Bytes


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_workbook_is_given_out_as_bytes(house: House, client: Client, encoding: str) -> None:
    path, key = f"/api/v1/editions/{house['open']}/registrations", f"Bearer {KEY}"
    answer = ask(client, "GET", path, Authorization=key, Accept=XLSX, Accept_Encoding=encoding)
    content = gzip.decompress(answer.data) if encoding == "gzip" else answer.data
    assert answer.headers["Content-Type"] == XLSX
    assert content.startswith(b"PK")


@pytest.mark.parametrize(
    ("accepted", "decoded"),
    [
        (XLSX, True),
        (f"{XLSX}, text/csv", True),
        (f"text/csv, {XLSX}", False),
        (f"{XLSX};q=0.9", False),
        ("*/*", False),
    ],
)
def test_the_gateway_decodes_an_answer_only_for_who_accepts_bytes_first(accepted: str, *, decoded: bool) -> None:
    app = Chalice("small", configure_logs=False)
    app.api.binary_types.append(XLSX)
    app.route("/")(lambda: Response(b"PK", headers={"Content-Type": XLSX}))
    gateway = Gateway(app, Config.create(chalice_app=lambda: app), deployment=Deployment())
    answer = gateway.answer(Request(create_environ("/", headers={"Accept": accepted}) | {"RAW_URI": "/"}))
    assert answer.data == (b"PK" if decoded else b"UEs=")


# What search engines show


def test_every_page_that_may_be_found_describes_itself(house: House, client: Client) -> None:
    described = {}
    for path in (
        "/",
        "/series/kaffeepause",
        "/series/coffee",
        *(f"/editions/{house[one]}" for one in ("open", "full")),
    ):
        page = Page(ask(client, "GET", path).data)
        (text,) = [meta["content"] for meta in page.all("meta") if meta["name"] == "description"]
        assert 20 < len(text) <= 200
        assert "\n" not in text
        assert not [meta for meta in page.all("meta") if meta["name"] == "robots"]
        described[path] = text
    assert described["/series/coffee"] != described["/series/kaffeepause"] != described["/"]
