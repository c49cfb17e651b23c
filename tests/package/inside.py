"""Runs inside an unpacked zip, and in nothing else: ``python -I -S inside.py <folder> <question> [arguments]``; answers
in JSON.

Neither the repository nor any installed package is on the path, as on Lambda.
"""

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

FOLDER = Path(sys.argv[1])
NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
CONTEXT = SimpleNamespace(function_name="here", aws_request_id="0", get_remaining_time_in_millis=lambda: 1000)


def handlers(*names: str) -> dict[str, bool]:
    """Which of the template's handlers can be called, each found as Lambda finds it."""
    found = {}
    for name in names:
        module, _, attribute = name.rpartition(".")
        found[name] = callable(getattr(import_module(module), attribute, None))
    return found


def strangers() -> list[str]:
    """Modules that came from elsewhere than the folder and the standard library."""
    import_module("app")
    homes = (str(FOLDER), sys.prefix, sys.base_prefix)
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    return [
        file for file in files if file and (not file.startswith(homes) or "site-packages" in file) and file != __file__
    ]


def mails() -> dict[str, dict[str, str]]:
    """Subject, text and HTML of every mail in every language."""
    from chalicelib.domain.edition import Edition, Location, Speaker
    from chalicelib.domain.sender import Sender, sender_of
    from chalicelib.domain.series import Language, Series
    from chalicelib.mail.messages import MESSAGES
    from chalicelib.mail.render import render

    found = {}
    for language in Language:
        series = Series(
            slug="kaffeepause",
            title="Kaffeepause",
            language=language,
            zone="Europe/Berlin",
            sender_name="Campus",
            sender_address="kaffee@campus.example.org",
            imprint_url="https://campus.example.org/imprint",
            privacy_url="https://campus.example.org/privacy",
            created_at=NOW,
        )
        edition = Edition(
            id="0123456789ab",
            series="kaffeepause",
            title="Gemeinsam wirken",
            local_start=datetime(2027, 3, 10, 14, 30),  # wall clock
            zone="Europe/Berlin",
            minutes=45,
            location=Location(join_url="https://meet.example.org/kaffee"),
            speakers=(Speaker(name="Andrea Blau", organisation="Stadt mit Herz"),),
            announcement="Worum es geht:\n\n- was das heißt\n- wie es **gelingt**",
            created_at=NOW,
        )
        known: dict[str, Any] = {
            "language": language,
            "sender": sender_of(series, site=Sender("Kaffeepause", "Kaffeepause", "no-reply@campus.example.org")),
            "series": series,
            "site_url": "https://events.example.org",
            "edition": edition,
            "days_left": 1,
            "was": datetime(2027, 3, 9, 14, 30),  # wall clock
            "subject": "The door",
            "text": "Ring at the **left**.",
        }
        for message in MESSAGES:
            letter = render(message(**{name: known[name] for name in message.__struct_fields__ if name in known}))
            said = letter.filled(dict.fromkeys(letter.personal, "somebody"))
            found[f"{message.folder()} {language}"] = {"subject": said.subject, "text": said.text, "html": said.html}
    return found


def pages() -> int:
    """How many page templates there are, each compiled in every language."""
    from chalicelib.domain.series import Language
    from chalicelib.words.templating import environment

    names = [file.name for file in (FOLDER / "templates" / "pages").glob("*.html")]
    for language in Language:
        for name in names:
            environment(language).get_template(f"pages/{name}")
    return len(names)


def dates(region: str) -> list[str]:
    """The holidays among the next dates of a series with a date a day, in every language."""
    from datetime import time

    from chalicelib.domain.rhythm import Region, Rhythm
    from chalicelib.domain.series import Language, Series
    from chalicelib.usecases import rhythm

    found = []
    for language in Language:
        series = Series(
            slug="kaffeepause",
            title="Kaffeepause",
            language=language,
            zone="Europe/Berlin",
            sender_name="Campus",
            sender_address="kaffee@campus.example.org",
            imprint_url="https://campus.example.org/imprint",
            privacy_url="https://campus.example.org/privacy",
            rhythm=Rhythm(rule="FREQ=DAILY", at=time(14, 30), holiday_region=Region(region)),
            created_at=NOW,
        )
        found += [one.holiday for one in rhythm.dates(series, newest=None, now=NOW) if one.holiday][:1]
    return found


def clients(*services: str) -> list[str]:
    """The AWS clients that can be made."""
    import boto3

    session: Any = boto3.Session("key", "secret", region_name="eu-central-1")
    return [session.client(service).meta.service_model.service_name for service in services]


def workbook(*cells: str) -> str:
    """The names of what is in a workbook with these cells."""
    import io
    import zipfile

    from chalicelib.web.api.exports import as_xlsx

    made, _ = as_xlsx(cells, [cells], widths=[10] * len(cells), sheet="2027-03-10", made_at=NOW, most=1000)
    return ", ".join(sorted(zipfile.ZipFile(io.BytesIO(made)).namelist()))


def call(name: str, event: str) -> Any:
    """What a handler answers to an event."""
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)(json.loads(event), CONTEXT)


QUESTIONS: tuple[Callable[..., Any], ...] = (handlers, strangers, mails, pages, dates, clients, workbook, call)

if __name__ == "__main__":
    logging.disable()
    sys.path.insert(0, str(FOLDER))
    question = next(one for one in QUESTIONS if one.__name__ == sys.argv[2])
    print(json.dumps(question(*sys.argv[3:])))  # noqa: T201
