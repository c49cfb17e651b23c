"""From a message to what is sent: one path for preview, list mails and personal mails.

A template is filled once per mailing. What differs from person to person stands in the result as a mark and is put in
afterwards: by SES for lists, by us for one person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from jinja2 import TemplateError
from markupsafe import Markup
from msgspec import Struct

from chalicelib.domain.series import Language
from chalicelib.mail.messages import Message
from chalicelib.words.columns import wrapped
from chalicelib.words.templating import environment

# Private-use characters: nobody types them, and the door refuses them in whatever organisers and attendees send.
OPEN, CLOSE = "\ue000", "\ue001"
MARK = re.compile(f"{OPEN}(.*?){CLOSE}")

ROOM = 20
"""Columns that a line keeps free for a personal value in it, about a name's.

A longer one makes its line longer, and breaks nothing.
"""

WITH_A_LABEL = re.compile(r"[^\s:][^:]{0,38}: +\S+$")
"""``Imprint: https://…``: one line, however long the address is."""

LAID_OUT = re.compile(r"\s|>|(?:[-*]|\d+[.)])\s")
"""How lines begin that belong to a list, a quote or code."""

ONLY_A_VALUE = re.compile(f"^((?:[^\\n:]{{1,40}}: )?){MARK.pattern}$", re.MULTILINE)
"""A line that consists of one personal value, with or without a label: it may be whole sentences."""

LARGEST_HTML = 100_000
"""Gmail clips a message above 102 kB, and with it the link to unsubscribe."""


class Unrenderable(Exception):  # a verdict on one mailing, shown to its organiser
    """This message cannot be sent as it is; says why."""


class Letter(Struct, frozen=True):
    """A rendered message with marks where the personal values go."""

    language: Language
    subject: str
    text: str
    html: str
    personal: tuple[str, ...]

    def filled(self, values: Mapping[str, str]) -> Letter:
        """For one person. Raises ``KeyError`` when a value is missing."""
        return Letter(
            self.language,
            MARK.sub(lambda mark: values[mark[1]], self.subject),
            MARK.sub(
                lambda mark: values[mark[1]], ONLY_A_VALUE.sub(lambda line: _wrapped_value(line, values), self.text)
            ),
            MARK.sub(lambda mark: escape(values[mark[1]]), self.html),
            (),
        )

    def as_template(self) -> dict[str, str]:
        """For a list: SES's notation. It escapes nothing, so HTML gets its own, escaped variant of each value."""
        return {
            "Subject": MARK.sub(r"{{\1}}", self.subject),
            "Text": MARK.sub(r"{{\1}}", self.text),
            "Html": MARK.sub(r"{{\1_html}}", self.html),
        }

    def data(self, values: Mapping[str, str]) -> dict[str, str]:
        """One person's values for ``as_template``: a value for every variable, for SES drops a mail that misses one."""
        return {name: values[name] for name in self.personal} | {
            f"{name}_html": escape(values[name]) for name in self.personal
        }


def render(message: Message) -> Letter:
    """Raises ``Unrenderable`` before the first mail, instead of SES after it."""
    language = message.language
    context = {name: getattr(message, name) for name in message.names()}
    context |= {name: Markup(f"{OPEN}{name}{CLOSE}") for name in message.personal}  # noqa: S704  # our own marks
    folder = f"emails/{message.folder()}"
    try:
        subject, text, html = (
            environment(language).get_template(f"{folder}/{part}").render(context)
            for part in ("subject.txt", "body.txt", "body.html")
        )
    except TemplateError as error:
        raise Unrenderable(f"The template {folder} does not render: {error}") from error
    letter = Letter(
        language,
        _inert(_not_encoded(" ".join(subject.split()))),
        _inert(_wrapped(text.strip()) + "\n"),
        _inert(html),
        tuple(sorted({name for part in (subject, text, html) for name in MARK.findall(part)})),
    )
    _check(letter, message)
    return letter


def _wrapped(text: str) -> str:
    """The sentences of a template in lines of at most 78 columns.

    Lists, quotes and code, and the lines that belong to them, were laid out with the announcement and stay.
    """
    lines = text.split("\n")
    return "\n".join(part for line in lines for part in ([line] if _stays(line) else wrapped(line, size=_columns)))


def _stays(line: str) -> bool:
    return bool(LAID_OUT.match(line) or WITH_A_LABEL.match(line))


def _columns(text: str) -> int:
    """How long ``text`` will be about, with names where their marks are."""
    return len(MARK.sub("x" * ROOM, text))


def _wrapped_value(line: re.Match[str], values: Mapping[str, str]) -> str:
    label, name = line.groups()
    said = label + values[name]
    return said if _stays(said) else "\n".join(wrapped(said))


def _inert(text: str) -> str:
    """A literal ``{{`` would be a variable to SES, and the mail lost: an invisible word joiner keeps the
    braces apart."""
    return re.sub(r"\{(?=\{)", "{\u2060", text)


def _not_encoded(subject: str) -> str:
    """In a template SES encodes what is not ASCII.

    What only looks encoded (RFC 2047) would go out as it is and be read as something else.
    """
    return subject.replace("=?", "=\u2060?")


def _check(letter: Letter, message: Message) -> None:
    if unknown := set(letter.personal) - set(message.personal):
        raise Unrenderable(f"Nobody has a value for {', '.join(sorted(unknown))}.")
    if not letter.subject:
        raise Unrenderable("The subject is empty.")
    if (size := len(letter.html.encode())) > LARGEST_HTML:
        raise Unrenderable(f"The mail has {size:,} bytes of HTML; mail programs cut it off above {LARGEST_HTML:,}.")
