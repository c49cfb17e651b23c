"""``python -m infra.package``: build/package for Lambda, build/native the same for this machine, where tests import it.

Chalice makes the template from the routes and handlers in ``app.py``, merges ``infra/resources.json`` into it and
collects the wheels. It works on a clean copy of what is shipped, so nothing of a developer's machine gets in. Needs no
AWS account, and no network beyond what pip needs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.bundle import Unbuildable, canonical, finish

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "infra" / "resources.json"
PINS = ROOT / "infra" / "pins.txt"
STAGE = "prod"

SHIPPED = ("app.py", "chalicelib", "vendor", ".chalice", "requirements.txt")
LEFT_BEHIND = shutil.ignore_patterns(
    "__pycache__", "*.pyc", "*.po", "*.pot", "deployments", "deployed", ".*.sw?", ".DS_Store"
)

NOT_LAMBDA = "chalice"
"""Chalice puts the two files of it that run into the zip itself; the rest of it is for building."""


def build(name: str, out: Path) -> None:
    """Make ``out/<name>`` anew: ``package`` for Lambda, ``native`` for the machine this runs on.

    Raises ``Unbuildable``.
    """
    _check()
    with TemporaryDirectory(prefix="kaffeepause-") as temporary:
        project, raw, work = (Path(temporary) / part for part in ("project", "raw", "work"))
        copy(project, architecture=None if name == "package" else native())
        _compile_templates(project)
        _chalice(project, raw)
        target = out / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        finish(
            raw / "deployment.zip",
            target / "deployment.zip",
            work=work,
            pinned=pinned(),
            required=wanted(),
            languages=languages(),
        )
        shutil.copyfile(raw / "sam.json", target / "sam.json")
    _report(target)


def _check() -> None:
    if missing := [part for part in SHIPPED if not (ROOT / part).exists()]:
        raise Unbuildable(f"Missing in {ROOT}: {', '.join(missing)}.")
    try:
        import chalice  # noqa: F401
        import pip  # noqa: F401
    except ImportError as error:
        raise Unbuildable(f"This Python has no {error.name}. `make package` installs what it needs.") from error


def native() -> str:
    """This machine's architecture, as Lambda calls it."""
    known = {"x86_64": "x86_64", "aarch64": "arm64"}
    if platform.system() != "Linux" or platform.machine() not in known:
        raise Unbuildable(
            f"Lambda's wheels run on Linux only, and this is {platform.system()} on {platform.machine()}: "
            "build with --only package, and leave the tests of the zip to CI."
        )
    return known[platform.machine()]


def copy(project: Path, *, architecture: str | None) -> None:
    """What is shipped, and nothing else, into ``project``; for another architecture than the configured one
    if given."""
    project.mkdir(parents=True)
    for part in SHIPPED:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, project / part, ignore=LEFT_BEHIND)
        else:
            shutil.copyfile(ROOT / part, project / part)
    lines = [f"-c {PINS}", *(f"{name}=={version}" for name, version in wanted().items())]
    (project / "requirements.txt").write_text("\n".join(lines) + "\n")
    if architecture:
        configuration = project / ".chalice" / "config.json"
        changed = json.loads(configuration.read_text()) | {"lambda_architecture": architecture}
        configuration.write_text(json.dumps(changed))


def wanted() -> dict[str, str]:
    """The packages the zip must hold, with their versions."""
    return {name: version for name, version in _pins_of(ROOT / "requirements.txt") if name != NOT_LAMBDA}


def pinned() -> dict[str, str]:
    """The packages the zip may hold, with their versions."""
    return dict(_pins_of(PINS)) | wanted()


def _pins_of(file: Path) -> Iterator[tuple[str, str]]:
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", file.read_text(), re.MULTILINE):
        yield canonical(name), version


def languages() -> frozenset[str]:
    """The languages whose dates and zones the zip must know."""
    from chalicelib.words.language import LOCALES  # only where the packages are installed

    return frozenset(locale.partition("_")[0] for locale in LOCALES.values())


def _compile_templates(project: Path) -> None:
    """Beside the templates themselves, of which style sheet and words are read as they are."""
    from chalicelib.words.templating import compile_into  # only where the packages are installed

    compile_into(project / "vendor" / "compiled_templates")


def _chalice(project: Path, raw: Path) -> None:
    command = [sys.executable, "-c", "import sys; from chalice.cli import main; sys.exit(main())"]
    command += [
        "--project-dir",
        str(project),
        "package",
        "--stage",
        STAGE,
        "--merge-template",
        str(RESOURCES),
        str(raw),
    ]
    # Chalice wants a region to spell service names with; the template holds for every region. No byte code, or it would
    # be packed.
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    surroundings = own | {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    done = subprocess.run(command, cwd=project, env=surroundings, capture_output=True, text=True, check=False)  # noqa: S603
    told = (done.stdout + done.stderr).strip()
    # Chalice only mentions a wheel it could not find, and packs the rest.
    if done.returncode or "Could not install dependencies" in told:
        raise Unbuildable(f"Chalice could not package:\n{told}")


def _report(target: Path) -> None:
    archive = target / "deployment.zip"
    with zipfile.ZipFile(archive) as opened:
        unpacked = sum(entry.file_size for entry in opened.infolist())
    template = json.loads((target / "sam.json").read_text())
    function = template["Resources"]["APIHandler"]["Properties"]
    _say(
        f"{target}: {function['Runtime']} on {function['Architectures'][0]}, "
        f"zip {archive.stat().st_size / 1e6:.1f} MB, unpacked {unpacked / 1e6:.1f} MB"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.package", description="Build the SAM template and zip.")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="where to (build)")
    parser.add_argument("--only", choices=("package", "native"), help="build just this one")
    given = parser.parse_args(arguments)
    try:
        for name in (given.only,) if given.only else ("package", "native"):
            build(name, given.out)
    except Unbuildable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
