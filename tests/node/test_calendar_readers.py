"""Calendar entries as the npm package ``ical.js`` reads them, which web calendars are built on (``make test-node``)."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.mail.calendar import entry
from tests.builders import NOW, a_series, an_edition
from tests.mail.entries import ENTRIES
from tests.mail.samples import SITE

pytestmark = pytest.mark.node

PACKAGE = Path(__file__).resolve().parent.parent.parent / "build" / "ical"


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """Node looks for packages beside the script, so it stands beside them."""
    script = tmp_path / "reader.mjs"
    shutil.copy(Path(__file__).parent / script.name, script)
    (tmp_path / "node_modules").symlink_to(PACKAGE / "node_modules")
    return script


def read(reader: Path, entries: list[bytes]) -> list[dict[str, Any]]:
    texts = json.dumps([one.decode() for one in entries])
    done = subprocess.run(["node", reader], input=texts, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_every_entry_begins_and_ends_when_its_edition_does(reader: Path) -> None:
    found = read(reader, [sample.entry for sample in ENTRIES])
    shown = [(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in found]
    assert shown == [(sample.start, sample.end) for sample in ENTRIES]
    assert {(one["method"], one["status"]) for one in found} == {("PUBLISH", "CONFIRMED")}


def test_giving_a_seat_back_takes_out_the_same_event(reader: Path) -> None:
    about = {"site_url": SITE, "now": NOW}
    given = entry(a_series(), an_edition(), round_=1, **about)
    taken = entry(a_series(), an_edition(), round_=2, cancelled=True, **about)
    before, after = read(reader, [given, taken])
    assert (after["method"], after["status"]) == ("CANCEL", "CANCELLED")
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
