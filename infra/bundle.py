"""From the zip that Chalice makes to the zip that Lambda gets: only what runs, compiled, the same bytes every time.

Packed as Chalice leaves it, the zip has 30 MB and every cold start compiles its Python anew, for Lambda cannot write
there. Nine tenths of it describe AWS services we do not call and languages we do not speak.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from infra import models

LARGEST = 250 * 1024 * 1024
"""Lambda's limit for what a zip unpacks to."""

TASK = "/var/task"
"""Where Lambda unpacks the zip; tracebacks name it."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


class Unbuildable(Exception):  # said to whoever builds, not handled
    """What is missing, and what to do."""


def finish(
    raw: Path,
    made: Path,
    *,
    work: Path,
    pinned: Mapping[str, str],
    required: Iterable[str] = (),
    languages: frozenset[str],
) -> None:
    """Write ``made`` from ``raw``; ``work`` is an empty directory to do it in.

    Raises ``Unbuildable`` for a package that is missing or not pinned, and for a zip too large for Lambda.
    """
    with zipfile.ZipFile(raw) as archive:
        names = archive.namelist()
        _check_packages(names, pinned, required)
        archive.extractall(work, [name for name in names if is_needed(name, languages)])
    if (data := work / "botocore" / "data").exists():
        models.cut(data)
    _compile(work)
    if (size := sum(file.stat().st_size for file in _files(work))) > LARGEST:
        raise Unbuildable(f"Unpacked, the zip has {size:,} bytes; Lambda takes {LARGEST:,}. What grew?")
    _pack(work, made)


def is_needed(name: str, languages: frozenset[str]) -> bool:
    """Does the zip need this file? botocore and Babel read their data one file at a time, when somebody asks for it."""
    parts = PurePosixPath(name).parts
    if parts[0] == "bin" or parts[0].endswith(".data") or parts[-1] == "RECORD":
        return False
    if parts[:2] == ("boto3", "data"):
        return False  # its resources, which we do not use
    if parts[:2] == ("botocore", "data") and len(parts) > 3:  # noqa: PLR2004  # a service's folder
        return parts[2] in models.SERVICES
    if parts[:2] == ("babel", "locale-data"):
        language = PurePosixPath(name).stem.partition("_")[0]
        return language == "root" or language in languages
    if parts[0] == "holidays":
        return _is_needed_of_holidays(parts, languages)
    return True


def _is_needed_of_holidays(parts: tuple[str, ...], languages: frozenset[str]) -> bool:
    """Germany's, of some 250 countries. Without its ``__init__``, which imports all of them, the folder of countries is
    still a package (PEP 420), so the one there is can be imported."""
    match parts[1:]:
        case ("countries", module):
            return module == "germany.py"
        case ("financial", *_):
            return False
        case ("locale", language, *_, catalogue):
            return language.partition("_")[0] in languages and catalogue == "DE.mo"
        case _:
            return True


def _check_packages(names: Iterable[str], pinned: Mapping[str, str], required: Iterable[str]) -> None:
    found = dict(re.findall(r"^([^/]+)-([^/-]+)\.dist-info/METADATA$", "\n".join(names), re.MULTILINE))
    found = {canonical(name): version for name, version in found.items()}
    if missing := sorted(set(required) - found.keys()):
        raise Unbuildable("Wanted, but not in the zip: " + ", ".join(missing))
    if loose := [f"{name}=={version}" for name, version in sorted(found.items()) if name not in pinned]:
        raise Unbuildable("Not pinned; add to infra/pins.txt:\n" + "\n".join(loose))
    if wrong := [f"{name}: {version}" for name, version in sorted(found.items()) if pinned[name] != version]:
        raise Unbuildable("Not the pinned version: " + ", ".join(wrong))


def canonical(name: str) -> str:
    """How PyPI compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _compile(tree: Path) -> None:
    """Byte code beside each source, trusted without a look at the source: imports take half the time."""
    command = [sys.executable, "-m", "compileall", "-q", "-s", str(tree), "-p", TASK]
    command += ["--invalidation-mode", "unchecked-hash", str(tree)]
    # The order of a set is the only chance in byte code.
    done = subprocess.run(  # noqa: S603  # our own command
        command, env=os.environ | {"PYTHONHASHSEED": "0"}, cwd=tree.parent, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unbuildable("Does not compile:\n" + (done.stdout + done.stderr).strip())


def _pack(tree: Path, made: Path) -> None:
    """Sorted, without dates: the same content makes the same zip."""
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in _files(tree):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whose permissions follow
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())


def _files(tree: Path) -> Iterator[Path]:
    return (path for path in sorted(tree.rglob("*")) if path.is_file())
