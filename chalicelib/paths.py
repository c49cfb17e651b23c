"""Where everything public is below the site's address: as patterns for routes, and filled in for links.

The admin API's own routes are below ``API`` and stand with their views.
"""

from __future__ import annotations

import re

NAME = re.compile(r"\{\w+\}")


class Path:
    """``pattern`` is what a route takes. Called with a value for each of its names, in order, it is one path."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._names = len(NAME.findall(pattern))
        self._template = NAME.sub("{}", pattern)

    def __call__(self, *values: str) -> str:
        """Raises ``TypeError`` unless there is one value for each name."""
        if len(values) != self._names:
            raise TypeError(f"{self.pattern} takes {self._names} values, not {len(values)}.")
        return self._template.format(*values)

    @property
    def top(self) -> str:
        """What all paths beside it and below begin with: ``/series/``."""
        return f"/{self.pattern.split('/')[1]}/"


FRONT_PAGE = Path("/")

SERIES = Path("/series/{slug}")
SUBSCRIPTIONS = Path("/series/{slug}/subscriptions")
SUBSCRIBED = Path("/series/{slug}/subscribed")

EDITION = Path("/editions/{edition_id}")
REGISTRATIONS = Path("/editions/{edition_id}/registrations")
REGISTERED = Path("/editions/{edition_id}/registered")

REGISTRATION = Path("/registrations/{token}")
CANCEL_REGISTRATION = Path("/registrations/{token}/cancel")
CALENDAR = Path("/registrations/{token}/calendar.ics")

CONFIRM_SUBSCRIPTION = Path("/subscriptions/{token}/confirm")
END_SUBSCRIPTION = Path("/subscriptions/{token}/end")

STYLE_SHEET = Path("/assets/style.css")
FAVICON = Path("/favicon.ico")
ROBOTS = Path("/robots.txt")

HOOK = Path("/hooks/{source_id}")
HOOK_WITH_TOKEN = Path("/hooks/{source_id}/{token}")

API = Path("/api/v1")
API_DOCUMENT = Path(API.pattern + "/openapi.json")
API_REFERENCE = Path("/api/docs")
API_SOURCE = Path(API.pattern + "/sources/{source_id}")

FOR_PROGRAMS = (API.top, HOOK.top)
FOR_ONE_PERSON = (REGISTRATION.top, CONFIRM_SUBSCRIPTION.top)
"""They open with a link from a mail."""
