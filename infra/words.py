"""Collect the words to translate, and compile the catalogue: ``python -m infra.words`` (or ``make words``).

Message ids are English and stand where they are used: ``mark("…")`` or ``translate("…")`` in the code, gettext in the
templates. The German ones live in one ``.po`` file, edited by hand; this finds what is new, drops what is gone, and
compiles the ``.mo`` that is shipped. Neither file carries dates or line numbers, so a change in them is a change in
words.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "templates/locale/de/LC_MESSAGES/kaffeepause.po"
MO = PO.with_suffix(".mo")

METHODS = [
    ("chalicelib/**.py", "python"),
    ("templates/**.html", "jinja2.ext.babel_extract"),
    ("templates/**.txt", "jinja2.ext.babel_extract"),
]
OPTIONS = {
    pattern: {"trimmed": "true", "newstyle_gettext": "true"} for pattern, method in METHODS if "jinja2" in method
}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None, "translate": None}

# Babel writes when and by which version it was run; that would change with every run.
FLEETING = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Report-Msgid-Bugs-To")


class Words(Catalog):
    """A catalogue that is the same whenever it is written."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().mime_headers if name not in FLEETING]


def empty() -> Words:
    return Words(
        locale="de",
        project="Kaffeepause",
        header_comment="# The German words of Kaffeepause.",
        language_team="Kaffeepause",
        last_translator="Kaffeepause",
        fuzzy=False,
    )


def wanted() -> Words:
    """Everything the code and the templates say, untranslated."""
    found = empty()
    for file, _, message, comments, context in _extracted():
        found.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return found


def translated(po: bytes) -> Words:
    """What a ``.po`` file holds."""
    held = empty()
    for message in read_po(io.BytesIO(po), locale="de"):
        if message.id:
            held[message.id] = message
    return held


def merged(wanted: Words, held: Words) -> Words:
    """``wanted``, with the translations that ``held`` has for it. Nothing is guessed from similar words."""
    for message in _messages(wanted):
        known = held.get(message.id, message.context)
        if known is not None and isinstance(known.id, str) == isinstance(message.id, str):
            message.string = known.string
            message.user_comments = known.user_comments
    return wanted


def as_po(words: Words) -> bytes:
    out = io.BytesIO()
    write_po(out, words, width=120, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def as_mo(words: Words) -> bytes:
    out = io.BytesIO()
    write_mo(out, words)
    return out.getvalue()


def missing(words: Words) -> list[str]:
    """The message ids that have no (or not every plural's) translation."""
    return [_first(message) for message in _messages(words) if not _complete(message)]


def main() -> None:
    words = merged(wanted(), translated(PO.read_bytes()) if PO.exists() else empty())
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(as_po(words))
    MO.write_bytes(as_mo(words))
    without = missing(words)
    print(f"{len(words)} messages, {len(without)} without German words, in {PO.relative_to(ROOT)}")
    for message in without:
        print(f"  {message}")
    sys.exit(bool(without))


def _extracted() -> Iterator[tuple[str, int, str | tuple[str, ...], list[str], str | None]]:
    for folder in ("chalicelib", "templates"):
        below = [
            (pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS if pattern.startswith(folder)
        ]
        options = {pattern.removeprefix(f"{folder}/"): given for pattern, given in OPTIONS.items()}
        found_in = extract_from_dir(
            ROOT / folder, below, options, KEYWORDS, ("Translators:",), directory_filter=_is_ours
        )
        for file, line, message, comments, context in found_in:
            yield f"{folder}/{Path(file).as_posix()}", line, message, comments, context


def _is_ours(folder: str | PathLike[str]) -> bool:
    """Babel would leave out ``_base``, too."""
    return Path(folder).name != "__pycache__"


def _messages(words: Words) -> Iterator[Message]:
    return (message for message in words if message.id)


def _complete(message: Message) -> bool:
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return bool(strings) and all(strings)


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


if __name__ == "__main__":
    main()
