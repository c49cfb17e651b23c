"""Mails as they arrive: what everybody may type goes through forms, API, table, queues and SES, and comes
out as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.builders import organised, registered, subscribed
from tests.stage import SITE, Stage, listening
from tests.web.reading import Page

JOINER = "\u2060"
NAMES = [
    "<script>alert(1)</script>",
    "<b>Mia</b> & Söhne",
    "{{name}} {{unsubscribe_url}}",
    "{{{x}}} {% if %} {# #}",
    "%(name)s %s {0} ${x}",
    "=?utf-8?q?Mia?=",
    'Mia "M" O\'Neil \\ <Mia @ home>, Ole;',
    "мария 李 🎉 e\u0301",
    "🎉" * 100,
    "Null",
]
HEADERS = {"From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type", "Message-ID", "Date"}
LIST_HEADERS = {"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"}


def headers(mail: dict[str, object]) -> dict[str, str]:
    pairs = mail["headers"]
    assert isinstance(pairs, list)
    assert len({name for name, _ in pairs}) == len(pairs), "a header twice"
    return dict(pairs)


def test_every_name_arrives_as_it_was_typed_in_every_mail(on_stage: Stage) -> None:
    """Ten people: confirmations go out singly, reminders, the move and the cancellation in bulk."""
    edition = organised(on_stage)
    for number, name in enumerate(NAMES):
        registered(on_stage, edition, f"p{number}@example.org", name, organisation=name, note=name)
    on_stage.travel(datetime(2027, 3, 9, 8, 0, tzinfo=UTC))
    on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T14:30"})
    on_stage.run()
    on_stage.api("POST", f"/editions/{edition}/cancel")
    on_stage.run()
    for number, name in enumerate(NAMES):
        mails = on_stage.inbox(f"p{number}@example.org")
        assert [mail["subject"] for mail in mails] == [
            "Du bist dabei: Gemeinsam wirken",
            "Morgen, 14:30 Uhr: Gemeinsam wirken",
            "Neuer Termin: 11. März, 14:30 Uhr – Gemeinsam wirken",
            "Fällt aus: Gemeinsam wirken (11. März)",
        ]
        composed = on_stage.world.addresses.parse(f"p{number}@example.org")
        kept = on_stage.world.store.find_registration(edition, composed.hash)
        assert kept
        for mail in mails:
            assert f"Hallo {kept.name},\n" in mail["text"]
            page = Page(mail["html"])
            assert " ".join(f"Hallo {kept.name},".split()) in page.text
            assert page.all("script") == page.all("b") == []
            assert headers(mail).keys() <= HEADERS
        assert kept.name == ("мария 李 🎉 é" if name.startswith("мария") else name)


def test_braces_in_everything_organisers_write_lose_no_mail(on_stage: Stage) -> None:
    braces = "{{name}} {{#if}} {{{ }}}"
    edition = organised(
        on_stage,
        publish=False,
        series={"title": f"Pause {braces}", "sender_name": f"Campus {braces}"},
        title=f"Wirken {braces}",
        announcement=f"Wir sagen {braces}.\n\n- {braces}\n",
        speakers=[{"name": f"Ada {braces}", "organisation": braces}],
        location={"place": f"Saal {braces}"},
    )
    for name in ("a", "b", "c"):
        subscribed(on_stage, f"{name}@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    registered(on_stage, edition, "a@example.org")
    registered(on_stage, edition, "b@example.org")
    on_stage.travel(datetime(2027, 3, 10, 14, 0, tzinfo=UTC))
    for address, many in (("a", 5), ("b", 5), ("c", 2)):
        mails = on_stage.inbox(f"{address}@example.org")
        assert len(mails) == many
        for mail in mails[1:]:
            assert f"Wirken {braces}" in mail["subject"].replace(JOINER, "")
            assert f"Wirken {braces}" in mail["text"].replace(JOINER, "")
            assert f"Saal {braces}" in Page(mail["html"]).text.replace(JOINER, "")


@pytest.mark.parametrize("several", [False, True], ids=["one subscriber", "several subscribers"])
def test_an_announcement_can_be_ended_with_one_click_and_a_confirmation_says_a_machine_wrote_it(
    on_stage: Stage, *, several: bool
) -> None:
    edition = organised(on_stage, publish=False, series={"reply_to": "fragen@campus.example.org"})
    for name in ("mia", "ole", "ada")[: 3 if several else 1]:
        subscribed(on_stage, f"{name}@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    registered(on_stage, edition)
    opt_in, announcement, confirmation = on_stage.inbox("mia@example.org")
    told = headers(announcement)
    assert told["List-Id"] == "<kaffeepause.kaffee.example.org>"
    assert told["List-Unsubscribe"] == f"<{SITE}{on_stage.link('mia@example.org', '/end')}>"
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Auto-Submitted" not in told
    assert told["Reply-To"] == "fragen@campus.example.org"
    for mail in (opt_in, confirmation):
        assert headers(mail)["Auto-Submitted"] == "auto-generated"
        assert not headers(mail).keys() & LIST_HEADERS
        assert headers(mail)["Reply-To"] == "fragen@campus.example.org"
    for mail in (opt_in, announcement, confirmation):
        assert headers(mail)["From"] == "Campus für Ehrenamt <kaffee@campus.example.org>"
        assert all("\n" not in value and "\r" not in value for value in headers(mail).values())


def test_links_to_unsubscribe_are_each_persons_own(on_stage: Stage) -> None:
    edition = organised(on_stage, publish=False)
    people = [f"{name}@example.org" for name in ("mia", "ole", "ada")]
    for person in people:
        subscribed(on_stage, person)
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.run()
    links = {headers(on_stage.inbox(person)[-1])["List-Unsubscribe"] for person in people}
    assert len(links) == 3
    assert on_stage.post(on_stage.link("ole@example.org", "/end")).status_code == 303
    status = {one["email"]: one["status"] for one in on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"]}
    assert status == {"mia@example.org": "active", "ole@example.org": "ended", "ada@example.org": "active"}


@pytest.mark.parametrize(
    ("typed", "written_to"),
    [
        ("  mia@example.org  ", "mia@example.org"),
        ("Mia.Lang@EXAMPLE.org", "Mia.Lang@example.org"),
        ("mia@münchen.example", "mia@xn--mnchen-3ya.example"),
        ("mia+kaffee@example.org", "mia+kaffee@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
    ],
)
def test_an_address_is_written_to_as_mail_needs_it(on_stage: Stage, typed: str, written_to: str) -> None:
    if typed.endswith(".example"):
        typed, written_to = typed + ".org", written_to + ".org"
    edition = organised(on_stage)
    registered(on_stage, edition, typed)
    assert headers(on_stage.inbox()[-1])["To"] == written_to
    assert on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"][0]["email"] == written_to


def test_nobody_registers_twice_by_writing_their_address_differently(on_stage: Stage) -> None:
    edition = organised(on_stage)
    for typed in ("mia@bücher.example.org", "MIA@xn--bcher-kva.example.org", " mia@BÜCHER.example.org "):
        registered(on_stage, edition, typed)
    assert len(on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"]) == 1
    assert len(on_stage.inbox()) == 1


def test_the_log_knows_nobody(on_stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    edition = organised(on_stage, publish=False)
    for name in ("mia", "ole"):
        subscribed(on_stage, f"{name}@example.org")
    on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    for name in ("mia", "ole"):
        registered(on_stage, edition, f"{name}@example.org", "Mia Lang", note="Bin ich blind?", announcements="yes")
    on_stage.travel(datetime(2027, 3, 10, 14, 0, tzinfo=UTC))
    assert caplog.records
    for personal in ("@", "Mia", "Lang", "blind", "/registrations/", "/subscriptions/"):
        assert personal not in caplog.text


def test_nothing_personal_is_in_keys_tags_or_queues(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = organised(on_stage)
    subscribed(on_stage)
    queued: list[str] = []
    sqs = on_stage.world.queues.client
    with listening(sqs, "provide-client-params.sqs.*", lambda params, **_: queued.append(str(params))):
        registered(on_stage, edition)
    keys = " ".join(item["pk"]["S"] + item["sk"]["S"] for item in on_stage.items())
    assert queued
    for place in (keys, str(queued), str([mail["tags"] for mail in on_stage.inbox()])):
        for personal in ("mia", "Mia", "Lang", "@"):
            assert personal not in place
