from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from local.demo.seed import seed
from local.processes.system import LocalSystem
from tests.browser.site import Site
from tests.checkers.every_mail import Sample, every_mail

BEGIN = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The demo as ``make demo`` shows it, which many tests look at."""
    yield from _demo()


@pytest.fixture
def own_site() -> Iterator[Site]:
    """A demo for a test that changes whatever it comes to."""
    yield from _demo()


def _demo() -> Iterator[Site]:
    with LocalSystem() as system:
        system.clock.travel(BEGIN)
        yield Site(system, draft=seed(system))


@pytest.fixture(scope="session")
def mails() -> list[Sample]:
    return every_mail()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/checkers/" in item.path.as_posix():
            item.add_marker(pytest.mark.checkers)
