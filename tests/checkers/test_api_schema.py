"""Schemathesis asks the API what its document allows, and what it does not: no answer is a 500 or outside of it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from local.demo.seed import GERMAN
from tests.browser.site import Site

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
EXAMPLES = 12
"""Requests of each kind for each route; the same ones in every run."""


def test_the_api_answers_as_its_document_says(own_site: Site, tmp_path: Path) -> None:
    """Editions are cancelled and people erased on the way."""
    site = own_site
    with urllib.request.urlopen(f"{site.url}/api/v1/openapi.json") as answer:
        document = json.load(answer)
    _with_what_there_is(document, site)
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        *("run", "openapi.json", "--url", site.url, "-H", f"Authorization: Bearer {site.system.admin_key}"),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1", "--checks"),
        ",".join(CHECKS),
        *("--warnings", "off", "--no-color", "--continue-on-failure"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    asked = sum(map(len, document["paths"].values()))
    assert f"Tested: {asked}" in done.stdout


def _with_what_there_is(document: dict[str, Any], site: Site) -> None:
    """Let path parameters be what the demo has, and one that it has not, so that requests come behind the 404."""
    known = _known(site)
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "enum": [*known[parameter["name"]], "nonesuch"]}


def _known(site: Site) -> dict[str, list[str]]:
    api = site.people.api
    slug = GERMAN["slug"]
    editions = [one["id"] for one in api("GET", f"/series/{slug}/editions")["items"]][-3:]
    mailings = [one["id"] for edition in editions for one in api("GET", f"/editions/{edition}/mailings")["items"]]
    source = api("POST", "/sources", {"name": "Form", "kind": "token", "to": {"series": slug}})["id"]
    secret = api("GET", f"/sources/{source}/secrets")["items"][0]["secret"]
    for number in range(3):
        _posted(site, source, secret, {"E-Mail": f"person-{number}@example.org", "Name": "Kim", "Privacy": ""})
    submissions = [one["id"] for one in api("GET", f"/sources/{source}/submissions")["items"]]
    assert editions
    assert mailings
    assert len(submissions) == 3
    return {
        "slug": [slug],
        "edition_id": [*editions, site.draft],
        "mailing_id": mailings[:3],
        "source_id": [source],
        "submission_id": submissions,
        "number": ["1", "2"],
    }


def _posted(site: Site, source: str, secret: str, answers: dict[str, str]) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
    request = urllib.request.Request(f"{site.url}/hooks/{source}", json.dumps(answers).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
