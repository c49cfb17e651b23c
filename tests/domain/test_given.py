"""Drafts and changes have the fields of what they make or change, and what is not given stays as it is."""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, get_args, get_type_hints

import pytest

from chalicelib.domain import edition as rules
from chalicelib.domain import series as series_rules
from chalicelib.domain import source as sources
from chalicelib.domain.edition import Edition, EditionChange, EditionDraft, EditionMove, Location, Status
from chalicelib.domain.given import NOT_GIVEN, NotGiven, changed, given
from chalicelib.domain.series import Language, Series, SeriesChange, SeriesDraft
from chalicelib.domain.source import Secret, SecretKind, Source, SourceChange, SourceDraft, SourceKind, Target
from tests.builders import NOW, a_series, an_edition

DRAFTS = [(Series, SeriesDraft), (Edition, EditionDraft), (Source, SourceDraft)]
CHANGES = [(Series, SeriesChange), (Edition, EditionChange), (Edition, EditionMove), (Source, SourceChange)]

SERIES_DRAFT = SeriesDraft(
    slug="kaffeepause",
    title="Kaffeepause",
    language=Language.GERMAN,
    zone="Europe/Berlin",
    sender_name="Campus",
    sender_address="kaffee@campus.example.org",
    imprint_url="https://campus.example.org/impressum",
    privacy_url="https://campus.example.org/datenschutz",
)


@pytest.mark.parametrize(("made", "draft"), DRAFTS)
def test_a_draft_has_the_types_and_defaults_of_what_is_made_of_it(made: type[Any], draft: type[Any]) -> None:
    whole, types = {field.name: field for field in fields(made)}, get_type_hints(made)
    for field in fields(draft):
        assert get_type_hints(draft)[field.name] == types[field.name]
        assert field.default == whole[field.name].default
    without = {name for name, field in whole.items() if (field.default, field.default_factory) == (MISSING, MISSING)}
    assert without - {field.name for field in fields(draft)} <= {"id", "series", "zone", "created_at", "secrets"}


@pytest.mark.parametrize(("made", "change"), CHANGES)
def test_each_field_of_a_change_is_one_of_what_it_changes_or_not_given(made: type[Any], change: type[Any]) -> None:
    types = get_type_hints(made)
    for field in fields(change):
        possible = set(get_args(get_type_hints(change)[field.name]))
        assert possible - {NotGiven} == set(get_args(types[field.name]) or [types[field.name]]) or (
            possible == {types[field.name], NotGiven}
        )
        assert field.default is NOT_GIVEN


@pytest.mark.parametrize(("_", "change"), CHANGES)
def test_a_change_that_gives_nothing_changes_nothing(_: type[Any], change: type[Any]) -> None:
    assert given(change()) == {}


def test_nothing_is_a_value_like_others() -> None:
    edition = an_edition(seats=3, local_close=datetime(2027, 3, 9, 18, 0))
    assert changed(edition, EditionChange()) == edition
    after = changed(edition, EditionChange(seats=None))
    assert (after.seats, after.local_close) == (None, edition.local_close)


def test_what_is_given_is_in_the_order_of_its_class() -> None:
    """The first is where an error stands that no field alone has caused."""
    assert list(given(EditionChange(seats=4, title="Neu"))) == ["title", "seats"]


# What is made of a draft


def test_a_new_series_is_what_was_given_since_now() -> None:
    made = series_rules.create_series(SERIES_DRAFT, now=NOW)
    assert {name: getattr(made, name) for name in given(SERIES_DRAFT)} == given(SERIES_DRAFT)
    assert (made.created_at, made.version) == (NOW, 0)
    assert series_rules.change_series(made, SeriesChange(reminders=())).reminders == ()


def test_a_new_edition_is_a_draft_in_the_zone_of_its_series() -> None:
    said = EditionDraft(
        title="Gemeinsam wirken",
        local_start=datetime(2027, 3, 10, 14, 30),
        minutes=45,
        location=Location(place="Rathaus"),
    )
    made = rules.create(said, edition_id="0123456789ab", series=a_series(zone="America/New_York"), now=NOW)
    assert (made.id, made.series, made.zone, made.status) == (
        "0123456789ab",
        "kaffeepause",
        "America/New_York",
        Status.DRAFT,
    )
    assert {name: getattr(made, name) for name in given(said)} == given(said)


def test_a_source_keeps_its_kind_and_its_secret_whatever_changes() -> None:
    secret = Secret(number=1, kind=SecretKind.ISSUED, since=NOW)
    draft = SourceDraft(name="Formular", kind=SourceKind.TALLY, target=Target(series="kaffeepause"))
    made = sources.create(draft, source_id="abc", secret=secret, now=NOW)
    after = sources.change(made, SourceChange(name="Anmeldung"))
    assert (after.name, after.kind, after.target, after.secrets) == ("Anmeldung", made.kind, made.target, (secret,))
    with pytest.raises(sources.SourceDeleted):
        sources.change(sources.delete(made, now=NOW), SourceChange(name="Anmeldung"))
