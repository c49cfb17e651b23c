"""The admin API of sources: what is refused, what is shown, and what a trial tells."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import organised
from tests.forms import FILLED_IN, JSON, connected, secrets_of
from tests.stage import KEY, Stage

GOOD: dict[str, Any] = {"name": "Our form", "kind": "token", "to": {"series": "kaffeepause"}}


def errors(answer: tuple[int, Any]) -> dict[str, str]:
    status, problem = answer
    assert status == 422, problem
    return {error["field"]: error["detail"] for error in problem["errors"]}


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"kind": "carrier pigeon"}, ["kind"]),
        ({"to": {}}, ["to"]),
        ({"to": {"series": "kaffeepause", "edition": "0123456789ab"}}, ["to"]),
        ({"to": {"values": {"a": "b"}}}, ["to"]),
        ({"to": {"series": "nonesuch"}}, ["to.series"]),
        ({"to": {"edition": "0123456789ab"}}, ["to.edition"]),
        ({"to": {"field": "Termin", "values": {"bald": "0123456789ab"}}}, ["to.values.bald"]),
        ({"fields": {"mail": "E-Mail"}}, ["fields.mail"]),
        ({"fields": {"name": []}}, ["fields.name"]),
        ({"consent": {"basis": "because"}}, ["consent.basis", "consent.wording"]),
        ({"consent": {"basis": "collected-by-form"}}, ["consent.wording"]),
        ({"consent": {"equals": "ja"}}, ["consent.field"]),
        ({"announcements": {"field": 3}}, ["announcements.field"]),
        ({"secret": "short"}, ["secret"]),
        ({"kind": "standard", "secret": "whsec_not base64 at all"}, ["secret"]),
        ({"secrets": []}, ["secrets"]),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_beside_its_field(on_stage: Stage, wrong: dict[str, Any], fields: list[str]) -> None:
    organised(on_stage)
    assert sorted(errors(on_stage.api("POST", "/sources", GOOD | wrong))) == fields
    assert on_stage.api("GET", "/sources")[1] == {"items": [], "next": None}


@pytest.mark.parametrize("kind", ["standard", "typeform", "tally", "token"])
def test_a_new_source_tells_its_address_and_the_steps_of_its_tool(on_stage: Stage, kind: str) -> None:
    organised(on_stage)
    status, made = on_stage.api("POST", "/sources", GOOD | {"kind": kind})
    assert status == 201
    assert made["url"] == f"https://kaffee.example.org/hooks/{made['id']}"
    said = " ".join(made["steps"])
    assert made["url"] in said
    assert "{" not in said.replace('{"', "").replace("{…}", "")
    assert on_stage.api("GET", f"/sources/{made['id']}")[1] == made


def test_a_source_is_changed_field_by_field(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage)
    changes: dict[str, Any] = {
        "name": "Another name",
        "to": {"edition": edition},
        "fields": {"email": "Adresse", "name": ["Vorname", "Nachname"], "organisation": "Verein", "note": "Frage"},
        "consent": {"field": "Einwilligung", "equals": "ja", "wording": "Ich stimme zu."},
        "announcements": {"field": "Rundbrief", "contains": "gern"},
        "id_field": "submission",
        "token": {"header": "x-form-token", "field": ""},
    }
    for name, value in changes.items():
        status, shown = on_stage.api("PATCH", f"/sources/{form.id}", {name: value})
        assert (status, shown[name]) == (200, value)
    assert errors(on_stage.api("PATCH", f"/sources/{form.id}", {"kind": "tally"})).keys() == {"kind"}


def test_a_deleted_source_is_no_longer_listed_and_cannot_be_changed(on_stage: Stage) -> None:
    organised(on_stage)
    form, other = connected(on_stage, name="A"), connected(on_stage, name="B")
    for _ in range(2):
        status, shown = on_stage.api("DELETE", f"/sources/{form.id}")
        assert (status, shown["deleted_at"], shown["secrets"]) == (200, "2027-02-01T09:00:00Z", [])
    assert [one["id"] for one in on_stage.api("GET", "/sources")[1]["items"]] == [other.id]
    assert on_stage.api("PATCH", f"/sources/{form.id}", {"name": "C"})[0] == 410
    assert on_stage.api("POST", f"/sources/{form.id}/secrets")[0] == 410
    assert on_stage.api("POST", f"/sources/{form.id}/replay")[0] == 410


def test_a_secret_of_ones_own_is_never_shown(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage, secret="a token of their own")
    assert form.send(FILLED_IN, secret="a token of their own").status_code == 200
    (shown,) = on_stage.api("GET", f"/sources/{form.id}/secrets")[1]["items"]
    assert (shown["kind"], shown["secret"]) == ("token", None)


def test_a_deleted_secret_is_not_issued_again(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    on_stage.api("POST", f"/sources/{form.id}/secrets")
    first, second = secrets_of(on_stage, form.id)
    on_stage.api("DELETE", f"/sources/{form.id}/secrets/2")
    on_stage.api("POST", f"/sources/{form.id}/secrets")
    assert first in secrets_of(on_stage, form.id)
    assert second not in secrets_of(on_stage, form.id)


def tried(on_stage: Stage, source_id: str, body: bytes, **headers: str) -> dict[str, Any]:
    given = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"} | headers
    answer = on_stage.client.http.post(f"/api/v1/sources/{source_id}/try", headers=given, body=body)
    assert answer.status_code == 200, answer.body
    return dict(answer.json_body)


def test_a_trial_tells_how_each_field_was_read_and_changes_nothing(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=1)
    form = connected(on_stage, "tally")
    fields = [{"key": f"question_{n}", "label": label, "type": "INPUT_TEXT", "value": value}
              for n, (label, value) in enumerate(FILLED_IN.items())]  # fmt: skip
    body = json.dumps({"eventId": "e1", "eventType": "FORM_RESPONSE", "data": {"fields": fields}}).encode()
    before = on_stage.items()
    told = tried(on_stage, form.id, body, **form.signed(body, form.secrets[0]))
    assert (told["verified"], told["would_be"], told["edition"]) == (True, "registered", edition)
    assert told["read"]["email"] == {"field": "E-Mail", "value": "mia@example.org"}
    assert told["read"]["privacy"] == {"field": "Datenschutz", "value": FILLED_IN["Datenschutz"]}
    assert told["read"]["announcements"] == {"field": None, "value": False}
    assert told["mails"] == ["registration-confirmation"]
    unsigned = tried(on_stage, form.id, body)
    assert (unsigned["verified"], unsigned["would_be"]) == (False, "refused")
    assert unsigned["read"] == told["read"]
    assert on_stage.items() == before


def test_a_trial_of_what_cannot_be_read_says_so(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    told = tried(on_stage, form.id, b"<xml/>")
    assert (told["reason"], told["read"]) == ("not-readable", {})


def test_submissions_are_listed_page_by_page_newest_first(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    for number in range(5):
        on_stage.clock.turn(by=timedelta(minutes=1))
        form.send(FILLED_IN | {"E-Mail": f"person-{number}@example.org"})
    seen: list[str] = []
    before = ""
    while True:
        page = on_stage.api("GET", f"/sources/{form.id}/submissions?limit=2&before={before}")[1]
        seen += [one["received_at"] for one in page["items"]]
        before = page["next"]
        if not before:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 5
    for wrong in ("state=lost", "limit=0", "limit=x"):
        assert on_stage.api("GET", f"/sources/{form.id}/submissions?{wrong}")[0] == 422


def test_everything_in_the_api_needs_the_organisers_key(on_stage: Stage) -> None:
    """Each route, with any values in its path: nothing is looked up for whoever has no key."""
    routes = [
        (method, re.sub(r"\{\w+\}", "1", path))
        for path, methods in on_stage.app.routes.items()
        if path.startswith("/api/")
        for method in methods
    ]
    assert len(routes) >= 30
    open_to_all = [
        (method, path)
        for method, path in routes
        if on_stage.client.http.request(method, path, headers=JSON, body=b"").status_code not in (401, 403)
    ]
    assert {path for _, path in open_to_all} == {"/api/v1/openapi.json", "/api/docs"}, "but for what it says of itself"
