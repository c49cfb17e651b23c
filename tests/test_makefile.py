"""The Makefile: what it installs, what it only names, and what is said meanwhile."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
NEEDED = {
    "java": "default-jre-headless npm",
    "node": "nodejs npm",
    "browser": "chromium chromium-driver fonts-dejavu-core",
    "spamassassin": "spamassassin",
    "fonts": "fontconfig fonts-open-sans fonts-urw-base35",
}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder for PATH that has none of the programs we need: only a package manager, which writes down what it is
    asked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, script in {
        "apt-get": f'echo "$@" >> {tmp_path / "asked"}',
        "sudo": 'exec "$@"',
        "id": "echo 1000",
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


def make(target: str, path: Path, more: Mapping[str, str] = MappingProxyType({})) -> subprocess.CompletedProcess[str]:
    program = str(shutil.which("make"))
    own = {name: value for name, value in os.environ.items() if name not in ("CI", "INSTALL", "MAKEFLAGS", "MFLAGS")}
    environment = {**own, "PATH": str(path), **more}
    return subprocess.run([program, target], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", NEEDED)
def test_a_missing_system_package_is_named_with_its_command_and_not_installed(target: str, bare: Path) -> None:
    told = make(target, bare)
    assert told.returncode != 0
    assert re.search(rf"^  sudo apt-get install .*{NEEDED[target]}$", told.stdout, re.MULTILINE)
    assert f"make {target} INSTALL=1" in told.stdout
    assert not (bare.parent / "asked").exists()


@pytest.mark.parametrize("asked", ["INSTALL", "CI"])
@pytest.mark.parametrize("target", NEEDED)
def test_it_is_installed_where_that_is_asked_for(target: str, asked: str, bare: Path) -> None:
    told = make(target, bare, {asked: "1"})
    assert told.returncode == 0, told.stderr
    update, install = (bare.parent / "asked").read_text().splitlines()
    assert update.startswith("update")
    assert install.startswith("install -y ")
    assert install.endswith(NEEDED[target])


def test_only_the_shared_recipe_calls_the_package_manager() -> None:
    assert MAKEFILE.count("apt-get update") == 1


def test_the_demo_says_that_it_starts_before_it_imports_what_takes_seconds() -> None:
    slow = "sorted({'boto3', 'botocore', 'chalice', 'jinja2', 'moto', 'werkzeug'} & sys.modules.keys())"
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, local.__main__; print({slow})"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"
