"""Whatever is posted: never an error, never half a registration, and a verified request is always kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chalicelib.domain.intake import Unclear
from chalicelib.domain.intake import read as read_fields
from chalicelib.domain.source import Condition, ConsentRule, Fields, Source, SourceKind, Target, TokenPlace
from chalicelib.web.hooks.base import Posted, Unreadable
from chalicelib.web.hooks.kinds import kind_of
from tests.builders import NOW, organised
from tests.forms import Form, connected
from tests.stage import Stage, stage

KINDS = [kind.value for kind in SourceKind]

FIELD = {"key": "question_1", "label": "E-Mail", "type": "INPUT_EMAIL", "value": "ada@example.org"}
ROWS = {"rows": [{"id": "r", "text": "Morgens"}], "columns": [{"id": "c", "text": "gern"}]}
USUAL: dict[str, Any] = {
    "standard": {
        "type": "registration.created",
        "data": {"name": "Ada Kern", "email": "ada@example.org", "privacy": True, "announcements": "yes", "note": "x"},
    },
    "typeform": {
        "event_id": "e1",
        "event_type": "form_response",
        "form_response": {
            "token": "t1",
            "definition": {
                "fields": [
                    {"id": "1", "ref": "r1", "title": "Name", "type": "short_text"},
                    {"id": "2", "ref": "r2", "title": "E-Mail", "type": "email"},
                    {"id": "3", "ref": "r3", "title": "Datenschutz", "type": "multiple_choice"},
                    {"id": "4", "title": "Wer?", "properties": {"fields": [{"id": "5", "title": "Vorname"}]}},
                ]
            },
            "answers": [
                {"type": "text", "text": "Ada Kern", "field": {"id": "1", "type": "short_text", "ref": "r1"}},
                {"type": "email", "email": "ada@example.org", "field": {"id": "2", "type": "email", "ref": "r2"}},
                {"type": "choices", "choices": {"labels": ["Ja"], "other": "x"}, "field": {"id": "3"}},
            ],
            "hidden": {"termin": "2027-03-10"},
            "variables": [{"key": "score", "type": "number", "number": 4}],
        },
    },
    "tally": {
        "eventId": "e1",
        "eventType": "FORM_RESPONSE",
        "data": {
            "fields": [
                FIELD,
                FIELD | {"key": "question_2", "label": "Name", "type": "INPUT_TEXT", "value": "Ada Kern"},
                FIELD
                | {
                    "type": "CHECKBOXES",
                    "label": "Datenschutz",
                    "value": ["o"],
                    "options": [{"id": "o", "text": "Ja"}],
                },
                FIELD | {"key": "question_4", "label": "Wann", "type": "MATRIX", "value": {"r": ["c"]}} | ROWS,
            ]
        },
    },
    "token": {
        "name": "Ada Kern",
        "email": "ada@example.org",
        "privacy": "on",
        "newsletter": "yes",
        "rawRequest": '{"q1": {"first": "Ada"}}',
        "fields": [{"title": "Termin", "value": "2027-03-10"}],
        "5.1": "a||b",
    },
}
"""A submission of each kind that registers; what is tried are these with anything put in the place of their parts."""

words = st.one_of(
    st.sampled_from(
        [
            "",
            "nein",
            "test",
            "Ada",
            "a@b",
            "bo@example.org",
            "type",
            "name",
            "e-mail",
            "data",
            "x" * 3000,
            "[1]",
            '{"a":',
        ]
    ),
    st.text(st.characters(exclude_categories=()), max_size=8),  # halves of surrogate pairs too
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from([10**400, -1, 1e308]), words)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """``value`` with anything in the place of some of its parts."""
    if draw(st.integers(0, 11)) == 0:
        return draw(anything)
    if isinstance(value, dict):
        kept = {key: draw(changed(inner)) for key, inner in value.items() if draw(st.integers(0, 15))}
        return kept | (draw(st.dictionaries(words, anything, max_size=2)) if draw(st.integers(0, 3)) == 0 else {})
    return [draw(changed(inner)) for inner in value] if isinstance(value, list) else value


@st.composite
def payloads(draw: st.DrawFn, kind: str) -> bytes:
    """Each with an id of its own."""
    return with_id(draw(changed(USUAL[kind])), f"e{draw(st.integers(0, 10**6))}")


def with_id(payload: Any, known_as: str) -> bytes:
    return json.dumps(payload).replace('"e1"', f'"{known_as}"').encode()


@st.composite
def bodies(draw: st.DrawFn, kind: str) -> bytes:
    """Mostly JSON of the kind's shape; sometimes cut short, sometimes any bytes, sometimes a form."""
    match draw(st.integers(0, 9)):
        case 0:
            return draw(st.binary(max_size=60))
        case 1:
            pairs = draw(st.lists(st.tuples(words, words), max_size=4))
            return "&".join(
                f"{quote(name, errors='replace')}={quote(value, errors='replace')}" for name, value in pairs
            ).encode()
        case 2:
            names = draw(st.lists(words, max_size=4))
            parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{name}\r\n' for name in names]
            return "".join([*parts, draw(st.sampled_from(["--b--\r\n", "--b", ""]))]).encode("utf-8", "replace")
        case 3:
            whole = draw(payloads(kind))
            return whole[: draw(st.integers(0, len(whole)))]
        case _:
            return draw(payloads(kind))


