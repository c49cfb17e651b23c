"""The house as designed: each folder imports only from those above it, and what is heavy is loaded where it is used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from app import app
from chalicelib import paths
from chalicelib.web.methods import ELSEWHERE
from tests.test_drawing import drawn

ROOT = Path(__file__).resolve().parent.parent

# From top to bottom: each may import from those before it.
ORDER = (
    "settings",
    "paths",
    "domain",
    "words",
    "identity",
    "vault",
    "aws",
    "queues",
    "store",
    "mail",
    "world",
    "usecases",
    "web",
    "workers",
    "app",
)

# Loaded by those requests only that need them: together they would cost a cold start more than half a second.
HEAVY = (
    "babel",
    "boto3",
    "cryptography",
    "email_validator",
    "holidays",
    "icalendar",
    "markdown_it",
    "nh3",
    "standardwebhooks",
)
OURS_THAT_ARE_HEAVY = (
    "chalicelib.mail.calendar",
    "chalicelib.mail.ses",
    "chalicelib.mail.verdicts",
    "chalicelib.words.prose",
    "chalicelib.words.zone_names",
)


class Import(NamedTuple):
    by: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.by}:{self.line} imports {self.name}"


def sources(*folders: str) -> list[Path]:
    return [ROOT / "app.py", *(path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))]


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file, also those inside functions and under ``TYPE_CHECKING``."""
    by = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Import(by, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{by}:{node.lineno} imports relatively; say from where"
            yield from (Import(by, node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def layer(path: str) -> str:
    parts = path.removesuffix(".py").replace("/", ".").split(".")
    return parts[0] if parts[0] != "chalicelib" else parts[1]


def test_every_folder_has_its_place_in_the_order() -> None:
    found = {layer(path.relative_to(ROOT).as_posix()) for path in sources("chalicelib")} - {"__init__"}
    assert found == set(ORDER)


def test_each_folder_imports_only_from_those_above_it() -> None:
    wrong = []
    for path in sources("chalicelib"):
        for one in imports(path):
            if one.name.startswith("chalicelib."):
                here, there = layer(one.by), layer(one.name)
                if here != there and ORDER.index(there) >= ORDER.index(here):
                    wrong.append(str(one))
    assert wrong == []


def module(name: str, drawing: list[str]) -> str:
    """The module of the drawing that ``chalicelib.<name>`` is, or is a name of; empty for a folder."""
    parts = name.removeprefix("chalicelib.").split(".")
    while parts and ".".join(parts) not in drawing:
        parts.pop()
    return ".".join(parts)


def upward(drawing: list[str]) -> list[str]:
    """Imports of a module that is not above in the drawing."""
    wrong = []
    for path in sources("chalicelib"):
        here = module(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."), drawing)
        for one in imports(path):
            there = module(one.name, drawing) if one.name.startswith("chalicelib.") else ""
            if here and there and drawing.index(there) >= drawing.index(here):
                wrong.append(str(one))
    return wrong


def test_each_module_imports_only_from_those_above_it_in_the_drawing_within_a_folder_too() -> None:
    assert upward(drawn()) == []


def test_a_drawing_in_another_order_is_seen() -> None:
    """A folder's modules in reverse: somebody imports upward then."""
    drawing = drawn()
    domain = [name for name in drawing if name.startswith("domain.")]
    assert len(domain) > 1
    other = [name for name in drawing if name not in domain]
    at = drawing.index(domain[0])
    assert upward([*other[:at], *reversed(domain), *other[at:]]) != []


def test_the_domain_needs_nothing_but_the_standard_library() -> None:
    domain = sources("chalicelib/domain")[1:]
    assert domain
    wrong = [
        str(one)
        for path in domain
        for one in imports(path)
        if one.name.split(".")[0] not in sys.stdlib_module_names and not one.name.startswith("chalicelib.domain")
    ]
    assert wrong == []


def test_what_runs_in_lambda_knows_nothing_of_what_is_never_shipped() -> None:
    unshipped = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"chalicelib", "templates"}
    assert {"local", "tests", "infra"} <= unshipped
    wrong = [str(one) for path in sources("chalicelib") for one in imports(path) if one.name.split(".")[0] in unshipped]
    assert wrong == []


def test_chalice_is_known_in_three_places() -> None:
    """It has few maintainers: what knows it is what would have to be replaced."""
    knowing = {one.by for path in sources("chalicelib") for one in imports(path) if one.name.split(".")[0] == "chalice"}
    assert knowing == {"app.py", "chalicelib/web/routing.py", "chalicelib/workers.py"}


def test_the_environment_is_read_in_one_place() -> None:
    readers = {one.by for path in sources("chalicelib") for one in imports(path) if one.name.split(".")[0] == "os"}
    assert readers == {"chalicelib/settings.py"}


def test_the_clock_is_read_in_one_place() -> None:
    """Everything else is given the time: else a test could not turn it."""
    readers = set()
    for path in sources("chalicelib"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            asked = isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today") and node.value
            if isinstance(asked, ast.Name) and asked.id in ("datetime", "date"):
                readers.add(path.relative_to(ROOT).as_posix())
    assert readers == {"chalicelib/world.py"}


def test_keys_of_the_table_are_spelled_in_one_place() -> None:
    spelled = re.compile(r"^[A-Z]{3,}#")
    places = {
        path.relative_to(ROOT).as_posix()
        for path in sources("chalicelib")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and spelled.match(node.value)
    }
    assert places == {"chalicelib/store/keys.py"}


def texts(tree: ast.AST) -> Iterator[str]:
    """Texts in code, parts of f-strings among them; no docstrings."""
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.value


def without_routes(tree: ast.Module) -> ast.Module:
    """What stands in decorators is left out, but for that of a page: routes of the API are below its root."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = [one for one in node.decorator_list if ast.unparse(one).startswith("routes.route(")]
    return tree


def spelled_paths(folder: Path) -> set[str]:
    """Files in which a path of a page or a link is written out."""
    tops = "|".join(re.escape(path.top.strip("/")) for path in PATHS.values())
    in_code, in_template = re.compile(f"^/({tops})(/|$)"), re.compile(f"(?<![\\w.])/({tops})(/|[\"'])")
    found = set()
    for path in sorted((folder / "chalicelib").rglob("*.py")):
        tree, name = ast.parse(path.read_text("utf-8")), path.relative_to(folder).as_posix()
        read = without_routes(tree) if name.startswith("chalicelib/web/api/") else tree
        if any(in_code.match(text) for text in texts(read)):
            found.add(name)
    for path in sorted((folder / "templates").rglob("*.*")):
        if path.suffix in (".html", ".txt") and in_template.search(path.read_text("utf-8")):
            found.add(path.relative_to(folder).as_posix())
    return found


PATHS = {name: value for name, value in vars(paths).items() if isinstance(value, paths.Path) and value.top != "//"}


def test_public_paths_are_spelled_in_one_place() -> None:
    assert spelled_paths(ROOT) == {"chalicelib/paths.py"}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("chalicelib/x.py", "to = f'{site}/series/{slug}'"),
        ("chalicelib/x.py", "@routes.route('/hooks/{source}')\ndef f(): pass"),
        ("chalicelib/web/api/x.py", "url = absolute('/robots.txt')"),
        ("chalicelib/web/api/x.py", "@routes.route('/api/docs')\ndef f(): pass"),
        ("templates/pages/x.html", '<a href="{{ url("/editions/" ~ edition.id) }}">'),
        ("templates/emails/x/body.txt", "{{ site_url }}/registrations/{{ token }}"),
    ],
)
def test_a_path_that_is_spelled_elsewhere_is_seen(tmp_path: Path, file: str, content: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(content)
    assert spelled_paths(tmp_path) == {file}


def test_the_public_paths_are_those_that_have_a_route() -> None:
    routed = {path for path in app.routes if not path.startswith(paths.API.top) and path != ELSEWHERE}
    patterns = {path.pattern for path in PATHS.values() if path.top != paths.API.top} | {paths.FRONT_PAGE.pattern}
    assert routed == patterns


def test_a_path_takes_a_value_for_each_of_its_names() -> None:
    assert paths.HOOK_WITH_TOKEN("abc", "secret") == "/hooks/abc/secret"
    for values in (("abc",), ("abc", "secret", "more")):
        with pytest.raises(TypeError, match="takes 2 values"):
            paths.HOOK_WITH_TOKEN(*values)


def test_importing_the_app_loads_nothing_heavy_and_needs_no_settings() -> None:
    """In a fresh interpreter without any environment, as while packaging."""
    said = "import app, sys; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", said]
    answer = subprocess.run(command, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "chalicelib.web.attendee.routes" in loaded
    # A name that nothing has (any more) would never be loaded.
    assert [name for name in (*HEAVY, *OURS_THAT_ARE_HEAVY) if find_spec(name) is None] == []
    assert loaded & {*HEAVY, *OURS_THAT_ARE_HEAVY, "local", "moto", "pytest"} == set()


@pytest.mark.parametrize(
    "line", ["def f():\n    import nh3", "if TYPE_CHECKING:\n    from chalicelib.web.attendee import forms"]
)
def test_this_test_sees_imports_wherever_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "x.py").write_text(line)
    assert [one.name for one in imports(tmp_path / "x.py")] in (["nh3"], ["chalicelib.web.attendee.forms"])
