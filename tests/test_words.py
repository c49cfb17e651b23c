"""Everything that is said is said in German, too, and what is shipped is what the translator wrote."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

from infra import words
from infra.words import MO, PO, as_mo, as_po, merged, missing, translated, wanted


def test_every_message_of_code_and_templates_has_german_words() -> None:
    assert missing(merged(wanted(), translated(PO.read_bytes()))) == []


def test_the_po_file_is_what_python_m_infra_words_would_write() -> None:
    assert as_po(merged(wanted(), translated(PO.read_bytes()))) == PO.read_bytes()


def test_no_translation_is_a_guess() -> None:
    assert [message.id for message in translated(PO.read_bytes()) if message.fuzzy and message.id] == []


def test_the_compiled_catalogue_is_made_of_the_po_file() -> None:
    assert as_mo(translated(PO.read_bytes())) == MO.read_bytes()


def test_translations_name_the_same_facts_as_their_messages() -> None:
    different = []
    for message in translated(PO.read_bytes()):
        ids, strings = _several(message.id), _several(message.string)
        # A plural form may leave the number unsaid ("one seat"), never name something nobody gives.
        allowed, needed = set.union(*map(_facts, ids)), set.intersection(*map(_facts, ids))
        different += [said for said in strings if not needed <= _facts(said) <= allowed]
    assert different == []


def test_percent_signs_stand_doubled_where_they_are_meant() -> None:
    """Templates fill every message by ``%``; a lone sign would break the mail that carries it."""
    from_templates = [
        message
        for message in translated(PO.read_bytes())
        if any(file.startswith("templates/") for file, _ in message.locations)
    ]
    assert from_templates
    for message in from_templates:
        for said in [*_several(message.id), *_several(message.string)]:
            said % dict.fromkeys(_facts(said), "x")


def test_collecting_twice_gives_the_same_bytes() -> None:
    assert as_po(wanted()) == as_po(wanted())
    assert as_mo(wanted()) == as_mo(wanted())


def test_a_new_message_is_reported_and_an_old_one_keeps_its_words() -> None:
    held, new = words.empty(), words.empty()
    held.add("Good morning", "Guten Morgen")
    held.add("No longer said", "Nicht mehr gesagt")
    new.add("Good morning")
    new.add("Good evening")

    found = merged(new, held)

    assert found["Good morning"].string == "Guten Morgen"
    assert missing(found) == ["Good evening"]
    assert "No longer said" not in found


def _several(said: str | Iterable[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def _facts(said: str) -> set[str]:
    """``{name}`` in the code, ``%(name)s`` in the templates."""
    named = {name for _, name, _, _ in string.Formatter().parse(said) if name} if "%(" not in said else set()
    return named | set(re.findall(r"%\((\w+)\)s", said))
