"""What a cold start counts, and how Python's account of imports is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.coldstart import FLOOR, FUNCTION, Import, Process

AT_ITS_END = "import atexit, pathlib; atexit.register(pathlib.Path('taken-down').touch)\n"


@pytest.mark.parametrize(("script", "handler"), [(FUNCTION, "boto3.handler"), (FLOOR, "")])
def test_no_interpreter_is_taken_down_on_the_account_of_a_cold_start(tmp_path: Path, script: str, handler: str) -> None:
    (tmp_path / "boto3.py").write_text(
        AT_ITS_END
        + "class Session:\n    def client(self, name): pass\n"
        + "def handler(event, context): return {'statusCode': 200} if event == {'asked': 1} else {}\n"
    )
    for name in ("chalice", "jinja2"):
        (tmp_path / f"{name}.py").touch()
    done = Process(tmp_path, port=1).run(script, handler, {"asked": 1})
    assert done.answer == ({"statusCode": 200} if handler else {})
    assert done.spent > 0
    assert not (tmp_path / "taken-down").exists()


def test_an_import_has_milliseconds_of_its_own_and_with_what_it_imports() -> None:
    assert Import.read("import time:      1500 |      22250 |     botocore.client") == (1.5, 22.25, "botocore.client")
