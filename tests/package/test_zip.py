"""The zip, as Lambda gets it."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.settings import NAMES
from infra.bundle import LARGEST
from infra.models import SERVICES
from infra.package import pinned
from tests.package.artefact import BUILD, ROOT, built, content, functions

pytestmark = pytest.mark.package

OURS = ("app.py", "chalicelib/", "templates/")
INSIDE = Path(__file__).with_name("inside.py")
AARCH64 = 183  # e_machine in the ELF header

SETTINGS = dict.fromkeys(NAMES, "a-value-that-is-long-enough-to-be-a-secret") | {
    # printf key | sha256sum
    "ADMIN_KEY_HASHES": "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683",
    "PUBLIC_URL": "https://events.example.org",
    "SENDER_DOMAIN": "example.org",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The native zip in an otherwise empty directory."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(built("native") / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


def ask(unpacked: Path, *question: str, **environment: str) -> Any:
    """Asks ``inside.py`` in an empty environment, with nothing on the path but the zip and the standard library."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(INSIDE), str(unpacked), *question],
        cwd=unpacked,
        env={"PATH": os.defpath} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_handler_of_the_template_is_in_the_zip_and_imports_without_any_settings(unpacked: Path) -> None:
    wanted = [function["Handler"] for function in functions().values()]
    assert wanted
    for handler in wanted:  # each on its own, as each function is a process of its own
        assert ask(unpacked, "handlers", handler) == {handler: True}


def test_nothing_is_imported_from_outside_the_zip(unpacked: Path) -> None:
    assert ask(unpacked, "strangers") == []


def test_every_mail_renders_in_every_language_far_from_the_repository(unpacked: Path) -> None:
    said = ask(unpacked, "mails")

    folders = {path.name for path in (ROOT / "templates" / "emails").iterdir() if not path.name.startswith("_")}
    assert {name.split()[0] for name in said} == folders
    assert all(mail["subject"] and mail["text"] and mail["html"] for mail in said.values())
    assert "Mittwoch, 10. März 2027, 14:30 Uhr" in said["announcement de"]["text"]
    assert "Wednesday" in said["announcement en"]["text"]


def test_every_page_compiles_far_from_the_repository(unpacked: Path) -> None:
    assert ask(unpacked, "pages") == len(list((ROOT / "templates" / "pages").glob("*.html"))) > 0


def test_public_holidays_are_known_in_every_language_far_from_the_repository(unpacked: Path) -> None:
    assert ask(unpacked, "dates", "DE-BE") == ["Frauentag", "Women's Day"]


def test_a_workbook_is_written_far_from_the_repository(unpacked: Path) -> None:
    assert "xl/worksheets/sheet1.xml" in ask(unpacked, "workbook", "Name", "+49 30 123")


def test_the_style_sheet_is_served_from_the_zip(unpacked: Path) -> None:
    path = "/assets/style.css"
    event = {
        "requestContext": {"httpMethod": "GET", "resourcePath": path, "path": path},
        "headers": {"accept": "text/css"},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }

    answer = ask(unpacked, "call", functions()["APIHandler"]["Handler"], json.dumps(event), **SETTINGS)

    assert answer["statusCode"] == 200
    assert "{" in answer["body"]


@pytest.mark.parametrize("worker", ["Transactional", "Broadcast", "Feedback"])
def test_a_worker_without_messages_has_no_failures(unpacked: Path, worker: str) -> None:
    handler = functions()[worker]["Handler"]
    assert ask(unpacked, "call", handler, '{"Records": []}', **SETTINGS) == {"batchItemFailures": []}


@pytest.mark.parametrize("worker", ["Transactional", "Broadcast"])
def test_a_worker_reports_the_message_it_cannot_read(unpacked: Path, worker: str) -> None:
    event = {"Records": [{"messageId": "m-1", "body": "neither JSON nor a hint", "receiptHandle": "r"}]}
    answer = ask(unpacked, "call", functions()[worker]["Handler"], json.dumps(event), **SETTINGS)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


