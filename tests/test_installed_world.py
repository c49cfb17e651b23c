"""The one world of a process."""

from __future__ import annotations

import pytest

from chalicelib import world as worlds
from chalicelib.settings import IncompleteSettings
from tests.stage import Stage


def test_what_is_uninstalled_is_built_anew_from_the_environment(
    on_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worlds.world() is on_stage.world
    worlds.uninstall()
    monkeypatch.delenv("TABLE", raising=False)
    with pytest.raises(IncompleteSettings, match="TABLE"):
        worlds.world()
