"""The HTTP front: the application as through API Gateway, the inbox, and time travel."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest

from chalicelib.domain.due import Due, Matter
from chalicelib.store import keys
from chalicelib.store.table import attributes
from local.aws.gateway import LARGEST_BODY
from local.processes.system import LocalSystem, TravelRefused
from local.site.travel import BadJourney, local_moment
from tests.waiting import PATIENCE

pytestmark = pytest.mark.processes

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(system: LocalSystem, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection(system.url.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def travel(system: LocalSystem, wish: Any) -> Answer:
    return ask(system, "POST", "/local/clock", json.dumps(wish), **JSON)


def due(system: LocalSystem, at: datetime, name: str) -> None:
    """A mailing that has not begun, with its due row."""
    row, mailing = keys.due(Due(at, Matter.MAILING, name)), keys.mailing(name)
    for key, more in ((row, {}), (mailing, {"body": {"S": '{"progress":"planned"}'}})):
        system.client("dynamodb").put_item(TableName=system.environment["TABLE"], Item=attributes(key) | more)


def send(system: LocalSystem, address: str, *, subject: str = "Betreff", html: str = "<p>Guten <b>Tag</b></p>") -> str:
    body = {"Text": {"Data": "Guten Tag https://example.org/x"}, "Html": {"Data": html}}
    attachment = {"FileName": "plan ä.txt", "RawContent": b"Kaffee", "ContentType": "text/plain"}
    simple = {"Subject": {"Data": subject}, "Body": body, "Attachments": [attachment]}
    answer = system.client("sesv2").send_email(
        FromEmailAddress="kaffee@example.org", Destination={"ToAddresses": [address]}, Content={"Simple": simple}
    )
    return str(answer["MessageId"])


# The application, as through API Gateway


def test_pages_come_through_as_the_application_made_them(system: LocalSystem) -> None:
    answer = ask(system, "GET", "/")
    assert (answer.status, answer.text) == (200, "<h1>Guten Tag</h1>")
    assert answer.headers.get_all("Content-Type") == ["text/html; charset=utf-8"]


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [({}, 401, "UNAUTHORIZED"), ({"Authorization": "Bearer wrong"}, 403, "ACCESS_DENIED")],
)
def test_the_authorizer_answers_as_the_deployment_shapes_it(
    system: LocalSystem, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = ask(system, "GET", "/secret", **headers)
    assert answer.status == status, kind
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == status


def test_the_right_key_opens(system: LocalSystem) -> None:
    assert ask(system, "GET", "/secret", Authorization="Bearer right").json == {"in": True}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nowhere"), ("DELETE", "/"), ("HEAD", "/"), ("GET", "/%2e%2e/x")]
)
def test_unknown_paths_and_methods_are_api_gateways_own_answer(system: LocalSystem, method: str, path: str) -> None:
    answer = ask(system, method, path)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert bool(answer.body) == (method != "HEAD")


def test_a_bug_is_a_bare_500(system: LocalSystem) -> None:
    answer = ask(system, "GET", "/broken")
    assert answer.status == 500
    assert "a bug" not in answer.text


def test_a_text_body_comes_as_utf_8_with_what_is_not_utf_8_replaced(system: LocalSystem) -> None:
    for content_type in ("text/plain", "multipart/form-data; boundary=x"):
        assert ask(system, "POST", "/echo", "grün 🌱".encode(), Content_Type=content_type).json["text"] == "grün 🌱"
        answer = ask(system, "POST", "/echo", b"gr\xfcn", Content_Type=content_type)
        assert answer.json == {"length": 6, "text": "gr\ufffdn"}


def test_a_body_over_ten_megabytes_is_refused_and_one_below_is_not(system: LocalSystem) -> None:
    assert ask(system, "POST", "/echo", b"x" * 11_000_000, Content_Type="text/plain").status == 413
    assert ask(system, "POST", "/echo", b"x" * 9_000_000, Content_Type="text/plain").json["length"] == 9_000_000


def over_a_socket(system: LocalSystem, request: bytes) -> bytes:
    """Everything that is answered until the other side closes."""
    host, port = system.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def posted(path: str, *, length: int) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + b"x" * length


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/at-most-ten", 11, b"413"),  # the application refuses what it has read
        ("/at-most-ten", 10, b"200"),
        ("/echo", LARGEST_BODY + 1, b"413"),  # the gateway refuses what it has not read
        ("/echo", LARGEST_BODY, b"200"),
        ("/local/clock", LARGEST_BODY + 1, b"413"),
    ],
)
def test_a_body_one_byte_over_a_limit_is_answered_and_the_connection_closed(
    system: LocalSystem, path: str, length: int, status: bytes
) -> None:
    assert over_a_socket(system, posted(path, length=length)).split()[1] == status


def test_a_body_in_pieces_without_a_length_has_the_same_limit(system: LocalSystem) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    assert over_a_socket(system, head + piece * 10 + b"0\r\n\r\n").split()[1] == b"200"
    assert over_a_socket(system, head + piece * 10 + b"1\r\nx\r\n0\r\n\r\n").split()[1] == b"413"


@pytest.mark.parametrize("length", ["-5", "x", ""])
def test_a_content_length_that_makes_no_sense_counts_as_none(system: LocalSystem, length: str) -> None:
    connection = http.client.HTTPConnection(system.url.removeprefix("http://"), timeout=PATIENCE)
    connection.putrequest("POST", "/echo")
    connection.putheader("Content-Type", "text/plain")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in {200, 400}
    answer.read()
    connection.close()


def test_requests_side_by_side_do_not_mix(system: LocalSystem) -> None:
    answers: dict[str, Any] = {}

    def one(name: str) -> None:
        answers[name] = ask(system, "GET", f"/slow/{name}").json

    threads = [threading.Thread(target=one, args=(f"n{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {name: {"name": name, "given": name} for name in answers}
    assert len(answers) == 8


# The inbox


@pytest.fixture
def mail(system: LocalSystem) -> Iterator[str]:
    return iter([send(system, "Inbox.Anna@example.org", subject="Grüße & <Küsse>")])


def test_the_inbox_as_json(system: LocalSystem, mail: Iterator[str]) -> None:
    (found,) = ask(system, "GET", "/local/inbox.json?to=inbox.anna@EXAMPLE.org").json[:1]
    assert found["id"] == next(mail)
    assert (found["from"], found["to"]) == ("kaffee@example.org", "Inbox.Anna@example.org")
    assert (found["subject"], found["html"]) == ("Grüße & <Küsse>", "<p>Guten <b>Tag</b></p>")
    assert found["text"].startswith("Guten Tag")
    assert datetime.fromisoformat(found["sent_at"]).tzinfo is not None
    (attachment,) = found["attachments"]
    assert (attachment["name"], attachment["content_type"], attachment["size"]) == ("plan ä.txt", "text/plain", 6)
    downloaded = ask(system, "GET", attachment["url"].removeprefix(system.url))
    assert downloaded.body == b"Kaffee"
    assert downloaded.headers["Content-Disposition"].startswith("attachment;")


def test_newest_first_and_brief_on_request(system: LocalSystem) -> None:
    sent = [send(system, "order@example.org") for _ in range(3)]
    found = ask(system, "GET", "/local/inbox.json?to=order@example.org&brief=1").json
    assert [entry["id"] for entry in found] == sent[::-1]
    assert set(found[0]) == {"id", "from", "to", "address", "subject", "sent_at"}


def test_the_pages_show_a_mail_in_every_way_and_escape_it(system: LocalSystem, mail: Iterator[str]) -> None:
    page = f"/local/inbox/{next(mail)}"
    assert page in ask(system, "GET", "/local/inbox?to=inbox.anna@example.org").text
    html = ask(system, "GET", page)
    assert "Grüße &amp; &lt;Küsse&gt;" in html.text
    assert re.search(r'<iframe[^>]* sandbox="[^"]*" srcdoc="[^"]*&lt;b&gt;Tag', html.text)
    assert "allow-scripts" not in html.text
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert '<a href="https://example.org/x"' in ask(system, "GET", f"{page}?view=text").text
    assert "multipart/" in ask(system, "GET", f"{page}?view=source").text
    assert "Message-ID" in ask(system, "GET", f"{page}?view=headers").text
    source = message_from_bytes(ask(system, "GET", f"{page}/source").body)
    assert source["To"] == "Inbox.Anna@example.org"


@pytest.mark.parametrize(
    "path", ["/local/inbox/none", "/local/inbox/none/source", "/local/inbox/none/attachments/0", "/local/x"]
)
def test_what_is_not_there_is_a_page_that_says_so(system: LocalSystem, path: str) -> None:
    answer = ask(system, "GET", path)
    assert answer.status == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/local", "/local/", "/local/inbox", "/local/inbox?to=nobody@example.org&from=7", "/local/forms", "/local/clock"],
)
def test_pages_load_nothing_from_elsewhere_and_run_no_script(system: LocalSystem, path: str) -> None:
    answer = ask(system, "GET", path)
    assert answer.status == 200
    assert "<script" not in answer.text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/local/inbox"), ("DELETE", "/local/clock"), ("PUT", "/local"), ("POST", "/local/forms")],
)
def test_wrong_methods_are_405(system: LocalSystem, method: str, path: str) -> None:
    assert ask(system, method, path).status == 405


# Time travel


def test_the_clock_stops_wherever_something_is_due(system: LocalSystem) -> None:
    start = system.now()
    for hours, name in ((1, "first"), (2, "second"), (30, "later")):
        due(system, start + timedelta(hours=hours), name)
    journey = system.travel(advance="PT3H")
    assert (journey["ticks"], journey["mails"]) == (2, 2)
    sent = [datetime.fromisoformat(system.inbox(f"{name}@example.org")[0]["sent_at"]) for name in ("first", "second")]
    assert [(at - start) // timedelta(hours=1) for at in sent] == [1, 2]
    assert datetime.fromisoformat(journey["now"]) - start >= timedelta(hours=3)
    assert not system.inbox("later@example.org")
    assert system.travel(to="next-due")["mails"] == 1
    assert system.inbox("later@example.org")


def test_a_given_moment_is_reached(system: LocalSystem) -> None:
    there = (system.now() + timedelta(days=2)).replace(microsecond=0)
    arrived = datetime.fromisoformat(system.travel(to=there.isoformat())["now"])
    assert there <= arrived < there + timedelta(hours=1)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({}, "next-due"),
        ([], "next-due"),
        ("PT1H", "next-due"),
        ({"advance": "PT1H", "to": "next-due"}, "next-due"),
        ({"advance": 3600}, "next-due"),
        ({"advance": "an hour"}, "ISO 8601 duration"),
        ({"advance": "P1M"}, "ISO 8601 duration"),
        ({"advance": "PT0S"}, "forward only"),
        ({"advance": "-PT1H"}, "forward only"),
        ({"advance": "P9999D"}, "At most 400 days"),
        ({"advance": "P999999999D"}, "At most 400 days"),
        ({"to": "2020-01-01T00:00:00Z"}, "forward only"),
        ({"to": "2099-01-01T00:00:00"}, "offset"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "At most 400 days"),
        ({"to": "tomorrow"}, "ISO 8601 date"),
    ],
)
def test_a_journey_that_cannot_be_is_a_problem_that_says_why(system: LocalSystem, wish: Any, says: str) -> None:
    before = system.now()
    answer = travel(system, wish)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert says in answer.json["detail"]
    assert system.now() - before < timedelta(hours=1)  # the shortest of these journeys


def test_malformed_json_is_a_problem(system: LocalSystem) -> None:
    answer = ask(system, "POST", "/local/clock", "{", **JSON)
    assert (answer.status, answer.json["detail"]) == (400, "The body is not JSON.")


def test_without_anything_planned_there_is_no_next(system: LocalSystem) -> None:
    assert travel(system, {"to": "next-due"}).status == 409
    with pytest.raises(TravelRefused, match="No mailing is planned"):
        system.travel(to="next-due")


def test_the_page_travels_by_buttons_and_a_field(system: LocalSystem) -> None:
    start = system.now()
    answer = ask(system, "POST", "/local/clock", "advance=PT1H", **FORM)
    assert (answer.status, answer.headers["Location"]) == (303, "/local/clock?ticks=0&mails=0")
    assert "Arrived." in ask(system, "GET", answer.headers["Location"]).text
    assert system.now() - start >= timedelta(hours=1)
    backwards = ask(system, "POST", "/local/clock", "local=2020-01-01T09:30", **FORM)
    assert backwards.status == 400
    assert "forward only" in backwards.text
    assert 'value="2020-01-01T09:30"' in backwards.text
    year = system.now().year
    gap = max(_last_sunday_of_march(year), _last_sunday_of_march(year + 1))
    assert "does not exist" in ask(system, "POST", "/local/clock", f"local={gap:%Y-%m-%d}T02:30", **FORM).text
    assert ask(system, "POST", "/local/clock", "local=nonsense", **FORM).status == 400


def test_the_page_tells_what_is_coming(system: LocalSystem) -> None:
    at = system.now() + timedelta(hours=5)
    due(system, at, "announced")
    before, page, after = system.now(), ask(system, "GET", "/local/clock").text, system.now()
    assert "announced" in page
    assert any(f"{moment:%Y-%m-%d}" in page for moment in (before, after))  # midnight may pass in between
    assert system.travel(to="next-due")["mails"] == 1


@pytest.mark.parametrize(
    ("now", "typed", "meant"),
    [
        ("2027-10-30T23:30", "2027-10-31T02:30", "2027-10-31T00:30"),
        ("2027-10-31T00:30", "2027-10-31T02:30", "2027-10-31T01:30"),
        ("2027-10-31T00:30", "2027-10-31T03:30", "2027-10-31T02:30"),
        ("2028-02-29T12:00", "2028-02-29T14:30", "2028-02-29T13:30"),
    ],
)
def test_an_hour_that_comes_twice_is_the_next_of_the_two(now: str, typed: str, meant: str) -> None:
    assert local_moment(typed, after=utc(now)) == utc(meant)


def test_an_hour_that_the_clocks_jump_over_is_no_moment() -> None:
    with pytest.raises(BadJourney, match="does not exist"):
        local_moment("2027-03-28T02:30", after=utc("2027-03-28T00:59"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _last_sunday_of_march(year: int) -> datetime:
    last = datetime(year, 3, 31, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
