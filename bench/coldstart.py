"""From a fresh interpreter to the first answer, each function as Lambda loads it: out of the built zip."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

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

FUNCTION = """
import importlib, json, sys
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "bench", 1024, "1"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"
    def get_remaining_time_in_millis(self): return 60_000
module, _, name = sys.argv[1].rpartition(".")
handler = getattr(importlib.import_module(module), name)
print(json.dumps(handler(json.load(sys.stdin), Context())))
"""

FLOOR = """
import chalice, boto3, jinja2
session = boto3.Session()
session.client("dynamodb"), session.client("sqs")
print("{}")
"""


def measure(runs: int = RUNS, *, tree: Path | None = None) -> list[Figure]:
    """CPU milliseconds. Peer: importing chalice, boto3 and jinja2 and making two clients, in the same tree."""
    with ground() as here, _tree(tree) as where:
        asked = _events(here)
        here.ask("mark")
        surroundings = environment(here.port) | {
            "PYTHONPATH": str(where),
            "PYTHONTZPATH": str(where / "tzdata" / "zoneinfo"),
        }
        steps = [lambda: _cpu(FLOOR, "", {}, surroundings, where)[0]]
        steps += [partial(_answered, here, name, event, surroundings, where) for name, event in asked.items()]
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
            target=Target(most=1.2),
        )
        for name, times in zip(asked, found, strict=True)
    ]


def _answered(here: Ground, name: str, event: dict[str, Any], surroundings: dict[str, str], where: Path) -> float:
    """Raises ``Wrong`` when the function did not do its work."""
    here.ask("rewind")
    spent, answer = _cpu(FUNCTION, HANDLERS[name], event, surroundings, where)
    if answer.get("statusCode", 200) != 200 or answer.get("batchItemFailures"):  # noqa: PLR2004
        raise Wrong(f"{name}: {answer}")
    mails = {"transactional": 1, "broadcast": 50}.get(name, 0)
    here.check_mailed(mails)
    if not here.ask("tell")["calls"]:
        raise Wrong(f"{name}: it asked AWS for nothing")
    return spent


def _cpu(
    script: str, handler: str, event: dict[str, Any], surroundings: dict[str, str], where: Path
) -> tuple[float, dict[str, Any]]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", script, handler],
        input=json.dumps(event),
        env=surroundings,
        cwd=where,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answer: dict[str, Any] = json.loads(done.stdout)
    return spent * 1000, answer


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
        package.build("native", ROOT / "build")
    with tempfile.TemporaryDirectory(prefix="kaffeepause-") as temporary, zipfile.ZipFile(made) as archive:
        archive.extractall(temporary)
        yield Path(temporary)
