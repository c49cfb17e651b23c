"""Whom an answer of SES concerns waits, and nobody else: each class of answers, on two series and both lanes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, NamedTuple

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import NoCredentialsError, ParamValidationError

from chalicelib.aws.fast_calls import ASIDE
from chalicelib.usecases.tick import SendingStopped
from tests.builders import a_subscriber, organised
from tests.faults.books import books
from tests.faults.life import SENDING, Life
from tests.faults.people import announce, announced, asked_to_register
from tests.stage import listening

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

COFFEE, READING = "kaffee@campus.example.org", "lesen@campus.example.org"
ARN = "arn:aws:ses:eu-central-1:123456789012:"
NOT_VERIFIED = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: "


class Call(NamedTuple):
    """What a call asks of SES: from whom, to whom, with which configuration set."""

    bulk: bool
    sender: str
    to: list[str]
    configuration_set: str


class Error(NamedTuple):
    """To a call as a whole."""

    code: str
    message: str = ""
    status: int = 400


class Entries(NamedTuple):
    """To each entry of a bulk call; a call for one person gets ``alone``."""

    status: str
    alone: Error
    message: str = ""


Answer = Error | Entries | Exception


@dataclass
class Ses:
    """Answers calls that ``concerns`` picks with ``answer`` instead of doing them, as long as ``answer`` is set.

    Keeps all calls.
    """

    answer: Answer | None
    concerns: Callable[[Call], bool]
    calls: list[Call] = field(default_factory=list)

    def __call__(self, model: Any, params: Any, context: Any, **_: Any) -> Any:
        if model.name not in SENDING:
            return None
        call = _read(context[ASIDE][0] if ASIDE in context else json.loads(params["body"]))
        self.calls.append(call)
        if self.answer is None or not self.concerns(call):
            return None
        if isinstance(self.answer, Exception):
            raise self.answer
        return _answered(self.answer, call)


def _read(body: dict[str, Any]) -> Call:
    entries = body.get("BulkEmailEntries") or [body]
    to = [address for entry in entries for address in entry["Destination"]["ToAddresses"]]
    return Call("BulkEmailEntries" in body, parseaddr(body["FromEmailAddress"])[1], to, body["ConfigurationSetName"])


def _answered(answer: Error | Entries, call: Call) -> tuple[AWSResponse, dict[str, Any]]:
    if isinstance(answer, Entries) and call.bulk:
        results = [{"Status": answer.status, "Error": answer.message} for _ in call.to]
        return AWSResponse("", 200, {}, None), {"BulkEmailEntryResults": results}
    error = answer.alone if isinstance(answer, Entries) else answer
    told = {"Code": error.code, "Message": error.message}
    return AWSResponse("", error.status, {}, None), {
        "Error": told,
        "ResponseMetadata": {"HTTPStatusCode": error.status},
    }


@contextmanager
def refusing(life: Life, answer: Answer, concerns: Callable[[Call], bool] = lambda _: True) -> Iterator[Ses]:
    ses = Ses(answer, concerns)
    with listening(life.stage.world.mailer.client, "before-call.sesv2", ses):
        yield ses


def two_series(life: Life) -> tuple[str, str]:
    """Two editions, announced to three readers each and registered for by one; nothing has been worked on yet."""
    made = []
    for slug, sender in (("kaffeepause", COFFEE), ("lesekreis", READING)):
        edition = organised(life.stage, publish=False, series={"slug": slug, "sender_address": sender})
        for number in range(3):
            address = f"{slug}-{number}@example.org"
            hash_ = life.stage.world.addresses.hash(address)
            life.stage.world.store.changes().save(a_subscriber(series=slug, hash=hash_, address=address)).commit()
        announce(life, edition)
        asked_to_register(life, edition, f"{slug}-guest")
        made.append(edition)
    return made[0], made[1]


EVERYBODY = sorted(
    f"{slug}-{who}@example.org" for slug in ("kaffeepause", "lesekreis") for who in ("0", "1", "2", "guest")
)


def arrived(life: Life) -> list[str]:
    return sorted(mail["to"] for mail in life.stage.inbox())


def reasons(life: Life) -> set[str]:
    return {outcome for outcome in books(life.stage).outcomes() if outcome not in ("sent", "waiting")}


def alarm(life: Life) -> str:
    """What the tick's alarm says; nothing where it does not ring."""
    try:
        life.stage.tick()
    except SendingStopped as stopped:
        return str(stopped)
    return ""


