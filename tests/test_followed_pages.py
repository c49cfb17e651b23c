"""Whoever does what a page for organisers says, gets the answers that stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from local.__main__ import welcome
from local.processes.system import LocalSystem
from tests.builders import SERIES
from tests.console import FAILED, Answer, Console, Step, differences, steps

DOCS = Path(__file__).resolve().parent.parent / "docs"

REPAIR_EVENINGS = {
    "slug": "repair-evenings",
    "title": "Repair Evenings",
    "language": "en",
    "sender_address": "evenings@repair.example",  # the local system sends from domains below example
}
DRAFT = {
    "title": "Toasters and kettles",
    "starts_at": "2027-03-18T19:00",
    "duration_minutes": 120,
    "location": {"place": "Old Town Hall"},
    "seats": 12,
}
OK, CREATED = 200, 201
ANNOUNCED_AT_ONCE = '{"announce": "now"}'
ANNOUNCED_TO_NOBODY = '{"announce": null}'

WRITTEN_ON = datetime(2027, 3, 3, 9, 0, tzinfo=UTC)
"""Today, in what can be followed."""


@pytest.fixture
def system() -> Iterator[LocalSystem]:
    with LocalSystem() as running:
        running.clock.travel(WRITTEN_ON)
        yield running


# What each page supposes


def nothing(_: LocalSystem) -> None:
    pass


def a_series(system: LocalSystem) -> None:
    _make(system, {"": SERIES | REPAIR_EVENINGS})


def a_draft(system: LocalSystem, **more: Any) -> str:
    """In a series; gives its id."""
    return _make(system, {"": SERIES | REPAIR_EVENINGS, "/repair-evenings/editions": DRAFT | more})


def a_draft_and_a_reader(system: LocalSystem) -> None:
    a_draft(system)
    _subscribe(system, "ida@example.org")


def a_published_edition(system: LocalSystem) -> None:
    _publish(system, a_draft(system))


def an_announced_edition(system: LocalSystem) -> None:
    edition = a_draft(system)
    _subscribe(system, "ida@example.org")
    _publish(system, edition, ANNOUNCED_AT_ONCE)
    system.travel(advance="PT1H")


def subscribed_registered_and_not_confirmed(system: LocalSystem) -> None:
    edition = a_draft(system)
    for name in ("ida", "mia"):
        _subscribe(system, f"{name}@example.org")
    _publish(system, edition)
    _register(system, edition, "mia@example.org")
    _console(system).curl(f"curl {system.url}/series/repair-evenings/subscriptions -d email=ole@example.org")


def an_edition_that_runs(system: LocalSystem) -> None:
    edition = a_draft(system, starts_at="2027-03-03T14:00", duration_minutes=2 * 24 * 60 + 180)
    _publish(system, edition)
    _register(system, edition, "mia@example.org")
    system.travel(to="2027-03-04T09:00:00+01:00")


def an_edition_that_is_over(system: LocalSystem) -> None:
    a_published_edition(system)
    system.travel(to="2027-03-19T09:00:00+01:00")


def two_who_come_and_one_who_cancelled(system: LocalSystem) -> str:
    """Gives the edition's id."""
    edition, console = a_draft(system), _console(system)
    _publish(system, edition)
    for name, email in (("Mia Lang", "mia"), ("Ole Müller", "ole"), ("Eda Öz", "eda")):
        _register(system, edition, f"{email}@repair.example", name)
    mail = console.curl(f"curl {system.url}/local/inbox.json?to=eda@repair.example").value[0]["text"]
    place = re.findall(r"http://\S+/registrations/[^/\s]+", mail)[0]
    console.curl(f"curl -X POST {place}/cancel")
    system.drain(hidden_too=False)
    return edition


FOLLOWED: dict[str, Callable[[LocalSystem], object]] = {
    "tutorial/first-series": nothing,
    "howto/next-edition": a_draft,
    "howto/look-ahead": a_draft_and_a_reader,
    "howto/announce": a_draft_and_a_reader,
    "howto/correct-a-mistake": an_announced_edition,
    "howto/who-gets-it": subscribed_registered_and_not_confirmed,
    "howto/move-or-cancel": an_announced_edition,
    "howto/write-to-the-registered": a_published_edition,
    "howto/who-comes": two_who_come_and_one_who_cancelled,
    "howto/the-link-follows": a_series,
    "howto/while-it-runs": an_edition_that_runs,
    "howto/after-the-event": an_edition_that_is_over,
    "howto/numbers": an_announced_edition,
}


@pytest.mark.processes
@pytest.mark.parametrize("page", FOLLOWED)
def test_a_page_can_be_followed(system: LocalSystem, page: str) -> None:
    FOLLOWED[page](system)
    _follow(DOCS / f"{page}.md", system)


def test_every_page_with_a_key_and_an_address_to_type_is_followed() -> None:
    typed = {path for path in DOCS.rglob("*.md") if re.search(r"^\$ KEY=", path.read_text("utf-8"), re.MULTILINE)}
    assert {path.relative_to(DOCS).with_suffix("").as_posix() for path in typed} == set(FOLLOWED)


@pytest.mark.processes
def test_the_pieces_of_a_file_are_put_together_as_the_page_says(system: LocalSystem, tmp_path: Path) -> None:
    edition, console = two_who_come_and_one_who_cancelled(system), _console(system)
    page = (DOCS / "howto" / "who-comes.md").read_text("utf-8")
    (loop,) = re.findall(r"^```bash\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    whole, pieces = (
        _made_by(text, "all.csv", tmp_path, console, edition) for text in (loop, loop.replace('"?"', '"?limit=1"'))
    )
    assert whole.count("@repair.example") == 3
    assert pieces == whole


