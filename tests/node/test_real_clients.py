"""A sender in Node, with the npm package ``standardwebhooks``, at the running local system (``make test-node``)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.demo.visitor import Visitor
from local.processes.system import LocalSystem
from tests.builders import EDITION, SERIES

pytestmark = pytest.mark.node

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "build" / "webhooks"


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with LocalSystem() as system:
        ready = Visitor(system)
        ready.api("POST", "/series", SERIES | {"sender_address": "kaffee@campus.example"})
        starts_at = f"{system.now().year + 1}-03-10T14:30"
        made = ready.api("POST", f"/series/{SERIES['slug']}/editions", EDITION | {"starts_at": starts_at})
        ready.api("POST", f"/editions/{made['id']}/publish", {"announce": None})
        yield ready


@pytest.fixture
def sender(tmp_path: Path) -> Path:
    """Node looks for packages beside the script, so it stands beside them."""
    script = tmp_path / "sender.mjs"
    shutil.copy(Path(__file__).parent / script.name, script)
    (tmp_path / "node_modules").symlink_to(PACKAGE / "node_modules")
    return script


def sent(sender: Path, **wanted: Any) -> list[dict[str, Any]]:
    whole = {"url": "", "secret": "", "deliveries": [], "forms": []} | wanted
    done = subprocess.run(["node", sender], input=json.dumps(whole), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def connected(visitor: Visitor, kind: str) -> tuple[dict[str, Any], str]:
    made = visitor.api("POST", "/sources", {"name": f"Node, {kind}", "kind": kind, "to": {"series": SERIES["slug"]}})
    return made, str(visitor.api("GET", f"/sources/{made['id']}/secrets")["items"][0]["secret"])


def test_a_standard_webhooks_sender_registers_and_its_repetition_is_answered_the_same(
    visitor: Visitor, sender: Path
) -> None:
    source, secret = connected(visitor, "standard")
    data = {"name": "Zoë Grün 🌱", "email": "zoe@example.org", "privacy": True}
    deliveries = [
        {"id": "msg_1", "payload": {"type": "registration.created", "data": data}, "times": 2},
        {"id": "msg_2", "payload": {"type": "test"}, "times": 1},
    ]
    first, again, test = sent(sender, url=source["url"], secret=secret, deliveries=deliveries)
    assert (first["status"], json.loads(first["body"])["state"]) == (200, "registered")
    assert again == first
    assert (test["status"], json.loads(test["body"])["state"]) == (200, "test")
    visitor.system.drain()
    (mail,) = visitor.system.inbox("zoe@example.org")
    assert "Zoë Grün 🌱" in mail["text"]


def test_another_secret_is_refused(visitor: Visitor, sender: Path) -> None:
    source, _ = connected(visitor, "standard")
    deliveries = [{"id": "msg_1", "payload": {"type": "test"}, "times": 1}]
    (answer,) = sent(sender, url=source["url"], secret="whsec_" + "A" * 32, deliveries=deliveries)
    assert answer["status"] == 401


def test_multipart_comes_through_whole_with_the_secret_in_the_path(visitor: Visitor, sender: Path) -> None:
    source, secret = connected(visitor, "token")
    raw = json.dumps(
        {"q3_name": {"first": "Björn", "last": "Öst"}, "q4_email": "bjoern@example.org"}, ensure_ascii=False
    )
    visitor.api(
        "PATCH",
        f"/sources/{source['id']}",
        {
            "fields": {"email": "q4_email"},
            "consent": {"basis": "collected-by-form", "wording": "Mit dem Absenden …"},
        },
    )
    url = f"{source['url']}/{secret}"
    fields = {"formTitle": "Anmeldung für März", "rawRequest": raw, "webhookURL": url}
    (answer,) = sent(sender, forms=[{"url": url, "fields": fields, "file": True}])
    assert (answer["status"], json.loads(answer["body"])["state"]) == (200, "registered")
    shown = visitor.api("GET", f"/sources/{source['id']}/submissions/{json.loads(answer['body'])['submission']}")
    values = {one["field"]: one["values"] for one in shown["answers"]}
    assert values["formTitle"] == ["Anmeldung für März"]
    assert (values["rawRequest.q3_name.first"], values["rawRequest.q3_name.last"]) == (["Björn"], ["Öst"])
    assert "upload" not in values
    assert secret not in json.dumps(shown)
