"""How a mail leaves: one SES call, never repeated by the client, and what its answer means.

SES has no idempotency token, so an answer we did not get may still have sent the mail. Every outcome is classified here and nowhere
else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from chalicelib.domain.delivery import BATCH_SIZE, Delivery, Outcome
from chalicelib.domain.mailing import Lane
from chalicelib.domain.series import Series
from chalicelib.mail.mime import Attachment, assemble, mailbox
from chalicelib.mail.pace import Pace
from chalicelib.mail.render import Letter

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class Then(IntEnum):
    """What an answer means for everything else that waits, in rising order of gravity."""

    GO_ON = 0
    LATER = 1
    QUOTA = 2
    STOP = 3


class Meaning(NamedTuple):
    outcome: Outcome
    then: Then = Then.GO_ON


NOT_YET = Meaning(Outcome.WAITING, Then.LATER)
QUOTA = Meaning(Outcome.WAITING, Then.QUOTA)
STOPPED = Meaning(Outcome.WAITING, Then.STOP)
REFUSED = Meaning(Outcome.FAILED)
NOBODY_KNOWS = Meaning(Outcome.UNKNOWN)

# Every answer to one entry of a bulk call (SES API v2, BulkEmailEntryResult.Status).
ANSWERS = {
    "SUCCESS": Meaning(Outcome.SENT),
    "ACCOUNT_THROTTLED": NOT_YET,
    "TRANSIENT_FAILURE": NOT_YET,
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": QUOTA,
    "ACCOUNT_SUSPENDED": STOPPED,
    "ACCOUNT_SENDING_PAUSED": STOPPED,
    "CONFIGURATION_SET_SENDING_PAUSED": STOPPED,
    "CONFIGURATION_SET_NOT_FOUND": STOPPED,
    "CONFIGURATION_SET_DOES_NOT_EXIST": STOPPED,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": STOPPED,
    "INVALID_SENDING_POOL_NAME": STOPPED,
    "TEMPLATE_NOT_FOUND": REFUSED,
    "MESSAGE_REJECTED": REFUSED,
    "INVALID_PARAMETER": REFUSED,
    "INVALID_PARAMETER_VALUE": REFUSED,
    "FAILED": NOBODY_KNOWS,
}

# Every answer to a call as a whole (SES API v2, errors of SendEmail and SendBulkEmail, and of AWS itself).
ERRORS = {
    "TooManyRequestsException": NOT_YET,
    "ThrottlingException": NOT_YET,
    "LimitExceededException": QUOTA,
    "AccountSuspendedException": STOPPED,
    "SendingPausedException": STOPPED,
    "MailFromDomainNotVerifiedException": STOPPED,
    "NotFoundException": STOPPED,
    "AccessDeniedException": STOPPED,
    "UnrecognizedClientException": STOPPED,
    "ExpiredTokenException": NOT_YET,
    "MessageRejected": REFUSED,
    "BadRequestException": REFUSED,
}

SERVER_ERROR = 500


def meaning_of(error: ClientError | BotoCoreError) -> Meaning:
    """Of a call that was answered with an error, or with nothing. Only where no connection was made is it certain that nothing was sent."""
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        if code == "TooManyRequestsException" and "quota" in error.response["Error"].get("Message", "").lower():
            return QUOTA
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return ERRORS.get(code, NOBODY_KNOWS if status >= SERVER_ERROR else REFUSED)
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | NoCredentialsError):
        return NOT_YET
    if isinstance(error, ParamValidationError):
        return REFUSED
    return NOBODY_KNOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One person in a call. ``values`` fill the letter's marks; ``headers`` are this person's own."""

    hash: str
    address: str
    values: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A letter, its recipients, and what is the same for all of them. ``template`` is the letter in SES's notation.

    ``tags`` travel with every event SES reports of these mails; ``headers`` are everybody's.
    """

    series: Series
    letter: Letter
    template: Mapping[str, str]
    recipients: tuple[Recipient, ...]
    tags: Mapping[str, str]
    headers: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()


class Sent(NamedTuple):
    """What became of each recipient, by hash; what it means for everything else, and SES's word for that."""

    deliveries: dict[str, Delivery]
    then: Then
    reason: str


