"""From a fresh interpreter to the first answer, each function as Lambda loads it: out of the built zip.

The floor is what a project pays that bundles nothing: boto3, chalice and jinja2 as pip installs them, with the data of
every AWS service, and with pip's byte code beside each source. What Chalice packs by itself has no byte code and would
be compiled anew at every cold start, since Lambda cannot write there; to compare with that would flatter us.

Both end by ``os._exit``, as Lambda's processes end: taking an interpreter down is never on anybody's bill.
"""

from __future__ import annotations

import json
import resource
import site
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, NamedTuple

from bench.events import accepted, sqs_event
from bench.ground import BROADCAST, ROOT, TRANSACTIONAL, Ground, Wrong, environment, ground
from bench.measure import Beside, Figure, Target, middle, repeated
from bench.webhook import connected, delivery
from infra import package

RUNS = 7

HANDLERS = {
    "api": "app.app",
    "webhook": "app.app",
    "tick": "chalicelib.workers.tick",
    "transactional": "chalicelib.workers.transactional",
    "broadcast": "chalicelib.workers.broadcast",
    "feedback": "chalicelib.workers.feedback",
}
"""As the template names them; the API's twice, for the page and for the webhook."""

_CALL = """
import importlib, json, os, sys
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "bench", 1024, "1"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"
    def get_remaining_time_in_millis(self): return 60_000
module, _, name = sys.argv[1].rpartition(".")
answer = getattr(importlib.import_module(module), name)(json.load(sys.stdin), Context())
"""

FUNCTION = _CALL + "print(json.dumps(answer), flush=True); os._exit(0)"

LOADED = _CALL + "print(json.dumps(sorted(sys.modules)), flush=True); os._exit(0)"


FLOOR = """
import os
import chalice, boto3, jinja2
session = boto3.Session()
session.client("dynamodb"), session.client("sqs")
print("{}", flush=True)
os._exit(0)
"""

IMPORT = "import time:"
HEAVIEST = 20
"""Imports of each function that ``why`` tells."""


class Process(NamedTuple):
    """A fresh interpreter: ``-S`` leaves out what a developer's environment does at its start, such as coverage's."""

    tree: Path
    port: int
    libraries: tuple[Path, ...] = ()
    """Where else packages are found: nowhere for the zip, which has them."""

    def run(self, script: str, handler: str = "", event: dict[str, Any] | None = None, *options: str) -> Done:
        """Raises ``CalledProcessError`` when it fails."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-S", *options, "-c", script, handler],
            input=json.dumps(event),
            env=environment(self.port)
            | {
                "PYTHONPATH": ":".join(map(str, (self.tree, *self.libraries))),
                "PYTHONTZPATH": str(self.tree / "tzdata" / "zoneinfo"),
            },
            cwd=self.tree,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if options else None,
            text=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Done(spent * 1000, json.loads(done.stdout), done.stderr or "")


class Done(NamedTuple):
    """``spent`` is CPU milliseconds."""

    spent: float
    answer: Any
    told: str


def measure(runs: int = RUNS, *, tree: Path | None = None) -> list[Figure]:
    """CPU milliseconds. Peer: importing chalice, boto3 and jinja2 as pip installs them, and making two clients."""
    with ground() as here, _tree(tree) as where:
        asked = _events(here)
        here.ask("mark")
        floor = Process(installed(), here.port)
        ours = _ours(where, here.port)
        steps = [lambda: floor.run(FLOOR).spent]
        steps += [partial(_answered, here, name, event, ours) for name, event in asked.items()]
        if runs > 1:
            repeated(1, *steps)  # whatever the disk has to be asked for is in memory now
        floors, *found = repeated(runs, *steps)
    return [
        Figure(
            name=f"coldstart-{name}",
            value=middle(times),
            unit="ms",
            floor=middle(floors),
            beside=Beside.PEER,
            runs=runs,
            size=1,
            target=Target(most=1.15),
        )
        for name, times in zip(asked, found, strict=True)
    ]


def why(*, tree: Path | None = None) -> Iterator[str]:
    """The heaviest imports of each function: milliseconds of its own, with what it imported first, and its name."""
    with ground() as here, _tree(tree) as where:
        asked = _events(here)
        here.ask("mark")
        for name, event in asked.items():
            here.ask("rewind")
            told = _ours(where, here.port).run(FUNCTION, HANDLERS[name], event, "-X", "importtime").told
            imports = [Import.read(line) for line in told.splitlines() if line.startswith(IMPORT)][1:]
            yield f"{name}: {len(imports)} imports, {sum(one.own for one in imports):.0f} ms"
            heaviest = sorted(imports, key=lambda one: one.own, reverse=True)[:HEAVIEST]
            yield from (f"{one.own:8.1f} {one.whole:8.1f}  {one.name}" for one in heaviest)


def loaded(*, tree: Path | None = None) -> dict[str, set[str]]:
    """Every module that each function has loaded when it has done its work."""
    with ground() as here, _tree(tree) as where:
        asked = _events(here)
        here.ask("mark")
        found = {}
        for name, event in asked.items():
            here.ask("rewind")
            found[name] = set(_ours(where, here.port).run(LOADED, HANDLERS[name], event).answer)
    return found


class Import(NamedTuple):
    """A line of Python's ``-X importtime``, in milliseconds."""

    own: float
    whole: float
    name: str

    @classmethod
    def read(cls, line: str) -> Import:
        own, whole, name = line.removeprefix(IMPORT).split("|")
        return cls(_milliseconds(own), _milliseconds(whole), name.strip())