def mailing_of(life: Life, edition: str) -> dict[str, Any]:
    """The announcement, as the API shows it."""
    listed = life.stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    (found,) = [one["id"] for one in listed if one["message"] == "announcement"]
    status, shown = life.stage.api("GET", f"/mailings/{found}")
    assert status == 200
    return dict(shown)


def assert_everybody_has_one_mail(life: Life) -> None:
    assert arrived(life) == EVERYBODY
    assert set(books(life.stage).outcomes()) == {"sent"}
    assert books(life.stage).problems() == []


def denied(resource: str, code: str = "AccessDeniedException") -> Error:
    return Error(
        code,
        f"User `arn:aws:sts::123456789012:assumed-role/a/b' is not authorized to perform `ses:SendEmail' on resource `{resource}'",
        403,
    )


OF_THE_IDENTITY = [
    pytest.param(denied(f"{ARN}identity/{COFFEE}"), COFFEE, id="no right to the address"),
    pytest.param(denied(f"{ARN}identity/{COFFEE}", "AccessDenied"), COFFEE, id="in the words of SES's first version"),
    pytest.param(Error("AccessDeniedException", "", 403), COFFEE, id="no right to something unnamed"),
    pytest.param(Error("MessageRejected", NOT_VERIFIED + f"Campus <{COFFEE}>"), COFFEE, id="not verified"),
    pytest.param(Error("MessageRejected", NOT_VERIFIED + f"mia@example.org, {COFFEE.upper()}"), COFFEE, id="nor the recipient"),
    pytest.param(Error("MessageRejected", "Email address is not verified."), COFFEE, id="not verified, unnamed"),
    pytest.param(Error("MailFromDomainNotVerifiedException"), COFFEE, id="MAIL FROM domain"),
    pytest.param(
        Entries("MAIL_FROM_DOMAIN_NOT_VERIFIED", Error("MailFromDomainNotVerifiedException")), COFFEE, id="MAIL FROM domain, by entry"
    ),
    pytest.param(
        Entries("MESSAGE_REJECTED", Error("MessageRejected", NOT_VERIFIED + COFFEE), NOT_VERIFIED + COFFEE),
        COFFEE,
        id="not verified, by entry",
    ),
]  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize(("answer", "identity"), OF_THE_IDENTITY)
def test_a_refused_sender_halts_its_series_only(life: Life, answer: Answer, identity: str) -> None:
    edition, other = two_series(life)
    with refusing(life, answer, lambda call: call.sender == COFFEE) as ses:
        life.work()
        life.wait(2 * HOUR)
        assert arrived(life) == [person for person in EVERYBODY if person.startswith("lesekreis")]
        assert set(books(life.stage).outcomes()) <= {"sent", "waiting", *reasons(life)}
        assert all(reason.startswith("waiting: ") for reason in reasons(life))
        assert alarm(life).startswith(f"identity/{identity}: ")
        shown = mailing_of(life, edition)["waits"]
        assert shown["scope"] == f"identity/{identity}"
        assert f"accepts no mail from {identity} at the moment" in shown["detail"]
        assert mailing_of(life, other)["waits"] is None
        asked = sum(call.sender == COFFEE for call in ses.calls)
        assert asked <= 2 * 9, "twice for each quarter of an hour: a mail and a batch at the same moment"
        ses.answer = None
        life.wait(HOUR)
    assert_everybody_has_one_mail(life)
    assert alarm(life) == ""
    assert mailing_of(life, edition)["waits"] is None


