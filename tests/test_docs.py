"""What the documents say is tried: commands are run, links lead somewhere, pictures are there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from local.__main__ import welcome
from local.processes.system import LocalSystem
from tests.builders import SERIES
from tests.console import FAILED, Answer, Console, Step, differences, steps

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "docs" / "tutorial" / "first-series.md"
WHO_COMES = ROOT / "docs" / "howto" / "who-comes.md"
NEXT_EDITION = ROOT / "docs" / "howto" / "next-edition.md"
ANNOUNCE = ROOT / "docs" / "howto" / "announce.md"
WRITE = ROOT / "docs" / "howto" / "write-to-the-registered.md"
AFTER = ROOT / "docs" / "howto" / "after-the-event.md"
LINK = ROOT / "docs" / "howto" / "the-link-follows.md"
NUMBERS = ROOT / "docs" / "howto" / "numbers.md"
CORRECT = ROOT / "docs" / "howto" / "correct-a-mistake.md"
WHO_GETS_IT = ROOT / "docs" / "howto" / "who-gets-it.md"
WHILE_IT_RUNS = ROOT / "docs" / "howto" / "while-it-runs.md"
MOVE_OR_CANCEL = ROOT / "docs" / "howto" / "move-or-cancel.md"
LOOK_AHEAD = ROOT / "docs" / "howto" / "look-ahead.md"
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)

REPAIR_EVENINGS = {
    "slug": "repair-evenings",
    "title": "Repair Evenings",
    "language": "en",
    "sender_address": "evenings@repair.example",  # the local system sends from domains below example
}
OK, CREATED = 200, 201
ANNOUNCED_TO_NOBODY = '{"announce": null}'
ANNOUNCED_AT_ONCE = '{"announce": "now"}'

WRITTEN_ON = datetime(2027, 3, 3, 9, 0, tzinfo=UTC)
"""Today, in what can be followed."""

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


@pytest.fixture
def system() -> Iterator[LocalSystem]:
    with LocalSystem() as running:
        running.clock.travel(WRITTEN_ON)
        yield running


@pytest.mark.processes
def test_the_tutorial_can_be_followed(system: LocalSystem) -> None:
    followed, compared = _follow(TUTORIAL, system)
    assert followed > 20
    assert compared > 15


@pytest.mark.processes
def test_the_page_about_the_next_edition_can_be_followed(system: LocalSystem) -> None:
    _a_series_with_one_edition(system)
    followed, compared = _follow(NEXT_EDITION, system)
    assert followed > 3
    assert compared > 3


@pytest.mark.processes
def test_the_page_about_announcing_can_be_followed(system: LocalSystem) -> None:
    _a_series_with_one_edition(system)
    _a_reader(system, "ida@example.org")
    followed, compared = _follow(ANNOUNCE, system)
    assert followed > 8
    assert compared > 8


@pytest.mark.processes
def test_the_page_about_moving_and_calling_off_can_be_followed(system: LocalSystem) -> None:
    _an_announced_edition(system)
    followed, compared = _follow(MOVE_OR_CANCEL, system)
    assert followed > 6
    assert compared > 6


@pytest.mark.processes
def test_the_page_about_correcting_can_be_followed(system: LocalSystem) -> None:
    _an_announced_edition(system)
    followed, compared = _follow(CORRECT, system)
    assert followed > 9
    assert compared > 6


def _an_announced_edition(system: LocalSystem) -> None:
    edition = _a_series_with_one_edition(system)
    _a_reader(system, "ida@example.org")
    _publish(system, edition, ANNOUNCED_AT_ONCE)
    system.travel(advance="PT1H")


@pytest.mark.processes
def test_the_page_about_who_gets_it_can_be_followed(system: LocalSystem) -> None:
    edition = _a_series_with_one_edition(system)
    for name in ("ida", "mia"):
        _a_reader(system, f"{name}@example.org")
    _publish(system, edition)
    _register(system, edition, "mia@example.org")
    _console(system).curl(f"curl {system.url}/series/repair-evenings/subscriptions -d email=ole@example.org")
    followed, compared = _follow(WHO_GETS_IT, system)
    assert followed > 6
    assert compared > 4


@pytest.mark.processes
def test_the_page_about_an_edition_that_runs_can_be_followed(system: LocalSystem) -> None:
    edition = _a_series_with_one_edition(system, starts_at="2027-03-03T14:00", duration_minutes=2 * 24 * 60 + 180)
    _publish(system, edition)
    _register(system, edition, "mia@example.org")
    system.travel(to="2027-03-04T09:00:00+01:00")
    followed, compared = _follow(WHILE_IT_RUNS, system)
    assert followed > 6
    assert compared > 4


@pytest.mark.processes
def test_the_page_about_looking_ahead_can_be_followed(system: LocalSystem) -> None:
    _a_series_with_one_edition(system)
    _a_reader(system, "ida@example.org")
    followed, compared = _follow(LOOK_AHEAD, system)
    assert followed > 4
    assert compared > 4


@pytest.mark.processes
def test_the_page_about_writing_to_the_registered_can_be_followed(system: LocalSystem) -> None:
    edition = _a_series_with_one_edition(system)
    _publish(system, edition)
    followed, compared = _follow(WRITE, system)
    assert followed > 8
    assert compared > 8


@pytest.mark.processes
def test_the_page_about_who_comes_can_be_followed(system: LocalSystem, tmp_path: Path) -> None:
    """By whoever has an edition with people: two come, and one has cancelled."""
    edition, console = _a_series_with_one_edition(system), _console(system)
    api, key = f"{system.url}/api/v1", console.known["KEY"]
    console.curl(f"curl {api}/editions/{edition}/publish -H '{key}' --json '{{\"announce\": null}}'")
    for name, email in (("Mia Lang", "mia"), ("Ole Müller", "ole"), ("Eda Öz", "eda")):
        form = f"-d privacy=yes -d 'name={quote(name)}' -d email={email}@repair.example"
        console.curl(f"curl {system.url}/editions/{edition}/registrations {form}")
    system.drain(hidden_too=False)
    mail = console.curl(f"curl {system.url}/local/inbox.json?to=eda@repair.example").value[0]["text"]
    place = re.findall(r"http://\S+/registrations/[^/\s]+", mail)[0]
    console.curl(f"curl -X POST {place}/cancel")
    system.drain(hidden_too=False)
    followed, compared = _follow(WHO_COMES, system)
    assert followed > 7
    assert compared > 4

    (loop,) = re.findall(r"^```bash\n(.*?)^```", WHO_COMES.read_text("utf-8"), re.MULTILINE | re.DOTALL)
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


@pytest.mark.processes
def test_the_page_about_the_numbers_can_be_followed(system: LocalSystem) -> None:
    """By whoever has an edition that was announced to a reader."""
    edition = _a_series_with_one_edition(system)
    _a_reader(system, "ida@example.org")
    _publish(system, edition, ANNOUNCED_AT_ONCE)
    followed, compared = _follow(NUMBERS, system)
    assert followed > 4
    assert compared > 2


def _a_series_with_one_edition(system: LocalSystem, **more: Any) -> str:
    """A series with one edition, a draft; gives its id."""
    edition = {
        "title": "Toasters and kettles",
        "starts_at": "2027-03-18T19:00",
        "duration_minutes": 120,
        "location": {"place": "Old Town Hall"},
        "seats": 12,
    }
    return _make(system, {"": SERIES | REPAIR_EVENINGS, "/repair-evenings/editions": edition | more})


@pytest.mark.processes
def test_the_page_about_the_link_can_be_followed(system: LocalSystem) -> None:
    """By whoever has a series."""
    _make(system, {"": SERIES | REPAIR_EVENINGS})
    followed, compared = _follow(LINK, system)
    assert followed > 5
    assert compared > 5


@pytest.mark.processes
def test_the_page_about_what_follows_the_event_can_be_followed(system: LocalSystem) -> None:
    """By whoever has an edition that is over."""
    edition = _a_series_with_one_edition(system)
    _publish(system, edition)
    system.travel(to="2027-03-19T09:00:00+01:00")
    followed, compared = _follow(AFTER, system)
    assert followed > 4
    assert compared > 1


def _publish(system: LocalSystem, edition: str, wish: str = ANNOUNCED_TO_NOBODY) -> None:
    address, key = f"{system.url}/api/v1/editions/{edition}/publish", _console(system).known["KEY"]
    published = _console(system).curl(f"curl {address} -H '{key}' --json '{wish}'")
    assert published.status == OK, published.body
    system.drain(hidden_too=False)


def _register(system: LocalSystem, edition: str, email: str) -> None:
    form = f"-d privacy=yes -d name={email.partition('@')[0]} -d email={email}"
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


def _a_reader(system: LocalSystem, email: str) -> None:
    """Somebody who subscribes to the series, and confirms."""
    console = _console(system)
    console.curl(f"curl {system.url}/series/repair-evenings/subscriptions -d email={email}")
    system.drain()
    link = re.search(rf"{re.escape(system.url)}\S+/confirm", system.inbox(email)[0]["text"])
    assert link
    assert console.curl(f"curl -X POST {link[0]}").status < FAILED


def _console(system: LocalSystem) -> Console:
    return Console({"SITE": system.url, "KEY": f"Authorization: Bearer {system.admin_key}"})


def _follow(document: Path, system: LocalSystem) -> tuple[int, int]:
    """Do what the document says; how many commands it has, and how many answers were compared."""
    console = _console(system)
    answer = Answer(200, "")
    followed = compared = 0
    for step in steps(document.read_text("utf-8")):
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
        followed += 1
    return followed, compared


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


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for target in _links(document):
        path, _, anchor = target.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)
    assert broken == []


def _links(document: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [link or image for link, image in re.findall(r"\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"", text)]


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert _named(document) - targets == set()


def _named(document: Path) -> set[str]:
    lines = re.findall(r"`make ([a-z -]+)[^`]*`|^\$ make ([a-z -]+)", document.read_text("utf-8"), re.MULTILINE)
    return {target for line in lines for target in " ".join(line).split()}


def test_these_tests_find_links_and_targets_where_there_are_some() -> None:
    readme = ROOT / "README.md"
    assert "docs/tutorial/first-series.md" in _links(readme)
    assert [image for image in _links(readme) if image.endswith(".png")]
    assert {"demo", "test"} <= _named(readme)


def _alarms() -> set[str]:
    resources = json.loads((ROOT / "infra" / "resources.json").read_text("utf-8"))["Resources"]
    return {name for name, one in resources.items() if one.get("Type") == "AWS::CloudWatch::Alarm"}


def test_every_alarm_has_its_section_in_troubleshooting() -> None:
    text = (ROOT / "docs" / "howto" / "troubleshooting.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (\w+Alarm)\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == _alarms() != set()
    for name, section in sections.items():
        assert "**Cause" in section, name
        assert re.search(r"\*\*do\b", section, re.IGNORECASE), name


def test_the_index_names_every_document_and_the_readme_every_folder() -> None:
    docs = ROOT / "docs"
    index = {(docs / link).resolve() for link in _links(docs / "README.md")}
    one_by_one = {path.resolve() for path in docs.rglob("*.md") if path.parent.name != "decisions"}
    assert one_by_one - index == {docs / "README.md"}
    places = (ROOT / "README.md").read_text("utf-8").split("## Where things live")[1].split("\n## ")[0]
    assert {name for name in _folders(ROOT) if f"`{name}/`" not in places} == set()


def test_contributing_names_every_folder_of_tests() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert {name for name in _folders(ROOT / "tests") if f"`tests/{name}`" not in text} == set()


def _folders(where: Path) -> set[str]:
    """Folders that git keeps: what a folder that was moved leaves behind is its caches."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()} | {".git"}
    found = {path.name for path in where.iterdir() if path.is_dir() and path.name not in ignored and _has_files(path)}
    assert len(found) > 5
    return found


def _has_files(folder: Path) -> bool:
    return any(path.is_file() and "__pycache__" not in path.parts for path in folder.rglob("*"))


def test_every_picture_is_shown_somewhere_and_none_is_heavy() -> None:
    shown = {
        name for document in DOCUMENTS for name in re.findall(r"images/([\w-]+\.png)", document.read_text("utf-8"))
    }
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "images").iterdir()}
    assert shown == set(pictures) != set()
    assert {name: size for name, size in pictures.items() if size > 250_000} == {}
