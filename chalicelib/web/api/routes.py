"""All routes of the admin API, in the order of its reference."""

from __future__ import annotations

from chalicelib.web.api.editions import routes as editions
from chalicelib.web.api.mailings import routes as mailings
from chalicelib.web.api.people import routes as people
from chalicelib.web.api.previews import routes as previews
from chalicelib.web.api.registrations import routes as registrations
from chalicelib.web.api.reports import routes as reports
from chalicelib.web.api.series import routes as series
from chalicelib.web.api.sources.routes import routes as sources

API = (series, editions, previews, registrations, reports, mailings, people, sources)
