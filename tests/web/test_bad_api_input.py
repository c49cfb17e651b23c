"""What organisers may get wrong: each gets an RFC 9457 problem that names every field and says what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.domain.refusals import FieldError
from chalicelib.domain.series import Language
from chalicelib.words.language import tongue
from tests.builders import EDITION, SERIES
from tests.stage import KEY, listening
from tests.web.conftest import House

pytestmark = pytest.mark.usefixtures("nothing_half_written")

NEW_SERIES = SERIES | {"slug": "another"}
NO_TEXT = "There is a character in this that is no text (U+{}). Please delete it, or type the text anew."
TURNED = "There is an invisible character in this that turns the direction of writing. Please type the text anew."
TEXT, LINE = "This has to be text.", "Please write this on one line, without line breaks."
WHOLE, WEB = "This has to be a whole number.", "This has to be a web address that begins with https:// (or http://)."
UNFIT = "A web address has no spaces, quotation marks or angle brackets in it."
LOCAL = "Write the local date and time without a zone, such as 2027-03-10T14:30."
GAP = "This time does not exist in Europe/Berlin: the clocks go forward then."
PAST = "The start lies in the past."
YEARS = "This has to be between 2000-01-01 and 2099-12-31."
SENDER = "Mail can only be sent from addresses at campus.example.org or a subdomain of it."
NO_MAIL = "This does not look like an e-mail address. It needs a form like name@example.org."
EMPTY = "Please fill this in."
SAME = "Two of these are the same."
SOMEWHERE = (
    'Give {"place": "…"}, {"join_url": "https://…"}, or {"online": true} if the link follows. For both, give a place '
    "and one of the others."
)
ONLINE_ALREADY = "Leave this out: join_url says already that it is online."
ONLY_TRUE = "This can only be true. Leave it out where it does not take place online."
EITHER = "Give either days_before with at, or minutes_before."


def errors(answer: Any) -> dict[str, str]:
    assert answer.keys() == {"title", "status", "detail", "errors"}
    assert (answer["title"], answer["status"]) == ("Unprocessable Entity", 422)
    assert answer["detail"] == "Please check the marked fields."
    return {error["field"]: error["detail"] for error in answer["errors"]}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        pytest.param("title", "", EMPTY, id="empty"),
        pytest.param("title", " \t\n ", EMPTY, id="only spaces"),
        pytest.param("title", "\u200b\u2060\u00ad", EMPTY, id="only characters that nobody sees"),
        pytest.param("title", 5, TEXT, id="a number for text"),
        pytest.param("title", None, TEXT, id="null for text"),
        pytest.param("title", "x" * 151, "At most 150 characters, please; these are 151.", id="title too long"),
        pytest.param("title", "Kaffee\r\nBcc: all@example.org", LINE, id="a header smuggled into a title"),
        pytest.param("title", "Kaffee\x00", NO_TEXT.format("0000"), id="NUL"),
        pytest.param("title", "Kaffee\x86pause", NO_TEXT.format("0086"), id="a control of Latin-1"),
        pytest.param("title", "Kaffee\u202epause", TURNED, id="text turned around"),
        pytest.param("title", "Kaffee\ue000name\ue001", NO_TEXT.format("E000"), id="our own marks"),
        pytest.param("announcement", "bell \x07", NO_TEXT.format("0007"), id="a bell"),
        pytest.param("announcement", ["x"], TEXT, id="a list for text"),
        pytest.param(
            "announcement", "x" * 20_001, "At most 20000 characters, please; these are 20001.", id="announcement too long"
        ),
        pytest.param("starts_at", "tomorrow", LOCAL, id="no date"),
        pytest.param("starts_at", "2027-03-10", LOCAL, id="no time"),
        pytest.param("starts_at", "2027-03-10T14:30+01:00", LOCAL, id="with an offset"),
        pytest.param("starts_at", "2027-03-10T14:30Z", LOCAL, id="with Z"),
        pytest.param("starts_at", "2027-02-30T14:30", LOCAL, id="30 February"),
        pytest.param("starts_at", 1804689000, LOCAL, id="a timestamp"),
        pytest.param("starts_at", "2027-03-28T02:30", GAP, id="an hour that clocks jump over"),
        pytest.param("starts_at", "2027-01-31T14:30", PAST, id="a start in the past"),
        pytest.param("starts_at", "0001-01-01T00:00", YEARS, id="the first year"),
        pytest.param("starts_at", "9999-12-31T23:59", YEARS, id="the last year"),
        pytest.param("duration_minutes", 0, "This has to be between 5 and 10080.", id="no duration"),
        pytest.param("duration_minutes", -45, "This has to be between 5 and 10080.", id="an end before the start"),
        pytest.param("duration_minutes", 45.5, WHOLE, id="half a minute"),
        pytest.param("duration_minutes", True, WHOLE, id="true for a number"),
        pytest.param("duration_minutes", "45", WHOLE, id="text for a number"),
        pytest.param("seats", 0, "This has to be between 1 and 1000000.", id="no seats"),
        pytest.param("seats", 10**30, "This has to be between 1 and 1000000.", id="more seats than people"),
        pytest.param(
            "registration_closes_at",
            "2027-03-11T14:30",
            "Registration has to close before the start.",
            id="a deadline after the start",
        ),
        pytest.param("location", "Berlin", SOMEWHERE, id="text for a location"),
        pytest.param("location", {}, SOMEWHERE, id="nowhere"),
        pytest.param("speakers", "Mia", "This has to be a list of at most 20.", id="text for speakers"),
        pytest.param("speakers", [{"name": "x"}] * 21, "This has to be a list of at most 20.", id="21 speakers"),
    ],
)  # fmt: skip
def test_an_edition_with_one_wrong_field_is_refused_with_that_field(
    house: House, field: str, value: Any, said: str
) -> None:
    status, answer = house.stage.api("POST", "/series/kaffeepause/editions", EDITION | {field: value})
    assert (status, errors(answer).get(field)) == (422, said)
    assert set(errors(answer)) <= {field, "registration_closes_at"}
    if field == "announcement" or (field, value) == ("starts_at", "2027-01-31T14:30"):
        return
    status, answer = house.stage.api("PATCH", f"/editions/{house['draft']}", {field: value})
    assert (status, errors(answer).get(field)) == (422, said)


@pytest.mark.parametrize(
    ("field", "value", "where", "said"),
    [
        pytest.param("location", {"join_url": "javascript:alert(1)"}, "location.join_url", WEB, id="a script"),
        pytest.param("location", {"join_url": "https://"}, "location.join_url", WEB, id="no host"),
        pytest.param("location", {"join_url": "https://[::1"}, "location.join_url", WEB, id="half an IPv6 address"),
        pytest.param("location", {"join_url": 'https://x.org/" x="'}, "location.join_url", UNFIT, id="quotes"),
        pytest.param("location", {"join_url": "https://x.org/a\u00a0b"}, "location.join_url", UNFIT, id="a hard space"),
        pytest.param("location", {"place": "Rathaus\nSaal"}, "location.place", LINE, id="a place of two lines"),
        pytest.param("location", {"room": "5"}, "location.room", "There is no such field. Known fields: join_url, place, online.",
                     id="an unknown field within"),
        pytest.param("location", {"join_url": "https://a.example.org", "online": True}, "location.online", ONLINE_ALREADY,
                     id="a link that is there and follows"),
        pytest.param("location", {"place": "Rathaus", "join_url": "https://a.example.org", "online": True},
                     "location.online", ONLINE_ALREADY, id="all three"),
        pytest.param("location", {"place": "Rathaus", "online": False}, "location.online", ONLY_TRUE, id="not online"),
        pytest.param("location", {"online": "true"}, "location.online", ONLY_TRUE, id="true as text"),
        pytest.param("speakers", [{"name": "Mia"}, {"link": ""}], "speakers.1.name", "This field is required.",
                     id="the second speaker has no name"),
        pytest.param("speakers", [{"name": "Mia", "link": "ftp://x.org"}], "speakers.0.link", WEB, id="a speaker's link"),
        pytest.param("speakers", [{"name": "Mia\nLang"}], "speakers.0.name", LINE, id="a speaker's name"),
        pytest.param("speakers", ["Mia"], "speakers.0", "This has to be an object with: name, organisation, link.",
                     id="a speaker as text"),
    ],
)  # fmt: skip
def test_what_is_wrong_inside_a_field_is_named_by_its_path(
    house: House, field: str, value: Any, where: str, said: str
) -> None:
    status, answer = house.stage.api("POST", "/series/kaffeepause/editions", EDITION | {field: value})
    assert (status, errors(answer)) == (422, {where: said})


@pytest.mark.parametrize(
    ("field", "value", "where", "said"),
    [
        pytest.param("slug", "Kaffee Pause", "slug", "Use 1 to 60 of the characters a–z, 0–9 and -, such as virtuelle-kaffeepause.", id="spaces in a slug"),
        pytest.param("slug", "a" * 61, "slug", "Use 1 to 60 of the characters a–z, 0–9 and -, such as virtuelle-kaffeepause.", id="a slug too long"),
        pytest.param("slug", "kaffee\n", "slug", "Use 1 to 60 of the characters a–z, 0–9 and -, such as virtuelle-kaffeepause.", id="a slug with a line break"),
        pytest.param("language", "fr", "language", "Known languages are: de, en.", id="a language we do not speak"),
        pytest.param("language", {}, "language", "Known languages are: de, en.", id="an object for a language"),
        pytest.param("zone", "MEZ", "zone", "This has to be a time zone of the IANA database, such as Europe/Berlin.", id="no zone"),
        pytest.param("zone", "localtime", "zone", "This has to be a time zone of the IANA database, such as Europe/Berlin.", id="this machine's zone"),
        pytest.param("zone", "../../etc/passwd", "zone", "This has to be a time zone of the IANA database, such as Europe/Berlin.", id="a path"),
        pytest.param("sender_name", "Campus\r\nBcc: x@example.org", "sender_name", LINE, id="a header in the sender's name"),
        pytest.param("sender_address", "kaffee", "sender_address", NO_MAIL, id="no address"),
        pytest.param("sender_address", "kaffee@elsewhere.example.org", "sender_address", SENDER, id="another domain"),
        pytest.param("sender_address", "kaffee@notcampus.example.org", "sender_address", SENDER, id="a domain that only ends alike"),
        pytest.param("sender_address", "kaffee@example.org", "sender_address", SENDER, id="the domain above"),
        pytest.param("sender_address", "", "sender_address", "Please enter your e-mail address.", id="an empty address"),
        pytest.param("reply_to", "a@example.org, b@example.org", "reply_to", "An e-mail address has no spaces in it.", id="two addresses"),
        pytest.param("reply_to", 7, "reply_to", TEXT, id="a number for an address"),
        pytest.param("imprint_url", "", "imprint_url", EMPTY, id="no imprint"),
        pytest.param("privacy_url", "datenschutz.html", "privacy_url", WEB, id="half a web address"),
        pytest.param("reminders", [{"minutes_before": 1}], "reminders.0.minutes_before", "This has to be between 5 and 1440.", id="a reminder too late to read"),
        pytest.param("reminders", [{"days_before": 1}], "reminders.0", EITHER, id="a day without a time"),
        pytest.param("reminders", [{"days_before": 1, "at": "9"}], "reminders.0.at", "Write a time of day such as 09:00.", id="no time of day"),
        pytest.param("reminders", [{"days_before": 1, "at": "24:00"}], "reminders.0.at", "Write a time of day such as 09:00.", id="24 o'clock"),
        pytest.param("reminders", [{"minutes_before": 60, "days_before": 1, "at": "09:00"}], "reminders.0", EITHER, id="two rules in one"),
        pytest.param("reminders", [{"minutes_before": 60}] * 2, "reminders", SAME, id="a rule twice"),
        pytest.param("reminders", [{"minutes_before": n} for n in range(5, 11)], "reminders", "This has to be a list of at most 5.", id="six reminders"),
        pytest.param("retention_days", 0, "retention_days", "This has to be between 1 and 3650.", id="no retention"),
    ],
)  # fmt: skip
def test_a_series_with_one_wrong_field_is_refused_with_that_field(
    house: House, field: str, value: Any, where: str, said: str
) -> None:
    status, answer = house.stage.api("POST", "/series", NEW_SERIES | {field: value})
    assert (status, errors(answer)) == (422, {where: said})


def test_a_series_cannot_be_given_a_sender_that_ses_refuses(house: House) -> None:
    status, answer = house.stage.api("PATCH", "/series/kaffeepause", {"sender_address": "kaffee@elsewhere.example"})
    assert (status, errors(answer)) == (422, {"sender_address": SENDER})
    said = "Mail can only be sent from addresses at {domain} or a subdomain of it."
    assert tongue(Language.GERMAN).refusal(FieldError("sender_address", said, {"domain": "example.org"})) == (
        "Mails lassen sich nur von Adressen unter example.org oder einer Subdomain davon verschicken."
    )


def test_a_deadline_at_an_hour_that_clocks_jump_over_is_refused(house: House) -> None:
    times = {"starts_at": "2027-03-30T14:30", "registration_closes_at": "2027-03-28T02:30"}
    status, answer = house.stage.api("POST", "/series/kaffeepause/editions", EDITION | times)
    assert (status, errors(answer)) == (422, {"registration_closes_at": GAP})


def test_every_error_is_told_at_once(house: House) -> None:
    given = {"title": "", "duration_minutes": 0, "location": {}, "colour": "brown", "speakers": [{"link": "x"}]}
    _, answer = house.stage.api("POST", "/series/kaffeepause/editions", given)
    assert set(errors(answer)) == {
        "title", "duration_minutes", "location", "colour", "starts_at", "speakers.0.name", "speakers.0.link",
    }  # fmt: skip


def test_an_unknown_field_is_named_with_those_that_exist(house: House) -> None:
    _, answer = house.stage.api("POST", "/series/kaffeepause/editions", EDITION | {"colour": "brown"})
    assert errors(answer) == {
        "colour": "There is no such field. Known fields: title, starts_at, duration_minutes, location, announcement, "
        "speakers, seats, registration_closes_at, slides."
    }


def test_what_a_series_is_made_of_cannot_be_changed(house: House) -> None:
    _, answer = house.stage.api("PATCH", "/series/kaffeepause", {"slug": "x", "zone": "UTC"})
    assert set(errors(answer)) == {"slug", "zone"}


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        pytest.param("publish", {}, "announce", "This field is required.", id="publishing without a word on announcing"),
        pytest.param("publish", {"announce": "soon"}, "announce", 'Give "now", {"in_minutes": 10}, a local date and time such as 2027-03-03T09:00, or null.', id="announcing soon"),
        pytest.param("publish", {"announce": True}, "announce", 'Give "now", {"in_minutes": 10}, a local date and time such as 2027-03-03T09:00, or null.', id="announcing true"),
        pytest.param("publish", {"announce": "2027-03-28T02:30"}, "announce", GAP, id="announcing at a time that does not exist"),
        pytest.param("publish", {"announce": "2027-03-10T14:30"}, "announce", "The announcement has to go out before the start.", id="announcing at the start"),
        pytest.param("publish", {"announce": None, "force": True}, "force", "There is no such field. Known fields: announce, thank, audience_state.", id="an unknown field"),
        pytest.param("cancel", {"why": "rain"}, "why", "There is no such field. Known fields: reason, note, tell_subscribers.", id="cancelling with another field"),
    ],
)  # fmt: skip
def test_an_action_with_a_wrong_field_does_nothing(house: House, path: str, body: Any, field: str, said: str) -> None:
    status, answer = house.stage.api("POST", f"/editions/{house['draft']}/{path}", body)
    assert (status, errors(answer)[field]) == (422, said)


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        pytest.param({"starts_at": None}, "starts_at", LOCAL, id="to no time"),
        pytest.param({"starts_at": "2027-03-28T02:30"}, "starts_at", GAP, id="to a time that does not exist"),
        pytest.param({"starts_at": "2027-01-30T09:00"}, "starts_at", PAST, id="into the past"),
        pytest.param({"duration_minutes": 0}, "duration_minutes", "This has to be between 5 and 10080.", id="to nothing"),
        pytest.param({"title": "x"}, "title", "There is no such field. Known fields: starts_at, duration_minutes, location, announce, note, tell_subscribers.",
                     id="with another title"),
    ],
)  # fmt: skip
def test_an_edition_is_not_moved_where_it_cannot_be(house: House, body: Any, field: str, said: str) -> None:
    status, answer = house.stage.api("POST", f"/editions/{house['open']}/move", body)
    assert (status, errors(answer)) == (422, {field: said})


def test_an_announcement_that_mail_programs_would_cut_off_is_refused_before_publishing(house: House) -> None:
    status, answer = house.stage.api("POST", f"/editions/{house['long']}/publish", {"announce": "now"})
    assert status == 422
    assert "bytes of HTML; mail programs cut it off above 100,000" in errors(answer)["announcement"]
    assert house.stage.api("GET", f"/editions/{house['long']}/preview")[0] == 422


def test_seats_cannot_be_fewer_than_are_taken(house: House) -> None:
    house.stage.api("GET", f"/editions/{house['full']}")
    status, answer = house.stage.api("PATCH", f"/editions/{house['full']}", {"seats": None, "title": ""})
    assert (status, set(errors(answer))) == (422, {"title"})
    status, answer = house.stage.api("PATCH", f"/editions/{house['closed']}", {"seats": 5})
    assert errors(answer) == {
        "seats": "This edition was published without a limit; its seats cannot be limited any more."
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        pytest.param("POST", "/series", SERIES, 409, "There is a series kaffeepause already.", id="a slug that is taken"),
        pytest.param("PATCH", "/editions/{open}", {"starts_at": "2027-03-11T14:30"}, 409, "This edition is published: move it, so that everybody who registered is told. Only its link can be changed here.", id="changing the time of a published edition"),
        pytest.param("POST", "/editions/{draft}/move", {"starts_at": "2027-03-11T14:30"}, 409, "This edition is still a draft. Publish it first.", id="moving a draft"),
        pytest.param("POST", "/editions/{cancelled}/publish", {"announce": None}, 410, "This edition has been cancelled.", id="publishing what was cancelled"),
        pytest.param("POST", "/editions/{cancelled}/move", {}, 410, "This edition has been cancelled.", id="moving what was cancelled"),
        pytest.param("PATCH", "/editions/{cancelled}", {"title": "x"}, 410, "This edition has been cancelled.", id="changing what was cancelled"),
        pytest.param("POST", "/editions/{over}/cancel", None, 410, "This edition is over.", id="cancelling what is over"),
        pytest.param("POST", "/editions/{over}/move", {"starts_at": "2027-03-11T14:30"}, 410, "This edition is over.", id="moving what is over"),
    ],
)  # fmt: skip
def test_what_the_rules_do_not_allow_is_said_so(
    house: House, method: str, path: str, body: Any, status: int, said: str
) -> None:
    answer = house.stage.api(method, path.format_map(house.editions), body)
    phrase = {409: "Conflict", 410: "Gone"}[status]
    assert answer == (status, {"title": phrase, "status": status, "detail": said})


@pytest.mark.parametrize("edition", ["nonesuch", "x" * 3000, "a%2Fb", "..", "EDITION%23x"])
@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("GET", "/preview", None),
        ("POST", "/publish", {"announce": "now"}),
        ("POST", "/move", {"starts_at": "2027-03-11T14:30"}),
        ("POST", "/cancel", None),
        ("GET", "/registrations", None),
        ("POST", "/registrations/search", {"search": "mia"}),
        ("GET", "/mailings", None),
    ],
)
def test_an_unknown_edition_is_not_found(house: House, edition: str, method: str, rest: str, body: Any) -> None:
    status, answer = house.stage.api(method, f"/editions/{edition}{rest}", body)
    assert (status, answer["title"], answer["status"]) == (404, "Not Found", 404)


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("GET", "/subscribers", None),
        ("GET", "/editions", None),
        ("POST", "/editions", EDITION),
    ],
)
def test_an_unknown_series_is_not_found(house: House, method: str, rest: str, body: Any) -> None:
    for slug in ("nonesuch", "x" * 3000):
        assert house.stage.api(method, f"/series/{slug}{rest}", body)[0] == 404


def test_what_is_too_long_for_a_key_never_reaches_the_table(house: House) -> None:
    """DynamoDB would answer with an error where moto finds nothing (2,048 bytes for a partition key, 1,024
    for a sort key)."""
    asked: list[str] = []
    client = house.stage.world.store.table.client
    with listening(client, "provide-client-params.dynamodb", lambda params, **_: asked.append(str(params))):
        for path in ("/editions/", "/series/", "/mailings/"):
            assert house.stage.api("GET", path + "y" * 3000)[0] == 404
        assert house.stage.get("/editions/" + "y" * 3000).status_code == 404
        assert house.stage.get("/series/" + "y" * 3000).status_code == 404
        assert house.stage.get("/editions/known").status_code == 404
    assert [params for params in asked if "EDITION#known" in params], "this test does not hear what is asked"
    assert not [params for params in asked if "y" * 1000 in params]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(b"{", "This is not valid JSON: ", id="cut off"),
        pytest.param(b"{'title': 'x'}", "This is not valid JSON: ", id="single quotes"),
        pytest.param(b'{"title": "\\ud800"}', "This is not valid JSON: ", id="half a surrogate pair"),
        pytest.param('{"title": "Märchen"}'.encode("latin-1"), "This is not valid JSON: ", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "This is not valid JSON: ", id="nested without end"),
        pytest.param(b'{"duration_minutes": 1' + b"0" * 5000 + b"}", "This is not valid JSON: ", id="a number without end"),
        pytest.param(b'["title"]', "Send one JSON object.", id="a list"),
        pytest.param(b'"title"', "Send one JSON object.", id="text"),
        pytest.param(b"null", "Send one JSON object.", id="null"),
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_a_bad_request(house: House, raw: bytes, said: str) -> None:
    status, answer = house.stage.api("POST", "/series/kaffeepause/editions", raw)
    assert (status, answer["title"], answer["status"]) == (400, "Bad Request", 400)
    assert answer["detail"].startswith(said)


def test_a_huge_body_is_too_large(house: House) -> None:
    raw = json.dumps(EDITION | {"announcement": "x" * 300_000}).encode()
    status, answer = house.stage.api("POST", "/series/kaffeepause/editions", raw)
    assert (status, answer["detail"]) == (413, "This is more than we can take: at most 262144 bytes.")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "", "application/jsonp"])
def test_a_wrong_content_type_is_refused(house: House, content_type: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}"} | ({"Content-Type": content_type} if content_type else {})
    answer = house.stage.client.http.post(
        "/api/v1/series/kaffeepause/editions", headers=headers, body=json.dumps(EDITION).encode()
    )
    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.body)["detail"] == "Send JSON, with Content-Type: application/json."


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/series", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("PUT", "/api/v1/series/kaffeepause", {"GET", "HEAD", "PATCH", "OPTIONS"}),
        ("GET", "/api/v1/editions/x/publish", {"POST", "OPTIONS"}),
        ("POST", "/series/kaffeepause", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/editions/x/registrations", {"POST", "OPTIONS"}),
        ("GET", "/registrations/x/cancel", {"POST", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_answered_with_those_that_are_allowed(
    house: House, method: str, path: str, allowed: set[str]
) -> None:
    answer = house.stage.client.http.request(method, path, headers={"Authorization": f"Bearer {KEY}"}, body=b"")
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == allowed
    assert json.loads(answer.body)["title"] == "Method Not Allowed"


@pytest.mark.parametrize(
    ("key", "status"),
    [
        pytest.param(None, 401, id="none"),
        pytest.param("wrong", 403, id="wrong"),
        pytest.param("", 403, id="empty"),
        pytest.param("ä" * 32, 403, id="not ASCII"),
    ],
)
def test_without_the_right_key_nothing_is_shown_or_done(house: House, key: str | None, status: int) -> None:
    for method, path, body in [
        ("GET", "/series", None),
        ("POST", "/series", NEW_SERIES),
        ("GET", f"/editions/{house['open']}/registrations", None),
        ("POST", f"/editions/{house['open']}/cancel", None),
    ]:
        answer = house.stage.api(method, path, body, key=key)
        assert answer[0] == status
        assert "first@example.org" not in str(answer)


@pytest.mark.parametrize("scheme", ["", "Basic ", "Bearer"])
def test_a_key_counts_only_as_a_bearer_key(house: House, scheme: str) -> None:
    answer = house.stage.client.http.get("/api/v1/series", headers={"Authorization": scheme + KEY})
    assert answer.status_code == 403


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=ten", "limit=-1", "limit=00010000", "limit=١"])
def test_a_page_size_is_between_1_and_1000(house: House, query: str) -> None:
    for path in (f"/editions/{house['open']}/registrations", "/series/kaffeepause/subscribers"):
        status, answer = house.stage.api("GET", f"{path}?{query}")
        assert (status, errors(answer)) == (422, {"limit": "This has to be between 1 and 1000."})


@pytest.mark.parametrize("after", ["a-b", "%23", "%C3%A4", "a" * 3000])
def test_a_page_begins_after_what_the_page_before_named(house: House, after: str) -> None:
    status, answer = house.stage.api("GET", f"/editions/{house['open']}/registrations?after={after}")
    assert (status, errors(answer)) == (422, {"after": "Give the value of next from the answer before."})


def test_a_preview_is_of_a_mail_that_exists(house: House) -> None:
    status, answer = house.stage.api("GET", f"/editions/{house['open']}/preview?message=poem")
    assert status == 422
    assert errors(answer)["message"].startswith(
        "This has to be one of: registration-confirmation, seat-given-back, announcement, "
    )
