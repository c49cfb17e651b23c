"""Typeform: each type of answer, hidden fields, variables, its test button, partial responses, and its signature."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.domain.source import Source, SourceKind, Target
from chalicelib.domain.submission import Payload, What
from chalicelib.web.hooks import typeform
from chalicelib.web.hooks.base import MOST_FIELDS, Posted, Unreadable
from tests.builders import NOW, organised
from tests.forms import JSON, connected
from tests.stage import Stage

SOURCE = Source(
    id="5ou2ce000000",
    name="x",
    kind=SourceKind.TYPEFORM,
    target=Target(series="kaffeepause"),
    secrets=(),
    created_at=NOW,
)


def asked(number: int, title: str, kind: str = "short_text") -> dict[str, Any]:
    return {"id": f"id{number}", "ref": f"ref-{number}", "title": title, "type": kind, "properties": {}}


def answered(number: int, kind: str, value: Any, field: str = "short_text") -> dict[str, Any]:
    return {"type": kind, kind: value, "field": {"id": f"id{number}", "type": field, "ref": f"ref-{number}"}}


def response(fields: list[Any], answers: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "event_id": "01EVENT",
        "event_type": "form_response",
        "form_response": {
            "form_id": "f0rm",
            "token": "t0k3n",
            "landed_at": "2027-02-01T08:58:00Z",
            "submitted_at": "2027-02-01T09:00:00Z",
            "definition": {"id": "f0rm", "title": "Anmeldung", "fields": fields, "endings": []},
            "answers": answers,
        }
        | more,
    }


def read(payload: Any) -> Payload:
    return typeform.read(Posted(json.dumps(payload).encode(), {}), SOURCE)


def values_of(payload: Any) -> dict[str, tuple[str, ...]]:
    return {answer.names[0]: answer.values for answer in read(payload).answers}


@pytest.mark.parametrize(
    ("kind", "value", "values"),
    [
        ("text", " Ada Kern ", ("Ada Kern",)),
        ("text", "", ()),
        ("email", "ada@example.org", ("ada@example.org",)),
        ("phone_number", "+4930123456", ("+4930123456",)),
        ("url", "https://stadtgarten.example.org", ("https://stadtgarten.example.org",)),
        ("number", 3, ("3",)),
        ("number", 3.5, ("3.5",)),
        ("number", 0, ("0",)),
        ("boolean", True, ("true",)),
        ("boolean", False, ("false",)),
        ("date", "2027-03-10", ("2027-03-10",)),
        ("choice", {"id": "c1", "ref": "r", "label": "Vegan"}, ("Vegan",)),
        ("choice", {"other": "nur Obst"}, ("nur Obst",)),
        ("choice", {"label": "Other", "other": "nur Obst"}, ("Other", "nur Obst")),
        ("choices", {"ids": ["1", "2"], "refs": ["a", "b"], "labels": ["Recht", "Geld"]}, ("Recht", "Geld")),
        ("choices", {"labels": ["Recht"], "other": "Feste"}, ("Recht", "Feste")),
        ("choices", {"labels": None}, ()),
        ("choices", {}, ()),
        ("of_next_year", "a text", ("a text",)),
        ("of_next_year", ["a", 2], ("a", "2")),
        ("of_next_year", {"deep": {"er": 1}}, ()),
        ("text", None, ()),
        ("text", {"un": "expected"}, ()),
    ],
)
def test_each_type_of_answer_is_read_as_people_gave_it(kind: str, value: Any, values: tuple[str, ...]) -> None:
    assert values_of(response([asked(1, "Frage")], [answered(1, kind, value)])) == {"Frage": values}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("file_url", "https://api.typeform.com/responses/files/abc/garten.pdf"),
        ("payment", {"amount": "5.00", "last4": "4242", "name": "K Kern", "success": True}),
        ("multi_format", {"video_url": "https://example.org/v"}),
    ],
)
def test_files_payments_and_videos_are_not_ours_to_keep(kind: str, value: Any) -> None:
    fields = [asked(1, "Frage", kind), asked(2, "Anhang", "file_upload")]
    assert read(response(fields, [answered(1, kind, value, kind)])).answers == ()


def test_an_answer_is_known_by_title_ref_and_id_and_an_address_by_its_type() -> None:
    (answer,) = read(response([asked(1, "Wohin?", "email")], [answered(1, "email", "ada@example.org")])).answers
    assert answer.names == ("Wohin?", "ref-1", "id1", "type:email")


def test_an_answer_to_a_question_that_the_form_does_not_list_is_known_by_its_ref() -> None:
    (answer,) = read(response([], [answered(9, "text", "Ada")])).answers
    assert answer.names == ("ref-9", "id9")


def test_a_question_inside_a_group_has_its_title() -> None:
    group = asked(1, "Wer bist du?", "contact_info") | {
        "properties": {"fields": [asked(2, "Vorname"), asked(3, "E-Mail")]}
    }
    found = values_of(response([group], [answered(2, "text", "Ada")]))
    assert (found["Vorname"], found["E-Mail"]) == (("Ada",), ())


def test_an_optional_question_that_nobody_answered_is_there_and_empty() -> None:
    assert values_of(response([asked(1, "Name"), asked(2, "Verein")], [answered(1, "text", "Ada")])) == {
        "Name": ("Ada",),
        "Verein": (),
    }


def test_two_questions_of_one_title_are_told_apart_by_their_refs() -> None:
    answers = [answered(1, "text", "Ada"), answered(2, "text", "Kern")]
    found = read(response([asked(1, "Name"), asked(2, "Name")], answers)).answers
    assert [(answer.names[:2], answer.values) for answer in found] == [
        (("Name", "ref-1"), ("Ada",)),
        (("Name", "ref-2"), ("Kern",)),
    ]


def test_hidden_fields_and_variables_have_names_of_their_own() -> None:
    found = read(
        response(
            [],
            [],
            hidden={"termin": "2027-03-10", "quelle": "hidden_value", "leer": ""},
            variables=[
                {"key": "score", "type": "number", "number": 4},
                {"key": "gruppe", "type": "text", "text": "B"},
                {"key": "", "type": "text", "text": "nobody's"},
            ],
        )
    ).answers
    assert {answer.names: answer.values for answer in found} == {
        ("termin", "hidden.termin", "hidden:termin"): ("2027-03-10",),
        ("quelle", "hidden.quelle", "hidden:quelle"): (),
        ("leer", "hidden.leer", "hidden:leer"): (),
        ("variable.score", "score"): ("4",),
        ("variable.gruppe", "gruppe"): ("B",),
    }


def test_the_id_is_the_events_and_else_the_responses() -> None:
    payload = response([], [])
    assert read(payload).id == "01EVENT"
    del payload["event_id"]
    assert read(payload).id == "t0k3n"


def test_a_partial_response_asks_for_nothing() -> None:
    assert read(response([], []) | {"event_type": "form_response_partial"}).what is What.PARTIAL


def test_the_test_button_is_a_test() -> None:
    button = response([asked(1, "E-Mail", "email")], [answered(1, "email", "an_account@example.com", "email")])
    assert read(button).what is What.TEST


@pytest.mark.parametrize(
    "broken",
    [
        {"form_response": []},
        {"form_response": None},
        {},
        response([asked(n, f"Frage {n}") for n in range(MOST_FIELDS + 1)], []),
    ],
)
def test_what_is_no_response_of_typeform_cannot_be_read(broken: Any) -> None:
    with pytest.raises(Unreadable):
        read(broken)


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, [None], [[]], [{}], [{"id": {}, "type": [], "title": []}]])
def test_parts_of_another_shape_are_passed_over(odd: Any) -> None:
    read(response(odd, [answered(1, "text", "Ada")], hidden=odd, variables=odd))
    read(response([asked(1, "Name")], odd, definition=odd))


# Over HTTP


@pytest.fixture
def filled_in() -> dict[str, Any]:
    fields = [
        asked(1, "Wie heißt du?"),
        asked(2, "Wohin?", "email"),
        asked(3, "Ich stimme der Datenschutzerklärung zu", "legal"),
    ]
    answers = [answered(1, "text", "Ada Kern"), answered(2, "email", "ada@example.org"), answered(3, "boolean", True)]
    return response(fields, answers)


def test_a_signed_response_registers_and_a_changed_one_is_refused(on_stage: Stage, filled_in: dict[str, Any]) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, "typeform")
    body = json.dumps(filled_in).encode()
    signed = form.signed(body, form.secrets[0])
    for headers, posted in [
        (signed, body + b" "),
        (JSON, body),
        (JSON | {"Typeform-Signature": ""}, body),
        (JSON | {"Typeform-Signature": "sha256=äöü"}, body),
        (JSON | {"Typeform-Signature": signed["Typeform-Signature"].removeprefix("sha256=")}, body),
        (signed, b"\xff"),
        (signed, b""),
    ]:
        assert form.post(posted, headers).status_code == 401
    assert form.post(body, signed).json_body["state"] == "registered"
    (made,) = on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]
    assert (made["name"], made["email"]) == ("Ada Kern", "ada@example.org")


def test_the_test_button_and_a_partial_response_register_nobody(on_stage: Stage, filled_in: dict[str, Any]) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, "typeform")
    form.send(filled_in | {"event_id": "p", "event_type": "form_response_partial"})
    filled_in["form_response"]["answers"][1]["email"] = "an_account@example.com"
    form.send(filled_in)
    assert sorted(form.reasons()) == ["ignored", "test"]
    assert on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"] == []


def test_two_questions_that_cannot_be_told_apart_are_kept_until_one_is_mapped(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage, "typeform", consent={"basis": "collected-by-form", "wording": "Mit dem Absenden …"})
    fields = [asked(1, "Name"), asked(2, "Name"), asked(3, "Wohin?", "email")]
    form.send(
        response(
            fields, [answered(1, "text", "Ada"), answered(2, "text", "Bo"), answered(3, "email", "ada@example.org")]
        )
    )
    assert form.reasons() == ["field-ambiguous"]
    on_stage.api("PATCH", f"/sources/{form.id}", {"fields": {"name": "ref-1"}})
    on_stage.api("POST", f"/sources/{form.id}/replay")
    assert form.reasons() == ["registered"]
