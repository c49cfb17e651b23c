"""Forms in another character set than UTF-8: read as what they say they are in, or refused, and never with
a character lost."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from chalice.test import HTTPResponse

from tests.builders import organised
from tests.forms import connected
from tests.stage import Stage

FORM = "application/x-www-form-urlencoded"
NAME = "Jürgen Groß"


def sent(on_stage: Stage, edition: str, body: bytes, content_type: str) -> HTTPResponse:
    path = f"/editions/{edition}/registrations"
    return on_stage.client.http.post(path, headers={"Content-Type": content_type}, body=body)


def names(on_stage: Stage, edition: str) -> list[str]:
    return [one["name"] for one in on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]]


def body(name: bytes) -> bytes:
    return b"name=" + name + b"&email=mia%40example.org&privacy=yes"


LATIN = NAME.encode("latin-1")
PERCENT = quote(LATIN).encode()


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        (PERCENT, f"{FORM}; charset=iso-8859-1"),
        (PERCENT, f'{FORM};Charset="ISO-8859-1"'),
        (LATIN.replace(b" ", b"+"), f"{FORM}; charset=latin1"),
        (PERCENT, f"{FORM}; charset=windows-1252; x=y"),
        (PERCENT, f"{FORM}; charset=ISO-8859-15"),
        (quote(NAME).encode(), FORM),
        (quote(NAME).encode(), f"{FORM}; charset=UTF-8"),
        (NAME.replace(" ", "+").encode(), f"{FORM}; charset=utf8"),
        (PERCENT + b"&_charset_=iso-8859-1", FORM),
    ],
)
def test_a_form_is_read_in_the_character_set_that_it_says(on_stage: Stage, name: bytes, content_type: str) -> None:
    edition = organised(on_stage)
    assert sent(on_stage, edition, body(name), content_type).status_code == 303
    assert names(on_stage, edition) == [NAME]


@pytest.mark.parametrize(
    ("name", "content_type", "status", "said"),
    [
        (PERCENT, FORM, 400, "nicht in dem Zeichensatz"),
        (LATIN.replace(b" ", b"+"), FORM, 400, "nicht in dem Zeichensatz"),
        (PERCENT, f"{FORM}; charset=utf-8", 400, "nicht in dem Zeichensatz"),
        (b"J\xef\xbf\xbdrgen", f"{FORM}; charset=iso-8859-1", 400, "nicht in dem Zeichensatz"),
        (b"%81", f"{FORM}; charset=iso-8859-1", 400, "nicht in dem Zeichensatz"),
        (PERCENT, f"{FORM}; charset=ebcdic", 415, "Zeichensatz ebcdic kennen wir nicht"),
        (PERCENT, f"{FORM}; charset=utf-16", 415, "Zeichensatz utf-16 kennen wir nicht"),
        (b"eJwDAAAAAAE", f"{FORM}; charset=zip", 415, "Zeichensatz zip kennen wir nicht"),
        (b"%EF%BF%BDrgen", FORM, 422, "Zeichen ist unterwegs verloren"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    on_stage: Stage, name: bytes, content_type: str, status: int, said: str
) -> None:
    edition = organised(on_stage)
    path = f"/editions/{edition}/registrations"
    headers = {"Content-Type": content_type, "Accept-Language": "de"}
    answer = on_stage.client.http.post(path, headers=headers, body=body(name))
    assert (answer.status_code, said in answer.body.decode()) == (status, True)
    assert names(on_stage, edition) == []


def multipart(name: bytes, *, part: bytes = b"", charset: bytes = b"") -> bytes:
    fields = [
        (b"Name", name, part),
        (b"E-Mail", b"mia@example.org", b""),
        (b"Datenschutz", b"Ja, ich bin einverstanden", b""),
    ]
    fields += [(b"_charset_", charset, b"")] if charset else []
    said = [
        b'--x\r\nContent-Disposition: form-data; name="' + field + b'"\r\n' + kind + b"\r\n" + value + b"\r\n"
        for field, value, kind in fields
    ]
    return b"".join(said) + b"--x--\r\n"


HOOK = b"&E-Mail=mia%40example.org&Datenschutz=Ja%2C+ich+bin+einverstanden"


@pytest.mark.parametrize(
    ("sent", "content_type"),
    [
        (b"Name=" + PERCENT + HOOK, f"{FORM}; charset=iso-8859-1"),
        (b"Name=" + LATIN.replace(b" ", b"+") + HOOK, f"{FORM}; charset=windows-1252"),
        (multipart(LATIN, part=b"Content-Type: text/plain; charset=ISO-8859-1\r\n"), "multipart/form-data; boundary=x"),
        (multipart(LATIN, charset=b"iso-8859-1"), "multipart/form-data; boundary=x"),
        (multipart(NAME.encode()), "multipart/form-data; boundary=x"),
        (
            b'{"Name": "' + LATIN + b'", "E-Mail": "mia@example.org", "Datenschutz": "Ja"}',
            "application/json; charset=iso-8859-1",
        ),
    ],
)
def test_a_webhook_is_read_in_the_character_set_that_it_says(on_stage: Stage, sent: bytes, content_type: str) -> None:
    edition = organised(on_stage)
    form = connected(on_stage)
    answer = form.post(sent, {"Content-Type": content_type, "Authorization": f"Bearer {form.secrets[0]}"})
    assert (answer.json_body["state"], names(on_stage, edition)) == ("registered", [NAME]), form.submission()


@pytest.mark.parametrize(
    ("sent", "content_type"),
    [
        (b"Name=" + LATIN.replace(b" ", b"+") + HOOK, FORM),
        (b"Name=" + PERCENT + HOOK, FORM),
        (b"Name=" + LATIN.replace(b" ", b"+") + HOOK, f"{FORM}; charset=ebcdic"),
        (multipart(LATIN), "multipart/form-data; boundary=x"),
        (b'{"Name": "' + LATIN + b'"}', "application/json"),
    ],
)
def test_a_webhook_that_cannot_be_read_is_kept_without_losing_a_character(
    on_stage: Stage, sent: bytes, content_type: str
) -> None:
    organised(on_stage)
    form = connected(on_stage)
    answer = form.post(sent, {"Content-Type": content_type, "Authorization": f"Bearer {form.secrets[0]}"})
    assert answer.json_body["state"] == "kept"
    kept = form.submission()
    assert (kept["reason"], kept["raw"]) == ("not-readable", sent.decode("latin-1"))
    assert "\ufffd" not in str(on_stage.items())
