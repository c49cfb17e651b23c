"""``POST /hooks/{source}``: who is let in, what is answered, and that nothing is lost or taken twice."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from tests.builders import organised
from tests.forms import FILLED_IN, JSON, connected, secrets_of
from tests.stage import Stage


def registrations(on_stage: Stage, edition: str) -> list[str]:
    return [one["email"] for one in on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]]


def test_a_submission_registers_as_our_own_form_does(on_stage: Stage) -> None:
    edition = organised(on_stage, seats=5)
    form = connected(on_stage)
    answer = form.send(FILLED_IN)
    assert answer.status_code == 200
    assert answer.json_body == {"submission": form.submissions()[0]["id"], "state": "registered"}
    (made,) = on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]
    assert (made["name"], made["email"], made["organisation"], made["note"]) == (
        "Mia Lang",
        "mia@example.org",
        "Nachbarschaftshilfe",
        "Ich freue mich.",
    )
    assert on_stage.api("GET", f"/editions/{edition}")[1]["taken"] == 1
    (mail,) = on_stage.inbox("mia@example.org")
    assert mail["subject"].startswith("Du bist dabei")


def test_the_same_delivery_twice_registers_once_and_is_answered_the_same(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, "standard")
    payload = {"type": "registration.created", "data": {"name": "Mia", "email": "mia@example.org", "privacy": True}}
    first = form.send(payload)
    on_stage.clock.turn(by=timedelta(days=45))
    on_stage.api("POST", f"/editions/{edition}/cancel")
    assert form.send(payload).body == first.body
    assert registrations(on_stage, edition) == ["mia@example.org"]
    assert on_stage.subjects("mia@example.org")[:1] == [on_stage.subjects("mia@example.org")[0]]


def test_without_an_id_a_double_click_is_one_submission_and_a_minute_later_another(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    assert form.send(FILLED_IN).body == form.send(FILLED_IN).body
    on_stage.clock.turn(by=timedelta(minutes=1))
    form.send(FILLED_IN)
    assert len(form.submissions()) == 2
    assert len(on_stage.subjects("mia@example.org")) == 1


@pytest.mark.parametrize("kind", ["standard", "typeform", "tally", "token"])
def test_what_is_not_verified_is_refused_without_a_word_and_only_counted(on_stage: Stage, kind: str) -> None:
    organised(on_stage)
    form = connected(on_stage, kind)
    body = b"{}"
    strangers = form.signed(body, "whsec_" + "A" * 44)
    for headers in (strangers, JSON):
        answer = form.post(body, headers)
        assert (answer.status_code, answer.json_body) == (401, {"title": "Unauthorized", "status": 401})
    assert form.submissions() == []
    shown = on_stage.api("GET", f"/sources/{form.id}")[1]
    assert shown["refused"] == [{"hour": "2027-02-01T09:00:00Z", "requests": 2}]


def test_a_source_that_never_was_looks_like_one_with_another_secret(on_stage: Stage) -> None:
    form = connected(on_stage, to={"series": organised_series(on_stage)})
    headers = form.signed(b"{}", form.secrets[0])
    unknown = form.post(b"{}", headers, path="/hooks/0123456789ab")
    assert unknown.body == form.post(b"{}", form.signed(b"{}", "another secret altogether")).body
    assert form.post(b"{}", headers, path="/hooks/" + "x" * 3000).status_code == 401


def organised_series(on_stage: Stage) -> str:
    organised(on_stage)
    return "kaffeepause"


def test_the_secret_of_one_source_does_not_open_another(on_stage: Stage) -> None:
    organised(on_stage)
    one, other = connected(on_stage), connected(on_stage)
    assert other.send(FILLED_IN, secret=one.secrets[0]).status_code == 401


def test_a_deleted_source_is_gone(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage, "typeform")
    assert on_stage.api("DELETE", f"/sources/{form.id}")[0] == 200
    assert form.send({}).status_code == 410


def test_two_secrets_are_valid_until_one_is_dropped(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    assert on_stage.api("POST", f"/sources/{form.id}/secrets")[0] == 201
    first, second = secrets_of(on_stage, form.id)
    assert on_stage.api("POST", f"/sources/{form.id}/secrets")[0] == 409
    assert form.send(FILLED_IN, secret=first).status_code == 200
    assert form.send(FILLED_IN, secret=second).status_code == 200
    assert on_stage.api("DELETE", f"/sources/{form.id}/secrets/1")[0] == 200
    assert form.send(FILLED_IN, secret=first).status_code == 401
    assert form.send(FILLED_IN, secret=second).status_code == 200
    assert on_stage.api("DELETE", f"/sources/{form.id}/secrets/2")[0] == 409


def test_what_is_too_large_is_not_looked_at(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    assert form.send({**FILLED_IN, "Nachricht": "x" * 300_000}).status_code == 413
    assert form.submissions() == []


def test_a_flood_is_told_to_come_again_and_leaves_other_sources_alone(on_stage: Stage) -> None:
    organised(on_stage)
    form, other = connected(on_stage), connected(on_stage)
    on_stage.clock.turn(by=timedelta(seconds=20))
    for _ in range(600):
        on_stage.world.store.sources.count_taken(form.id, on_stage.clock.now())
    answer = form.send(FILLED_IN)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
    assert other.send(FILLED_IN).status_code == 200
    on_stage.clock.turn(by=timedelta(seconds=40))
    assert form.send(FILLED_IN).status_code == 200


def test_no_secret_is_kept_logged_or_listed(on_stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "chalicelib")
    organised(on_stage)
    ours, theirs = connected(on_stage), connected(on_stage, secret="a token of their own")
    shared = connected(on_stage, "tally", secret="a signing secret of Tally's")
    for form in (ours, theirs, shared):
        form.post(b"not json", form.signed(b"not json", form.secrets[0]))
        form.post(b"{}", JSON, path=f"{form.path}/{form.secrets[0]}")
        for shown in (on_stage.api("GET", "/sources"), on_stage.api("GET", f"/sources/{form.id}"), form.submissions()):
            assert form.secrets[0] not in str(shown)
        assert form.secrets[0] not in str(on_stage.items())
        assert form.secrets[0] not in caplog.text


def test_a_token_we_issue_fits_a_path(on_stage: Stage) -> None:
    organised(on_stage)
    for form in [connected(on_stage) for _ in range(5)]:
        (secret,) = form.secrets
        assert re.fullmatch("token_[A-Za-z0-9_-]{43}", secret)
        assert form.post(json.dumps(FILLED_IN).encode(), JSON, path=f"{form.path}/{secret}").status_code == 200
