"""Which page, language and weight a request's headers ask for."""

from __future__ import annotations

import pytest

from chalicelib.web.negotiation import (
    has_already,
    names_pages,
    preferred_language,
    preferred_type,
    prefers_problems,
    weights,
)


def test_weights_are_read_as_the_specification_writes_them() -> None:
    assert weights("Text/HTML, a/b;q=0.5;x=1, c ; q=0.125, d;q=0") == {"text/html": 1, "a/b": 0.5, "c": 0.125, "d": 0}


@pytest.mark.parametrize(
    "nonsense", ["", ",", ";;,=", ";q=1", "a;q=2", "a;q=-1", "a;q=x", "a;q=0.1234", "a;q=١", "a;q="]
)
def test_what_has_no_readable_weight_counts_for_nothing(nonsense: str) -> None:
    assert weights(nonsense) in ({}, {"=": 1})


@pytest.mark.parametrize(
    ("accept", "page", "problem"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True, False),
        ("text/html", True, False),
        ("text/html;q=0", False, False),
        ("*/*", False, False),
        ("", False, False),
        ("application/json", False, True),
        ("application/problem+json, */*", False, True),
        ("application/json, text/html", True, False),
        ("application/json, text/html;q=0.9", False, True),
    ],
)
def test_html_is_for_people_and_json_for_programs(accept: str, page: bool, problem: bool) -> None:
    assert (names_pages(accept), prefers_problems(accept)) == (page, problem)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en;q=0.5, de;q=0.9", "de"),
        ("de;q=0, en;q=0.1", "en"),
        ("fr, de-CH;q=0.3", "de"),
        ("de;q=0", "en"),
        ("*", "en"),
    ],
)
def test_the_language_with_the_most_weight_is_spoken(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language


def test_entity_tags_are_compared_weakly() -> None:
    """RFC 9110 §8.8.3.2, the table of examples."""
    for left, right, same in (
        ('W/"1"', 'W/"1"', True),
        ('W/"1"', 'W/"2"', False),
        ('W/"1"', '"1"', True),
        ('"1"', '"1"', True),
    ):
        assert has_already(left, right) is same


@pytest.mark.parametrize(
    ("accepted", "preferred"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "text/html"),
        ("text/plain, */*;q=0.1", "text/plain"),
        ("text/*", "text/html"),
        ("text/*;q=0.5, text/html;q=0.4", "text/plain"),
        ("text/html;q=0.8, application/json;q=0.9", "application/json"),
        ("text/html, application/json", "application/json"),
        ("image/png", "application/json"),
        ("text/html;q=0", "application/json"),
    ],
)
def test_the_type_with_the_most_weight_is_preferred_and_the_first_of_several(accepted: str, preferred: str) -> None:
    assert preferred_type(accepted, ("application/json", "text/html", "text/plain")) == preferred
