"""How a mail leaves: one SES call, never repeated by the client, and what its answer means.

SES has no idempotency token, so an answer we did not get may still have sent the mail. Every outcome is classified here and nowhere
else.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from chalicelib.domain import halt as scopes
from chalicelib.domain.delivery import BATCH_SIZE, Delivery, Outcome
from chalicelib.domain.halt import Stop, identities
from chalicelib.domain.mails import Lane
from chalicelib.domain.series import Series
from chalicelib.mail.mime import Attachment, assemble, mailbox
from chalicelib.mail.pace import Pace
from chalicelib.mail.render import Letter

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class Concern(Enum):
    """Whom an answer concerns beyond the mails that it was given to."""

    NOBODY = auto()
    ACCOUNT = auto()
    QUOTA = auto()
    LANE = auto()
    IDENTITY = auto()
    SOMEBODY_LOOKS = auto()
    """Nobody else, but it has to be seen: only the mails themselves wait."""


class Meaning(NamedTuple):
    """``identity`` is the one SES named, where it concerns one; else the sender's address."""

    outcome: Outcome
    concern: Concern = Concern.NOBODY
    identity: str = ""


SENT = Meaning(Outcome.SENT)
NOT_YET = Meaning(Outcome.WAITING)
QUOTA = Meaning(Outcome.WAITING, Concern.QUOTA)
ACCOUNT = Meaning(Outcome.WAITING, Concern.ACCOUNT)
LANE = Meaning(Outcome.WAITING, Concern.LANE)
IDENTITY = Meaning(Outcome.WAITING, Concern.IDENTITY)
UNLISTED = Meaning(Outcome.WAITING, Concern.SOMEBODY_LOOKS)
REFUSED = Meaning(Outcome.FAILED)
NOBODY_KNOWS = Meaning(Outcome.UNKNOWN)

QUOTA_PAUSE = timedelta(hours=1)
"""SES counts its quota over a rolling day."""

PAUSE = timedelta(minutes=15)
"""Whatever else is halted is asked for again now and then."""

# Every answer to one entry of a bulk call (SES API v2, BulkEmailEntryResult.Status) but for MESSAGE_REJECTED, whose text decides.
ANSWERS = {
    "SUCCESS": SENT,
    "ACCOUNT_THROTTLED": NOT_YET,
    "TRANSIENT_FAILURE": NOT_YET,
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": QUOTA,
    "ACCOUNT_SUSPENDED": ACCOUNT,
    "ACCOUNT_SENDING_PAUSED": ACCOUNT,
    "CONFIGURATION_SET_SENDING_PAUSED": LANE,
    "CONFIGURATION_SET_NOT_FOUND": LANE,
    "CONFIGURATION_SET_DOES_NOT_EXIST": LANE,
    "INVALID_SENDING_POOL_NAME": LANE,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": IDENTITY,
    "INVALID_PARAMETER": REFUSED,
    "INVALID_PARAMETER_VALUE": REFUSED,
    # Our templates are in the call itself: that SES looks for one is not the recipient's fault.
    "TEMPLATE_NOT_FOUND": UNLISTED,
    "FAILED": NOBODY_KNOWS,
}

THROTTLED = (
    "TooManyRequestsException",
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
)

# Credentials, signature, clock, contract with AWS ("Common errors" of the AWS API references, and what botocore knows besides).
OURS = (
    "AccountSuspendedException",
    "AccountSendingPausedException",
    "SendingPausedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignature",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotSignedUp",
    "OptInRequired",
    "PendingVerification",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "SubscriptionRequiredException",
    "TokenRefreshRequired",
    "UnrecognizedClient",
    "UnrecognizedClientException",
)

# Every answer to a call as a whole (SES API v2, errors of SendEmail and SendBulkEmail, and of AWS itself), but for those whose text
# decides (DENIED, MessageRejected).
ERRORS = {
    **dict.fromkeys(THROTTLED, NOT_YET),
    **dict.fromkeys(OURS, ACCOUNT),
    "RequestTimeoutException": NOT_YET,
    "LimitExceededException": QUOTA,
    "MailFromDomainNotVerifiedException": IDENTITY,
    "ConfigurationSetDoesNotExistException": LANE,
    "ConfigurationSetSendingPausedException": LANE,
    # The configuration set is all that we name in a call.
    "NotFoundException": LANE,
    "BadRequestException": REFUSED,
    # The connection ended before the answer: as good as none.
    "RequestAbortedException": NOBODY_KNOWS,
}

DENIED = ("AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation", "UnauthorizedException")

SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429

# botocore found before the call that it cannot be made.
NO_CONNECTION = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, NoRegionError)

RESOURCE = re.compile(r"arn:[\w-]+:ses:[\w-]*:\d*:([\w-]+)/([^\s`'\"<>,;]+)", re.ASCII)
"""What an ARN in a text names: its kind and its name."""

ADDRESS = re.compile(r"[^\s`'\"<>,;:()]+@[^\s`'\"<>,;:()]+")
NOT_VERIFIED = re.compile(
    r"(e-?mail address|identit(y|ies)|domain)\b.*\bnot verified|failed the check in region", re.IGNORECASE | re.DOTALL
)
NOT_SENDING = re.compile(r"\bsending\b.*\b(suspended|paused|disabled)\b", re.IGNORECASE | re.DOTALL)


def meaning_of(error: ClientError | BotoCoreError, *, sender: str = "") -> Meaning:
    """Of a call that was answered with an error, or with nothing. Only where no connection was made is it certain that nothing was sent.

    What nobody listed waits: SES refused it, so nothing was sent, but that is not known to be about the recipient.
    """
    if isinstance(error, ClientError):
        return _answered(error, sender)
    if isinstance(error, NO_CONNECTION):
        return NOT_YET
    if isinstance(error, NO_CREDENTIALS):
        return ACCOUNT
    # botocore checks types and presence, which no recipient decides: it is our call that is wrong.
    return UNLISTED if isinstance(error, ParamValidationError) else NOBODY_KNOWS


