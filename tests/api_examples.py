"""One example of each route of the admin API, recorded from the API itself.

``make reference`` writes them down, with what is made of them; ``tests/web/test_reference.py`` holds that. What is
random in them is replaced, in the order in which it appears.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from chalicelib.web.api.openapi import WORDS
from chalicelib.web.api.routes import API
from tests.builders import EDITION, SERIES, registered, subscribed
from tests.forms import FILLED_IN, Form, secrets_of
from tests.stage import Stage, stage

FILE = WORDS / "examples.json"

LONGEST = 300
"""Characters of a text, and more than enough to see what it is."""


def _digits(length: int) -> Callable[[int], str]:
    return lambda number: hashlib.sha256(str(number).encode()).hexdigest()[:length]


QUESTIONS = """Andrea nimmt sich Zeit für **eure Fragen**:

- Was macht ihr, wenn auf einen Aufruf niemand antwortet?
- Wie bedankt ihr euch bei denen, die schon lange dabei sind?
- Womit habt ihr zuletzt jemanden gewonnen, der noch nie dabei war?

Schickt sie uns gern vorher."""


RANDOM = {
    **{rf"\b[0-9a-f]{{{length}}}\b": _digits(length) for length in (12, 16, 32)},
    r"\b(?:token|whsec)_[0-9A-Za-z+/=_-]+": lambda _: "token_…",
    r"\b[0-9a-f]{16}-[0-9a-f-]{36}-[0-9]{6}\b": lambda _: "0100…-000000",
}
"""Ids of series' things, submissions, mailings and people; secrets; what SES calls a mail."""


@dataclass
class Recorder:
    stage: Stage
    examples: dict[str, dict[str, Any]] = field(default_factory=dict)

    def ask(self, name: str, given: Any = None, *, query: Mapping[str, str] | None = None, **path: str) -> Any:
        """The answer of the operation ``name``, which is recorded with what was sent."""
        operation = next(one for routes in API for one in routes.operations if one.view.__name__ == name)
        address = operation.path.removeprefix("/api/v1").format(**path)
        asked = f"?{urlencode(query)}" if query else ""
        status, answer = self.stage.api(operation.method, address + asked, given)
        assert status == operation.status, (name, status, answer)
        recorded = {"path": path, "query": dict(query or {}), "given": given, "answer": answer}
        self.examples[name] = {key: value for key, value in recorded.items() if value not in ({}, None)}
        return answer


def record(on_stage: Stage) -> dict[str, Any]:
    """All examples, by operation."""
    recorder = Recorder(on_stage)
    edition = _an_edition(recorder)
    _mailings(recorder, edition)
    _a_form(recorder)
    _a_person(recorder)
    _the_end(recorder, edition)
    return dict(sorted(settled(recorder.examples).items()))


def _an_edition(recorder: Recorder) -> str:
    stage, ask = recorder.stage, recorder.ask
    ask("create_series", SERIES)
    rhythm = {"rule": "FREQ=MONTHLY;BYDAY=2WE", "at": "14:30", "holiday_region": "DE-BE"}
    ask("change_series", {"reply_to": "team@campus.example.org", "rhythm": rhythm}, slug="kaffeepause")
    ask("list_dates", query={"limit": "3"}, slug="kaffeepause")
    ask("list_series", query={"limit": "1"})
    ask("show_series", slug="kaffeepause")
    subscribed(stage, "ole@example.org")
    ask("list_subscribers", slug="kaffeepause")
    edition = str(ask("create_edition", EDITION, slug="kaffeepause")["id"])
    ask("change_edition", {"seats": 40}, edition_id=edition)
    ask("preview_edition", edition_id=edition, query={"message": "reminder"})
    ask("preview_proposal", {"message": "announcement", "title": "Anders wirken"}, edition_id=edition)
    ask("send_test", {"to": "team@campus.example.org", "message": "announcement"}, edition_id=edition)
    ask("send_test_of_series", {"to": "team@campus.example.org"}, slug="kaffeepause")
    stage.run()
    ask("preview_series", slug="kaffeepause", query={"message": "subscription-confirmation"})
    ask("show_future", edition_id=edition, query={"announce": "now"})
    ask("publish_edition", {"announce": "now"}, edition_id=edition)
    stage.settle()
    ask("list_editions", slug="kaffeepause")
    ask("show_audience", edition_id=edition, query={"to": "not_registered"})
    ask("announce_edition", {"announce": {"in_minutes": 10}, "to": "not_registered"}, edition_id=edition)
    registered(stage, edition, organisation="Nachbarschaftshilfe")
    ask("list_registrations", edition_id=edition, query={"mails": "true"})
    ask("search_registrations", {"search": "lang"}, edition_id=edition)
    ask("show_edition", edition_id=edition)
    ask("report_edition", edition_id=edition)
    ask("report_series", slug="kaffeepause", query={"limit": "1"})
    copy = str(ask("copy_edition", {}, edition_id=edition)["id"])
    ask("delete_edition", edition_id=copy)
    stage.clock.turn(by=timedelta(hours=1))
    ask("move_edition", {"starts_at": "2027-03-17T14:30", "note": "Andrea kommt erst am 17. an."}, edition_id=edition)
    stage.settle()
    message = {"subject": "Bringt eine Frage mit", "text": QUESTIONS, "at": "2027-03-16T18:00"}
    ask("preview_message_to_registered", message, edition_id=edition)
    tried = {"to": "team@campus.example.org", "subject": message["subject"], "text": message["text"]}
    ask("send_test_of_message", tried, edition_id=edition)
    ask("write_to_registered", message, edition_id=edition)
    return edition


