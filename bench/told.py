"""Who was told which version of an announcement, read from the very mails, and whether that was right.

A version is a whole: its number stands in the title and in every paragraph of the announcement.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from typing import NamedTuple

from bench.events import Called
from bench.ground import Wrong
from chalicelib.domain.delivery import BATCH_SIZE
from chalicelib.store import keys

PARAGRAPHS = 4
"""So many paragraphs name the version; between them stand others that never change."""

TITLE = "Gemeinsam wirken, Fassung {}"
VERSION = re.compile(r"Fassung (\d+)")
CHANGE = re.compile(r"„[^„“]*Fassung (\d+)[^„“]*“ statt „[^„“]*Fassung (\d+)[^„“]*“")
PERSON = re.compile(f"({keys.REGISTRATION})?[0-9a-f]{{32}}")
SUBJECT_OF_A_CORRECTION = "Berichtigung: "


def words(version: int) -> str:
    """The text of an announcement."""
    paragraphs = (f"Absatz {number} der Fassung {version}\n\nUnd weiter." for number in range(PARAGRAPHS))
    return "\n\n".join(paragraphs)


class Mail(NamedTuple):
    """To ``address``, in ``version``; a correction also says which one it is a change from (else 0)."""

    address: str
    version: int
    was: int


def mails_of(call: Called) -> Iterator[Mail]:
    """Of a SendBulkEmail or SendEmail call. Raises ``Wrong`` for one that does not say one version as a whole."""
    if call.operation == "SendEmail":
        mail = message_from_bytes(call.payload["Content"]["Raw"]["Data"], policy=policy.default)
        text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        version, was = read(str(mail["Subject"]), text.get_content(), html.get_content())
        yield Mail(call.payload["Destination"]["ToAddresses"][0], version, was)
        return
    content = call.payload["DefaultContent"]["Template"]["TemplateContent"]
    version, was = read(content["Subject"], content["Text"], content["Html"])
    for entry in call.payload["BulkEmailEntries"]:
        if VERSION.search(json.dumps(entry)):
            raise Wrong("a version in what is one person's own")
        yield Mail(entry["Destination"]["ToAddresses"][0], version, was)


def read(subject: str, text: str, html: str) -> tuple[int, int]:
    """The version that a mail tells, and the one it says was told before (0 in an announcement).

    Raises ``Wrong`` where it mixes versions, or says less than all of one.
    """
    now = _only(VERSION.findall(subject), 1)
    text = " ".join(text.split())
    changes = {(int(new), int(old)) for new, old in CHANGE.findall(text)}
    number, text = len(CHANGE.findall(text)), CHANGE.sub("", text)
    versions = {int(one) for one in VERSION.findall(text)}
    if versions != {now} or any(f"Absatz {one} der Fassung {now}" not in text for one in range(PARAGRAPHS)):
        raise Wrong(f"the text of version {now} says {sorted(versions)}: {text[:2000]}")
    in_html = {int(one) for one in VERSION.findall(html)}
    if not subject.startswith(SUBJECT_OF_A_CORRECTION):
        if changes or in_html != {now}:
            raise Wrong(f"an announcement of version {now} with {sorted(changes)}, in HTML {sorted(in_html)}")
        return now, 0
    if len(changes) != 1 or number != PARAGRAPHS + 1:
        raise Wrong(f"a correction to version {now} says {number} changes, of {sorted(changes)}: {text[:2000]}")
    ((new, was),) = changes
    if new != now or in_html != {now, was} or was == now:
        raise Wrong(f"a correction to version {now} says {new} instead of {was}, in HTML {sorted(in_html)}")
    return now, was


def _only(found: list[str], number: int) -> int:
    if len(found) != number:
        raise Wrong(f"{found} where one version should be")
    return int(found[0])


class Told:
    """What everybody was told, in order, as their mails came."""

    def __init__(self) -> None:
        self.by_address: dict[str, list[int]] = {}
        self.changes: Counter[tuple[int, int]] = Counter()
        """Corrections by what they said: from this version to that one."""

    def hear(self, call: Called, version: int) -> int:
        """A call that SES took while ``version`` was the present one; gives to how many.

        Raises ``Wrong`` for an announcement to somebody who had one, and for a correction of anything but the last that
        they were told.
        """
        number = 0
        for mail in mails_of(call):
            number += 1
            before = self.by_address.setdefault(mail.address, [])
            if mail.version != version:
                raise Wrong(f"{mail.address} was told version {mail.version}, but {version} is the present one")
            if mail.was != (before[-1] if before else 0):
                raise Wrong(f"{mail.address} was told {before}, then {mail.version} instead of {mail.was or 'nothing'}")
            before.append(mail.version)
            if mail.was:
                self.changes[mail.was, mail.version] += 1
        return number

    def first(self) -> Counter[int]:
        """How many were first told which version."""
        return Counter(versions[0] for versions in self.by_address.values())

    def last(self, addresses: Iterable[str]) -> Counter[int]:
        """How many of these were last told which version; 0: they were told nothing."""
        return Counter(self.by_address.get(address, [0])[-1] for address in addresses)


def people_read(calls: Iterable[Called]) -> int:
    """Of how many people of one list DynamoDB's answers told, at most: they themselves, or the batches they are in."""
    found = Counter[str]()
    for call in calls:
        partition = call.payload.get("ExpressionAttributeValues", {}).get(":pk", {}).get("S", "")
        items = [*call.answer.get("Items", ()), *([call.answer["Item"]] if "Item" in call.answer else ())]
        items += [one for answered in call.answer.get("Responses", {}).values() for one in answered]
        found[partition] += sum(_people(item["sk"]["S"]) for item in items)
    return max(found.values(), default=0)


def _people(sk: str) -> int:
    return BATCH_SIZE if sk.startswith(keys.BATCH) else int(PERSON.fullmatch(sk) is not None)
