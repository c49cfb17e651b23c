"""The source of a mail: the bytes as they were sent, not what a mail library makes of them."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

from local.ses.mailbox import Attachment, Composed, Content, Mail, Raw
from tests.builders import organised, registered
from tests.stage import Stage

LONG = "<https://events.example.org/subscriptions/" + "k" * 120 + "/end>"


def source(content: Content) -> bytes:
    return Mail("0100-1", "mia@example.org", datetime(2027, 2, 1, 9, 0, tzinfo=UTC), content).source()


def test_what_was_sent_stays_byte_for_byte_but_for_the_fields_of_ses() -> None:
    body = b"--x\r\nContent-Type: text/plain\r\n\r\nMessage-ID: stays\r\n\r\n  odd = \xc3\xa4\r\n--x--\r\n"
    kept = b"Subject: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\nX-Odd:no space"
    sent = b"message-id: <mine@example.org>\r\n folded\r\n" + kept + b"\r\nDATE: yesterday\r\n\r\n" + body
    found = source(Raw(sent))
    head, _, rest = found.partition(b"\r\n\r\n")
    assert head.splitlines()[2:] == kept.splitlines()
    assert rest == body
    assert head.startswith(b"Message-ID: <0100-1@eu-central-1.amazonses.com>\r\nDate: Mon, 01 Feb 2027 09:00:00 +0000")


def test_fields_alone_are_a_mail_as_well() -> None:
    assert source(Raw(b"Subject: nothing else")).endswith(b"\r\nSubject: nothing else")


def test_a_long_link_in_a_field_is_not_encoded() -> None:
    found = source(Composed("Grüße", "Hallo", "<p>Hallo", headers=(("List-Unsubscribe", LONG),), to="mia@example.org"))
    assert f"List-Unsubscribe: {LONG}\r\n".encode() in found
    read = email.message_from_bytes(found, policy=email.policy.default)
    assert (read["Subject"], read["To"], read["Date"]) == (
        "Grüße",
        "mia@example.org",
        "Mon, 01 Feb 2027 09:00:00 +0000",
    )
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_an_attachment_keeps_the_parameters_of_its_type() -> None:
    entry = Attachment("a.ics", "text/calendar; charset=utf-8; method=CANCEL", b"BEGIN:VCALENDAR")
    read = email.message_from_bytes(
        source(Composed("Hi", "Hallo", "", attachments=(entry,))), policy=email.policy.default
    )
    (found,) = read.iter_attachments()
    assert found["Content-Type"].params == {"charset": "utf-8", "method": "CANCEL"}
    assert found.get_payload(decode=True) == b"BEGIN:VCALENDAR"


def test_the_mails_of_a_real_edition_come_out_as_they_went_in(on_stage: Stage) -> None:
    registered(on_stage, organised(on_stage))
    (mail,) = on_stage.mailbox.newest_first()
    assert isinstance(mail.content, Raw)
    assert mail.source().endswith(mail.content.data), "ours has neither Message-ID nor Date"
