"""From a mailing to what is sent: what is said, which headers and files go along, and whether SES will take it.

Preview, publishing, dispatch and delivery all come through ``Preparer.prepare``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec.structs import replace

from chalicelib.domain.delivery import BATCH_SIZE
from chalicelib.domain.edition import Edition, Status
from chalicelib.domain.heard import Change, News
from chalicelib.domain.mailing import Mailing
from chalicelib.domain.mails import MAILS, Audience, Entry, Headers, Kind
from chalicelib.domain.registration import called
from chalicelib.domain.sender import Sender, sender_of
from chalicelib.domain.series import Series
from chalicelib.identity import Links
from chalicelib.mail.messages import MESSAGE, Before, EditionMessage, Message, Occasion
from chalicelib.mail.mime import Attachment
from chalicelib.mail.render import Letter, Unrenderable, render

NO_FACTS: Mapping[str, str] = {}

KEPT = 32
"""Of what was prepared: all batches of a list say the same, but for those whose recipients were told
something else before."""

NOBODY = "0" * 32
"""The keyed hash of nobody: links for them lead nowhere."""

TEST = "[Test] "
"""What the subject of a test mail begins with, in every language."""

LARGEST_REQUEST = 1_000_000
LARGEST_ENTRY = 4_000
LONGEST_HEADER = 996
"""SES API v2, MessageHeader: name and value together."""


class About(NamedTuple):
    """What a mailing is about.

    ``edition`` is None for those about a series only, both are None for one that belongs to no series. ``next_edition``
    is the series' next one, where there is one and the mailing's kind names it.
    """

    series: Series | None
    edition: Edition | None
    next_edition: Edition | None = None


class Prepared(NamedTuple):
    """What is the same for every recipient. ``template`` is the letter in SES's notation, for a list."""

    letter: Letter
    template: dict[str, str]
    files: tuple[Attachment, ...]
    headers: dict[str, str]


class Preparer:
    """Makes what is sent, and keeps the latest of it. ``site`` is who mail is from that belongs to no series."""

    def __init__(self, links: Links, site: Sender) -> None:
        self._links = links
        self._site = site
        self._kept: OrderedDict[object, Prepared] = OrderedDict()

    def prepare(self, mailing: Mailing, about: About, *, now: datetime, change: Before | None = None) -> Prepared:
        """What the mailing says at ``now`` to those to whom it is ``change``; without one, to those who were told all
        that was before it.

        Raises ``Unrenderable`` for what cannot be rendered, and for what SES would refuse.
        """
        message = self._compose(mailing, about, now=now, change=change)
        said = (message, mailing.kind, mailing.round, mailing.trial is not None)
        if said not in self._kept:
            letter = render(message)
            if mailing.trial:
                letter = replace(letter, subject=TEST + letter.subject)
            files = self._attachments(mailing, message, now=now)
            prepared = Prepared(letter, letter.as_template(), files, self._headers(mailing))
            _check_fits(prepared)
            self._kept[said] = prepared
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return self._kept[said]

    def _compose(self, mailing: Mailing, about: About, *, now: datetime, change: Before | None) -> Message:
        """A registration that was confirmed a moment before the edition was called off is not told to come: its
        confirmation says that it was cancelled. To whom more is new than a link, more is told."""
        series, edition, next_edition = about
        kind, stays = mailing.kind, mailing.mail.to_who_left or mailing.mail.own_words
        if edition is not None and edition.status is Status.CANCELLED and not stays:
            to_readers = mailing.audience is Audience.SUBSCRIBERS
            kind = Kind.ANNOUNCED_CANCELLED if to_readers else Kind.EDITION_CANCELLED
        elif edition is not None and kind is Kind.JOINING_LINK and not _only_a_link(change, edition):
            kind = Kind.EDITION_MOVED
        sender = sender_of(series, site=self._site)
        return MESSAGE[kind].on(
            Occasion(series, edition, sender, self._links.site_url, mailing, now, change, next_edition)
        )

    def personal_values(
        self,
        mailing: Mailing,
        person: str,
        name: str,
        *,
        wanted: Collection[str],
        facts: Mapping[str, str] = NO_FACTS,
    ) -> dict[str, str]:
        """What differs from one recipient to the next, as far as the letter wants it: each link costs a signature.

        ``facts`` are what an addressee's mailing knows and nobody else does. The links of a test mail lead nowhere:
        whoever looks at it may be registered or subscribed themselves.
        """
        values: dict[str, str] = {}
        person = NOBODY if mailing.trial else person
        for one in wanted:
            match one:
                case "name":
                    values[one] = called(name)
                case "manage_url":
                    values[one] = self._links.manage(mailing.edition, person)
                case "confirm_url":
                    values[one] = self._links.confirm(mailing.series, person, int(mailing.detail or 0))
                case "unsubscribe_url":
                    values[one] = self._links.end(mailing.series, person)
                case _ if one in facts:
                    values[one] = facts[one]
        return values

    def _headers(self, mailing: Mailing) -> dict[str, str]:
        """Everybody's: RFC 3834 §5 for what a machine wrote, RFC 2919 for what a list sent."""
        if mailing.mail.headers is Headers.LIST and not mailing.trial:
            return {"List-Id": f"<{mailing.series}.{urlsplit(self._links.site_url).hostname}>"}
        return {"Auto-Submitted": "auto-generated"}

    def _attachments(self, mailing: Mailing, message: Message, *, now: datetime) -> tuple[Attachment, ...]:
        entry = MAILS[Kind(message.folder())].entry  # of what is said, which may be that the edition is cancelled
        if entry is None or not isinstance(message, EditionMessage):
            return ()
        from chalicelib.mail import calendar  # 75 ms, and most mails carry no entry

        content = calendar.entry(
            message.series,
            message.edition,
            site_url=self._links.site_url,
            now=now,
            round_=mailing.round,
            cancelled=entry is Entry.REMOVED,
        )
        return (Attachment(f"{message.series.slug}.ics", f"text/calendar; charset=utf-8; method={entry}", content),)


def _only_a_link(change: Before | None, edition: Edition) -> bool:
    return change is None or change == Change(edition.local_start, frozenset({News.LINK}))


def personal_headers(mailing: Mailing, values: dict[str, str]) -> dict[str, str]:
    """One-click unsubscription, RFC 8058 §3.1."""
    if mailing.mail.headers is not Headers.LIST or mailing.trial:
        return {}
    return {
        "List-Unsubscribe": f"<{values['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _check_fits(prepared: Prepared) -> None:
    """Raise ``Unrenderable`` for what SES would refuse, before the first mail instead of at each."""
    size = sum(len(part.encode()) for part in prepared.template.values())
    size += sum(len(file.content) * 4 // 3 for file in prepared.files)
    if size + BATCH_SIZE * LARGEST_ENTRY > LARGEST_REQUEST:
        raise Unrenderable(f"The mail has {size:,} bytes; with {BATCH_SIZE} recipients SES takes no more than 1 MB.")
    for name, value in prepared.headers.items():
        if len(name) + len(value) > LONGEST_HEADER or not value.isascii() or not value.isprintable():
            raise Unrenderable(f"SES takes no {name} header like this: {value[:80]}")