def _mailings(recorder: Recorder, edition: str) -> None:
    found = recorder.ask("list_mailings", edition_id=edition)["items"]
    announced = next(str(one["id"]) for one in found if one["message"] == "announcement")
    recorder.ask("show_mailing", mailing_id=announced)
    recorder.ask("list_recipients", mailing_id=announced, query={"outcome": "sent"})
    recorder.ask("retry_mailing", mailing_id=announced)
    recorder.stage.travel(recorder.stage.clock.now() + timedelta(minutes=10))
    recorder.ask("preview_correction_of_edition", {"text": "The *first* bullet was wrong."}, edition_id=edition)
    recorder.ask("correct_edition", {"text": "The *first* bullet was wrong."}, edition_id=edition)
    recorder.ask("correct_mailing", {"text": "The second as well."}, mailing_id=announced)
    planned = next(str(one["id"]) for one in found if (one["message"], one["progress"]) == ("reminder", "planned"))
    for name in ("pause_mailing", "resume_mailing", "cancel_mailing"):
        recorder.ask(name, mailing_id=planned)


def _a_form(recorder: Recorder) -> None:
    stage, ask = recorder.stage, recorder.ask
    wanted = {"name": "Anmeldung", "kind": "token", "to": {"series": "kaffeepause"}, "fields": {"email": "Elsewhere"}}
    source = str(ask("create_source", wanted)["id"])
    form = Form(stage, source, "token", secrets_of(stage, source))
    kept = [form.send(FILLED_IN | {"id": str(number)}).json_body["submission"] for number in range(4)]
    ask("list_submissions", source_id=source, query={"state": "kept", "limit": "1"})
    ask("show_submission", source_id=source, submission_id=kept[0])
    ask("change_source", {"fields": {"email": "E-Mail"}}, source_id=source)
    ask("try_source", FILLED_IN, source_id=source)
    ask("replay_submission", source_id=source, submission_id=kept[0])
    ask("dismiss_submission", source_id=source, submission_id=kept[1])
    ask("erase_submission", source_id=source, submission_id=kept[2])
    ask("replay_submissions", source_id=source)
    ask("add_secret", {}, source_id=source)
    ask("list_secrets", source_id=source)
    ask("drop_secret", source_id=source, number="1")
    ask("list_sources")
    ask("show_source", source_id=source)
    ask("delete_source", source_id=source)
    stage.settle()


def _a_person(recorder: Recorder) -> None:
    stage, ask = recorder.stage, recorder.ask
    edition = str(stage.api("GET", "/series/kaffeepause/editions")[1]["items"][0]["id"])
    registered(stage, edition, "bounce@simulator.amazonses.com", "Ida Berg")
    lifting = {"email": "bounce@simulator.amazonses.com", "reason": "Their provider is up again.", "by": "Kim"}
    ask("lift_suppression", lifting)
    ask("look_person_up", {"email": "mia@example.org"})
    ask("erase_person", {"email": "mia@example.org"})


def _the_end(recorder: Recorder, edition: str) -> None:
    recorder.ask("cancel_edition", {"reason": "Andrea ist leider krank geworden."}, edition_id=edition)


def settled(examples: dict[str, Any]) -> dict[str, Any]:
    """The examples with short texts, and with the same ids whenever they are recorded."""
    text = json.dumps(_shortened(examples), ensure_ascii=False)
    for pattern, stable in RANDOM.items():
        text = _replaced(text, pattern, stable)
    return dict(json.loads(text))


def _replaced(text: str, pattern: str, stable: Callable[[int], str]) -> str:
    there = {one: stable(number) for number, one in enumerate(dict.fromkeys(re.findall(pattern, text)))}
    return re.sub(pattern, lambda found: there[found[0]], text)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    return value[:LONGEST] + "…" if isinstance(value, str) and len(value) > LONGEST else value


def written(examples: dict[str, Any]) -> str:
    return json.dumps(examples, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    with stage() as set_up:
        FILE.write_text(written(record(set_up)), "utf-8")
