"""The forms on pages and the fields that are read of them are the same."""

from __future__ import annotations

import pytest

from chalicelib.domain.refusals import Invalid
from chalicelib.domain.registration import LONGEST_NAME, LONGEST_NOTE
from chalicelib.web.attendee.forms import REGISTRATION, SUBSCRIPTION
from chalicelib.web.parse.fields import Body, Field
from chalicelib.web.parse.readers import Line, Name, Paragraphs, Tick
from tests.web.conftest import House
from tests.web.reading import Page

BOXES = Body(
    "Boxes",
    {"wanted": Field("wanted", Tick()), "agreed": Field("agreed", Tick(missing="Agree.")), "line": Field("x", Line(9))},
)


def test_a_page_asks_for_the_fields_that_are_read_in_their_order(house: House) -> None:
    forms = {f"/editions/{house['open']}": REGISTRATION, "/series/kaffeepause": SUBSCRIPTION}
    for path, body in forms.items():
        page = Page(house.stage.get(path).body)
        assert [one["name"] for one in page.elements if one.tag in ("input", "textarea")] == list(body.fields)


def test_what_a_browser_leaves_out_is_empty_and_what_it_adds_is_left_out() -> None:
    assert BOXES.read_form({"agreed": "yes", "_charset_": "utf-8"}) == {"wanted": False, "agreed": True, "x": ""}
    assert BOXES.read_form({"agreed": "yes", "wanted": "yes", "line": "a"}) == {
        "wanted": True,
        "agreed": True,
        "x": "a",
    }


@pytest.mark.parametrize("given", [{}, {"agreed": ""}, {"agreed": "on"}])
def test_a_box_that_has_to_be_ticked_says_so(given: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        BOXES.read_form(given)
    assert [(error.name, error.message) for error in refused.value.errors] == [("agreed", "Agree.")]


def test_the_fields_of_a_form_say_what_they_take() -> None:
    assert Name(LONGEST_NAME, missing="Who?").describe() == {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_NAME,
    }
    assert Paragraphs(LONGEST_NOTE).describe() == {"type": "string", "maxLength": LONGEST_NOTE}
    assert (Tick().describe(), Tick("Agree.").describe()) == ({"type": "string"}, {"const": "yes"})
