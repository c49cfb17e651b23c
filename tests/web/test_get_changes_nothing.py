"""Mail scanners open every link, some of them with a browser: nothing may come of it.

What changes something is a button.
"""

from __future__ import annotations

import re

import pytest

from chalicelib.web.methods import offered
from chalicelib.web.pages import style_version
from tests.stage import KEY
from tests.web.conftest import House
from tests.web.reading import Page

pytestmark = pytest.mark.usefixtures("nothing_half_written")


STYLE = f"/assets/style.css?v={style_version()}"


def paths(house: House) -> dict[str, str]:
    """An address for every GET route, by the route."""
    values = {"slug": "kaffeepause", "edition_id": house["open"]}
    found = {}
    for route, methods in house.stage.app.routes.items():
        if "GET" in offered(methods):
            path = re.sub(r"\{(slug|edition_id)\}", lambda name: values[name[1]], route)
            path = path.replace("{source_id}", house["source"]).replace("{submission_id}", house["submission"])
            path = path.replace("{mailing_id}", house["mailing"])
            path = path.replace("/registrations/{token}", house.registration)
            path = path.replace("/subscriptions/{token}/confirm", house.confirm)
            found[route] = path.replace("/subscriptions/{token}/end", house.end)
    return found


def test_every_get_route_can_be_visited_and_changes_nothing(house: House) -> None:
    visited = paths(house)
    assert len(visited) >= 18
    for route, path in visited.items():
        assert "{" not in path, f"this test knows no address for {route}"
        answer = house.stage.get(path, Authorization=f"Bearer {KEY}")
        assert answer.status_code == 200, route
        assert answer.body


def test_every_page_is_in_the_language_of_its_series_and_keeps_to_our_own_site(house: House) -> None:
    pages, forms = [], []
    for route, path in paths(house).items():
        answer = house.stage.get(path, **{"Authorization": f"Bearer {KEY}", "Accept-Language": "de"})
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        page = Page(answer.body)
        assert page.language == ("en" if route == "/api/docs" else "de"), route
        assert page.all("script") == page.all("img") == page.all("iframe") == []
        assert [link["href"] for link in page.all("link") if link["rel"] == "stylesheet"] == [STYLE]
        assert len(page.all("h1")) == 1
        pages.append(route)
        forms += page.all("form")
    assert len(pages) >= 8
    assert {form["method"] for form in forms} == {"post"}


def test_what_is_one_persons_own_is_kept_by_no_cache_and_found_by_no_search_engine(house: House) -> None:
    for path in (house.registration, f"{house.registration}/calendar.ics", house.confirm, house.end):  # fmt: skip
        answer = house.stage.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        if path.endswith(".ics"):
            continue
        robots = [meta["content"] for meta in Page(answer.body).all("meta") if meta["name"] == "robots"]
        assert robots == ["noindex"]


def test_the_pages_that_links_in_mails_lead_to_offer_a_button(house: House) -> None:
    def offered(path: str) -> dict[str, str]:
        return Page(house.stage.get(path).body).buttons

    assert offered(house.registration) == {"Meinen Platz freigeben": f"{house.registration}/cancel"}
    assert offered(house.end) == {"Ja, abbestellen": house.end}
    assert offered(house.confirm) == {}  # confirmed already


def test_the_box_for_announcements_is_not_ticked_beforehand(house: House) -> None:
    """Consent is given, not left standing (ECJ C-673/17, Planet49)."""
    page = Page(house.stage.get(f"/editions/{house['open']}").body)
    assert not page.ticked("announcements")
    assert not page.ticked("privacy")
    assert page.errors == {}


def test_where_to_join_is_told_to_participants_only(house: House) -> None:
    join = b"https://meet.example.org/kaffee"
    for path in ("/", "/series/kaffeepause", f"/editions/{house['open']}", f"/editions/{house['open']}/registered"):
        assert join not in house.stage.get(path).body
    assert join in house.stage.get(house.registration).body


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-FR, EN-gb;q=0.8", "en"),
        ("fr", "en"),
        ("", "en"),
        (";;,=", "en"),
        ("d" * 5000, "en"),
    ],
)
def test_the_front_page_speaks_the_visitors_language(house: House, accepted: str, language: str) -> None:
    assert Page(house.stage.get("/", **{"Accept-Language": accepted}).body).language == language


def test_the_front_page_shows_what_is_next_and_no_draft(house: House) -> None:
    page = Page(house.stage.get("/").body)
    links = [link["href"] for link in page.all("a")]
    assert f"/editions/{house['draft']}" not in links
    assert "/series/kaffeepause" in links
    assert f"/editions/{house['english']}" in links
    series = Page(house.stage.get("/series/kaffeepause").body)
    assert f"/editions/{house['draft']}" not in [link["href"] for link in series.all("a")]
