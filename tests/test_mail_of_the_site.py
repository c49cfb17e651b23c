"""A mail that belongs to no series: a kind that only a copy of the project has goes through planning, delivery and
SES's reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.copies import copied, exchange, run

MESSAGE = """
class KeyForgotten(Message, frozen=True, kw_only=True):
    personal = ("key_url",)


MESSAGES: tuple[type[Message], ...] = (
    KeyForgotten,
"""

TEMPLATES = {
    "subject.txt": "Your key for {{ sender.title }}",
    "body.txt": """{% extends "emails/_base/layout.txt" %}
{% from "emails/_base/macros.txt" import regards %}
{% block content %}
{{ key_url }}

{{ regards(sender) }}
{% endblock %}
{% block why %}
Somebody asked for a key.
{% endblock %}
""",
    "body.html": """{% extends "emails/_base/layout.html" %}
{% from "emails/_base/macros.html" import link, regards, why %}
{% block title %}Your key{% endblock %}
{% block preheader %}Your key{% endblock %}
{% block content %}{{ link(key_url, "Your key") }}{{ regards(sender) }}{% endblock %}
{% block why %}{% call why() %}Somebody asked for a key.{% endcall %}{% endblock %}
""",
}

STORY = '''
from datetime import timedelta

import pytest

from chalicelib.domain.addressee import Addressee
from chalicelib.domain.halt import Halt
from chalicelib.domain.mailing import plan_mailing
from chalicelib.domain.mails import Kind
from chalicelib.domain.series import Language
from chalicelib.usecases.subscribe import hint_at_once
from tests.builders import organised, subscribed
from tests.stage import SITE, Stage
from tests.usecases.test_feedback import events, reported

MIA = "mia@example.org"


def asked(on_stage, *, hinted=True, language=Language.ENGLISH, **more):
    """The mailing for somebody who has asked for it; ``hinted`` to its queue, or left to the tick."""
    world = on_stage.world
    now, hash_ = world.clock(), world.addresses.hash(MIA)
    told = plan_mailing(Kind.KEY_FORGOTTEN, series="", person=hash_, detail=f"{now}", due_at=now, language=language)
    addressee = Addressee(
        mailing=told.id,
        hash=hash_,
        address=MIA,
        facts={"key_url": f"{SITE}/key/abc"},
        expires_at=now + timedelta(minutes=15),
    )
    world.store.changes().save(addressee).plan(told).commit()
    if hinted:
        hint_at_once(world, [told])
        on_stage.run()
    return told


def test_it_is_from_the_site_and_names_no_series(on_stage: Stage) -> None:
    told = asked(on_stage)
    (mail,) = on_stage.inbox()
    assert (mail["to"], mail["subject"]) == (MIA, "Your key for Kaffeepause")
    assert mail["from"] == "Kaffeepause <no-reply@campus.example.org>"
    assert f"{SITE}/key/abc" in mail["text"] and f'href="{SITE}/key/abc"' in mail["html"]
    assert "Kind regards\\nKaffeepause" in mail["text"]
    for part in (mail["text"], mail["html"]):
        assert "Imprint" not in part and "Privacy" not in part and "reply to this" not in part
    assert mail["tags"]["series"] == ["-"]
    headers = {name.lower(): value for name, value in mail["headers"]}
    assert headers["auto-submitted"] == "auto-generated"
    assert not {"list-id", "list-unsubscribe", "reply-to"} & set(headers)
    assert on_stage.world.store.mailing(told.id).progress == "finished"
    assert not [item for item in on_stage.items() if item["pk"]["S"].startswith("DUE")]


def test_it_is_in_the_language_it_was_asked_for_in(on_stage: Stage) -> None:
    asked(on_stage, language=Language.GERMAN)
    (mail,) = on_stage.inbox()
    assert "Herzliche Grüße\\nKaffeepause" in mail["text"]
    assert '<html lang="de"' in mail["html"]


def test_the_tick_finds_one_whose_hint_was_lost(on_stage: Stage) -> None:
    asked(on_stage, hinted=False)
    on_stage.run()
    assert on_stage.inbox() == []
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=3))
    assert len(on_stage.inbox()) == 1


@pytest.mark.parametrize(
    "scope", ["identity/no-reply@campus.example.org", "identity/campus.example.org", "lane/transactional"]
)
def test_it_waits_while_ses_refuses_mail_from_the_site(on_stage: Stage, scope: str) -> None:
    world, now = on_stage.world, on_stage.clock.now()
    world.store.stop_sending([Halt(scope, now + timedelta(minutes=5), "a reason", alarm=False)], over=[])
    told = asked(on_stage)
    on_stage.travel(now + timedelta(minutes=4))
    assert on_stage.inbox() == []
    assert world.store.mailing(told.id).look_at >= now + timedelta(minutes=5)  # a tick has seen to it
    on_stage.travel(now + timedelta(minutes=8))
    assert len(on_stage.inbox()) == 1


def test_it_is_not_sent_once_what_it_is_for_has_expired(on_stage: Stage) -> None:
    told = asked(on_stage, hinted=False)
    on_stage.clock.turn(to=on_stage.clock.now() + timedelta(minutes=15))
    on_stage.settle()
    assert on_stage.inbox() == []
    (delivery,) = on_stage.world.store.mailing(told.id).batch.deliveries.values()
    assert (delivery.outcome, delivery.reason) == ("skipped", "erased")


def test_a_bounce_is_noted_in_its_ledger_and_the_address_is_written_to_no_more(on_stage: Stage) -> None:
    told = asked(on_stage)
    assert reported(on_stage, *events(on_stage, "bounce")) == []
    (delivery,) = on_stage.world.store.mailing(told.id).batch.deliveries.values()
    assert delivery.outcome == "bounced"
    on_stage.clock.turn(to=on_stage.clock.now() + timedelta(minutes=1))
    asked(on_stage)
    assert len(on_stage.inbox()) == 1


def test_a_complaint_about_it_ends_no_subscription(on_stage: Stage) -> None:
    organised(on_stage, publish=False)
    subscribed(on_stage, MIA)
    asked(on_stage)
    assert reported(on_stage, *events(on_stage, "complaint")) == []
    (subscriber,) = on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"]
    assert subscriber["status"] == "active"
    assert on_stage.world.store.why_suppressed(on_stage.world.addresses.hash(MIA)) == "complaint"


def test_organisers_see_it_and_its_addressee_can_be_erased(on_stage: Stage) -> None:
    told = asked(on_stage)
    status, shown = on_stage.api("GET", f"/mailings/{told.id}")
    assert (status, shown["message"], shown["totals"]) == (200, "key-forgotten", {"sent": 1})
    status, person = on_stage.api("POST", "/people/lookup", {"email": MIA})
    assert (status, [mail["message"] for mail in person["mails"]]) == (200, ["key-forgotten"])
    assert on_stage.api("POST", "/people/erase", {"email": MIA})[0] == 200
    assert MIA not in str(on_stage.items())


@pytest.mark.parametrize(
    "given",
    [
        {"language": None},
        {"edition": "0123456789ab"},
        {"kind": Kind.REMINDER},
        {"kind": Kind.ANNOUNCEMENT},
        {"kind": Kind.SUBSCRIPTION_CONFIRMATION},
    ],
)
def test_what_is_for_a_list_or_about_an_edition_needs_its_series(on_stage: Stage, given: dict) -> None:
    usual = {"kind": Kind.KEY_FORGOTTEN, "series": "", "person": "a" * 32, "due_at": on_stage.clock.now()}
    with pytest.raises(ValueError, match="without a series"):
        plan_mailing(**usual | {"language": Language.ENGLISH} | given)
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = copied(tmp_path)
    mails = made / "chalicelib/domain/mails.py"
    exchange(
        mails,
        '    EDITION_FULL = "edition-full"\n',
        '    EDITION_FULL = "edition-full"\n    KEY_FORGOTTEN = "key-forgotten"\n',
    )
    exchange(
        mails,
        "    Kind.SUBMISSION_KEPT: Mail(",
        "    Kind.KEY_FORGOTTEN: Mail(to=Audience.ORGANISERS, preview=False),\n    Kind.SUBMISSION_KEPT: Mail(",
    )
    exchange(made / "chalicelib/mail/messages.py", "MESSAGES: tuple[type[Message], ...] = (\n", MESSAGE.lstrip("\n"))
    folder = made / "templates/emails/key-forgotten"
    folder.mkdir()
    for name, content in TEMPLATES.items():
        (folder / name).write_text(content, "utf-8")
    (made / "tests/usecases/test_key_forgotten.py").write_text(STORY, "utf-8")
    return made


def test_a_mail_that_belongs_to_no_series_is_sent_from_the_site(project: Path) -> None:
    run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/usecases/test_key_forgotten.py")
