"""Every kind of mail in every language, as it was sent: what a series brings about in its life, told on the stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.mails import Kind
from chalicelib.domain.series import Language
from local.demo.seed import ENGLISH, GERMAN, LUNCH, PUBLISHED
from local.ses.mailbox import Mail, details
from tests.builders import EDITION, registered, subscribed
from tests.forms import FILLED_IN, connected
from tests.stage import Stage, stage


@dataclass(frozen=True, slots=True)
class Sample:
    """``source`` is the whole mail, its lines ended with CRLF."""

    kind: Kind
    language: Language
    subject: str
    source: bytes
    html: str


SERIES = {Language.GERMAN: GERMAN, Language.ENGLISH: ENGLISH | {"reply_to": "talks@campus.example.org"}}
NOTE = "Der Raum ist **belegt**.\n\n- Mehr: www.example.org"
MESSAGE = {"subject": "Der Eingang ist links", "text": "Bitte **links** klingeln.", "at": "now"}
EDITIONS = {Language.GERMAN: PUBLISHED, Language.ENGLISH: LUNCH}


def every_mail() -> list[Sample]:
    """One of each kind and subject, so that a reminder of tomorrow and one of today are two."""
    found = {}
    for language in Language:
        with stage() as on_stage:
            live_through(on_stage, language)
            for mail in on_stage.mailbox.newest_first():
                sample = _sample(on_stage, mail, language)
                found[language, sample.kind, sample.subject] = sample
    return list(found.values())


def _sample(on_stage: Stage, mail: Mail, language: Language) -> Sample:
    mailing = on_stage.world.store.mailing(mail.tags["mailing"][0])
    assert mailing
    seen = details(mail)
    return Sample(mailing.kind, language, seen["subject"], mail.source(), seen["html"])


def live_through(on_stage: Stage, language: Language) -> None:
    """Announced, full, given back, moved after its first reminder, cancelled after its second; a form elsewhere comes
    late, and with no address."""
    series: dict[str, Any] = SERIES[language] | {"slug": "kaffeepause", "sender_address": "kaffee@campus.example.org"}
    done(on_stage.api("POST", "/series", series | {"zone": "Europe/Berlin"}))
    for person in ("olga", "paul"):
        subscribed(on_stage, f"{person}@example.org")
        on_stage.post(on_stage.link(f"{person}@example.org", "/confirm"))
    wanted = EDITION | EDITIONS[language] | {"seats": 3}
    edition = done(on_stage.api("POST", "/series/kaffeepause/editions", wanted))["id"]
    done(on_stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"}))
    on_stage.settle()
    on_stage.travel(on_stage.clock.now() + timedelta(minutes=10))
    done(on_stage.api("PATCH", f"/editions/{edition}", {"announcement": wanted["announcement"] + "\n\nUnd mehr."}))
    done(on_stage.api("POST", f"/editions/{edition}/correct", {"text": NOTE}))
    for person in ("mia", "ole", "pia"):
        registered(on_stage, edition, f"{person}@example.org")
    form = connected(on_stage, to={"edition": edition})
    form.send(FILLED_IN | {"E-Mail": "late@example.org"})
    form.send(FILLED_IN | {"E-Mail": "nowhere"})
    on_stage.post(on_stage.link("pia@example.org", "/registrations/") + "/cancel")
    location = wanted["location"] | {"join_url": "https://meet.example.org/neu"}
    done(on_stage.api("PATCH", f"/editions/{edition}", {"location": location, "tell_registered": True}))
    on_stage.travel(datetime(2027, 3, 9, 9, 0, tzinfo=UTC))
    done(on_stage.api("POST", f"/editions/{edition}/move", {"starts_at": "2027-03-11T14:30", "note": NOTE}))
    done(on_stage.api("POST", f"/editions/{edition}/messages", MESSAGE))
    on_stage.settle()
    on_stage.travel(datetime(2027, 3, 11, 13, 0, tzinfo=UTC))
    done(on_stage.api("POST", f"/editions/{edition}/cancel", {"reason": NOTE, "note": NOTE}))
    on_stage.travel(datetime(2027, 3, 11, 13, 10, tzinfo=UTC))
    after(on_stage, wanted | {"starts_at": "2027-03-20T14:30"})


def after(on_stage: Stage, wanted: dict[str, Any]) -> None:
    """The end of an edition that takes place."""
    edition = done(on_stage.api("POST", "/series/kaffeepause/editions", wanted))["id"]
    done(on_stage.api("POST", f"/editions/{edition}/publish", {"announce": None}))
    registered(on_stage, edition, "mia@example.org")
    on_stage.travel(datetime(2027, 3, 20, 18, 0, tzinfo=UTC))
    recording = {"recording_url": "https://video.example.org/kaffee", "thank": "now"}
    done(on_stage.api("PATCH", f"/editions/{edition}", recording))
    on_stage.settle()


def done(answered: tuple[int, Any]) -> dict[str, Any]:
    status, answer = answered
    assert status in (200, 201), answer
    return dict(answer)
