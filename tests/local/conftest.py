from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.processes.system import LocalSystem
from tests.local import small_app


@pytest.fixture(scope="package")
def system() -> Iterator[LocalSystem]:
    """One local system for all tests here.

    It runs the small application, so that these tests are about the system alone.
    """
    with LocalSystem(load=small_app.load) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "system" in request.fixturenames:
        request.getfixturevalue("system").faults([])
