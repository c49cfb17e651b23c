"""The price table of ``docs/reference/prices.md``, read, so that what is computed and what is written cannot differ."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.ground import ROOT

PAGE = ROOT / "docs" / "reference" / "prices.md"
MB_OF_ONE_CPU = 1769
"""Lambda's documentation: with this much memory a function has one vCPU."""


@dataclass(frozen=True, slots=True)
class Prices:
    """``each`` is what one of something costs in US dollars; ``assumed`` holds the numbers we had to assume."""

    each: dict[str, float]
    assumed: dict[str, float]

    @classmethod
    def read(cls, page: Path = PAGE) -> Prices:
        each, assumed = {}, {}
        for row in page.read_text("utf-8").splitlines():
            cells = [cell.strip() for cell in row.strip("|").split("|")] if row.startswith("| ") else []
            match cells:
                case [what, price, per, page_link] if "](" in page_link:
                    amount = re.match(r"[\d,]+", per)
                    assert amount, row
                    each[what] = float(price) / int(amount[0].replace(",", ""))
                case [what, number] if number.isdigit():
                    assumed[what] = float(number)
        return cls(each, assumed)

    def polling(self, queues: int) -> float:
        """What Lambda's waiting for messages costs a day."""
        day = 24 * 60 * 60
        asked = day / self.assumed["seconds that each waits"] * self.assumed["connections that wait at a queue"]
        return queues * asked * self.each["SQS request"]


@cache
def megabytes(function: str) -> int:
    """What a function is given, from Chalice's configuration."""
    configuration = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    return int(configuration["stages"]["prod"]["lambda_functions"][function]["lambda_memory_size"])