class Mailer:
    """Sends parcels, at the lane's pace. ``configuration_sets`` keep announcements and transactional mail apart in SES's reputation."""

    def __init__(self, client: SESV2Client, configuration_sets: Mapping[Lane, str], paces: Mapping[Lane, Pace]) -> None:
        self.client = client
        self.configuration_sets = configuration_sets
        self.paces = paces

    def send(self, parcel: Parcel, lane: Lane, *, until: float = float("inf")) -> Sent:
        """Never raises for what SES or the network does, and calls SES once for each mail.

        One call, unless SES allows this account fewer mails a second than the parcel has recipients. Whom it does not come to before
        ``until`` (``time.monotonic``) still waits.
        """
        pace = self.paces[lane]
        size = pace.most_at_once(BATCH_SIZE)
        deliveries = {one.hash: Delivery() for one in parcel.recipients}
        then, reason = Then.GO_ON, ""
        for start in range(0, len(parcel.recipients), size):
            part = (
                parcel
                if size >= len(parcel.recipients)
                else replace(parcel, recipients=parcel.recipients[start : start + size])
            )
            if then is not Then.GO_ON or not pace.wait(len(part.recipients), until=until):
                break
            told, then, reason = self._call(part, self.configuration_sets[lane])
            deliveries |= told
        return Sent(deliveries, then, reason)

    def _call(self, parcel: Parcel, configuration_set: str) -> Sent:
        call = self._send_one if len(parcel.recipients) == 1 else self._send_many
        try:
            return call(parcel, configuration_set)
        except (ClientError, BotoCoreError) as error:
            found = meaning_of(error)
            reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            same = Delivery(outcome=found.outcome, reason=reason)
            return Sent({one.hash: same for one in parcel.recipients}, found.then, reason)

    def _send_one(self, parcel: Parcel, configuration_set: str) -> Sent:
        (person,) = parcel.recipients
        sender = mailbox(parcel.series.sender_name, parcel.series.sender_address)
        headers = {**_reply_to(parcel.series), **parcel.headers, **person.headers}
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
            ConfigurationSetName=configuration_set,
        )
        return Sent({person.hash: Delivery(outcome=Outcome.SENT, message_id=answer["MessageId"])}, Then.GO_ON, "")

    def _send_many(self, parcel: Parcel, configuration_set: str) -> Sent:
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
            "FromEmailAddress": mailbox(parcel.series.sender_name, parcel.series.sender_address),
            "DefaultContent": {"Template": template},
            "DefaultEmailTags": _tags(parcel.tags),
            "BulkEmailEntries": [_entry(parcel.letter, person) for person in parcel.recipients],
            "ConfigurationSetName": configuration_set,
        }
        if parcel.series.reply_to:
            asked["ReplyToAddresses"] = [parcel.series.reply_to]
        answer = self.client.send_bulk_email(**asked)
        deliveries: dict[str, Delivery] = {}
        gravest, reason = Then.GO_ON, ""
        for person, result in zip(parcel.recipients, answer["BulkEmailEntryResults"], strict=True):
            status = result["Status"]
            outcome, then = ANSWERS.get(status, NOBODY_KNOWS)
            word = "" if outcome is Outcome.SENT else status
            deliveries[person.hash] = Delivery(outcome=outcome, reason=word, message_id=result.get("MessageId", ""))
            if then > gravest:
                gravest, reason = then, word
        return Sent(deliveries, gravest, reason)


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


def _reply_to(series: Series) -> dict[str, str]:
    return {"Reply-To": series.reply_to} if series.reply_to else {}


def outcomes(deliveries: Iterable[Delivery]) -> dict[str, int]:
    """How many of each outcome, for the log: numbers, never names."""
    counted: dict[str, int] = {}
    for delivery in deliveries:
        counted[delivery.outcome.value] = counted.get(delivery.outcome.value, 0) + 1
    return counted
