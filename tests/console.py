"""Runs the ``console`` blocks of a document: what a reader would type, against the local system.

The shell it speaks is as small as the documents are: ``NAME=value``, ``curl`` with a few options, ``$NAME``. Anything
else is an error, so a document cannot drift away from its test. What follows a command is its expected answer: JSON of
which fields may be left out, and where ``"…"`` is anything.
"""

from __future__ import annotations

import json
import re
import shlex
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ANYTHING = "…"
FAILED = 400


@dataclass(frozen=True)
class Step:
    line: int
    command: str
    expected: str


def steps(markdown: str) -> Iterator[Step]:
    """A command begins with ``$ `` and goes on while a quote or a backslash is open; the rest, to the next
    one, is its answer."""
    for block in re.finditer(r"^```console\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL):
        line = markdown[: block.start()].count("\n") + 2
        for said in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]:
            command, expected = _parted(said)
            yield Step(line, command, expected.strip())


def _parted(said: str) -> tuple[str, str]:
    lines = said.splitlines(keepends=True)
    for number in range(1, len(lines) + 1):
        command = "".join(lines[:number])
        try:
            shlex.split(command)
        except ValueError:  # a quote is still open
            continue
        if not command.rstrip().endswith("\\"):
            return command.strip(), "".join(lines[number:])
    raise AssertionError(f"this command never ends: {said}")


@dataclass
class Answer:
    status: int
    body: str

    @property
    def value(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Console:
    """``known`` overrides what a document assigns: the address and the key of the system that really runs."""

    known: Mapping[str, str]
    written: dict[str, str] = field(default_factory=dict)
    """What stands in the document for what it really is."""
    variables: dict[str, str] = field(default_factory=dict)

    def assign(self, name: str, value: str, *, found: str = "") -> None:
        real = self.known.get(name) or found or self.really(value)
        self.written[value] = self.variables[name] = real

    def really(self, text: str) -> str:
        for written, real in self.written.items():
            text = text.replace(written, real)
        return text

    def curl(self, command: str) -> Answer:
        method, url, headers, data = "", "", {}, []
        words = iter(shlex.split(_expanded(command, self.variables))[1:])
        for word in words:
            match word:
                case "-X":
                    method = next(words)
                case "-H":
                    name, _, value = next(words).partition(": ")
                    headers[name] = value
                case "-o":
                    next(words)  # the file that a reader gets
                case "--json":
                    data.append(next(words))
                    headers["Content-Type"] = "application/json"
                case "-d":
                    name, _, value = next(words).partition("=")
                    data.append(f"{name}={value}".replace(" ", "+"))
                case _ if not word.startswith("-") and not url:
                    url = word
                case _:
                    raise AssertionError(f"the documents' curl knows no {word}: {command}")
        body = "&".join(data).encode() if data else b"" if method == "POST" else None
        return _sent(urllib.request.Request(url, body, headers, method=method or None))


def _expanded(command: str, variables: Mapping[str, str]) -> str:
    """``$NAME`` outside single quotes, as a shell would."""
    parts = re.split(r"('[^']*')", command)
    return "".join(
        part if part.startswith("'") else re.sub(r"\$([A-Z]+)", lambda name: variables[name[1]], part) for part in parts
    )


class _Stay(urllib.request.HTTPRedirectHandler):
    """curl does not follow unless asked to."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _sent(request: urllib.request.Request) -> Answer:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    try:
        with opener.open(request, timeout=60) as answer:
            return Answer(answer.status, answer.read().decode(errors="replace"))  # may be a workbook
    except urllib.error.HTTPError as answer:
        with answer:
            return Answer(answer.code, answer.read().decode())


def differences(expected: Any, actual: Any, at: str = "answer") -> list[str]:
    """What the answer lacks of what is expected of it. More fields are fine, more items of a list are not."""
    if expected == ANYTHING:
        return []
    if isinstance(expected, dict) and isinstance(actual, dict):
        found = [f"{at} has no {name}" for name in expected if name not in actual]
        for name in expected.keys() & actual.keys():
            found += differences(expected[name], actual[name], f"{at}.{name}")
        return found
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [
            line
            for number, pair in enumerate(zip(expected, actual, strict=True))
            for line in differences(*pair, at=f"{at}.{number}")
        ]
    return [] if expected == actual else [f"{at} is {actual!r}, not {expected!r}"]
