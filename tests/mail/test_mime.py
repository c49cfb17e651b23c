"""A mail as bytes is 7-bit clean and reads back as it was written, with Python's own parser."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

from hypothesis import example, given

from chalicelib.domain.series import Language
from chalicelib.mail.mime import Attachment, assemble, mailbox
from chalicelib.mail.render import Letter
from tests.mail.samples import LINES

TO = "mia@example.org"
FILE = Attachment("kaffee.ics", "text/calendar; charset=utf-8; method=PUBLISH", "SUMMARY:Käse\r\n".encode())


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
    return message


def a_mail(subject: str, *, sender: str = "Campus", text: str = "Hallo\n", files: tuple[Attachment, ...] = ()) -> bytes:
    letter = Letter(Language.GERMAN, subject, text, f"<p>{text}</p>\n", ())
    headers = {"Auto-Submitted": "auto-generated"}
    return assemble(letter, sender=mailbox(sender, "kaffee@example.org"), to=TO, headers=headers, attachments=files)


def content(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@given(subject=LINES, sender=LINES, text=LINES)
@example(subject="ä" * 150, sender="🎉" * 100, text="\n.\n..\n--=_x\n")
@example(subject="a", sender='Campus, "Ehrenamt" <x@y.org>\\', text="From me\n")
def test_any_mail_is_seven_bit_clean_and_reads_back_the_same(subject: str, sender: str, text: str) -> None:
    subject = " ".join(subject.split())
    raw = a_mail(subject, sender=sender, text=text, files=(FILE,))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998  # RFC 5322 §2.1.1
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = read(raw)
    assert message["Subject"] == subject
    (mailbox_read,) = message["From"].addresses
    assert (" ".join(mailbox_read.display_name.split()), mailbox_read.addr_spec) == (
        " ".join(sender.split()),
        "kaffee@example.org",
    )
    assert content(message, "plain") == text
    assert content(message, "html") == f"<p>{text}</p>\n"


def test_words_that_look_encoded_read_back_as_they_were_written() -> None:
    message = read(a_mail("=?utf-8?q?Mia?=", sender="=?utf-8?q?Mia?="))
    assert message["Subject"] == "=?utf-8?q?Mia?="
    assert message["From"].addresses[0].display_name == "=?utf-8?q?Mia?="


def test_a_very_long_word_leaves_no_empty_line_in_the_subject() -> None:
    raw = a_mail("https://example.org/" + "a" * 130)
    assert b"Subject: \r\n" not in raw
    assert read(raw)["Subject"] == "https://example.org/" + "a" * 130


def test_a_mail_has_only_the_headers_it_was_given() -> None:
    assert read(a_mail("Hallo")).keys() == ["From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"]


def test_text_comes_before_html_and_the_files_come_last() -> None:
    kinds = [part.get_content_type() for part in read(a_mail("Hallo", files=(FILE,))).walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    assert read(a_mail("Hallo")).get_content_type() == "multipart/alternative"


def test_a_file_arrives_as_it_was() -> None:
    (file,) = read(a_mail("Hallo", files=(FILE,))).iter_attachments()
    assert file.get_filename() == "kaffee.ics"
    assert file.get_payload(decode=True) == FILE.content
    assert file["Content-Type"].params["method"] == "PUBLISH"
