"""How a mail leaves: one SES call, never repeated by the client. What its answer means is decided in ``verdicts``."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.delivery import BATCH_SIZE, Delivery, Outcome
from chalicelib.domain.halt import Stop
from chalicelib.domain.mails import Lane
from chalicelib.domain.sender import Sender
from chalicelib.mail.mime import Attachment, assemble, mailbox
from chalicelib.mail.pace import Pace
from chalicelib.mail.render import Letter
from chalicelib.mail.verdicts import SENT, Meaning, meaning_of, meaning_of_entry, stop_of

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class Recipient(Struct, frozen=True, kw_only=True):
    """One person in a call. ``values`` fill the letter's marks; ``headers`` are this person's own."""

    hash: str
    address: str
    values: Mapping[str, str]
    headers: Mapping[str, str]


class Parcel(Struct, frozen=True, kw_only=True):
    """A letter, its recipients, and what is the same for all of them. ``template`` is the letter in SES's notation.

    ``tags`` travel with every event SES reports of these mails; ``headers`` are everybody's.
    """

    sender: Sender
    letter: Letter
    template: Mapping[str, str]
    recipients: tuple[Recipient, ...]
    tags: Mapping[str, str]
    headers: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()


class Sent(NamedTuple):
    """What became of each recipient, by hash, and what SES's answers mean for everybody else."""

    deliveries: dict[str, Delivery]
    stops: tuple[Stop, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether it makes sense to hand SES the next mails at once."""
        return not self.stops and all(one.outcome is not Outcome.WAITING for one in self.deliveries.values())


class Mailer:
    """Sends parcels, at the lane's pace.

    ``configuration_sets`` keep announcements and transactional mail apart in SES's reputation.
    """

    def __init__(self, client: SESV2Client, configuration_sets: Mapping[Lane, str], paces: Mapping[Lane, Pace]) -> None:
        self.client = client
        self.configuration_sets = configuration_sets
        self.paces = paces

    def send(self, parcel: Parcel, lane: Lane, *, until: float = float("inf")) -> Sent:
        """Never raises for what SES or the network does, and never hands SES a mail again that it may have taken.

        One call, unless SES allows this account fewer mails a second than the parcel has recipients, or refuses the
        call as a whole: then whom that is about is found by halves. Whom it does not come to before ``until``
        (``time.monotonic``) still waits.
        """
        pace = self.paces[lane]
        size = pace.most_at_once(BATCH_SIZE)
        deliveries = {one.hash: Delivery() for one in parcel.recipients}
        stops: tuple[Stop, ...] = ()
        parts = deque(_cut(parcel, size))
        while parts and not stops and pace.wait(len(parts[0].recipients), until=until):
            part = parts.popleft()
            told = self._call(part, lane)
            if told is None:
                parts.extendleft(reversed(_cut(part, (len(part.recipients) + 1) // 2)))
                continue
            deliveries |= told.deliveries
            stops = told.stops
            if not told.goes_on:
                break
        return Sent(deliveries, stops)

    def _call(self, parcel: Parcel, lane: Lane) -> Sent | None:
        """None where SES refuses a call for several because of one of them: nothing was sent then."""
        call = self._send_one if len(parcel.recipients) == 1 else self._send_many
        try:
            return call(parcel, lane)
        except (ClientError, BotoCoreError) as error:
            found = meaning_of(error, sender=parcel.sender.address)
            if found.outcome is Outcome.FAILED and len(parcel.recipients) > 1:
                return None
            reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            return _sent(parcel, lane, dict.fromkeys((one.hash for one in parcel.recipients), (found, reason, "")))

    def _send_one(self, parcel: Parcel, lane: Lane) -> Sent:
        (person,) = parcel.recipients
        sender = mailbox(parcel.sender.name, parcel.sender.address)
        headers = {**_reply_to(parcel.sender), **parcel.headers, **person.headers}
        answer = self.client.send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [person.address]},
            Content={
                "Raw": {
                    "Data": assemble(
                        parcel.letter.filled(person.values),
                        sender=sender,
                        to=person.address,
                        headers=headers,
                        attachments=parcel.attachments,
                    )
                }
            },
            EmailTags=_tags({**parcel.tags, "person": person.hash}),
            ConfigurationSetName=self.configuration_sets[lane],
        )
        return Sent({person.hash: Delivery(outcome=Outcome.SENT, message_id=answer["MessageId"])})

    def _send_many(self, parcel: Parcel, lane: Lane) -> Sent:
        template: dict[str, Any] = {
            "TemplateContent": parcel.template,
            "TemplateData": "{}",
            "Headers": _headers(parcel.headers),
        }
        if parcel.attachments:
            template["Attachments"] = [
                {"RawContent": file.content, "FileName": file.name, "ContentType": file.content_type}
                for file in parcel.attachments
            ]
        asked: dict[str, Any] = {
            "FromEmailAddress": mailbox(parcel.sender.name, parcel.sender.address),
            "DefaultContent": {"Template": template},
            "DefaultEmailTags": _tags(parcel.tags),
            "BulkEmailEntries": [_entry(parcel.letter, person) for person in parcel.recipients],
            "ConfigurationSetName": self.configuration_sets[lane],
        }
        if parcel.sender.reply_to:
            asked["ReplyToAddresses"] = [parcel.sender.reply_to]
        answer = self.client.send_bulk_email(**asked)
        told: dict[str, _Told] = {}
        for person, result in zip(parcel.recipients, answer["BulkEmailEntryResults"], strict=True):
            found = meaning_of_entry(result["Status"], result.get("Error", ""), sender=parcel.sender.address)
            told[person.hash] = (found, result["Status"], result.get("MessageId", ""))
        return _sent(parcel, lane, told)


_Told = tuple[Meaning, str, str]
"""An answer's meaning, SES's word for it, and the message id."""


def _sent(parcel: Parcel, lane: Lane, told: Mapping[str, _Told]) -> Sent:
    deliveries = {
        hash_: Delivery(outcome=Outcome.SENT, message_id=message_id)
        if meaning is SENT
        else Delivery(outcome=meaning.outcome, reason=word)
        for hash_, (meaning, word, message_id) in told.items()
    }
    sender = parcel.sender.address
    unsent = [(meaning, word) for meaning, word, _ in told.values() if meaning is not SENT]
    found = [stop_of(meaning, word, sender=sender, lane=lane) for meaning, word in unsent]
    stops = {stop.scope: stop for stop in found if stop}
    return Sent(deliveries, tuple(stops.values()))


def _cut(parcel: Parcel, size: int) -> list[Parcel]:
    """In parts of at most so many recipients."""
    if size >= len(parcel.recipients):
        return [parcel]
    everybody = parcel.recipients
    return [replace(parcel, recipients=everybody[start : start + size]) for start in range(0, len(everybody), size)]


def _entry(letter: Letter, person: Recipient) -> dict[str, Any]:
    data = msgspec.json.encode(letter.data(person.values)).decode()
    return {
        "Destination": {"ToAddresses": [person.address]},
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
        "ReplacementHeaders": _headers(person.headers),
        "ReplacementTags": _tags({"person": person.hash}),
    }


def _headers(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in headers.items()]


def _tags(tags: Mapping[str, str]) -> Any:
    return [{"Name": name, "Value": value} for name, value in tags.items()]


def _reply_to(sender: Sender) -> dict[str, str]:
    return {"Reply-To": sender.reply_to} if sender.reply_to else {}


def outcomes(deliveries: Iterable[Delivery]) -> dict[str, int]:
    """How many of each outcome, for the log: numbers, never names."""
    counted: dict[str, int] = {}
    for delivery in deliveries:
        counted[delivery.outcome.value] = counted.get(delivery.outcome.value, 0) + 1
    return counted
