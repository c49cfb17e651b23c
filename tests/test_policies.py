"""The policies of the functions against the calls they make: none without a right, and no right without a call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from chalicelib import world as worlds
from chalicelib.usecases.tick import SendingStopped
from chalicelib.web.methods import offered
from infra.models import CALLED
from tests.builders import end_link, organised, registered, subscribed
from tests.faults.people import readers
from tests.forms import FILLED_IN, Form, connected, secrets_of
from tests.rights import RECORDER, Recorder, Right, by_lambda, functions, granted, running
from tests.stage import Stage, stage
from tests.upgrades import before_counts_were_kept

RHYTHM = {"rule": "FREQ=MONTHLY;BYDAY=2WE", "at": "14:30", "holiday_region": "DE-BE"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Heard:
    """What was asked while everything happened, of AWS and of the API."""

    rights: frozenset[Right]
    operations: frozenset[str]
    requests: frozenset[tuple[str, str]]
    routes: dict[str, Iterable[str]]


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    with stage() as on_stage:
        everything(on_stage)
        yield Heard(
            frozenset(RECORDER.asked),
            frozenset(RECORDER.operations),
            frozenset(RECORDER.requests),
            {path: offered(entries) for path, entries in on_stage.app.routes.items()},
        )


def test_no_call_without_a_right_and_no_right_without_a_call(heard: Heard) -> None:
    """Where this fails, it names the right and the file.

    Whoever adds a call of a new kind lets the story below come to it.
    """
    lambdas = {right for function in functions() for right in by_lambda(function)}
    assert lambdas <= granted()
    wrong = [f"{right} is called and not allowed: add it there" for right in heard.rights - granted()]
    wrong += [
        f"{right} is allowed and never called: take it out, or let everything() in tests/test_policies.py come to it"
        for right in granted() - heard.rights - lambdas
    ]
    assert not wrong, "\n".join(sorted(wrong))


def test_the_zip_knows_every_operation_that_is_called_and_no_other(heard: Heard) -> None:
    assert {operation for operations in CALLED.values() for operation in operations} == heard.operations


def test_the_story_comes_to_every_function_and_route(heard: Heard) -> None:
    # The authorizer compares a key with what it is configured with, and asks nobody.
    assert {right.function for right in heard.rights} == set(functions()) - {"admin_key"}
    left = [
        f"{method} {route}"
        for route, methods in heard.routes.items()
        for method in methods
        if not any(verb == method and _fits(route, path) for verb, path in heard.requests)
    ]
    assert heard.routes
    assert left == []


def _fits(route: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path) is not None


def test_a_call_without_a_right_is_named_with_its_file() -> None:
    recorder = Recorder()
    with running("tick"):
        recorder.hear(SimpleNamespace(name="BatchWriteItem"), {"RequestItems": {}})
    recorder.hear(SimpleNamespace(name="PutItem"), {})  # by a test itself
    assert recorder.not_granted() == [
        ".chalice/policy-tick.json: dynamodb:BatchWriteItem on Table is called and not allowed: add it there"
    ]


# The story


def everything(on_stage: Stage) -> None:
    """Every route is asked and every function runs, through everything they ask of AWS."""
    edition = _an_edition(on_stage)
    _announced_to_many(on_stage)
    _moved_paused_and_cancelled(on_stage, edition)
    _forms(on_stage)
    _ses_says_no(on_stage)
    _reports(on_stage)
    _counted_after_an_upgrade(on_stage)
    _looked_at(on_stage, edition)


def _new_process(on_stage: Stage) -> None:
    """Each function is a process of its own on Lambda, and remembers nothing of what another has asked."""
    world = on_stage.world
    worlds.install(worlds.build(world.settings, on_stage.clock.now, world.aws))


def _api(on_stage: Stage, method: str, path: str, body: object = None) -> object:
    status, answer = on_stage.api(method, path, body)
    assert status < 300, (method, path, answer)
    return answer


def _an_edition(on_stage: Stage) -> str:
    """With few seats: they are counted, given back, and counted no longer."""
    edition = organised(on_stage, publish=False, seats=10)
    _api(on_stage, "PATCH", "/series/kaffeepause", {"description": "Kaffee.", "rhythm": RHYTHM, "drafts_ahead": True})
    _api(on_stage, "PATCH", f"/editions/{edition}", {"seats": None})
    _api(on_stage, "PATCH", f"/editions/{edition}", {"seats": 20, "starts_at": "2027-02-10T14:30"})
    subscribed(on_stage, "solo@example.org")
    _api(on_stage, "POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.settle()  # an announcement to one
    copy = on_stage.api("POST", f"/editions/{edition}/copy", {"starts_at": "2027-03-10T14:30"})[1]["id"]
    _api(on_stage, "DELETE", f"/editions/{copy}")
    for name in ("mia", "ole", "ida"):
        registered(on_stage, edition, f"{name}@example.org", announcements="yes")
    on_stage.post(on_stage.link("ole@example.org", "/registrations/") + "/cancel")
    on_stage.post(end_link(on_stage, "solo@example.org"))
    return edition


def _announced_to_many(on_stage: Stage) -> None:
    """To enough people for several hints in one call, paused and resumed on the way, and once more to
    somebody whom SES refused."""
    subscribed(on_stage, "reader@example.org")
    readers(on_stage, 60)
    _new_process(on_stage)
    edition = organised(on_stage, publish=False)
    _api(on_stage, "POST", f"/editions/{edition}/publish", {"announce": "now"})
    on_stage.lanes_named("broadcast").turn()
    mailing = _mailing(on_stage, edition, "announcement")
    _api(on_stage, "POST", f"/mailings/{mailing}/pause")
    on_stage.run()
    on_stage.faults.replace([{"do": "partial", "status": "MESSAGE_REJECTED", "times": 1}])
    _api(on_stage, "POST", f"/mailings/{mailing}/resume")
    on_stage.settle()
    on_stage.travel(on_stage.clock.now() + HOUR)
    _api(on_stage, "POST", f"/mailings/{mailing}/retry")
    on_stage.settle()
    _api(on_stage, "GET", f"/mailings/{mailing}/recipients?after=" + "5" * 32)
    _api(on_stage, "GET", f"/editions/{edition}/audience?to=not_registered")
    _api(on_stage, "GET", f"/editions/{edition}/report")
    _api(on_stage, "POST", f"/editions/{edition}/preview", {"title": "Anders"})
    _api(on_stage, "POST", f"/editions/{edition}/test-mails", {"to": "team@campus.example.org"})
    on_stage.run()
    _api(on_stage, "GET", "/series/kaffeepause/preview?message=submission-kept")
    _api(on_stage, "GET", "/series/kaffeepause/report")
    _api(on_stage, "GET", f"/editions/{edition}/future?announce=2027-03-01T09:00")
    _api(on_stage, "POST", f"/mailings/{mailing}/correct", {"text": "Ein Fehler."})
    _api(on_stage, "POST", f"/editions/{edition}/correct/preview", {"text": "Noch ein Fehler."})
    _api(on_stage, "POST", f"/editions/{edition}/correct", {"text": "Noch ein Fehler."})
    on_stage.settle()
    _api(on_stage, "POST", f"/editions/{edition}/announce", {"announce": "now", "to": "not_registered"})
    on_stage.settle()


def _mailing(on_stage: Stage, edition: str, kind: str) -> str:
    items = on_stage.api("GET", f"/editions/{edition}/mailings")[1]["items"]
    return str(next(one["id"] for one in items if one["message"] == kind))


def _moved_paused_and_cancelled(on_stage: Stage, edition: str) -> None:
    _api(on_stage, "POST", f"/editions/{edition}/move", {"starts_at": "2027-02-12T14:30"})
    on_stage.settle()
    _api(on_stage, "POST", f"/mailings/{_mailing(on_stage, edition, 'reminder')}/cancel")
    message = {"subject": "The door", "text": "Ring twice.", "at": "now"}
    _api(on_stage, "POST", f"/editions/{edition}/messages/preview", message)
    _api(on_stage, "POST", f"/editions/{edition}/messages", message)
    tried = {"to": "team@campus.example.org", "subject": message["subject"], "text": message["text"]}
    _api(on_stage, "POST", f"/editions/{edition}/messages/test-mails", tried)
    _api(on_stage, "POST", "/series/kaffeepause/test-mails", {"to": "team@campus.example.org"})
    on_stage.travel(datetime(2027, 2, 11, 10, 0, tzinfo=UTC))  # and a reminder
    nobody = organised(on_stage)
    for one in (edition, nobody):
        _api(on_stage, "POST", f"/editions/{one}/cancel")
        on_stage.settle()
        on_stage.travel(on_stage.clock.now() + HOUR)


def _forms(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage, fields={"email": "Elsewhere"})
    form.send(FILLED_IN, secret="wrong-secret")
    kept = [form.send(FILLED_IN | {"n": number}).json_body["submission"] for number in range(25)]
    _api(on_stage, "POST", f"/sources/{form.id}/try", FILLED_IN)
    _api(on_stage, "PATCH", f"/sources/{form.id}", {"fields": {"email": "E-Mail"}})
    _api(on_stage, "POST", f"/sources/{form.id}/submissions/{kept[0]}/replay")
    _api(on_stage, "POST", f"/sources/{form.id}/submissions/{kept[1]}/dismiss")
    _api(on_stage, "DELETE", f"/sources/{form.id}/submissions/{kept[2]}")
    _api(on_stage, "GET", f"/sources/{form.id}/submissions/{kept[0]}")
    _api(on_stage, "POST", f"/sources/{form.id}/replay")
    in_path = Form(on_stage, form.id, "token", form.secrets)
    in_path.post(
        json.dumps(FILLED_IN).encode(),
        {"Content-Type": "application/json"},
        path=f"{form.path}/{secrets_of(on_stage, form.id)[0]}",
    )
    assert form.submissions("registered")
    _api(on_stage, "POST", f"/sources/{form.id}/secrets")
    _api(on_stage, "DELETE", f"/sources/{form.id}/secrets/1")
    for path in ("", f"/{form.id}", f"/{form.id}/secrets", f"/{form.id}/submissions"):
        _api(on_stage, "GET", f"/sources{path}")
    _api(on_stage, "DELETE", f"/sources/{form.id}")
    on_stage.settle()


def _ses_says_no(on_stage: Stage) -> None:
    """On both lanes; each waits, is hinted by the tick, and goes on."""
    for operation, announce in (("SendEmail", None), ("SendBulkEmail", "now")):
        edition = organised(on_stage, publish=False)
        on_stage.faults.replace(
            [
                {"operation": operation, "do": "throttle", "times": 1},
                {"operation": operation, "do": "paused", "times": 1},
            ]
        )
        _api(on_stage, "POST", f"/editions/{edition}/publish", {"announce": announce})
        registered(on_stage, edition, f"late-{operation.lower()}@example.org")
        on_stage.run()
        for _ in range(40):
            on_stage.clock.turn(by=timedelta(minutes=1))
            try:
                on_stage.settle()
            except SendingStopped:
                on_stage.run()
        assert on_stage.faults.left() == 0


def _reports(on_stage: Stage) -> None:
    """Bounces and complaints of our mails, and of others that were sent from our domain."""
    edition = organised(on_stage)
    for behaviour in ("bounce", "complaint"):
        registered(on_stage, edition, f"{behaviour}@simulator.amazonses.com", announcements="yes")
    feedback = on_stage.lanes_named("feedback")._function
    bounce = {
        "bounceType": "Transient",
        "bounceSubType": "MailboxFull",
        "bouncedRecipients": [{"emailAddress": "full@example.org"}],
    }
    complaint = {"complainedRecipients": [{"emailAddress": "ida@example.org"}]}
    for number in range(5):
        on_stage.clock.turn(by=9 * DAY)
        mail = {"messageId": f"mail-{number}"}
        reports = [
            {"notificationType": "Bounce", "mail": mail, "bounce": bounce},
            {"notificationType": "Complaint", "mail": mail, "complaint": complaint},
        ]
        bodies = [json.dumps(report) for report in reports]
        event = on_stage.client.events.generate_sqs_event(bodies, queue_name="kaffeepause-feedback")
        assert feedback(event) == {"batchItemFailures": []}

    wish = {"email": "bounce@simulator.amazonses.com", "reason": "mended", "by": "Kim"}
    _api(on_stage, "POST", "/people/suppression/lift", wish)


def _counted_after_an_upgrade(on_stage: Stage) -> None:
    before_counts_were_kept(on_stage)
    on_stage.settle()


def _looked_at(on_stage: Stage, edition: str) -> None:
    mine = on_stage.link("mia@example.org", "/registrations/")
    subscription = on_stage.link("reader@example.org", "/confirm")
    pages = ("/", "/assets/style.css", "/favicon.ico", "/robots.txt", "/api/docs",
             "/api/v1/openapi.json", "/series/kaffeepause",
             "/series/kaffeepause/subscribed",
             f"/editions/{edition}",
             f"/editions/{edition}/registered", mine, f"{mine}/calendar.ics", subscription,
             end_link(on_stage, "reader@example.org"))  # fmt: skip
    for path in pages:
        assert on_stage.get(path).status_code == 200, path
    mailing = _mailing(on_stage, edition, "announcement")
    for path in ("/series", "/series/kaffeepause", "/series/kaffeepause/editions", "/series/kaffeepause/subscribers",
                 "/series/kaffeepause/dates",
                 f"/editions/{edition}", f"/editions/{edition}/preview", f"/editions/{edition}/registrations",
                 f"/mailings/{mailing}"):  # fmt: skip
        _api(on_stage, "GET", path)
    _api(on_stage, "POST", f"/editions/{edition}/registrations/search", {"search": "mia"})
    _api(on_stage, "POST", "/people/lookup", {"email": "mia@example.org"})
    _api(on_stage, "POST", "/people/erase", {"email": "mia@example.org"})
