"""Standard Webhooks: signatures as senders make them, and what is answered to everything that only looks like one."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.builders import organised
from tests.forms import JSON, Form, connected
from tests.stage import Stage, stage

PAYLOAD = {
    "type": "registration.created",
    "timestamp": "2027-02-01T09:00:00Z",
    "data": {"first_name": "Ada", "last_name": "Kern", "email": "ada@example.org", "privacy": True},
}
BODY = json.dumps(PAYLOAD).encode()


@pytest.fixture(scope="module")
def ready() -> Iterator[Stage]:
    with stage() as made:
        organised(made)
        yield made


@pytest.fixture
def form(ready: Stage) -> Form:
    """A source of its own for each test, at a whole second, as timestamps are."""
    ready.clock.turn(to=ready.clock.now().replace(microsecond=0), by=timedelta(seconds=1))
    return connected(ready, "standard")


def sign(
    form: Form, secret: str = "", *, body: bytes = BODY, late: timedelta = timedelta(), known_as: str = "m1"
) -> dict[str, str]:
    at = form.stage.clock.now() - late
    made = Webhook(secret or form.secrets[0]).sign(known_as, at, body.decode())
    return JSON | {"webhook-id": known_as, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": made}


def test_what_a_standard_webhooks_sender_posts_is_taken_under_its_id(form: Form) -> None:
    assert form.post(BODY, sign(form)).json_body["state"] == "registered"
    assert form.submission()["provider_id"] == "m1"
    assert form.submission()["answers"][0] == {"field": "data.first_name", "also": ["first_name"], "values": ["Ada"]}


def test_one_of_several_signatures_is_enough(form: Form) -> None:
    signed = sign(form)
    stranger = sign(form, "whsec_" + base64.b64encode(b"s" * 32).decode())["webhook-signature"]
    several = f"v1a,AAAA {stranger} v2,abc junk v1, {signed['webhook-signature']}"
    assert form.post(BODY, signed | {"webhook-signature": several}).status_code == 200
    many = " ".join([stranger] * 10)
    assert form.post(BODY, signed | {"webhook-signature": f"{many} {signed['webhook-signature']}"}).status_code == 401


@pytest.mark.parametrize("late", [-300, 300])
def test_a_timestamp_may_be_five_minutes_off_by_our_clock(form: Form, late: int) -> None:
    assert form.post(BODY, sign(form, late=timedelta(seconds=late))).status_code == 200
    further = late + (1 if late > 0 else -1)
    assert form.post(BODY, sign(form, late=timedelta(seconds=further))).status_code == 401


def test_a_repetition_with_a_new_timestamp_and_signature_is_the_same_delivery(form: Form) -> None:
    first = form.post(BODY, sign(form, known_as="again"))
    form.stage.clock.turn(by=timedelta(hours=5))
    assert form.post(BODY, sign(form, known_as="again")).body == first.body
    assert len(form.submissions()) == 1


@pytest.mark.parametrize("written", ["whsec_{}", "{}", "v1,whsec_{}", " whsec_{} "])
@pytest.mark.parametrize("length", [24, 25])
def test_a_secret_of_the_sender_is_taken_as_people_paste_it(ready: Stage, written: str, length: int) -> None:
    whole = base64.b64encode(bytes(range(length))).decode()
    for text in {whole, whole.rstrip("=")}:
        form = connected(ready, "standard", secret=written.format(text))
        assert form.post(BODY, sign(form, "whsec_" + whole)).status_code == 200


def test_a_secret_that_is_no_base64_is_refused_when_it_is_given(ready: Stage) -> None:
    wanted = {"name": "x", "kind": "standard", "to": {"series": "kaffeepause"}, "secret": "whsec_this is not base64"}
    status, problem = ready.api("POST", "/sources", wanted)
    assert (status, [one["field"] for one in problem["errors"]]) == (422, ["secret"])


@pytest.mark.parametrize(
    "wrong",
    [
        *({name: None} for name in ("webhook-id", "webhook-timestamp", "webhook-signature")),
        *({name: ""} for name in ("webhook-id", "webhook-timestamp", "webhook-signature")),
        *({"webhook-timestamp": at} for at in ("soon", "999999999999", "-1", "1e9", "1801558800.0", "٣", "9" * 400)),
        *(
            {"webhook-signature": made}
            for made in ("v1,", "v1", ",", "  ", "v1,%%%", "v1,Zm9v", "v1,äöü", "v1a,Zm9v", "v1, v1,", "x" * 9000)
        ),
        {"webhook-id": "m2"},
        {"webhook-id": "x" * 257},
        {"webhook-id": "\ud800"},
    ],
)
def test_whatever_is_wrong_with_the_headers_is_401(form: Form, wrong: dict[str, str | None]) -> None:
    headers = {name: value for name, value in (sign(form) | wrong).items() if value is not None}
    assert form.post(BODY, headers).status_code == 401
    assert form.submissions() == []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", BODY + b" ", BODY.replace(b"Ada", b"Eve")])
def test_another_body_than_was_signed_is_401(form: Form, body: bytes) -> None:
    assert form.post(body, sign(form)).status_code == 401


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        ({"type": "test"}, "test"),
        ({"type": "ping", "data": {}}, "test"),
        ({"type": "registration.cancelled", "data": {}}, "ignored"),
        ({"type": ["registration.created"], "data": {}}, "ignored"),
        ({"type": {"a": 1}}, "ignored"),
        ({"type": None, "data": {"email": "a@example.org"}}, "ignored"),
        ({"type": "registration.created"}, "kept"),
        ({"type": "registration.created", "data": [1]}, "kept"),
        ({"data": PAYLOAD["data"]}, "registered"),
        ([], "kept"),
        ("text", "kept"),
    ],
)
def test_each_type_becomes_what_it_asks_for(form: Form, payload: Any, state: str) -> None:
    assert form.send(payload).json_body["state"] == state
    assert form.submission()["state"] == state


@pytest.mark.parametrize("body", ["", "{", "nul", '{"a": "\ud83d\ude00"'])
def test_what_is_signed_and_no_json_is_kept_as_it_came(form: Form, body: str) -> None:
    raw = body.encode("utf-16", "surrogatepass").decode("utf-16").encode()
    assert form.post(raw, sign(form, body=raw)).json_body["state"] == "kept"
    shown = form.submission()
    assert (shown["reason"], shown["raw"] or "") == ("not-readable", raw.decode())


def test_half_an_emoji_is_no_reason_to_lose_somebody(form: Form) -> None:
    body = BODY.replace(b'"Ada"', rb'"Ada \ud83d"')
    assert form.post(body, sign(form, body=body)).json_body["state"] == "registered"
    assert form.submission()["answers"][0]["values"] == ["Ada"]
