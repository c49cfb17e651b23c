"""axe-core: what can be measured of accessibility. The Makefile fetches it, pinned."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from selenium import webdriver

ROOT = Path(__file__).resolve().parent.parent.parent

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
BEST_PRACTICE = "best-practice"


class NoAxe(Exception):
    """axe-core is not there yet."""


@cache
def source() -> str:
    """Raises ``NoAxe``."""
    found = sorted(ROOT.glob("build/axe-*/axe_playwright_python/axe.min.js"))
    if not found:
        raise NoAxe("axe-core is missing; `make test-browser` fetches it.")
    return found[-1].read_text("utf-8")


def violations(driver: webdriver.Chrome, *tags: str) -> list[str]:
    """Each as a line: the rule, where, and why."""
    driver.execute_script(source())
    wanted = {"runOnly": list(tags or (*WCAG, BEST_PRACTICE)), "rules": {"target-size": {"enabled": True}}}
    wanted["resultTypes"] = ["violations"]
    found: dict[str, Any] = driver.execute_async_script(
        "const done = arguments[1]; axe.run(document, arguments[0])"
        ".then(done, error => done({violations: [], error: `${error}`}))",
        wanted,
    )
    assert "error" not in found, found["error"]
    assert found["passes"], "no rule was applied"
    return [
        f"{rule['id']} at {' '.join(map(str, node['target']))}: {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