def _milliseconds(microseconds: str) -> float:
    return int(microseconds) / 1000 if microseconds.strip().isdecimal() else 0.0  # the first line is a heading


def installed() -> Path:
    """Where pip has installed everything. Raises ``Wrong`` where that has no byte code: the floor would compile."""
    import botocore.session

    (packages,) = site.getsitepackages()
    if not Path(cache_from_source(botocore.session.__file__)).exists():
        raise Wrong(f"{packages} has no byte code: python -m compileall {packages}")
    return Path(packages)


def _ours(where: Path, port: int) -> Process:
    """The zip has all packages; the source tree has none."""
    return Process(where, port, () if (where / "boto3").exists() else (installed(),))


def _answered(here: Ground, name: str, event: dict[str, Any], ours: Process) -> float:
    """Raises ``Wrong`` when the function did not do its work."""
    here.ask("rewind")
    spent, answer, _ = ours.run(FUNCTION, HANDLERS[name], event)
    if answer.get("statusCode", 200) != 200 or answer.get("batchItemFailures"):  # noqa: PLR2004
        raise Wrong(f"{name}: {answer}")
    mails = {"transactional": 1, "broadcast": 50}.get(name, 0)
    here.check_mailed(mails)
    if not here.ask("tell")["calls"]:
        raise Wrong(f"{name}: it asked AWS for nothing")
    return spent


def _events(here: Ground) -> dict[str, dict[str, Any]]:
    """What each function is likely to be woken for: a look at a page, a delivery by webhook, an idle minute, a
    confirmation, 50 mails, a mail accepted."""
    here.series()
    here.subscribers(50)
    edition = here.edition(announce="now")
    here.register(edition, "mia@example.org")
    (batch,) = here.batches(BROADCAST)
    (confirmation,) = here.batches(TRANSACTIONAL)
    source = connected(here, edition)
    here.ask("mark")
    here.record("SendEmail")
    here.call("transactional", sqs_event(TRANSACTIONAL, [confirmation]))
    (mail,) = here.record()
    here.ask("rewind")
    return {
        "api": here.request("GET", f"/editions/{edition}"),
        "webhook": delivery(here, *source, 0)[0],
        "tick": here.scheduled(),
        "transactional": sqs_event(TRANSACTIONAL, [confirmation]),
        "broadcast": sqs_event(BROADCAST, [batch]),
        "feedback": sqs_event(
            "kaffeepause-feedback", [("event", json.dumps(one)) for one in accepted(mail, here.clock())]
        ),
    }


@contextmanager
def _tree(given: Path | None) -> Iterator[Path]:
    """The built zip, unpacked; built anew when anything it is made of has changed since."""
    if given:
        yield given
        return
    made = ROOT / "build" / "native" / "deployment.zip"
    parts = [ROOT / part for part in (*package.SHIPPED, "infra", "templates")]
    sources = [
        file
        for part in parts
        for file in ([part] if part.is_file() else part.rglob("*"))
        if "__pycache__" not in file.parts
    ]
    if not made.exists() or made.stat().st_mtime < max(file.stat().st_mtime for file in sources):
        with redirect_stdout(sys.stderr):  # what is measured is printed, and nothing else
            package.build("native", ROOT / "build")
    with tempfile.TemporaryDirectory(prefix="kaffeepause-") as temporary, zipfile.ZipFile(made) as archive:
        archive.extractall(temporary)
        yield Path(temporary)
