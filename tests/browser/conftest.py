from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from selenium import webdriver

from local.demo.seed import seed
from local.processes.system import LocalSystem
from tests.browser.browser import DESKTOP, PHONE, Browser, chromium
from tests.browser.site import Site

BEGIN = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
"""A Tuesday at ten in Berlin, so that seeded editions fall on Wednesdays, one of them behind the change to
summer time."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The demo as `make demo` shows it; each module has its own, as some travel in time."""
    with LocalSystem() as system:
        system.clock.travel(BEGIN)
        yield Site(system, draft=seed(system))


@pytest.fixture(scope="session")
def driver() -> Iterator[webdriver.Chrome]:
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="session")
def driver_without_scripts() -> Iterator[webdriver.Chrome]:
    with chromium(scripts=False) as driver:
        yield driver


@pytest.fixture
def browser(site: Site, driver: webdriver.Chrome) -> Iterator[Browser]:
    """Somebody at a desktop. Whatever a test is about: nothing is asked of anybody else, and no page complains."""
    yield from _watched(Browser(driver, site.url))


@pytest.fixture
def plain_browser(site: Site, driver_without_scripts: webdriver.Chrome) -> Iterator[Browser]:
    """The same without JavaScript."""
    yield from _watched(Browser(driver_without_scripts, site.url))


@pytest.fixture
def phone(browser: Browser) -> Browser:
    browser.look_through(PHONE)
    return browser


def _watched(browser: Browser) -> Iterator[Browser]:
    browser.open("about:blank")
    browser.forget()
    browser.look_through(DESKTOP)
    yield browser
    assert browser.requests_elsewhere() == []
    assert browser.complaints == []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
