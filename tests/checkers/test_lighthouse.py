"""Lighthouse, on the pages that people come to: 100 in each of its categories, on a phone and on a desktop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.site import Site

ROOT = Path(__file__).resolve().parent.parent.parent
LIGHTHOUSE = ROOT / "build/lighthouse/node_modules/lighthouse/cli/index.js"
CATEGORIES = ("accessibility", "best-practices", "seo")
"""Looked up rather than measured: the same at every look."""

SPEED = "performance"
LOOKS = 3
SCREENS = {"phone": (), "desktop": ("--preset=desktop",)}
CHROMIUM = "--headless=new --no-sandbox --disable-dev-shm-usage"


@pytest.mark.parametrize("page", ["series", "edition"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_has_100_in_every_category(site: Site, page: str, screen: str, tmp_path: Path) -> None:
    """Speed is computed for a slow network from what one look took here, so other work on this machine may slow it
    down: the best of three counts."""
    address = site.url + {"series": site.german, "edition": f"/editions/{site.talk}"}[page]
    first = look_at(address, screen, tmp_path, *CATEGORIES, SPEED)
    assert {category: missed(first, category) for category in CATEGORIES} == {category: {} for category in CATEGORIES}
    speeds = [missed(first, SPEED)]
    while speeds[-1] and len(speeds) < LOOKS:
        speeds.append(missed(look_at(address, screen, tmp_path, SPEED), SPEED))
    assert not speeds[-1], speeds


def look_at(address: str, screen: str, home: Path, *categories: str) -> dict[str, Any]:
    """The report.

    The processor is taken as it is: slowed down four times, as Lighthouse does for phones, a busy machine's is none
    that exists.
    """
    told = subprocess.run(
        [
            *("node", LIGHTHOUSE, address, "--quiet", "--output=json", "--no-enable-error-reporting"),
            *(*SCREENS[screen], f"--only-categories={','.join(categories)}", "--throttling.cpuSlowdownMultiplier=1"),
            f"--chrome-flags={CHROMIUM}",
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"HOME": str(home), "CHROME_PATH": str(shutil.which("chromium"))},
        check=False,
    )
    assert told.returncode == 0, told.stderr
    report: dict[str, Any] = json.loads(told.stdout)
    assert "runtimeError" not in report, report["runtimeError"]
    assert report["finalDisplayedUrl"] == address
    return report


def missed(report: dict[str, Any], category: str) -> dict[str, Any]:
    """Nothing where the category has 100; else its score, and that of each audit that is below 1."""
    score = report["categories"][category]["score"]
    weighed = [one["id"] for one in report["categories"][category]["auditRefs"] if one["weight"]]
    assert weighed
    return (
        {}
        if score == 1
        else {category: score}
        | {one: report["audits"][one]["score"] for one in weighed if report["audits"][one]["score"] not in (1, None)}
    )