headers = st.dictionaries(
    st.sampled_from(
        [
            *("Content-Type", "Authorization", "X-Token", "webhook-id", "webhook-timestamp", "webhook-signature"),
            *("Typeform-Signature", "Tally-Signature", "Content-Disposition", "X-Any"),
        ]
    ),
    st.one_of(
        st.sampled_from(
            [
                *(
                    "multipart/form-data; boundary=b",
                    "multipart/form-data",
                    "application/x-www-form-urlencoded",
                    "text/plain",
                ),
                *(
                    "multipart/form-data; boundary*=utf-9''b",
                    'multipart/form-data; boundary="',
                    "Bearer",
                    "Bearer x",
                    "v1,",
                ),
                *("9" * 12, "sha256=", "multipart/form-data; boundary*0=b; boundary*1*=''%ff"),
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=2,
)
field_names = st.one_of(
    st.sampled_from(["Name", "email", "E-MAIL ", "r1", "data.name", "fields.0", "type:email", "Datenschutz"]), words
)
conditions = st.builds(Condition, field=field_names, equals=st.just("") | words, contains=st.just("") | words)
mappings = st.fixed_dictionaries(
    {},
    optional={
        "fields": st.builds(
            Fields, email=field_names, name=st.lists(field_names, max_size=2).map(tuple), note=field_names
        ),
        "consent": st.builds(ConsentRule, when=st.none() | conditions, wording=words),
        "announcements": st.none() | conditions,
        "id_field": field_names,
        "token": st.builds(TokenPlace, header=st.just("x-token"), field=field_names),
        "target": st.builds(Target, series=st.just("kaffeepause"), field=field_names),
    },
)


def a_source(kind: str, **mapping: Any) -> Source:
    usual: dict[str, Any] = {"target": Target(series="kaffeepause"), "secrets": (), "created_at": NOW}
    return Source(**{**usual, "id": "5ou2ce000000", "name": "x", "kind": SourceKind(kind), **mapping})


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=50)
@given(data=st.data(), mapping=mappings, said=headers)
def test_readers_know_two_outcomes_and_senders_are_verified_or_not(
    kind: str, data: st.DataObject, mapping: dict[str, Any], said: dict[str, str]
) -> None:
    source, module = a_source(kind, **mapping), kind_of(SourceKind(kind))
    posted = Posted(data.draw(bodies(kind)), {name.lower(): value for name, value in said.items()}, data.draw(words))
    assert module.verified(posted, ["whsec_AAAA", "0" * 64], source, now=NOW) is False
    assert all(isinstance(secret, str) for secret in module.secrets_in(posted, source))
    with suppress(Unreadable, Unclear):
        read_fields(source, module.read(posted, source).answers)


@dataclass
class Connected:
    """A form of each kind that goes to one edition."""

    stage: Stage
    edition: str
    forms: dict[str, Form]

    def registered(self) -> list[str]:
        return sorted(
            one["email"] for one in self.stage.api("GET", f"/editions/{self.edition}/registrations")[1]["items"]
        )

    def taken(self) -> int:
        return int(self.stage.api("GET", f"/editions/{self.edition}")[1]["taken"])

    def confirmed(self) -> list[str]:
        """Who has a confirmation, or several: whoever registers again after ten minutes is sent it again."""
        return sorted({mail["to"] for mail in self.stage.inbox() if mail["subject"].startswith("Du bist dabei")})


@pytest.fixture(scope="module")
def connections() -> Iterator[Connected]:
    with stage() as ready:
        edition = organised(ready, seats=1000)
        yield Connected(ready, edition, {kind: connected(ready, kind) for kind in KINDS})


def patched(mapping: dict[str, Any]) -> dict[str, Any]:
    """The mapping as an organiser sends it."""

    def condition(given: Condition | None) -> Any:
        return given and {"field": given.field, "equals": given.equals, "contains": given.contains}

    fields, consent, target = (mapping.get(name) for name in ("fields", "consent", "target"))
    return {
        "fields": {"email": fields.email, "name": list(fields.name), "note": fields.note} if fields else {},
        "consent": {**condition(consent.when), "wording": consent.wording}
        if consent and consent.when
        else {"basis": "collected-by-form", "wording": "Mit dem Absenden …"},
        "announcements": condition(mapping.get("announcements")),
        "to": {"series": "kaffeepause", **({"field": target.field} if target else {})},
        "id_field": mapping.get("id_field", ""),
    }


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=14, phases=[Phase.generate]
)  # what one example registers is there for the next: none can be shrunk
@given(data=st.data(), mapping=mappings, said=headers)
def test_a_delivery_is_registered_with_all_that_follows_or_kept(
    connections: Connected, kind: str, data: st.DataObject, mapping: dict[str, Any], said: dict[str, str]
) -> None:
    form, on_stage = connections.forms[kind], connections.stage
    on_stage.clock.turn(by=timedelta(minutes=1))  # the same content within a minute would be the same submission
    assert on_stage.api("PATCH", f"/sources/{form.id}", patched(mapping))[0] in (200, 422)
    body = data.draw(bodies(kind))
    signed: dict[str, str] = {}
    if kind != "standard" or body.decode("utf-8", "replace").encode() == body:
        signed = form.signed(body, form.secrets[0], f"m{data.draw(st.integers(0, 10**6))}")
    before = connections.registered()
    tried, _ = on_stage.api("POST", f"/sources/{form.id}/try", body)
    assert tried == 200
    assert connections.registered() == before
    answer = form.post(body, {**signed, **said})
    assert answer.status_code in (200, 401)
    if answer.status_code == 200:
        shown = on_stage.api("GET", f"/sources/{form.id}/submissions/{answer.json_body['submission']}")[1]
        assert shown["state"] == answer.json_body["state"]
        assert (shown["state"] == "registered") == (shown["edition"] is not None and shown["reason"] is None)
        assert (shown["state"] == "kept") == (shown["reason"] is not None)
        assert shown["reason"] != "our-fault"
    assert connections.taken() == len(connections.registered())
    assert connections.confirmed() == connections.registered()


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_tries_above_begin_with_registers(connections: Connected, kind: str) -> None:
    form = connections.forms[kind]
    form.stage.clock.turn(by=timedelta(minutes=1))
    form.stage.api("PATCH", f"/sources/{form.id}", patched({}))
    assert form.send(with_id(USUAL[kind], "usual"), id="usual").json_body["state"] == "registered"
    assert "ada@example.org" in connections.registered()
