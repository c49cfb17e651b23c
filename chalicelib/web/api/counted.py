"""How many people an edition and a series have, as answers say it: read from the kept counts, whoever they are."""

from __future__ import annotations

from chalicelib.domain import counts
from chalicelib.domain.edition import Edition
from chalicelib.domain.series import Series
from chalicelib.web.api import schema, shown
from chalicelib.world import world


def registrations_of(edition: Edition) -> schema.RegistrationCounts:
    here = world()
    today = counts.local_day(here.clock(), edition.zone)
    return shown.registration_counts(counts.registrations(here.store.registration_counts(edition.id), today=today))


def subscribers_of(series: Series) -> schema.SubscriberCounts:
    here = world()
    today = counts.local_day(here.clock(), series.zone)
    return shown.subscriber_counts(counts.subscribers(here.store.subscriber_counts(series.slug), today=today))
