"""What happens around the browser: the organiser's programs, the passing of time, the post."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from chalicelib.domain.series import Language
from chalicelib.words.language import tongue
from local.demo.seed import ENGLISH, GERMAN
from local.demo.visitor import Visitor
from local.processes.system import LocalSystem

BERLIN = ZoneInfo("Europe/Berlin")


class Site:
    def __init__(self, system: LocalSystem, *, draft: str) -> None:
        self.system, self.draft = system, draft
        self.url = system.url
        self.people = Visitor(system)
        self.talk = self._published(GERMAN["slug"])
        self.lunch = self._published(ENGLISH["slug"])

    @property
    def german(self) -> str:
        return f"/series/{GERMAN['slug']}"

    @property
    def english(self) -> str:
        return f"/series/{ENGLISH['slug']}"

    def post_arrives(self) -> None:
        self.system.drain(hidden_too=False)

    def subjects(self, to: str) -> list[str]:
        """Newest first."""
        self.post_arrives()
        return [mail["subject"] for mail in self.system.inbox(to)]

    def edition(self, title: str, *, in_days: int = 7, publish: bool = True, **given: Any) -> str:
        """A new edition of the German series at 18:00; gives its id."""
        day = (self.system.now() + timedelta(days=in_days)).astimezone(BERLIN)
        usual: dict[str, Any] = {
            "title": title,
            "starts_at": f"{day:%Y-%m-%d}T18:00",
            "duration_minutes": 60,
            "location": {"join_url": "https://treffen.example/abend"},
        }
        made = str(self.people.api("POST", f"/series/{GERMAN['slug']}/editions", usual | given)["id"])
        if publish:
            self.people.api("POST", f"/editions/{made}/publish", {"announce": None})
        return made

    def fill_in_elsewhere(self, edition: str, name: str, *emails: str) -> None:
        """Registers one after the other by a form of another tool."""
        wanted = {"name": "Formular im Rathaus", "kind": "token", "to": {"edition": edition}}
        source = self.people.api("POST", "/sources", wanted)["id"]
        secret = self.people.api("GET", f"/sources/{source}/secrets")["items"][0]["secret"]
        for email in emails:
            filled_in = {"Name": name, "E-Mail": email, "Datenschutz": "Ich bin einverstanden."}
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
            status, answer = self.people.http.send("POST", f"/hooks/{source}", json.dumps(filled_in).encode(), headers)
            assert status == HTTPStatus.OK, answer
        self.post_arrives()

    def led_to(self, edition: str, email: str, **more: str) -> str:
        """Registers somebody; gives the path that the form leads to."""
        with closing(HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as there:
            form = {"name": "Mia Lang", "email": email, "privacy": "yes"} | more
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            there.request("POST", f"/editions/{edition}/registrations", urlencode(form), headers)
            answer = there.getresponse()
            answer.read()
        self.post_arrives()
        return str(answer.headers["Location"])

    def personal_page(self, edition: str, name: str, email: str) -> str:
        """Registers somebody; gives the path of their personal page."""
        self.people.register(edition, name, email)
        return self.people.link(email, "/registrations/")

    def _published(self, slug: str) -> str:
        """The seeded edition that people can register for."""
        items = self.people.api("GET", f"/series/{slug}/editions")["items"]
        return str([one["id"] for one in items if one["status"] == "published"][-1])


def de(words: str, **facts: str) -> str:
    """What the German pages say for ``words``: tests look for meaning, and leave the wording to the translator."""
    said = tongue(Language.GERMAN).translate(words)
    return said % facts if facts else said
