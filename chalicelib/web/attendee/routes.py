"""All routes of attendees."""

from __future__ import annotations

from chalicelib.web.attendee.assets import routes as assets
from chalicelib.web.attendee.editions import routes as editions
from chalicelib.web.attendee.registrations import routes as registrations
from chalicelib.web.attendee.series import routes as series
from chalicelib.web.attendee.subscriptions import routes as subscriptions

ATTENDEE = (series, editions, registrations, subscriptions, assets)
