"""How a mail leaves: one SES call, never repeated by the client, and what its answer means.

SES has no idempotency token, so an answer we did not get may still have sent the mail. Every outcome is classified here and nowhere
else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected

from chalicelib.domain.mailing import Delivery, Lane, Outcome
from chalicelib.domain.series import Series
from chalicelib.mail.mime import Attachment, assemble, mailbox
from chalicelib.mail.render import Letter

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# What each answer means: was it sent, and what next? (AWS SES API v2, BulkEmailEntryResult.Status)
ANSWERS = {
    "SUCCESS": Outcome.SENT,
    "ACCOUNT_THROTTLED": Outcome.WAITING,
    "TRANSIENT_FAILURE": Outcome.WAITING,
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": Outcome.WAITING,
    "ACCOUNT_SUSPENDED": Outcome.WAITING,
    "ACCOUNT_SENDING_PAUSED": Outcome.WAITING,
    "CONFIGURATION_SET_SENDING_PAUSED": Outcome.WAITING,
    "CONFIGURATION_SET_NOT_FOUND": Outcome.WAITING,
    "CONFIGURATION_SET_DOES_NOT_EXIST": Outcome.WAITING,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": Outcome.WAITING,
    "INVALID_SENDING_POOL_NAME": Outcome.WAITING,
    "TEMPLATE_NOT_FOUND": Outcome.FAILED,
    "MESSAGE_REJECTED": Outcome.FAILED,
    "INVALID_PARAMETER": Outcome.FAILED,
    "INVALID_PARAMETER_VALUE": Outcome.FAILED,
    "FAILED": Outcome.UNKNOWN,
}

# The same for a call that was answered with an error as a whole.
ERRORS = {
    "TooManyRequestsException": Outcome.WAITING,
    "ThrottlingException": Outcome.WAITING,
    "LimitExceededException": Outcome.WAITING,
    "AccountSuspendedException": Outcome.WAITING,
    "SendingPausedException": Outcome.WAITING,
    "MailFromDomainNotVerifiedException": Outcome.WAITING,
    "NotFoundException": Outcome.WAITING,
    "AccessDeniedException": Outcome.WAITING,
    "ExpiredTokenException": Outcome.WAITING,
    "MessageRejected": Outcome.FAILED,
    "BadRequestException": Outcome.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One person in a call. ``values`` fill the letter's marks; ``headers`` are this person's own."""

    hash: str
    address: str
    values: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one call sends: a letter, its recipients, and what is the same for all of them.

    ``tags`` travel with every event SES reports of these mails; ``headers`` are everybody's.
    """

    series: Series
    letter: Letter
    recipients: tuple[Recipient, ...]
    tags: Mapping[str, str]
    headers: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()


class Mailer:
    """Sends parcels. ``configuration_sets`` keep announcements and transactional mail apart in SES's reputation and events."""

    def __init__(self, client: SESV2Client, configuration_sets: Mapping[Lane, str]) -> None:
        self.client = client
        self.configuration_sets = configuration_sets

    def send(self, parcel: Parcel, lane: Lane) -> dict[str, Delivery]:
        """What became of each recipient, by hash. Never raises for what SES or the network does."""
        call = self._send_one if len(parcel.recipients) == 1 else self._send_many
        try:
            return call(parcel, self.configuration_sets[lane])
        except ClientError as error:
            told = error.response["Error"]
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            outcome = ERRORS.get(told["Code"], Outcome.UNKNOWN if status >= 500 else Outcome.FAILED)  # noqa: PLR2004
            reason = told["Code"]
        except (NotConnected, HTTPClientError) as error:
            # Only where no connection was made is it certain that nothing was sent.
            outcome = Outcome.WAITING if isinstance(error, EndpointConnectionError) else Outcome.UNKNOWN
            reason = type(error).__name__
        return {one.hash: Delivery(outcome=outcome, reason=reason) for one in parcel.recipients}

    def _send_one(self, parcel: Parcel, configuration_set: str) -> dict[str, Delivery]:
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
        return {person.hash: Delivery(outcome=Outcome.SENT, message_id=answer["MessageId"])}

    def _send_many(self, parcel: Parcel, configuration_set: str) -> dict[str, Delivery]:
        template: dict[str, Any] = {
            "TemplateContent": parcel.letter.as_template(),
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
        return {
            person.hash: Delivery(
                outcome=ANSWERS.get(result["Status"], Outcome.UNKNOWN),
                reason="" if result["Status"] == "SUCCESS" else result["Status"],
                message_id=result.get("MessageId", ""),
            )
            for person, result in zip(parcel.recipients, answer["BulkEmailEntryResults"], strict=True)
        }


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