def test_a_refused_domain_halts_all_that_write_from_it(life: Life) -> None:
    edition, other = two_series(life)
    with refusing(life, denied(f"{ARN}identity/example.org")) as ses:
        life.work()
        assert arrived(life) == []
        assert len(ses.calls) == 1
        assert alarm(life) == "identity/example.org: AccessDeniedException"
        assert mailing_of(life, edition)["waits"]["scope"] == mailing_of(life, other)["waits"]["scope"]
        ses.answer = None
        life.wait(HOUR)
    assert_everybody_has_one_mail(life)


BROADCAST = "kaffeepause-broadcast"

OF_THE_LANE = [
    pytest.param(denied(f"{ARN}configuration-set/{BROADCAST}"), id="no right to it"),
    pytest.param(denied(f"{ARN}template/*"), id="no right to a template"),
    pytest.param(Error("NotFoundException", f"Configuration set <{BROADCAST}> does not exist.", 404), id="not there"),
    *(
        pytest.param(Entries(status, Error("NotFoundException")), id=status)
        for status in ("CONFIGURATION_SET_NOT_FOUND", "CONFIGURATION_SET_DOES_NOT_EXIST", "CONFIGURATION_SET_SENDING_PAUSED",
                       "INVALID_SENDING_POOL_NAME")
    ),
    pytest.param(Error("MessageRejected", "Email sending is disabled for the configuration set."), id="switched off"),
]  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize("answer", OF_THE_LANE)
def test_a_refused_configuration_set_halts_its_lane_only(life: Life, answer: Answer) -> None:
    edition, other = two_series(life)
    with refusing(life, answer, lambda call: call.configuration_set == BROADCAST) as ses:
        life.work()
        assert arrived(life) == [person for person in EVERYBODY if person.endswith("guest@example.org")]
        assert len([call for call in ses.calls if call.bulk]) == 1, "the other series' announcement is not even tried"
        life.wait(HOUR)
        assert all(reason.startswith("waiting: ") for reason in reasons(life))
        assert alarm(life).startswith("lane/broadcast: ")
        for one in (edition, other):
            assert mailing_of(life, one)["waits"]["scope"] == "lane/broadcast"
        ses.answer = None
        life.wait(HOUR)
    assert_everybody_has_one_mail(life)


OF_THE_ACCOUNT = [
    pytest.param(Error("AccountSuspendedException"), id="suspended"),
    pytest.param(Error("SendingPausedException"), id="paused"),
    pytest.param(Error("MessageRejected", "Sending suspended for this account. For more information, …"), id="suspended, as a rejection"),
    pytest.param(Error("InvalidClientTokenId", "The security token included in the request is invalid.", 403), id="credentials"),
    pytest.param(Error("SignatureDoesNotMatch", "", 403), id="signature"),
    pytest.param(Error("RequestExpired"), id="clock"),
    pytest.param(Error("ExpiredTokenException", "", 403), id="an expired token"),
    pytest.param(Error("OptInRequired", "", 403), id="contract"),
    pytest.param(Error("MessageRejected", NOT_VERIFIED + "kaffeepause-0@example.org"), id="a recipient in the sandbox"),
    pytest.param(denied(f"{ARN}identity/kaffeepause-0@example.org"), id="a recipient's identity in the sandbox"),
    pytest.param(Entries("ACCOUNT_SUSPENDED", Error("AccountSuspendedException")), id="ACCOUNT_SUSPENDED"),
    pytest.param(Entries("ACCOUNT_SENDING_PAUSED", Error("SendingPausedException")), id="ACCOUNT_SENDING_PAUSED"),
    pytest.param(NoCredentialsError(), id="no credentials at all"),
]  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize("answer", OF_THE_ACCOUNT)
def test_what_concerns_the_account_halts_everything_and_fails_nobody(life: Life, answer: Answer) -> None:
    edition, _ = two_series(life)
    with refusing(life, answer) as ses:
        life.work()
        assert len(ses.calls) == 1
        life.wait(HOUR)
        assert arrived(life) == []
        assert all(reason.startswith("waiting: ") for reason in reasons(life))
        assert alarm(life).startswith("account: ")
        assert "accepts no mail of this account at the moment" in mailing_of(life, edition)["waits"]["detail"]
        ses.answer = None
        life.wait(HOUR)
    assert_everybody_has_one_mail(life)


