"""A mail as bytes is 7-bit clean and reads back as it was written, with Python's own parser."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.series import Language
from chalicelib.mail.mime import LONGEST_MAILBOX, Attachment, assemble, longest_name, mailbox
from chalicelib.mail.render import Letter
from local.ses import rules
from tests.mail.samples import CHARACTERS, LINES

ADDRESS = "kaffee@example.org"
TO = "mia@example.org"
FILE = Attachment("kaffee.ics", "text/calendar; charset=utf-8; method=PUBLISH", "SUMMARY:Käse\r\n".encode())

LONG_FILE = Attachment(f"{'k' * 60}.ics", "text/calendar; charset=utf-8; method=PUBLISH", FILE.content)


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
    return message


def a_mail(subject: str, *, sender: str = "Campus", text: str = "Hallo\n", files: tuple[Attachment, ...] = ()) -> bytes:
    letter = Letter(Language.GERMAN, subject, text, f"<p>{text}</p>\n", ())
    headers = {"Auto-Submitted": "auto-generated"}
    return assemble(letter, sender=mailbox(sender, ADDRESS), to=TO, headers=headers, attachments=files)


def lines_of(raw: bytes) -> list[str]:
    """The headers' lines, those of parts among them."""
    heads = [head for head in raw.decode("ascii").split("\r\n\r\n") if "Content-Type:" in head or "From:" in head]
    return [line for head in heads for line in head.split("\r\n") if not line.startswith("--")]


def header(raw: bytes, name: str) -> str:
    """As it stands there."""
    return str(email.message_from_bytes(raw, policy=email.policy.compat32)[name])


def name_in(header: str) -> str:
    """The display name as it is read.

    Python's header registry leaves a space between encoded words of a name, against RFC 2047 §6.2.
    """
    name, address = parseaddr("".join(header.splitlines()))
    assert address == ADDRESS
    return str(make_header(decode_header(name)))


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
    assert (
        name_in(header(raw, "From"))
        == " ".join(sender.split())[: longest_name(" ".join(sender.split()), ADDRESS)].strip()
    )
    assert content(message, "plain") == text
    assert content(message, "html") == f"<p>{text}</p>\n"


LONG_LINES = st.text(CHARACTERS, min_size=1, max_size=300).map(lambda text: " ".join(text.split())).filter(bool)
AWKWARD = {
    "emoji": "🎉" * 100,
    "a family": "👩‍👩‍👧‍👦" * 14,
    "one word": "x" * 300,
    "umlauts": "ä" * 300,
    "a long word among others": "Verein für " + "Donaudampfschifffahrt" * 12 + " e. V.",
    "looks encoded": "=?utf-8?q?Mia?= =?",
    "an address in it": 'Campus, "Ehrenamt" <x@y.org>\\',
    "quotes": '"' * 100,
    "backslashes": "\\" * 100,
    "commas": "a, b; c: d@e (f)" * 6,
    "ASCII": "Harbour Street Library and Community Centre, Friends and Supporters of the Old Town, Est. 1901",
}
awkward = pytest.mark.parametrize("words", AWKWARD.values(), ids=AWKWARD)


@awkward
def test_lines_of_headers_are_as_short_as_their_words_allow(words: str) -> None:
    check_lines(words)


@given(words=LONG_LINES)
def test_lines_of_headers_are_short_whatever_people_type(words: str) -> None:
    check_lines(words)


def check_lines(words: str) -> None:
    """RFC 5322 §2.1.1 and RFC 2047 §2: lines of 78, with encoded words 76, encoded words of 75."""
    raw = a_mail(words, sender=words, files=(LONG_FILE,))
    found = lines_of(raw)
    assert found
    for line in found:
        # Where there is no space, nothing can be broken.
        assert len(line) <= 76 or " " not in line.strip(), line
        assert line.strip(), found
        assert all(len(word) <= 75 for word in line.split() if word.startswith("=?")), line
    message = read(raw)
    assert message["Subject"] == words
    assert name_in(header(raw, "From")) == words[: longest_name(words, ADDRESS)].strip()


@awkward
def test_a_sender_is_on_one_line_that_ses_takes(words: str) -> None:
    check_sender(words)


@given(name=LONG_LINES)
def test_a_sender_is_on_one_line_that_ses_takes_whatever_people_type(name: str) -> None:
    check_sender(name)


def check_sender(name: str) -> None:
    """As a bulk call names it in JSON: SES makes the header."""
    made = mailbox(name, ADDRESS)
    fits = longest_name(name, ADDRESS)
    assert made.isascii()
    assert made.isprintable()
    assert len(made) <= LONGEST_MAILBOX
    assert rules.sender({"FromEmailAddress": made}) == ""
    assert name_in(made) == name[:fits].strip()
    assert fits == len(name) or fits > 20


def test_a_name_that_is_too_long_with_its_address_is_cut_where_it_still_fits() -> None:
    cut = mailbox("🎉" * 100, ADDRESS)
    assert 250 < len(cut) <= LONGEST_MAILBOX
    assert set(name_in(cut)) == {"🎉"}
    assert longest_name("Campus", "a" * 64 + "@" + ("b" * 60 + ".") * 3 + "org") == 6


def test_text_ends_its_lines_with_crlf_inside_of_base64_too() -> None:
    parts = [
        part for part in read(a_mail("Hallo", text="Eins\nZwei\r\n", files=(FILE,))).walk() if not part.is_multipart()
    ]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    for part in parts:
        inside = part.get_payload(decode=True)
        assert isinstance(inside, bytes)
        assert b"\r\n" in inside
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", inside), part.get_content_type()


def test_words_that_look_encoded_read_back_as_they_were_written() -> None:
    raw = a_mail("=?utf-8?q?Mia?=", sender="=?utf-8?q?Mia?=")
    assert read(raw)["Subject"] == "=?utf-8?q?Mia?="
    assert name_in(header(raw, "From")) == "=?utf-8?q?Mia?="


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
