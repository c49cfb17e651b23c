from __future__ import annotations

import string

import pytest

from chalicelib.domain import refusals
from chalicelib.domain.refusals import FieldError, Invalid, Refusal
from chalicelib.domain.series import Language
from chalicelib.words.language import tongue

ALL = [kind for kind in vars(refusals).values() if isinstance(kind, type) and issubclass(kind, Refusal)]
assert len(ALL) > 5


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_message_that_can_be_said_in_both_languages(kind: type[Refusal]) -> None:
    refusal = kind()
    english, german = (tongue(language).refusal(refusal) for language in (Language.ENGLISH, Language.GERMAN))
    assert english == str(refusal)
    assert german != english
    assert not [name for _, name, _, _ in string.Formatter().parse(german) if name]


def test_a_message_keeps_its_facts_whatever_is_in_them() -> None:
    error = FieldError("x", "There is a series {slug} already.", {"slug": "{slug} %s"})
    assert str(error) == "There is a series {slug} %s already."
    assert tongue(Language.GERMAN).refusal(error) == "Die Reihe {slug} %s gibt es schon."


def test_all_errors_travel_together() -> None:
    errors = (FieldError("a", "One."), FieldError("b", "Two."))
    with pytest.raises(Invalid) as refused:
        raise Invalid(*errors)
    assert refused.value.errors == errors