UNLISTED = [
    pytest.param(Error("SomethingNewException"), "SomethingNewException", id="an error"),
    pytest.param(Error("InvalidParameterValue"), "InvalidParameterValue", id="an error of AWS's about our call"),
    pytest.param(Entries("SOMETHING_NEW", Error("SOMETHING_NEW")), "SOMETHING_NEW", id="an entry's status"),
    pytest.param(Entries("TEMPLATE_NOT_FOUND", Error("TEMPLATE_NOT_FOUND")), "TEMPLATE_NOT_FOUND", id="a template of ours"),
    pytest.param(ParamValidationError(report="Missing required parameter"), "ParamValidationError", id="botocore refuses"),
]  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize(("answer", "reason"), UNLISTED)
def test_an_answer_that_nobody_listed_waits_by_itself_and_is_seen(life: Life, answer: Answer, reason: str) -> None:
    edition, _ = two_series(life)
    with refusing(life, answer, lambda call: call.sender == COFFEE) as ses:
        life.work()
        life.wait(HOUR)
        assert arrived(life) == [person for person in EVERYBODY if person.startswith("lesekreis")]
        assert reasons(life) == {f"waiting: {reason}"}
        assert alarm(life) == f"unlisted: {reason}"
        shown = mailing_of(life, edition)
        assert (shown["waits"], shown["reasons"]) == (None, {"waiting": {reason: 3}})
        before = len(ses.calls)
        life.wait(30 * MINUTE)
        assert len(ses.calls) - before <= 2 * 7, (
            "each of the two batches every five minutes, however long it has waited"
        )
        ses.answer = None
        life.wait(HOUR)
    assert_everybody_has_one_mail(life)
    assert alarm(life) == ""


ABOUT_ONE = [
    pytest.param(Error("BadRequestException", "Invalid address."), id="bad request"),
    pytest.param(Error("MessageRejected", "Address blacklisted."), id="rejected"),
]


@pytest.mark.parametrize("answer", ABOUT_ONE)
def test_a_call_refused_because_of_one_recipient_fails_that_one_and_reaches_all_others(
    life: Life, answer: Error
) -> None:
    announced(life, 50)
    with refusing(life, answer, lambda call: "reader-7@example.org" in call.to) as ses:
        life.work()
        life.wait(HOUR)
    assert books(life.stage).outcomes() == {"sent": 49, f"failed: {answer.code}": 1}
    assert books(life.stage).problems() == []
    assert "reader-7@example.org" not in arrived(life)
    assert len(ses.calls) <= 13, "by halves: 50, 25, 13, 7, 4, 2, 1 and the other half of each"


def test_a_message_that_ses_refuses_for_everybody_has_failed_for_everybody_and_is_not_tried_again(life: Life) -> None:
    announced(life, 10)
    answer = Error("MessageRejected", "The message contains a virus.")
    with refusing(life, answer) as ses:
        life.work()
        asked = len(ses.calls)
        life.wait(3 * HOUR)
    assert books(life.stage).outcomes() == {"failed: MessageRejected": 10}
    assert asked == len(ses.calls) == 19


def test_a_corrected_sender_needs_no_more_than_the_end_of_the_halt(life: Life) -> None:
    edition, _ = two_series(life)
    with refusing(life, denied(f"{ARN}identity/{COFFEE}"), lambda call: call.sender == COFFEE):
        life.work()
        life.stage.api("PATCH", "/series/kaffeepause", {"sender_address": "pause@campus.example.org"})
        assert mailing_of(life, edition)["waits"] is None
        life.wait(20 * MINUTE)
    assert_everybody_has_one_mail(life)


def test_the_alarm_rings_in_every_minute_of_a_halt_also_where_nothing_is_due(life: Life) -> None:
    two_series(life)
    with refusing(life, Error("SendingPausedException")):
        life.work()
        for _ in range(14):
            assert alarm(life) == "account: SendingPausedException"
            life.stage.clock.turn(by=MINUTE)
