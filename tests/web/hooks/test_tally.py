"""Tally: each type of field with its options, boxes that come once more by themselves, and its signature."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.domain.source import Source, SourceKind, Target
from chalicelib.domain.submission import Payload, What
from chalicelib.web.hooks import tally
from chalicelib.web.hooks.base import MOST_FIELDS, Posted, Unreadable
from tests.builders import NOW, organised
from tests.forms import JSON, connected
from tests.stage import Stage

SOURCE = Source(
    id="5ou2ce000000", name="x", kind=SourceKind.TALLY, target=Target(series="kaffeepause"), secrets=(), created_at=NOW
)
RECHT, GELD = "11111111-aaaa", "22222222-bbbb"
OPTIONS = [{"id": RECHT, "text": "Recht"}, {"id": GELD, "text": "Geld"}]


def field(kind: str, value: Any, label: Any = "Frage", key: str = "question_1", **more: Any) -> dict[str, Any]:
    return {"key": key, "label": label, "type": kind, "value": value} | more


def response(*fields: Any, **more: Any) -> dict[str, Any]:
    data = {"responseId": "r1", "submissionId": "r1", "respondentId": "p1", "formId": "f1", "formName": "Anmeldung"}
    created = {"createdAt": "2027-02-01T09:00:00.000Z"}
    return (
        {"eventId": "e1", "eventType": "FORM_RESPONSE"}
        | created
        | {"data": data | created | {"fields": list(fields)}}
        | more
    )


def read(payload: Any) -> Payload:
    return tally.read(Posted(json.dumps(payload).encode(), {}), SOURCE)


def values_of(*fields: Any) -> dict[str, tuple[str, ...]]:
    return {answer.names[0]: answer.values for answer in read(response(*fields)).answers}


@pytest.mark.parametrize(
    ("kind", "value", "values"),
    [
        ("INPUT_TEXT", "Ada", ("Ada",)),
        ("TEXTAREA", "Bis\nbald", ("Bis\nbald",)),
        ("INPUT_NUMBER", 7, ("7",)),
        ("INPUT_EMAIL", "ada@example.org", ("ada@example.org",)),
        ("INPUT_PHONE_NUMBER", "+4930123456", ("+4930123456",)),
        ("INPUT_LINK", "https://stadtgarten.example.org", ("https://stadtgarten.example.org",)),
        ("INPUT_DATE", "2027-03-10", ("2027-03-10",)),
        ("INPUT_TIME", "14:30", ("14:30",)),
        ("LINEAR_SCALE", 8, ("8",)),
        ("RATING", 4, ("4",)),
        ("HIDDEN_FIELDS", "plakat", ("plakat",)),
        ("CALCULATED_FIELDS", 12.5, ("12.5",)),
        ("CHECKBOXES", True, ("true",)),
        ("CHECKBOXES", False, ("false",)),
        ("INPUT_OF_NEXT_YEAR", "text", ("text",)),
        ("INPUT_OF_NEXT_YEAR", {"deep": 1}, ()),
        ("INPUT_OF_NEXT_YEAR", [{"deep": 1}], ()),
        ("INPUT_TEXT", None, ()),
        ("INPUT_TEXT", "", ()),
    ],
)
def test_each_type_of_field_is_read_as_people_gave_it(kind: str, value: Any, values: tuple[str, ...]) -> None:
    assert values_of(field(kind, value)) == {"Frage": values}


@pytest.mark.parametrize("kind", ["MULTIPLE_CHOICE", "CHECKBOXES", "DROPDOWN", "MULTI_SELECT", "RANKING"])
@pytest.mark.parametrize(
    ("value", "values"),
    [
        ([GELD], ("Geld",)),
        ([GELD, RECHT], ("Geld", "Recht")),
        (GELD, ("Geld",)),
        ([RECHT, "Feste feiern"], ("Recht", "Feste feiern")),
        ([], ()),
        (None, ()),
        ([None], ()),
    ],
)
def test_options_are_read_by_their_texts_in_the_order_given(kind: str, value: Any, values: tuple[str, ...]) -> None:
    assert values_of(field(kind, value, options=OPTIONS)) == {"Frage": values}


def test_the_boxes_of_a_question_are_not_read_once_more_as_fields() -> None:
    boxes = [
        field("CHECKBOXES", on, f"Themen ({text})", f"question_1_{known_as}")
        for known_as, text, on in ((RECHT, "Recht", True), (GELD, "Geld", False))
    ]
    assert values_of(field("CHECKBOXES", [RECHT], "Themen", options=OPTIONS), *boxes) == {"Themen": ("Recht",)}


def test_a_question_whose_key_begins_like_anothers_is_its_own() -> None:
    other = field("DROPDOWN", [GELD], "Andere", "question_1_b", options=OPTIONS)
    text = field("INPUT_TEXT", "Ada", "Name", "question_1_c")
    assert values_of(field("DROPDOWN", [RECHT], options=OPTIONS), other, text) == {
        "Frage": ("Recht",),
        "Andere": ("Geld",),
        "Name": ("Ada",),
    }


def test_each_row_of_a_matrix_is_a_question() -> None:
    rows = [{"id": "r1", "text": "Vormittags"}, {"id": "r2", "text": "Abends"}, {"id": "r3", "text": "Nachts"}]
    columns = [{"id": "c1", "text": "gern"}, {"id": "c2", "text": "selten"}]
    matrix = field("MATRIX", {"r1": ["c1", "c2"], "r2": ["c2"]}, "Wann?", rows=rows, columns=columns)
    assert values_of(matrix) == {
        "Wann?: Vormittags": ("gern", "selten"),
        "Wann?: Abends": ("selten",),
        "Wann?: Nachts": (),
    }
    assert values_of(matrix | {"value": None})["Wann?: Abends"] == ()


def test_the_address_of_a_payment_is_never_taken_for_the_persons() -> None:
    paid = [
        field("PAYMENT", value, f"Beitrag ({part})", f"question_9_{part}")
        for part, value in (("price", 5), ("currency", "EUR"), ("name", "K Kern"), ("email", "konto@example.org"))
    ]
    assert values_of(*paid, field("INPUT_EMAIL", "ada@example.org", "E-Mail")) == {"E-Mail": ("ada@example.org",)}


def test_files_and_signatures_are_not_ours_to_keep() -> None:
    file = [
        {
            "id": "1",
            "name": "garten.pdf",
            "url": "https://storage.example.org/garten.pdf",
            "mimeType": "application/pdf",
        }
    ]
    assert values_of(field("FILE_UPLOAD", file), field("SIGNATURE", file)) == {}


@pytest.mark.parametrize(
    ("label", "key", "names"),
    [
        ("Name", "question_1", ("Name", "question_1")),
        ("Wie heißt\ndu? ", "question_1", ("Wie heißt\ndu?", "question_1")),
        (None, "question_1", ("question_1",)),
        ("Name", "", ("Name",)),
    ],
)
def test_a_field_is_known_by_its_label_and_key(label: Any, key: str, names: tuple[str, ...]) -> None:
    (answer,) = read(response(field("INPUT_TEXT", "Ada", label, key))).answers
    assert answer.names == names


def test_an_address_is_known_by_its_type_and_a_hidden_field_by_its_name() -> None:
    mail, hidden = read(
        response(field("INPUT_EMAIL", "a@example.org"), field("HIDDEN_FIELDS", "x", "termin", "h"))
    ).answers
    assert mail.names == ("Frage", "question_1", "type:email")
    assert hidden.names == ("termin", "h", "hidden.termin", "hidden:termin")


def test_another_event_asks_for_nothing() -> None:
    assert read(response(eventType="FORM_OPENED")).what is What.PARTIAL
    assert read(response()).id == "e1"


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"data": []},
        {"data": {"fields": {}}},
        response(*(field("INPUT_TEXT", "x", f"Frage {n}", f"q{n}") for n in range(MOST_FIELDS + 1))),
    ],
)
def test_what_is_no_response_of_tally_cannot_be_read(broken: Any) -> None:
    with pytest.raises(Unreadable):
        read(broken)


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, [None], [[]], [{}], [{"id": {}, "text": []}], {"r1": {}}])
def test_parts_of_another_shape_are_passed_over(odd: Any) -> None:
    for kind in ("MATRIX", "CHECKBOXES", "INPUT_TEXT"):
        read(response(odd, field(kind, odd, odd, rows=odd, columns=odd, options=odd), field(kind, "x", options=odd)))
        read(response({"key": odd, "type": odd}, field(kind, {"r1": odd}, rows=[{"id": "r1", "text": odd}])))


# Over HTTP

WORDS = "Ich bin einverstanden, dass meine Angaben verarbeitet werden."


def filled_in(*, agreed: bool) -> dict[str, Any]:
    box = {"id": "b1", "text": WORDS}
    return response(
        field("INPUT_TEXT", "Ada", "Vorname", "question_1"),
        field("INPUT_TEXT", "Kern", "Nachname", "question_2"),
        field("INPUT_EMAIL", "ada@example.org", "Wohin\ndürfen wir schreiben?", "question_3"),
        field("CHECKBOXES", ["b1"] if agreed else None, "Einwilligung", "question_4", options=[box]),
        field("CHECKBOXES", agreed, f"Einwilligung ({WORDS})", "question_4_b1"),
        eventId=f"e-{agreed}",
    )


def test_a_signed_response_registers_with_the_words_of_its_box(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, "tally")
    assert form.send(filled_in(agreed=False)).json_body["state"] == "kept"
    assert form.reasons() == ["consent-missing"]
    assert form.send(filled_in(agreed=True)).json_body["state"] == "registered"
    (made,) = on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]
    assert (made["name"], made["email"]) == ("Ada Kern", "ada@example.org")
    assert WORDS in str(on_stage.items())


def test_a_changed_response_is_refused(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage, "tally")
    body = json.dumps(filled_in(agreed=True)).encode()
    signed = form.signed(body, form.secrets[0])
    for headers, posted in [
        (signed, body + b"\n"),
        (signed, b""),
        (signed, b"\xff"),
        (JSON, body),
        (JSON | {"Tally-Signature": ""}, body),
        (JSON | {"Tally-Signature": "sha256=" + signed["Tally-Signature"]}, body),
        (JSON | {"Tally-Signature": "ä"}, body),
    ]:
        assert form.post(posted, headers).status_code == 401
    assert form.submissions() == []
