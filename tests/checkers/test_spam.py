"""SpamAssassin, with the rules that need no network, over every mail as it was sent: none of them costs a point."""

from __future__ import annotations

import email
import os
import re
import subprocess
from email.message import Message

import pytest

from chalicelib.domain.mails import Kind
from chalicelib.domain.series import Language
from tests.checkers.allowed import never_said, not_allowed
from tests.checkers.every_mail import Sample

RULES = "/usr/share/spamassassin"
"""Those of Debian's package, also where others were fetched since."""

SETTINGS = """\
use_bayes 0
report_safe 0
add_header all Rules _TESTSSCORES(,)_
"""
ALLOWED = {
    r"HTML_MESSAGE=0\.001": "Says that there is HTML, beside the text.",
    r"NO_RECEIVED=-0\.001": "No server has passed it on yet.",
    r"NO_RELAYS=-0\.001": "The same.",
}
SPAM = b"""\
From: x@example.org\r
To: y@example.org\r
Subject: Hello\r
Message-ID: <spam@example.org>\r
\r
XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r
"""
"""GTUBE, which every spam filter knows."""


@pytest.fixture(scope="module")
def met(mails: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Each mail with each rule that it meets, as ``NAME=points``.

    One run for all mails, as starting takes longer than a mail.
    """
    home = tmp_path_factory.mktemp("spam")
    (home / "settings").write_text(SETTINGS)
    names = {email.message_from_bytes(mail.source)["Message-ID"]: f"{mail.kind} {mail.language}" for mail in mails}
    told = subprocess.run(
        ["spamassassin", "--local", "--mbox", f"--prefspath={home / 'settings'}", f"--configpath={RULES}"],
        input=b"".join(_in_a_file_of_many(source) for source in (SPAM, *(mail.source for mail in mails))),
        capture_output=True,
        env=os.environ | {"HOME": str(home), "LC_ALL": "C"},
        check=False,
    )
    assert told.returncode == 0, told.stderr.decode()
    marked = [email.message_from_bytes(mail) for mail in re.split(rb"(?m)^From nobody@.*\n", told.stdout)[1:]]
    assert len(marked) == len(mails) + 1
    return [(names.get(mail["Message-ID"], mail["Message-ID"]), rule) for mail in marked for rule in _met(mail)]


def _in_a_file_of_many(source: bytes) -> bytes:
    """As mbox has it (RFC 4155)."""
    lines = re.sub(rb"(?m)^(>*From )", rb">\1", source.replace(b"\r\n", b"\n"))
    return b"From nobody@example.org Mon Mar  1 00:00:00 2027\n" + lines + b"\n"


def _met(mail: Message) -> list[str]:
    return re.sub(r"\s", "", mail["X-Spam-Rules"]).split(",")


def test_spam_is_told_from_our_mails(met: list[tuple[str, str]]) -> None:
    assert ("<spam@example.org>", "GTUBE=1000") in met


def test_no_mail_of_any_kind_scores(met: list[tuple[str, str]], mails: list[Sample]) -> None:
    assert {(mail.kind, mail.language) for mail in mails} == {(kind, spoken) for kind in Kind for spoken in Language}
    ours = [(mail, rule) for mail, rule in met if mail != "<spam@example.org>"]
    assert {mail for mail, _ in ours} == {f"{kind} {spoken}" for kind in Kind for spoken in Language}
    assert not_allowed(ours, ALLOWED) == ""
    assert never_said(ours, ALLOWED) == []
