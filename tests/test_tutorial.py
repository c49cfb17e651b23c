"""The tutorial, run as it stands: each command in its ``console`` blocks, and below it what the answer has to contain."""

from __future__ import annotations

import json
import re
import shlex
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from local.system import LocalSystem
from local.visitor import Visitor

TUTORIAL = (Path(__file__).parent.parent / "docs" / "tutorial" / "first-series.md").read_text()


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines expected of it."""
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL, re.DOTALL):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = step.rstrip().splitlines()
            end = 1
            while "\n".join(lines[:end]).count("'") % 2:
                end += 1
            yield "\n".join(lines[:end]), lines[end:]


class Reader:
    """Somebody who follows the tutorial."""

    def __init__(self, system: LocalSystem) -> None:
        self.system, self.visitor = system, Visitor(system)
        day = system.now().astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=14)
        self.known = {
            "SITE": system.url,
            "KEY": system.admin_key,
            "IN_TWO_WEEKS": f"{day:%Y-%m-%d}T14:30",
            "A_DAY_LATER": f"{day + timedelta(days=1):%Y-%m-%d}T14:30",
        }
        self.answer = ""

    def filled(self, text: str) -> str:
        return re.sub(r"\$([A-Z_]+)", lambda name: self.known[name[1]], text)

    def follow(self, command: str) -> str:
        match shlex.split(self.filled(command)):
            case ["curl", *arguments]:
                self.answer = self.curl(arguments)
            case ["mail", to]:
                self.system.drain(hidden_too=False)
                self.answer = str(self.system.inbox(to)[0]["subject"])
            case ["press", link, to]:
                self.visitor.fill_in(self.visitor.link(to, link))
                self.answer = ""
            case ["keep", name]:
                self.known[name] = json.loads(self.answer)["id"]
            case other:
                raise AssertionError(f"the tutorial asks for {other}")
        return self.answer

    def curl(self, arguments: list[str]) -> str:
        method, headers, data, form, url = "GET", {}, None, [], ""
        rest = iter(arguments)
        for word in rest:
            match word:
                case "-X":
                    method = next(rest)
                case "-H":
                    name, _, value = next(rest).partition(": ")
                    headers[name] = value
                case "-d":
                    data = next(rest).encode()
                case "--data-urlencode":
                    name, _, value = next(rest).partition("=")
                    form.append(f"{name}={quote(value)}")
                case _:
                    url = word
        request = urllib.request.Request(url, data or "&".join(form).encode() or None, headers, method=method)
        try:
            with self.visitor._opener.open(request, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as other:
            with other:
                if other.code != 303:
                    raise AssertionError(f"{url}: {other.code} {other.read().decode()}") from other
                return ""


def test_the_tutorial_does_what_it_says() -> None:
    steps = list(commands())
    assert len(steps) >= 18
    with LocalSystem() as system:
        reader = Reader(system)
        for command, expected in steps:
            answer = reader.follow(command)
            for line in expected:
                assert reader.filled(line) in answer, command
