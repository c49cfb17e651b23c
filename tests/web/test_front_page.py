"""The page that shows all series: their order, whose they are, and what the site is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib import world as worlds
from tests.builders import SERIES, organised
from tests.stage import Stage
from tests.web.reading import Page


def front(on_stage: Stage, language: str = "de") -> Page:
    answer = on_stage.get("/", **{"Accept-Language": language})
    assert answer.status_code == 200
    return Page(answer.body)


def titles(page: Page) -> list[str]:
    return [heading.text.strip() for heading in page.all("h2")]


def test_series_stand_in_the_order_of_what_runs_or_comes_next(on_stage: Stage) -> None:
    organised(on_stage, series={"slug": "a-late", "title": "Spät"}, starts_at="2027-05-10T14:30")
    organised(on_stage, series={"slug": "b-none", "title": "Zuletzt ohne Termin"}, publish=False)
    organised(on_stage, series={"slug": "c-none", "title": "Auch ohne Termin"}, publish=False)
    organised(on_stage, series={"slug": "d-soon", "title": "Bald"}, starts_at="2027-02-02T14:30")
    organised(
        on_stage,
        series={"slug": "e-zone", "title": "Früher am selben Tag", "zone": "Asia/Tokyo"},
        starts_at="2027-02-02T20:00",  # 11:00 UTC, two and a half hours before the one in Berlin
    )
    order = ["Früher am selben Tag", "Bald", "Spät", "Auch ohne Termin", "Zuletzt ohne Termin"]
    assert titles(front(on_stage)) == order


def test_each_organiser_is_named_once_beside_their_own_imprint(on_stage: Stage) -> None:
    library = {
        "sender_name": "Stadtbibliothek",
        "imprint_url": "https://buch.example.org/impressum",
        "privacy_url": "https://buch.example.org/datenschutz",
    }
    for slug, whose in (("kaffee", {}), ("kaffee-am-abend", {}), ("lesekreis", library)):
        organised(on_stage, series={"slug": slug, "title": slug} | whose)
    page = front(on_stage)
    links = [(link.within("ul"), link["href"]) for link in page.all("a") if link.within("footer")]
    assert [(found and found["aria-label"], href) for found, href in links] == [
        (SERIES["sender_name"], SERIES["imprint_url"]),
        (SERIES["sender_name"], SERIES["privacy_url"]),
        ("Stadtbibliothek", "https://buch.example.org/impressum"),
        ("Stadtbibliothek", "https://buch.example.org/datenschutz"),
    ]
    assert len({id(found) for found, _ in links}) == 2, "a list of links for each of them"


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_the_site_is_called_what_its_operator_calls_it(on_stage: Stage, path: str) -> None:
    settings = replace(on_stage.world.settings, site_name="Café <Müller>")
    worlds.install(worlds.build(settings, on_stage.clock.now, on_stage.world.aws))
    body = on_stage.get(path, Accept="text/html").body.decode()
    assert "Café &lt;Müller&gt;" in body
    assert "Kaffeepause" not in body
