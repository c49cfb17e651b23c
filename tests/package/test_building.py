"""How the zip is made."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from infra import package
from infra.bundle import Unbuildable, finish, is_needed
from tests.package.artefact import built

pytestmark = pytest.mark.package

GERMAN = frozenset({"de"})


def test_a_second_build_is_the_same_to_the_byte(tmp_path: Path) -> None:
    package.build("package", tmp_path)
    for name in ("sam.json", "deployment.zip"):
        assert (tmp_path / "package" / name).read_bytes() == (built("package") / name).read_bytes(), name


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("botocore/data/sqs/2012-11-05/service-2.json.gz", True),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("botocore/data/endpoints.json", True),
        ("babel/locale-data/root.dat", True),
        ("babel/locale-data/de_AT.dat", True),
        ("babel/locale-data/fr.dat", False),
        ("babel/global.dat", True),
        ("holidays/registry.py", True),
        ("holidays/countries/__init__.py", False),
        ("holidays/countries/germany.py", True),
        ("holidays/countries/france.py", False),
        ("holidays/financial/__init__.py", False),
        ("holidays/locale/de/LC_MESSAGES/DE.mo", True),
        ("holidays/locale/de/LC_MESSAGES/AT.mo", False),
        ("holidays/locale/uk/LC_MESSAGES/DE.mo", False),
        ("bin/jp.py", False),
        ("app.py", True),
    ],
)
def test_data_of_services_and_languages_nobody_asks_for_stays_behind(name: str, *, needed: bool) -> None:
    assert is_needed(name, GERMAN) is needed


def test_a_package_that_nobody_pinned_stops_the_build(tmp_path: Path) -> None:
    raw = a_zip(tmp_path, "stranger-1.0.dist-info/METADATA")
    with pytest.raises(Unbuildable, match=r"add to infra/pins\.txt:\nstranger==1\.0"):
        finish(raw, tmp_path / "made.zip", work=tmp_path / "work", pinned={}, languages=GERMAN)


def test_another_version_than_the_pinned_one_stops_the_build(tmp_path: Path) -> None:
    raw = a_zip(tmp_path, "six-1.0.dist-info/METADATA")
    with pytest.raises(Unbuildable, match=r"six: 1\.0"):
        finish(raw, tmp_path / "made.zip", work=tmp_path / "work", pinned={"six": "1.17.0"}, languages=GERMAN)


def test_a_pinned_package_that_did_not_come_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(Unbuildable, match="boto3"):
        finish(
            a_zip(tmp_path, "app.py"),
            tmp_path / "made.zip",
            work=tmp_path / "work",
            pinned={},
            languages=GERMAN,
            required={"boto3"},
        )


def test_code_that_does_not_compile_stops_the_build(tmp_path: Path) -> None:
    raw = a_zip(tmp_path, "app.py", text="def (")
    with pytest.raises(Unbuildable, match=r"app\.py"):
        finish(raw, tmp_path / "made.zip", work=tmp_path / "work", pinned={}, languages=GERMAN)


def a_zip(folder: Path, name: str, text: str = "") -> Path:
    with zipfile.ZipFile(folder / "raw.zip", "w") as archive:
        archive.writestr(name, text)
    return folder / "raw.zip"
