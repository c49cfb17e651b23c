"""What SES's answers mean: for the mail, and for everybody else.

SES has no idempotency token, so an answer we did not get may still have sent the mail. Every outcome is classified here
and nowhere else.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import Enum, auto
from typing import NamedTuple

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
from chalicelib.domain.delivery import Outcome
from chalicelib.domain.halt import Stop, identities
from chalicelib.domain.mails import Lane


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

# Every answer to one entry of a bulk call (SES API v2, BulkEmailEntryResult.Status) but for MESSAGE_REJECTED, whose
# text decides.
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

# Credentials, signature, clock, contract with AWS ("Common errors" of the AWS API references, and what botocore knows
# besides).
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

# Every answer to a call as a whole (SES API v2, errors of SendEmail and SendBulkEmail, and of AWS itself), but for
# those whose text decides (DENIED, MessageRejected).
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
    """Of a call that was answered with an error, or with nothing.

    Only where no connection was made is it certain that nothing was sent.

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
    """``MessageRejected`` has one code for all reasons: only the text tells the message's from the identity's and the
    account's."""
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


def stop_of(meaning: Meaning, word: str, *, sender: str, lane: Lane) -> Stop | None:
    """What is to wait besides the mails that got the answer; ``word`` is SES's own for it."""
    match meaning.concern:
        case Concern.QUOTA:
            return Stop(scopes.ACCOUNT, word, QUOTA_PAUSE, alarm=False)
        case Concern.ACCOUNT:
            return Stop(scopes.ACCOUNT, word, PAUSE)
        case Concern.LANE:
            return Stop(scopes.lane_scope(lane), word, PAUSE)
        case Concern.IDENTITY:
            return Stop(scopes.identity_scope(meaning.identity or sender), word, PAUSE)
        case Concern.SOMEBODY_LOOKS:
            return Stop(scopes.UNLISTED, word, PAUSE)
    return None
