"""Tools that cannot sign: where a secret may be, what a body may look like, and that the secret is kept nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from chalicelib import world as worlds
from chalicelib.domain.source import Source, SourceKind, Target, TokenPlace
from chalicelib.domain.submission import Payload, What
from chalicelib.vault import Vault
from chalicelib.web.hooks import token
from chalicelib.web.hooks.base import DEEPEST, LARGEST, MOST_FIELDS, Posted, Unreadable
from tests.builders import NOW, organised
from tests.forms import JSON, Form, connected, secrets_of
from tests.stage import FORM, Stage, stage

SECRET = "a secret + of/our = own"
ADA = {"name": "Ada Kern", "email": "ada@example.org", "privacy": "yes"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=frontier"}
SOURCE = Source(
    id="5ou2ce000000",
    name="x",
    kind=SourceKind.TOKEN,
    target=Target(series="kaffeepause"),
    secrets=(),
    token=TokenPlace(header="x-token", field="token"),
    created_at=NOW,
)


def parts(*given: tuple[str, str | bytes], boundary: str = "frontier", end: str = "--\r\n") -> bytes:
    made = b""
    for disposition, content in given:
        body = content if isinstance(content, bytes) else content.encode()
        made += f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + body + b"\r\n"
    return made + f"--{boundary}{end}".encode()


def read(body: bytes | str, content_type: str = "application/json", **headers: str) -> Payload:
    raw = body.encode() if isinstance(body, str) else body
    return token.read(Posted(raw, {"content-type": content_type} | headers), SOURCE)


def values_of(body: Any, content_type: str = "application/json") -> dict[str, tuple[str, ...]]:
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    return {name: answer.values for answer in read(raw, content_type).answers for name in answer.names}


# Where the secret may be


@pytest.fixture(scope="module")
def ready() -> Iterator[Stage]:
    with stage() as made:
        organised(made)
        yield made


@pytest.fixture
def form(ready: Stage) -> Form:
    return connected(ready, secret=SECRET, token={"header": "X-Our-Token", "field": "secret_field"})


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_as_a_bearer_in_any_case(form: Form, scheme: str) -> None:
    assert form.post(json.dumps(ADA).encode(), JSON | {"Authorization": f"{scheme} {SECRET}"}).status_code == 200


def test_as_a_header_of_a_chosen_name_in_any_case(form: Form) -> None:
    for name in ("X-Our-Token", "x-our-token", "X-OUR-TOKEN"):
        assert form.post(json.dumps(ADA).encode(), JSON | {name: SECRET}).status_code == 200
    assert form.post(json.dumps(ADA).encode(), JSON | {"X-Another": SECRET}).status_code == 401


def test_as_a_field_of_a_chosen_name(form: Form) -> None:
    given = ADA | {"secret_field": SECRET}
    assert form.post(json.dumps(given).encode(), JSON).status_code == 200
    assert form.post(urlencode(given).encode(), FORM).status_code == 200
    multi = parts(*((f'name="{name}"', value) for name, value in given.items()))
    assert form.post(multi, MULTIPART).status_code == 200
    assert form.post(json.dumps(ADA | {"token": SECRET}).encode(), JSON).status_code == 401


def test_in_the_path_also_percent_encoded(form: Form) -> None:
    assert form.post(json.dumps(ADA).encode(), JSON, path=f"{form.path}/{quote(SECRET, safe='')}").status_code == 200


def test_a_secret_we_issue_goes_into_a_path_and_a_form_as_it_is(ready: Stage) -> None:
    form = connected(ready)
    assert re.fullmatch("[A-Za-z0-9_-]+", form.secrets[0])
    assert form.post(json.dumps(ADA).encode(), JSON, path=f"{form.path}/{form.secrets[0]}").status_code == 200
    assert form.post(f"name=Ada&token={form.secrets[0]}".encode(), FORM).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        *(
            {"Authorization": value}
            for value in ("", "Bearer", "Bearer ", f"Basic {SECRET}", SECRET, "Bearer \xe4", "Bearer " + "x" * 9000)
        ),
        {"X-Our-Token": ""},
        {"X-Our-Token": f"Bearer {SECRET}"},
    ],
)
def test_anything_else_is_401(form: Form, headers: dict[str, str]) -> None:
    bodies = [
        b"",
        b"{}",
        b"\xff",
        b"[",
        json.dumps({"secret_field": [SECRET]}).encode(),
        b'{"secret_field": 1}',
        b'{"secret_field": ""}',
    ]
    for body in bodies:
        for content_type in (JSON, FORM, MULTIPART, {}):
            assert form.post(body, content_type | headers).status_code == 401
    assert form.submissions() == []


def test_a_field_that_holds_the_secret_twice_or_not_as_text_does_not_count(form: Form) -> None:
    for body in (
        f'{{"secret_field": "{SECRET}", "secret_field": "other"}}',
        f'{{"secret_field": {{"a": "{SECRET}"}}}}',
    ):
        assert form.post(body.encode(), JSON).status_code == 401


# Signing keys


def test_what_was_issued_or_kept_with_the_older_signing_key_still_counts(ready: Stage) -> None:
    sources = connected(ready), connected(ready, "tally", secret="Tally's own secret")
    old = ready.world.settings.signing_keys
    renewed = replace(
        ready.world, settings=replace(ready.world.settings, signing_keys=("a new key that is long enough!!!", *old))
    )
    try:
        worlds.install(renewed)
        for form in sources:
            assert form.send(ADA).status_code == 200
        assert secrets_of(ready, sources[0].id) != sources[0].secrets
        sources[0].secrets = secrets_of(ready, sources[0].id)
        assert sources[0].send(ADA).status_code == 200
        without_old = replace(
            renewed, settings=replace(renewed.settings, signing_keys=renewed.settings.signing_keys[:1])
        )
        worlds.install(without_old)
        assert [form.send(ADA).status_code for form in sources] == [200, 401]
    finally:
        worlds.install(ready.world)


def test_every_key_opens_and_the_first_one_encrypts() -> None:
    old, new = Vault(("old",)), Vault(("new", "old"))
    from chalicelib.domain.source import Secret, SecretKind

    kept = [
        Secret(number=1, kind=SecretKind.SHARED, since=NOW, kept=one.keep(SecretKind.SHARED, "theirs"))
        for one in (old, new)
    ]
    source = replace(SOURCE, kind=SourceKind.TALLY, secrets=tuple(kept))
    assert new.accepted(source) == ["theirs", "theirs"]
    assert old.accepted(source) == ["theirs"]
    assert Vault(("other",)).accepted(source) == []


# What a body may look like


def test_json_is_read_by_key_and_by_path() -> None:
    found = values_of(
        {"entry": {"who": {"first": "Ada"}, "seats": 2, "vegan": True, "note": None, "topics": ["a", "b"]}}
    )
    assert found["entry.who.first"] == found["first"] == ("Ada",)
    assert (found["seats"], found["vegan"], found["note"], found["topics"]) == (("2",), ("true",), (), ("a", "b"))


def test_a_list_of_fields_is_read_by_the_titles_in_it() -> None:
    fields = [
        {"title": "Name", "value": "Ada"},
        {"label": "Themen", "values": ["a", "b"]},
        {"question": "Wo?", "answer": {"a": "b"}},
        {"x": "y"},
    ]
    found = values_of({"fields": fields})
    assert (found["Name"], found["Themen"], found["Wo?"], found["fields.3.x"]) == (
        ("Ada",),
        ("a", "b"),
        ('{"a":"b"}',),
        ("y",),
    )


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "", "application/vnd.api+json", "application/x-www-form-urlencoded"],
)
def test_json_is_read_whatever_it_is_called_and_with_a_byte_order_mark(content_type: str) -> None:
    assert values_of(b"\xef\xbb\xbf" + json.dumps(ADA).encode(), "application/json")["name"] == ("Ada Kern",)
    assert values_of(ADA, content_type)["name"] == ("Ada Kern",)


def test_a_key_that_occurs_twice_in_one_object_is_not_silently_its_last_value() -> None:
    found = read('{"name": "Ada", "x": {"name": "Bo", "name": "Cy"}, "name": "Di"}').answers
    assert [answer.values for answer in found if "name" in answer.names] == [("Ada",), ("Di",), ("Bo",), ("Cy",)]


def test_two_different_values_of_one_key_are_kept_as_ambiguous(form: Form) -> None:
    headers = JSON | {"X-Our-Token": SECRET}
    form.post(b'{"email": "ada@example.org", "email": "bo@example.org", "name": "Ada", "privacy": "yes"}', headers)
    assert form.reasons() == ["field-ambiguous"]


def test_a_form_is_read_with_its_several_values() -> None:
    found = values_of("name=Ada+Kern&themen[]=a&themen[]=b&one[]=c&empty=&wo=K%C3%B6ln&x=1&x=2", FORM["Content-Type"])
    assert found == {
        "name": ("Ada Kern",),
        "themen": ("a", "b"),
        "one": ("c",),
        "empty": (),
        "wo": ("Köln",),
        "x": ("1", "2"),
    }


@pytest.mark.parametrize(
    "boundary", ["frontier", '"frontier"', '"fron tier"', "----WebKitFormBoundary7MA4", '"a=b;c"', "'odd'"]
)
def test_multipart_is_read_with_any_boundary_and_without_its_files(boundary: str) -> None:
    body = parts(
        ('name="Straße & Nr."', "Gartenweg 1"),
        ('name="bild"; filename="a.png"', b"\x89PNG\r\n\x1a\n\xff"),
        ("name=bare", "ja"),
        ('name="themen[]"', "a"),
        ('name="themen[]"', "b"),
        ('name="text"', "eins\r\nzwei"),
        boundary=boundary.strip('"'),
    )
    assert values_of(body, f"multipart/form-data; charset=utf-8; boundary={boundary}") == {
        "Straße & Nr.": ("Gartenweg 1",),
        "bare": ("ja",),
        "themen": ("a", "b"),
        "text": ("eins\r\nzwei",),
    }


def test_multipart_without_its_end_is_read_as_far_as_it_came() -> None:
    assert values_of(parts(('name="name"', "Ada"), end=""), MULTIPART["Content-Type"]) == {"name": ("Ada",)}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (parts(('name="a"', "b")), "multipart/form-data"),
        (parts(('name="a"', "b")), "multipart/form-data; boundary="),
        (parts(('name="a"', "b")), "multipart/form-data; boundary=other"),
        (b"no parts at all", "multipart/form-data; boundary=frontier"),
        (parts(*((f'name="f{n}"', "x") for n in range(MOST_FIELDS + 2))), "multipart/form-data; boundary=frontier"),
        (b'{"note": "she said "yes""}', "text/plain"),
        (b"name=%E4", "application/x-www-form-urlencoded"),
        (b"name=\xff", "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % n for n in range(MOST_FIELDS + 1)), "application/x-www-form-urlencoded"),
        (json.dumps({f"f{n}": 1 for n in range(MOST_FIELDS + 1)}).encode(), "application/json"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "application/json"),
        (b'{"a":' * 100_000, "application/json"),
        (b'{"a": %s}' % (b"[" * 100_000), "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
    ],
)
def test_what_cannot_be_read_says_so(body: bytes, content_type: str) -> None:
    with pytest.raises(Unreadable):
        read(body, content_type)


def test_what_would_be_too_large_to_keep_is_not_read() -> None:
    nested = {f"{n}{'x' * 1990}": {f"f{m}": "y" for m in range(10)} for n in range(20)}
    assert len(json.dumps(nested)) < LARGEST
    with pytest.raises(Unreadable, match=str(LARGEST)):
        read(json.dumps(nested))
    with pytest.raises(Unreadable, match=str(LARGEST)):
        read("&".join(f"f{n}={'%01' * 1000}" for n in range(80)), FORM["Content-Type"])


def test_broken_json_is_kept_as_it_came(form: Form) -> None:
    form.post(
        b'{"note": "Sie sagt "Ja"", "email": "ada@example.org"}', {"Content-Type": "text/plain", "X-Our-Token": SECRET}
    )
    shown = form.submission()
    assert (shown["reason"], shown["media_type"]) == ("not-readable", "text/plain")
    assert shown["raw"] == '{"note": "Sie sagt "Ja"", "email": "ada@example.org"}'


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("1e400", "inf"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("9" * 5000, "9" * 5000),
        ("4.0", "4"),
        ("0.5", "0.5"),
    ],
)
def test_numbers_are_text_whatever_their_size(number: str, value: str) -> None:
    assert values_of(f'{{"n": {number}}}')["n"] == (value,)


def test_half_an_emoji_is_no_reason_to_lose_somebody() -> None:
    assert values_of(rb'{"name": "Ada \ud83d", "\udc00": "x", "ok": "\ud83d\ude00", "l": ["\ud83d"]}') == {
        "name": ("Ada",),
        "": ("x",),
        "ok": ("\U0001f600",),
        "l": (),
    }


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", What.TEST),
        (b"  ", What.TEST),
        (b"{}", What.TEST),
        (b'{"test": true}', What.TEST),
        (b'{"event": "ping"}', What.TEST),
        (b'{"message": "Test"}', What.TEST),
        (b'{"token": "x", "test": true}', What.TEST),
        (b'{"test": true, "email": "ada@example.org"}', What.SUBMISSION),
        (b'{"email": "", "name": null}', What.SUBMISSION),
        (b'{"test": false}', What.SUBMISSION),
    ],
)
def test_a_request_that_only_tries_the_connection_is_a_test(body: bytes, what: What) -> None:
    assert read(body).what is what


# Tools


def test_wpforms_joins_boxes_and_nests_names() -> None:
    found = values_of({"fields": {"1": {"first": "Ada", "last": "Kern"}, "2": "ada@example.org", "3": "Recht||Geld"}})
    assert (found["fields.1.first"], found["fields.3"]) == (("Ada",), ("Recht", "Geld"))


def test_the_inputs_of_a_gravity_forms_field_are_together_and_apart() -> None:
    found = values_of({"1.3": "Ada", "1.6": "Kern", "5.1": "Recht", "5.2": "", "5.3": "Geld", "7": "x", "7.1": "y"})
    assert (found["1"], found["5"], found["5.3"], found["7"]) == (("Ada", "Kern"), ("Recht", "Geld"), ("Geld",), ("x",))


def test_jotform_posts_its_answers_as_text_in_one_field() -> None:
    raw = json.dumps(
        {"q3_name": {"first": "Ada", "last": "Kern"}, "q4_mail": "ada@example.org", "q5_wo": ["a", "b"]}
    ).replace("/", "\\/")
    found = values_of(parts(('name="formID"', "24"), ('name="rawRequest"', raw)), MULTIPART["Content-Type"])
    assert (found["rawRequest.q3_name.first"], found["q4_mail"], found["q5_wo"]) == (
        ("Ada",),
        ("ada@example.org",),
        ("a", "b"),
    )


def test_power_automate_posts_several_choices_as_the_text_of_a_list() -> None:
    assert values_of({"themen": '["Recht","Geld"]', "note": "[wichtig] bitte"}) == {
        "themen": ("Recht", "Geld"),
        "note": ("[wichtig] bitte",),
    }


def test_google_forms_posts_each_value_as_a_list() -> None:
    assert values_of({"namedValues": {"E-Mail ": ["ada@example.org"], "Nachricht": [""]}})["E-Mail"] == (
        "ada@example.org",
    )


def test_n8n_zapier_and_make_post_what_their_users_build(form: Form) -> None:
    body = {
        "data": {
            "contact": {"Email": "mailto:ADA@example.org", "First Name": "Ada", "Last Name": "Kern"},
            "consent": "True",
        }
    }
    answer = form.post(json.dumps(body).encode(), JSON | {"X-Our-Token": SECRET})
    assert answer.json_body["state"] == "registered", form.submission()


# The secret is kept nowhere


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(ADA | {"secret_field": SECRET}).encode(),
        json.dumps(ADA | {"webhookURL": f"https://kaffee.example.org/hooks/x/{quote(SECRET, safe='')}"}).encode(),
        json.dumps(ADA | {"rawRequest": json.dumps({"path": f"/hooks/{SECRET}", SECRET: 1})})
        .replace("/", "\\/")
        .encode(),
        json.dumps(ADA | {"rawRequest": f'{{"broken": {SECRET}'}).encode(),
        json.dumps({"secret_field": SECRET, **{f"f{n}": 1 for n in range(300)}}).encode(),
        json.dumps({"secret_field": SECRET, **{f"f{n}": 1 for n in range(300)}}).replace("/", "\\/").encode(),
        f'{{"broken": "{SECRET}'.encode(),
    ],
)
@pytest.mark.parametrize("where", ["header", "bearer", "path"])
def test_the_secret_is_in_nothing_that_is_kept_shown_or_logged(
    form: Form, body: bytes, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "chalicelib")
    headers = {"header": {"X-Our-Token": SECRET}, "bearer": {"Authorization": f"Bearer {SECRET}"}, "path": {}}[where]
    path = f"{form.path}/{quote(SECRET, safe='')}" if where == "path" else ""
    assert form.post(body, JSON | headers, path=path).status_code == 200
    everything = f"{form.submission()} {form.stage.items()} {caplog.text}"
    for spelled in (
        SECRET,
        quote(SECRET, safe=""),
        SECRET.replace("/", "\\/"),
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    ):
        assert spelled not in everything


def test_what_only_stands_where_a_secret_may_stand_is_not_masked(form: Form) -> None:
    headers = JSON | {"Authorization": "Bearer a", "X-Our-Token": SECRET}
    form.post(json.dumps(ADA).encode(), headers)
    assert form.submission()["answers"][0]["values"] == ["Ada Kern"]


def test_the_token_field_is_left_out_wherever_the_secret_came_from() -> None:
    assert [answer.names[0] for answer in read('{"token": "something", "a": {"token": "x"}, "b": 1}').answers] == ["b"]
