"""Each benchmark, at toy size: it measures what works, and prints what is documented.

How fast is ``make bench``'s business.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench import coldstart
from bench.__main__ import main
from local.aws.deployment import ROOT

pytestmark = pytest.mark.figures


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    return found if isinstance(found, list) else [found]


def check(figure: dict[str, Any], name: str, unit: str, *, runs: int = 1) -> None:
    assert list(figure) == ["name", "value", "unit", "floor", "ratio", "runs"]
    assert (figure["name"], figure["unit"], figure["runs"]) == (name, unit, runs)
    assert figure["ratio"] == pytest.approx(figure["value"] / figure["floor"], rel=0.01, abs=0.001)
    assert figure["value"] > 0 or name == "memory"
    assert figure["floor"] > 0


def test_fanout_tells_mails_a_second_beside_bare_calls(capsys: pytest.CaptureFixture[str]) -> None:
    figures = printed(capsys, "fanout", "--size", "120", "--runs", "2")
    for figure, name in zip(figures, ("fanout", "fanout-tls"), strict=True):
        check(figure, name, "mails/s", runs=2)


def test_fanout_tells_the_share_of_each_stage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fanout", "--size", "120", "--why"]) == 0
    told = dict(reversed(line.split(" %  ")) for line in capsys.readouterr().out.splitlines())
    assert {
        "HTTP and header parsing",
        "fast calls: bodies and answers",
        "signing",
        "ours: usecases/deliver",
    } <= told.keys()
    assert sum(float(share) for share in told.values()) == pytest.approx(100, abs=5)


def test_personal_tells_confirmations_a_second_beside_bare_calls(capsys: pytest.CaptureFixture[str]) -> None:
    (figure,) = printed(capsys, "personal", "--size", "12", "--runs", "1")
    check(figure, "personal", "mails/s")


def test_register_tells_the_cpu_of_a_registration_beside_an_idle_route(capsys: pytest.CaptureFixture[str]) -> None:
    (figure,) = printed(capsys, "register", "--size", "12", "--runs", "1")
    check(figure, "register", "ms")


def test_webhook_tells_the_cpu_of_a_delivery_beside_an_idle_route(capsys: pytest.CaptureFixture[str]) -> None:
    (figure,) = printed(capsys, "webhook", "--size", "30", "--runs", "1")
    check(figure, "webhook", "ms")


def test_export_tells_the_cpu_of_a_thousand_people_as_csv_and_as_workbooks(capsys: pytest.CaptureFixture[str]) -> None:
    figures = printed(capsys, "export", "--size", "60", "--runs", "1")
    for figure, name in zip(figures, ("export-csv", "export-xlsx"), strict=True):
        check(figure, name, "ms")


def test_report_tells_the_cpu_of_people_with_their_mails_and_of_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    figures = printed(capsys, "report", "--size", "60", "--runs", "1")
    for figure, name in zip(figures, ("report-people", "report-numbers"), strict=True):
        check(figure, name, "ms")


def test_memory_tells_how_much_it_has_grown(capsys: pytest.CaptureFixture[str]) -> None:
    (figure,) = printed(capsys, "memory", "--size", "500", "--runs", "1")
    check(figure, "memory", "MB")
    assert figure["value"] < 20


def test_scale_tells_how_fast_an_audience_is_cut_at_three_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    figures = printed(capsys, "scale", "--size", "10000", "--runs", "1")
    assert len(figures) == 3
    for figure, size in zip(figures, (100, 1000, 10000), strict=True):
        check(figure, f"scale-{size}", "mails/s")


def test_edited_tells_who_was_told_what_of_an_announcement_edited_meanwhile(
    capsys: pytest.CaptureFixture[str],
) -> None:
    announced, corrected, read, edit, correct, sent = printed(capsys, "edited", "--size", "2000", "--runs", "1")
    check(announced, "edited-announced", "people")
    check(corrected, "edited-corrected", "people")
    assert announced["ratio"] == corrected["ratio"] == 1
    assert read["ratio"] <= 1
    for figure, name in ((edit, "edited-edit"), (correct, "edited-correct"), (sent, "edited-sent")):
        check(figure, name, "ms")


def test_coldstart_tells_every_function_beside_bare_imports() -> None:
    figures = coldstart.measure(runs=1, tree=ROOT)
    for figure, name in zip(figures, ("api", "webhook", "tick", "transactional", "broadcast", "feedback"), strict=True):
        check(figure.as_json(), f"coldstart-{name}", "ms")


def test_coldstart_tells_the_heaviest_imports_of_every_function() -> None:
    told = list(coldstart.why(tree=ROOT))
    names = [line.partition(":")[0] for line in told if line[0] != " "]
    assert names == ["api", "webhook", "tick", "transactional", "broadcast", "feedback"]
    assert len(told) == len(names) * (1 + coldstart.HEAVIEST)
    assert min(int(line.split()[1]) for line in told if line[0] != " ") > 100  # imports; which are heavy, chance says
    own = [float(line.split()[0]) for line in told if line[0] == " "]
    assert own[0] >= own[1] >= own[coldstart.HEAVIEST - 1] >= 0
