"""The ``aws`` process: moto with our SES in it, the mailbox, and what the other processes may ask of them under
``/local/``.

| path | answer |
|---|---|
| ``GET /local/state`` | queues, events under way, number of mails, next moment at which something hidden shows again |
| ``GET /local/due-days`` | for which days due rows stand in the table |
| ``GET /local/mails?to=`` | summaries, newest first (``&full=1`` with bodies and headers) |
| ``GET /local/mails/<id>`` | one mail; ``/source`` as received, ``/attachments/<n>`` the content of one |
| ``POST /local/faults`` | a list of rules (``local.ses.faults``) |
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

import moto.sesv2.urls
from moto.dynamodb.models import dynamodb_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from local.aws.clock import Clock, stamp
from local.aws.repairs import one_at_a_time, repair
from local.aws.surroundings import ACCOUNT, LOOPBACK, REGION
from local.ses import mailbox
from local.ses.events import Publisher
from local.ses.faults import Faults
from local.ses.mailbox import Mail, Mailbox
from local.ses.service import PATHS, Ses

_ROUTES = Map(
    [
        Rule("/local/state", endpoint="state", methods=["GET"]),
        Rule("/local/due-days", endpoint="due_days", methods=["GET"]),
        Rule("/local/faults", endpoint="faults", methods=["POST"]),
        Rule("/local/mails", endpoint="mails", methods=["GET"]),
        Rule("/local/mails/<mail_id>", endpoint="mail", methods=["GET"]),
        Rule("/local/mails/<mail_id>/source", endpoint="source", methods=["GET"]),
        Rule("/local/mails/<mail_id>/attachments/<int:number>", endpoint="attachment", methods=["GET"]),
    ]
)


def serve(clock: Clock, ready: Connection) -> None:
    """Serve on a free port of loopback, tell it through ``ready``, and never return."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    repair(clock)
    Ses.clock, Ses.mailbox, Ses.faults, Ses.sent, Ses.destinations = clock, Mailbox(), Faults(), {}, {}
    Ses.suppressed = set()
    Ses.publisher = Publisher(clock, Ses.faults, _publish)
    paths = moto.sesv2.urls.url_paths
    paths.update(dict.fromkeys((*paths, *PATHS), Ses.dispatch))
    application = one_at_a_time(DomainDispatcherApplication(create_backend_app))

    def everything(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith("/local/"):
            return _answer(Request(environ))(environ, start_response)
        return application(environ, start_response)

    server = make_server(LOOPBACK, 0, everything, threaded=True, request_handler=MotoRequestHandler)
    ready.send(server.server_port)
    server.serve_forever()


def _publish(topic: str, message: str) -> None:
    sns_backends[ACCOUNT][REGION].publish(message, arn=topic)


def _answer(request: Request) -> Response:
    try:
        endpoint, values = _ROUTES.bind_to_environ(request.environ).match()
        match endpoint:
            case "state":
                return _json(_state())
            case "due_days":
                return _json(sorted(_due_days()))
            case "faults":
                Ses.faults.replace(request.get_json())
                return _json({})
            case "mails":
                show = mailbox.details if "full" in request.args else mailbox.summary
                return _json([show(mail) for mail in Ses.mailbox.newest_first(to=request.args.get("to", ""))])
        return _mail(str(endpoint), Ses.mailbox.find(values["mail_id"]), values)
    except HTTPException as refused:
        return _json({"detail": refused.description}, status=refused.code or 500)
    except ValueError as wrong:
        return _json({"detail": str(wrong)}, status=400)


def _mail(endpoint: str, mail: Mail | None, values: Mapping[str, Any]) -> Response:
    if mail is None:
        return _json({"detail": "No such mail."}, status=404)
    match endpoint:
        case "mail":
            return _json(mailbox.details(mail))
        case "source":
            return Response(mail.source(), content_type="text/plain; charset=utf-8")
    found = mailbox.attachments(mail)[values["number"] :][:1]
    return Response(found[0].content, content_type=found[0].content_type) if found else _json({}, status=404)


def _state() -> dict[str, Any]:
    """What is under way, for those who wait until nothing is."""
    events, held = Ses.publisher.state()
    queues = sqs_backends[ACCOUNT][REGION].queues.values()
    dead_letters = {id(queue.dead_letter_queue) for queue in queues}
    moments = [held] if held else []
    report: dict[str, dict[str, Any]] = {}
    for queue in queues:
        hidden = list(_hidden_until(queue))
        report[queue.name] = {
            "waiting": len(queue.messages),
            "hidden": len(hidden),
            "dead_letters": id(queue) in dead_letters,
            "worked": queue.dead_letter_queue is not None,
        }
        moments += hidden
    return {
        "queues": report,
        "events": events,
        "held_events": held is not None,
        "faults": Ses.faults.left(),
        "mails": len(Ses.mailbox),
        "next": stamp(min(moments)) if moments else None,
    }


def _due_days() -> Iterator[str]:
    for table in dynamodb_backends[ACCOUNT][REGION].tables.values():
        for partition, rows in list(table.items.items()):
            if rows and str(partition.value).startswith("DUE#"):
                yield str(partition.value).removeprefix("DUE#")


def _hidden_until(queue: Any) -> Iterator[datetime]:
    """When each message that is in flight or delayed can be received (again)."""
    ready = set(queue.messages)
    for message in list(queue._messages):  # noqa: SLF001
        if message not in ready:
            yield datetime.fromtimestamp(max(message.visible_at, message.delayed_until) / 1000, UTC)


def _json(value: Any, *, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
