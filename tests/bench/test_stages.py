"""A profile is added up by what the code is for; what serves many is on its callers' account."""

from __future__ import annotations

import pytest

from bench import __main__ as command
from bench.stages import Profiled, shares, stage_of
from local.aws.surroundings import clients


@pytest.mark.parametrize(
    ("file", "stage"),
    [
        ("/lib/python3.11/http/client.py", "HTTP and header parsing"),
        ("/site-packages/botocore/endpoint.py", "HTTP and header parsing"),
        ("/site-packages/botocore/endpoint_provider.py", "endpoint rules"),
        ("/site-packages/botocore/waiter.py", "the rest of botocore"),
        ("/project/chalicelib/usecases/deliver.py", "ours: usecases/deliver"),
        ("/lib/python3.11/re/__init__.py", ""),
        ("~", ""),
    ],
)
def test_each_file_has_its_stage(file: str, stage: str) -> None:
    assert stage_of((file, 1, "function")) == stage


def test_the_shares_are_of_all_that_was_spent() -> None:
    meter = Profiled()
    with meter:
        for _ in range(3):
            clients("http://127.0.0.1:1")("sqs").generate_presigned_url("list_queues")
    told = dict(shares(meter.profile))
    assert sum(told.values()) == pytest.approx(1)
    assert told["signing"] > 0
    assert list(told.values()) == sorted(told.values(), reverse=True)


def test_only_what_can_explain_itself_is_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["memory", "--why"])
    assert "--why goes with coldstart and fanout" in capsys.readouterr().err
