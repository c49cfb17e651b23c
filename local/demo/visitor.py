"""People at the local system, over real HTTP: an attendee with forms, an organiser with the admin key."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from local.processes.system import LocalSystem
from local.site.client import Client, Unexpected


class Visitor:
    def __init__(self, system: LocalSystem) -> None:
        self.system = system
        self.http = Client(system.url, system.admin_key)

    def api(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A call to ``/api/v1``. Raises ``Unexpected`` with the problem."""
        return self.http.api(method, path, body)

    def fill_in(self, path: str, **fields: str) -> None:
        """Send a form by its button. Raises ``Unexpected`` unless the answer leads on."""
        data = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer = self.http.send("POST", path, data, headers)
        if status != 303:  # noqa: PLR2004
            raise Unexpected(f"POST {path}: {status} {answer[:300]}")

    def look_at(self, path: str) -> str:
        status, answer = self.http.send("GET", path)
        if status != 200:  # noqa: PLR2004
            raise Unexpected(f"GET {path}: {status}")
        return answer

    def link(self, to: str, containing: str) -> str:
        """The path of a link in the newest mail to ``to`` that has one. Waits for mails under way."""
        self.system.drain(hidden_too=False)
        for mail in self.system.inbox(to):
            for word in str(mail["text"]).split():
                if word.startswith(self.system.url) and containing in word:
                    return urlsplit(word).path
        raise Unexpected(f"{to} has no mail with a link to {containing}")

    def subscribe(self, slug: str, email: str) -> None:
        """Ask for the announcements, open the mail, confirm."""
        self.fill_in(f"/series/{slug}/subscriptions", email=email)
        self.fill_in(self.link(email, "/confirm"))

    def end_link(self, email: str) -> str:
        """The path that ends a subscription, from the page that says that it is confirmed."""
        found = re.search(r'href="([^"]+/end)"', self.look_at(self.link(email, "/confirm")))
        if not found:
            raise Unexpected(f"{email} has no confirmed subscription")
        return found[1]

    def register(self, edition: str, name: str, email: str, **more: str) -> None:
        self.fill_in(f"/editions/{edition}/registrations", name=name, email=email, privacy="yes", **more)
