"""A bench makes its process a function; what else the process has around it stays."""

import os

import pytest

from bench.ground import ground


def test_what_the_developer_runs_it_under_stays_but_not_their_own_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARED_BY_PARENT_AND_CHILDREN", "such as a preloaded clock")
    monkeypatch.setenv("AWS_PROFILE", "the developer's own")
    with ground():
        assert os.environ["SHARED_BY_PARENT_AND_CHILDREN"] == "such as a preloaded clock"
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["TABLE"] == "kaffeepause"
    assert os.environ["AWS_PROFILE"] == "the developer's own"
    assert "TABLE" not in os.environ
