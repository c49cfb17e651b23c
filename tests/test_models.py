"""What the zip keeps of botocore's data is what the clients need."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

from chalicelib.aws.clients import loader
from infra.models import CALLED, cut, of_service

DATA = Path(botocore.__file__).parent / "data"


@pytest.fixture(scope="module")
def cut_down(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the zip has it."""
    to = tmp_path_factory.mktemp("data")
    for file in DATA.glob("*.json"):
        shutil.copy(file, to)
    for service in CALLED:
        shutil.copytree(DATA / service, to / service)
    cut(to)
    return to


def from_(folder: Path) -> Loader:
    return Loader(extra_search_paths=[str(folder)], include_default_search_paths=False)


@pytest.mark.parametrize("service", CALLED)
def test_the_calls_keep_all_that_botocore_knows_of_them(cut_down: Path, service: str) -> None:
    whole, kept = (one.load_service_model(service, "service-2") for one in (Loader(), from_(cut_down)))
    assert kept["metadata"] == whole["metadata"]
    assert tuple(kept["operations"]) == CALLED[service]
    assert kept == of_service(whole, CALLED[service])
    assert len(json.dumps(kept)) < len(json.dumps(whole)) / 5


def test_rules_for_endpoints_are_left_out_as_our_clients_do_not_ask_them(cut_down: Path) -> None:
    assert [
        file.name for file in cut_down.rglob("*") if "rule-set" in file.name or file.name == "partitions.json"
    ] == []
    for service in CALLED:
        with pytest.raises(UnknownServiceError):
            loader().load_service_model(service, "endpoint-rule-set-1")


def test_a_shape_comes_with_the_shapes_it_is_made_of() -> None:
    model: dict[str, Any] = {
        "metadata": {},
        "operations": {
            "Send": {"input": {"shape": "Mail"}, "errors": [{"shape": "Refused"}], "documentation": "Sends."},
            "Other": {"input": {"shape": "Unused"}},
        },
        "shapes": {
            "Mail": {"type": "structure", "members": {"documentation": {"shape": "Lines"}}},
            "Lines": {"type": "list", "member": {"shape": "Line", "documentation": "One."}},
            "Line": {"type": "string"},
            "Refused": {"type": "structure", "members": {}, "exception": True},
            "Unused": {"type": "structure", "members": {"line": {"shape": "Line"}}},
        },
    }
    kept = of_service(model, ("Send",))
    assert kept["operations"] == {"Send": {"input": {"shape": "Mail"}, "errors": [{"shape": "Refused"}]}}
    assert set(kept["shapes"]) == {"Mail", "Lines", "Line", "Refused"}
    # A member of that name is no word for people.
    assert kept["shapes"]["Mail"]["members"] == {"documentation": {"shape": "Lines"}}
    assert kept["shapes"]["Lines"] == {"type": "list", "member": {"shape": "Line"}}


def test_every_region_has_the_same_endpoints(cut_down: Path) -> None:
    whole, kept = (
        EndpointResolver(one.load_data("endpoints"), uses_builtin_data=True) for one in (Loader(), from_(cut_down))
    )
    prefixes = {Loader().load_service_model(service, "service-2")["metadata"]["endpointPrefix"] for service in CALLED}
    regions = 0
    for partition in whole.get_available_partitions():
        for prefix in prefixes:
            for region in whole.get_available_endpoints(prefix, partition):
                assert kept.construct_endpoint(prefix, region) == whole.construct_endpoint(prefix, region)
                regions += 1
    assert regions > 80
    assert not (cut_down / "endpoints.json").stat().st_size > (DATA / "endpoints.json").stat().st_size / 10


def test_our_loader_reads_what_botocores_reads() -> None:
    for service in CALLED:
        ours, theirs = (one.load_service_model(service, "service-2") for one in (loader(), Loader()))
        assert ours == theirs
        assert list(ours["shapes"]) == list(theirs["shapes"])
    assert loader().load_data("endpoints") == Loader().load_data("endpoints")
