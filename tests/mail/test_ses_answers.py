"""Every answer that SES and AWS are known to give, and what it means: ``failed`` is only what is said of one recipient
or one message."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from chalicelib.mail.verdicts import (
    ACCOUNT,
    ANSWERS,
    DENIED,
    ERRORS,
    IDENTITY,
    LANE,
    NOBODY_KNOWS,
    NOT_YET,
    OURS,
    QUOTA,
    REFUSED,
    UNLISTED,
    Meaning,
    meaning_of,
    meaning_of_entry,
)

SENDER = "kaffee@sub.example.org"
ARN = "arn:aws:ses:eu-central-1:123456789012:"
FAILED_CHECK = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: "


def client_error(code: str, message: str = "", status: int = 400) -> ClientError:
    told: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "SendEmail")


def test_every_error_and_status_of_the_model_is_listed() -> None:
    model = botocore.session.get_session().get_service_model("sesv2")
    errors = {
        error.name for call in ("SendEmail", "SendBulkEmail") for error in model.operation_model(call).error_shapes
    }
    assert len(errors) >= 8
    assert errors <= {*ERRORS, "MessageRejected"}
    statuses = model.shape_for("BulkEmailStatus").enum  # type: ignore[attr-defined]
    assert len(statuses) >= 14
    assert set(statuses) <= {*ANSWERS, "MESSAGE_REJECTED"}


@pytest.mark.parametrize("code", OURS)
def test_account_credentials_signature_and_clock_are_the_accounts(code: str) -> None:
    assert meaning_of(client_error(code, status=403), sender=SENDER) == ACCOUNT


@pytest.mark.parametrize(
    "code",
    ["ValidationError", "ValidationException", "MalformedQueryString", "MissingParameter", "InvalidAction", "UnknownOperationException",
     "MalformedHttpRequestException", "RequestEntityTooLargeException", "InternalFailure", "ServiceUnavailable", "NobodyKnowsMe"],
)  # fmt: skip
def test_what_nobody_listed_waits_and_is_seen_but_behind_a_server_error_nobody_knows(code: str) -> None:
    assert meaning_of(client_error(code)) == UNLISTED
    assert meaning_of(client_error(code, status=500)) == NOBODY_KNOWS


@pytest.mark.parametrize(
    ("code", "message", "status", "meaning"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded.", 429, NOT_YET),
        ("TooManyRequestsException", "Daily message quota exceeded.", 429, QUOTA),
        ("Throttling", "Daily message quota exceeded.", 400, QUOTA),
        ("SomethingNew", "", 429, NOT_YET),
        ("LimitExceededException", "", 400, QUOTA),
        ("RequestTimeoutException", "", 408, NOT_YET),
        ("RequestAbortedException", "", 400, NOBODY_KNOWS),
        ("NotFoundException", "Configuration set <x> does not exist.", 404, LANE),
        ("BadRequestException", "Invalid address.", 400, REFUSED),
    ],
)
def test_other_errors(code: str, message: str, status: int, meaning: Meaning) -> None:
    assert meaning_of(client_error(code, message, status), sender=SENDER) == meaning


@pytest.mark.parametrize("code", DENIED)
@pytest.mark.parametrize(
    ("resource", "meaning"),
    [
        (f"`{ARN}configuration-set/kaffeepause-broadcast'", LANE),
        (f"{ARN}template/*", LANE),
        (f"`{ARN}identity/{SENDER}'", IDENTITY._replace(identity=SENDER)),
        (f"{ARN}identity/sub.example.org because no identity-based policy allows it", IDENTITY._replace(identity="sub.example.org")),
        (f"{ARN}identity/example.org.", IDENTITY._replace(identity="example.org")),
        (f"{ARN}identity/mia@example.net", ACCOUNT),
        (f"{ARN}identity/ample.org", ACCOUNT),
        ("something else", IDENTITY),
    ],
)  # fmt: skip
def test_a_denied_right_concerns_the_resource_that_is_named(code: str, resource: str, meaning: Meaning) -> None:
    text = f"User `arn:aws:sts::1:assumed-role/a/b' is not authorized to perform `ses:SendEmail' on resource {resource}"
    assert meaning_of(client_error(code, text, 403), sender=SENDER) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (FAILED_CHECK + SENDER, IDENTITY._replace(identity=SENDER)),
        (FAILED_CHECK + f'"Kaffee, Campus" <{SENDER}>, mia@example.net', IDENTITY._replace(identity=SENDER)),
        (FAILED_CHECK + "mia@example.net", ACCOUNT),
        (FAILED_CHECK, IDENTITY),
        ("Email address is not verified.", IDENTITY),
        ("Sending suspended for this account. For more information, please check the inbox.", ACCOUNT),
        ("Email sending is disabled for the configuration set x.", LANE),
        ("The message contains a virus.", REFUSED),
        ("Address blacklisted.", REFUSED),
        ("", REFUSED),
    ],
)
def test_a_rejection_is_the_messages_but_where_its_text_says_otherwise(text: str, meaning: Meaning) -> None:
    assert meaning_of(client_error("MessageRejected", text), sender=SENDER) == meaning
    assert meaning_of_entry("MESSAGE_REJECTED", text, sender=SENDER) == meaning


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (EndpointConnectionError(endpoint_url="x"), NOT_YET),
        (ConnectTimeoutError(endpoint_url="x"), NOT_YET),
        (ReadTimeoutError(endpoint_url="x"), NOBODY_KNOWS),
        (PartialCredentialsError(provider="x", cred_var="y"), ACCOUNT),
        (CredentialRetrievalError(provider="x", error_msg="y"), ACCOUNT),
        (NoRegionError(), ACCOUNT),
        (ParamValidationError(report="x"), UNLISTED),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_botocore_finds_before_the_call_was_not_sent(error: Any, meaning: Meaning) -> None:
    assert meaning_of(error) == meaning
