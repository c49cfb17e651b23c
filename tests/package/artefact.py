"""What ``make package`` made, as the tests look at it."""

from __future__ import annotations

import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"

WORKERS = ("Transactional", "Broadcast", "Feedback")
FUNCTIONS = ("APIHandler", "AdminKey", "Tick", *WORKERS)


def built(name: str) -> Path:
    """``build/package`` or ``build/native``. Its absence is a failure: these tests are asked for by name."""
    folder = BUILD / name
    if not (folder / "deployment.zip").exists():
        pytest.fail(f"There is no {folder.relative_to(ROOT)}: run `make package` first.")
    return folder


@cache
def template() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((built("package") / "sam.json").read_text())
    return read


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """By logical id: the properties of every resource of a kind, such as ``SQS::Queue``."""
    found = template()["Resources"].items()
    return {name: one["Properties"] for name, one in found if one["Type"] == f"AWS::{kind}"}


def functions() -> dict[str, dict[str, Any]]:
    return resources("Serverless::Function")


def statements(function: str) -> list[dict[str, Any]]:
    """What a function may do."""
    role = resources("IAM::Role")[functions()[function]["Role"]["Fn::GetAtt"][0]]
    (policy,) = role["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def content(name: str) -> dict[str, bytes]:
    """Every file in a build's zip."""
    with zipfile.ZipFile(built(name) / "deployment.zip") as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}