def _answered(error: ClientError, sender: str) -> Meaning:
    told = error.response["Error"]
    code, text = told["Code"], told.get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in DENIED:
        return denied(text, sender)
    if code == "MessageRejected":
        return rejected(text, sender)
    if (code in THROTTLED or status == TOO_MANY_REQUESTS) and "quota" in text.lower():
        return QUOTA
    if code in ERRORS:
        return ERRORS[code]
    if status >= SERVER_ERROR:
        return NOBODY_KNOWS
    return NOT_YET if status == TOO_MANY_REQUESTS else UNLISTED


def meaning_of_entry(status: str, text: str, *, sender: str) -> Meaning:
    """Of one entry's result in the answer to a bulk call."""
    return rejected(text, sender) if status == "MESSAGE_REJECTED" else ANSWERS.get(status, UNLISTED)


def denied(text: str, sender: str) -> Meaning:
    """We lack a right: to the configuration set (one for each lane), or to an identity. SES names the resource."""
    named = RESOURCE.search(text)
    if named and named[1] in ("configuration-set", "template"):
        return LANE
    return _about_identities([named[2].rstrip(".")] if named and named[1] == "identity" else [], sender)


def rejected(text: str, sender: str) -> Meaning:
    """``MessageRejected`` has one code for all reasons: only the text tells the message's from the identity's and the account's."""
    if NOT_VERIFIED.search(text):
        return _about_identities([named.rstrip(".") for named in ADDRESS.findall(text)], sender)
    if NOT_SENDING.search(text):
        return LANE if "configuration set" in text.lower() else ACCOUNT
    return REFUSED


def _about_identities(named: list[str], sender: str) -> Meaning:
    """An identity that is not the sender's is a recipient's: only an account in the sandbox asks for those."""
    own = [name for name in named if name.lower() in identities(sender)]
    if named and not own:
        return ACCOUNT
    return IDENTITY._replace(identity=own[0] if own else "")


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
    """What became of each recipient, by hash, and what SES's answers mean for everybody else."""

    deliveries: dict[str, Delivery]
    stops: tuple[Stop, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether it makes sense to hand SES the next mails at once."""
        return not self.stops and all(one.outcome is not Outcome.WAITING for one in self.deliveries.values())


class Mailer:
    """Sends parcels, at the lane's pace. ``configuration_sets`` keep announcements and transactional mail apart in SES's reputation."""

    def __init__(self, client: SESV2Client, configuration_sets: Mapping[Lane, str], paces: Mapping[Lane, Pace]) -> None:
        self.client = client
        self.configuration_sets = configuration_sets
        self.paces = paces

    def send(self, parcel: Parcel, lane: Lane, *, until: float = float("inf")) -> Sent:
        """Never raises for what SES or the network does, and never hands SES a mail again that it may have taken.

        One call, unless SES allows this account fewer mails a second than the parcel has recipients, or refuses the call as a whole:
        then whom that is about is found by halves. Whom it does not come to before ``until`` (``time.monotonic``) still waits.
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
            found = meaning_of(error, sender=parcel.series.sender_address)
            if found.outcome is Outcome.FAILED and len(parcel.recipients) > 1:
                return None
            reason = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            return _sent(parcel, lane, dict.fromkeys((one.hash for one in parcel.recipients), (found, reason, "")))

    def _send_one(self, parcel: Parcel, lane: Lane) -> Sent:
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
            "FromEmailAddress": mailbox(parcel.series.sender_name, parcel.series.sender_address),
            "DefaultContent": {"Template": template},
            "DefaultEmailTags": _tags(parcel.tags),
            "BulkEmailEntries": [_entry(parcel.letter, person) for person in parcel.recipients],
            "ConfigurationSetName": self.configuration_sets[lane],
        }
        if parcel.series.reply_to:
            asked["ReplyToAddresses"] = [parcel.series.reply_to]
        answer = self.client.send_bulk_email(**asked)
        told: dict[str, _Told] = {}
        for person, result in zip(parcel.recipients, answer["BulkEmailEntryResults"], strict=True):
            found = meaning_of_entry(result["Status"], result.get("Error", ""), sender=parcel.series.sender_address)
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
    stops = [stop for meaning, word, _ in told.values() if (stop := _stop(meaning, word, parcel, lane))]
    return Sent(deliveries, tuple({stop.scope: stop for stop in stops}.values()))


def _stop(meaning: Meaning, word: str, parcel: Parcel, lane: Lane) -> Stop | None:
    match meaning.concern:
        case Concern.QUOTA:
            return Stop(scopes.ACCOUNT, word, QUOTA_PAUSE, alarm=False)
        case Concern.ACCOUNT:
            return Stop(scopes.ACCOUNT, word, PAUSE)
        case Concern.LANE:
            return Stop(scopes.lane_scope(lane), word, PAUSE)
        case Concern.IDENTITY:
            return Stop(scopes.identity_scope(meaning.identity or parcel.series.sender_address), word, PAUSE)
        case Concern.SOMEBODY_LOOKS:
            return Stop(scopes.UNLISTED, word, PAUSE)
    return None


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


def _reply_to(series: Series) -> dict[str, str]:
    return {"Reply-To": series.reply_to} if series.reply_to else {}


def outcomes(deliveries: Iterable[Delivery]) -> dict[str, int]:
    """How many of each outcome, for the log: numbers, never names."""
    counted: dict[str, int] = {}
    for delivery in deliveries:
        counted[delivery.outcome.value] = counted.get(delivery.outcome.value, 0) + 1
    return counted
