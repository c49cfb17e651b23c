from __future__ import annotations

import pytest

from chalicelib.domain.search import is_meant

ANNE = ("Anne-Sophie Müller-Weiß", "anne.mueller@example.org")


@pytest.mark.parametrize(
    "search",
    ["", "anne", "MÜLLER", "muller", "Mueller", "weiss", "weiß", "müller anne", "sophie example.org", "anne.mueller@",
     "Mu\u0308ller"],
)  # fmt: skip
def test_every_word_is_found_whatever_its_case_and_accents(search: str) -> None:
    assert is_meant(search, *ANNE)


@pytest.mark.parametrize("search", ["anna", "anne meier", "annesophie"])
def test_one_word_that_is_missing_is_nobody(search: str) -> None:
    assert not is_meant(search, *ANNE)


def test_umlauts_are_spelled_out_in_names_that_come_apart_as_well() -> None:
    assert is_meant("Mueller", "Mu\u0308ller")


@pytest.mark.parametrize("name", ["Müller", "Mu\u0308ller", "Mueller", "MUELLER"])
@pytest.mark.parametrize("search", ["Müller", "MÜLLER", "Mu\u0308ller", "muller", "Mueller"])
def test_whoever_writes_their_umlaut_either_way_is_found_by_each_spelling(name: str, search: str) -> None:
    assert is_meant(search, name)


@pytest.mark.parametrize(("search", "name"), [("Joe", "Johanna"), ("Sue", "Susanne"), ("Jö", "Johanna")])
def test_an_e_that_is_typed_is_not_left_out(search: str, name: str) -> None:
    assert is_meant(search, name) == (search == "Jö")


@pytest.mark.parametrize(
    ("search", "name"),
    [("lukasz zak", "Łukasz Żak"), ("ŁUKASZ", "lukasz"), ("Sorensen", "Sørensen"), ("isik", "IŞIK Işık"),
     ("Dordevic", "Đorđević"), ("Thora", "Þóra"), ("aegir", "Ægir")],
)  # fmt: skip
def test_a_stroke_through_a_letter_does_not_count_either(search: str, name: str) -> None:
    assert is_meant(search, name)


def test_a_word_lies_in_one_text() -> None:
    assert not is_meant("müllermia", "Müller", "mia@example.org")
