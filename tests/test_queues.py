"""Hints on their way through the queues."""

from __future__ import annotations

import pytest

from chalicelib.domain.hint import Hint
from chalicelib.queues import decode, encode

ALONE = Hint(mailing="m", series="s", edition="e", batch="a", alone=True, addressed=True)


@pytest.mark.parametrize("hint", [Hint(mailing="m", series="s"), Hint(mailing="m", series="s", slice=""), ALONE])
def test_a_hint_comes_out_as_it_went_in(hint: Hint) -> None:
    assert decode(encode(hint)) == hint


def test_a_hint_says_no_more_than_it_has_to() -> None:
    assert encode(Hint(mailing="m", series="s", batch="a")) == '{"mailing":"m","series":"s","batch":"a"}'
    assert encode(Hint(mailing="m", series="s", slice="")) == '{"mailing":"m","series":"s","slice":""}'