@pytest.mark.parametrize(("key", "opened"), [("key", True), ("another key", False)])
def test_the_right_key_opens_the_admin_endpoint_and_another_does_not(unpacked: Path, key: str, *, opened: bool) -> None:
    event = {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {key}",
        "methodArn": "arn:aws:execute-api:eu-central-1:123456789012:abc/prod/GET/api/v1/series",
    }
    answer = ask(unpacked, "call", functions()["AdminKey"]["Handler"], json.dumps(event), **SETTINGS)
    (statement,) = answer["policyDocument"]["Statement"]
    assert bool(statement["Resource"]) is opened


def test_every_aws_client_of_the_code_can_be_made(unpacked: Path) -> None:
    sources = "\n".join(file.read_text() for file in (ROOT / "chalicelib").rglob("*.py"))
    asked = set(re.findall(r"\.(?:_?client|resource)\(\s*\"([a-z0-9-]+)\"", sources))
    assert asked == set(SERVICES)
    assert ask(unpacked, "clients", *SERVICES) == list(SERVICES)


def test_the_time_zones_are_the_pinned_ones(unpacked: Path) -> None:
    environment = json.loads((built("package") / "sam.json").read_text())["Globals"]["Function"]["Environment"][
        "Variables"
    ]
    zones = environment["PYTHONTZPATH"].removeprefix("/var/task/")
    assert (unpacked / zones / "Europe" / "Berlin").is_file()


def test_only_what_runs_is_in_the_zip() -> None:
    names = content("package")
    tops = {name.partition("/")[0] for name in names}
    packages = {name.split("-")[0] for name in tops if name.endswith((".dist-info", ".data"))}
    assert packages
    assert {re.sub(r"[_.]", "-", name) for name in packages} <= set(pinned())
    assert not tops & {
        "tests",
        "local",
        "docs",
        "infra",
        "bench",
        "organise",
        "vendor",
        ".chalice",
        "build",
        "pip",
        "click",
        "bin",
    }
    assert not [name for name in names if name.endswith((".po", ".pot", "RECORD")) or "/.git" in name]
    assert {name for name in names if name.startswith("chalice/") and name.endswith(".py")} == {
        "chalice/__init__.py",
        "chalice/app.py",
    }


def test_the_zip_holds_the_code_and_templates_of_this_tree() -> None:
    packed = {
        name: bytes_
        for name, bytes_ in content("package").items()
        if name.startswith(OURS) and not name.endswith(".pyc")
    }
    files = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*"), *(ROOT / "templates").rglob("*")]
    here = {
        file.relative_to(ROOT).as_posix(): file.read_bytes()
        for file in files
        if file.is_file() and "__pycache__" not in file.parts and file.suffix not in (".po", ".pot")
    }
    assert packed.keys() == here.keys()
    changed = [name for name, bytes_ in packed.items() if here[name] != bytes_]
    assert not changed, "changed since the build; run `make package`"


def test_every_source_has_its_byte_code() -> None:
    names = content("package").keys()
    tag = sys.implementation.cache_tag
    bare = [
        name
        for name in names
        if name.endswith(".py") and str(Path(name).parent / "__pycache__" / f"{Path(name).stem}.{tag}.pyc") not in names
    ]
    assert not bare


def test_compiled_modules_are_for_lambdas_processor() -> None:
    libraries = {name: bytes_ for name, bytes_ in content("package").items() if name.endswith(".so")}
    assert len(libraries) == len([name for name in content("native") if name.endswith(".so")])
    machines = {struct.unpack_from("<H", bytes_, 18)[0] for bytes_ in libraries.values() if bytes_[:4] == b"\x7fELF"}
    assert libraries
    assert machines == {AARCH64}


def test_the_zip_fits_into_lambda_with_room_to_spare() -> None:
    assert sum(map(len, content("package").values())) < LARGEST / 4
    assert (BUILD / "package" / "deployment.zip").stat().st_size < 20_000_000


def test_no_secrets_are_in_the_zip() -> None:
    telling = re.compile(
        rb"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|whsec_[A-Za-z0-9+/]{16}|aws_secret_access_key\s*=\s*['\"]\w"
    )
    ours = {name: bytes_ for name, bytes_ in content("package").items() if name.startswith(OURS)}
    assert ours
    assert not [name for name, bytes_ in ours.items() if telling.search(bytes_)]
    assert not [
        name for name in ours if Path(name).suffix in (".env", ".pem", ".key") or Path(name).name.startswith(".")
    ]