def _made_by(script: str, file: str, folder: Path, console: Console, edition: str) -> str:
    """What a reader's shell writes into ``file``."""
    known = {"SITE": console.known["SITE"], "KEY": console.known["KEY"], "EDITION": edition}
    subprocess.run(["bash", "-euc", script], cwd=folder, env=os.environ | known | {"no_proxy": "*"}, check=True)
    return (folder / file).read_text("utf-8")


def _publish(system: LocalSystem, edition: str, wish: str = ANNOUNCED_TO_NOBODY) -> None:
    address, key = f"{system.url}/api/v1/editions/{edition}/publish", _console(system).known["KEY"]
    published = _console(system).curl(f"curl {address} -H '{key}' --json '{wish}'")
    assert published.status == OK, published.body
    system.drain(hidden_too=False)


def _register(system: LocalSystem, edition: str, email: str, name: str = "Mia Lang") -> None:
    form = f"-d privacy=yes -d 'name={quote(name)}' -d email={email}"
    assert _console(system).curl(f"curl {system.url}/editions/{edition}/registrations {form}").status < FAILED
    system.drain(hidden_too=False)


def _make(system: LocalSystem, wanted: dict[str, dict[str, Any]]) -> str:
    """What is posted to each path below ``/series``; the last one's id, where it has one."""
    console = _console(system)
    for path, body in wanted.items():
        address, key = f"{system.url}/api/v1/series{path}", console.known["KEY"]
        made = console.curl(f"curl {address} -H '{key}' --json '{json.dumps(body)}'")
        assert made.status == CREATED, made.body
    return str(made.value.get("id", ""))


def _subscribe(system: LocalSystem, email: str) -> None:
    """Somebody subscribes to the series, and confirms."""
    console = _console(system)
    console.curl(f"curl {system.url}/series/repair-evenings/subscriptions -d email={email}")
    system.drain()
    link = re.search(rf"{re.escape(system.url)}\S+/confirm", system.inbox(email)[0]["text"])
    assert link
    assert console.curl(f"curl -X POST {link[0]}").status < FAILED


def _console(system: LocalSystem) -> Console:
    return Console({"SITE": system.url, "KEY": f"Authorization: Bearer {system.admin_key}"})


def _follow(document: Path, system: LocalSystem) -> None:
    """Do what the document says, and compare each answer that stands there."""
    console = _console(system)
    text, answer = document.read_text("utf-8"), Answer(200, "")
    followed = compared = 0
    for step in steps(text):
        followed += 1
        where = f"{document.name}, block at line {step.line}: {step.command}"
        if step.command == "make demo":
            assert step.expected
            assert _missing(step.expected, welcome(system, draft="")) == [], where
        elif assignment := re.fullmatch(r"([A-Z]+)=(\S+|\".*\")(?:\s+# (.*))?", step.command):
            name, value, comment = assignment.groups()
            console.assign(name, value.strip('"'), found=_found(comment or "", answer))
        else:
            answer = console.curl(step.command)
            system.drain(hidden_too=False)
            expected = json.loads(console.really(step.expected) or "null")
            refusal = isinstance(expected, dict) and isinstance(expected.get("status"), int)
            assert (answer.status >= FAILED) == refusal, f"{where}: {answer.status} {answer.body}"
            if expected is not None:
                assert differences(expected, answer.value) == [], f"{where}\n{answer.body}"
                compared += 1
    assert followed == len(re.findall(r"^\$ ", text, re.MULTILINE))
    assert compared > 1


def _found(comment: str, answer: Answer) -> str:
    """What a reader copies from the answer before, as the comment tells them."""
    if comment == 'the "id" in the answer':
        found = answer.value
        return str((found["items"][0] if "items" in found else found)["id"])
    if comment == "the address in the mail":
        return re.findall(r"http://\S+/confirm", answer.value[0]["text"])[0]
    assert not comment, f"nobody can follow this: {comment}"
    return ""


def _missing(expected: str, printed: str) -> list[str]:
    """Lines that are not printed; addresses differ by their port, and ``…`` is anything."""
    wanted = [re.escape(re.sub(r":\d+", ":8000", line.strip())).replace("…", ".*") for line in expected.splitlines()]
    there = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8000", printed)
    return [line for line in wanted if not re.search(line, there)]


def test_this_test_notices_what_has_changed() -> None:
    (step,) = steps('```console\n$ curl $SITE/x --json \'{\n  "a": "$b"}\'\n{"id": "…", "n": [1]}\n```\n')
    assert step == Step(2, 'curl $SITE/x --json \'{\n  "a": "$b"}\'', '{"id": "…", "n": [1]}')
    expected = json.loads(step.expected)
    assert differences(expected, {"id": 7, "n": [1], "more": 1}) == []
    assert differences(expected, {"n": [2]}) == ["answer has no id", "answer.n.0 is 2, not 1"]
    assert differences(expected, {"id": 7, "n": [1, 2]}) == ["answer.n is [1, 2], not [1]"]
    assert _missing("  Inbox  http://127.0.0.1:8000/in", "Inbox  http://127.0.0.1:4711/in") == []
    assert _missing("Outbox …", "Inbox") == ["Outbox\\ .*"]
