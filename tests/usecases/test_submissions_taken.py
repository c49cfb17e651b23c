"""What becomes of a submission: registered, or kept with its reason and replayed once that is mended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.usecases import intake
from tests.builders import EDITION, SERIES, organised, registered
from tests.forms import FILLED_IN, Form, connected
from tests.stage import Stage


def people(on_stage: Stage, edition: str) -> list[dict[str, Any]]:
    return list(on_stage.api("GET", f"/editions/{edition}/registrations")[1]["items"])


def without(*fields: str) -> dict[str, str]:
    return {name: value for name, value in FILLED_IN.items() if name not in fields}


@pytest.mark.parametrize(
    ("filled_in", "reason"),
    [
        (without("E-Mail"), "address-missing"),
        (FILLED_IN | {"E-Mail": "mia at example.org"}, "address-invalid"),
        (without("Name"), "name-missing"),
        (FILLED_IN | {"Name": "x" * 101}, "field-invalid"),
        (without("Datenschutz"), "consent-missing"),
        (FILLED_IN | {"Datenschutz": "nein"}, "consent-missing"),
        (FILLED_IN | {"Datenschutz": False}, "consent-missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_understood_is_kept_with_its_reason(
    on_stage: Stage, filled_in: dict[str, Any], reason: str
) -> None:
    edition = organised(on_stage, seats=3)
    form = connected(on_stage)
    assert form.send(filled_in).json_body["state"] == "kept"
    assert form.reasons() == [reason]
    kept = {answer["field"]: answer["values"] for answer in form.submission()["answers"]}
    assert kept.keys() == filled_in.keys()
    assert people(on_stage, edition) == []
    assert on_stage.api("GET", f"/editions/{edition}")[1]["taken"] == 0
    assert on_stage.inbox("mia@example.org") == []


def test_what_is_not_even_json_is_kept_as_it_came(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    broken = b'{"Name": "Mia "die Schnelle" Lang"}'
    assert form.send(broken).json_body["state"] == "kept"
    found = form.submission()
    assert (found["reason"], found["raw"]) == ("not-readable", broken.decode())
    status, problem = on_stage.api("POST", f"/sources/{form.id}/submissions/{found['id']}/replay")
    assert status == 409, problem


@pytest.mark.parametrize(
    ("happened", "reason"),
    [
        ("cancelled", "edition-cancelled"),
        ("over", "edition-over"),
        ("closed", "registration-closed"),
        ("full", "edition-full"),
    ],
)
def test_an_edition_that_takes_nobody_is_told_as_what_it_is(on_stage: Stage, happened: str, reason: str) -> None:
    given: dict[str, Any] = {"full": {"seats": 1}, "closed": {"registration_closes_at": "2027-02-01T12:00"}}.get(
        happened, {}
    )
    edition = organised(on_stage, **given)
    form = connected(on_stage, to={"edition": edition})
    match happened:
        case "full":
            registered(on_stage, edition, "first@example.org")
        case "cancelled":
            on_stage.api("POST", f"/editions/{edition}/cancel")
        case "closed":
            on_stage.clock.turn(by=timedelta(days=1))
        case "over":
            on_stage.clock.turn(by=timedelta(days=60))
    form.send(FILLED_IN)
    assert form.reasons() == [reason]
    assert [one["email"] for one in people(on_stage, edition) if one["email"] == "mia@example.org"] == []


def test_a_mended_mapping_registers_what_was_kept_each_once(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, fields={"email": "Anschrift"})
    for name in ("mia", "ole"):
        form.send({**without("E-Mail"), "Adresse": f"{name}@example.org"})
    assert form.reasons() == ["address-missing", "address-missing"]
    on_stage.api("PATCH", f"/sources/{form.id}", {"fields": {"email": "adresse"}})
    first = form.submissions()[-1]["id"]
    status, shown = on_stage.api("POST", f"/sources/{form.id}/submissions/{first}/replay")
    assert (status, shown["state"]) == (200, "registered")
    assert on_stage.api("POST", f"/sources/{form.id}/submissions/{first}/replay")[0] == 409
    status, rest = on_stage.api("POST", f"/sources/{form.id}/replay")
    assert (status, [one["state"] for one in rest["items"]]) == (200, ["registered"])
    on_stage.run()
    assert sorted(one["email"] for one in people(on_stage, edition)) == ["mia@example.org", "ole@example.org"]
    assert [len(on_stage.subjects(f"{name}@example.org")) for name in ("mia", "ole")] == [1, 1]
    assert on_stage.api("POST", f"/sources/{form.id}/replay")[1] == {"items": []}


def test_what_is_dismissed_is_listed_as_such_and_replayed_only_by_itself(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    form.send(without("E-Mail"))
    known_as = form.submissions()[0]["id"]
    for _ in range(2):
        assert on_stage.api("POST", f"/sources/{form.id}/submissions/{known_as}/dismiss")[1]["state"] == "dismissed"
    assert form.submissions("kept") == []
    assert len(form.submissions("dismissed")) == 1
    assert on_stage.api("POST", f"/sources/{form.id}/replay")[1] == {"items": []}


def test_what_is_kept_expires_after_thirty_days(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    form.send(without("E-Mail"))
    path = f"/sources/{form.id}/submissions/{form.submissions()[0]['id']}"
    on_stage.clock.turn(by=timedelta(days=30) - timedelta(minutes=1))
    assert form.reasons() == ["address-missing"]
    assert on_stage.api("GET", path)[0] == 200
    on_stage.clock.turn(by=timedelta(minutes=1))
    assert form.submissions() == []
    # DynamoDB deletes it up to days later; until then it is hidden.
    for later in (timedelta(), timedelta(hours=1)):
        on_stage.clock.turn(by=later)
        assert on_stage.api("GET", path)[0] == 404
        assert on_stage.api("POST", f"{path}/replay")[0] == 404


def test_a_fault_of_ours_keeps_the_submission(on_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no such fault to be had on purpose, so one is made: what follows must not lose anybody."""
    edition = organised(on_stage)
    form = connected(on_stage)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(intake, "decide", broken)
        assert form.send(FILLED_IN).json_body["state"] == "kept"
    assert form.reasons() == ["our-fault"]
    on_stage.api("POST", f"/sources/{form.id}/replay")
    assert [one["email"] for one in people(on_stage, edition)] == ["mia@example.org"]


def test_what_was_filled_in_elsewhere_is_found_with_the_person(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    form.send(without("Datenschutz"))
    known_as = form.submissions()[0]["id"]
    (held,) = on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["submissions"]
    assert held == {"source": form.id, "id": known_as, "state": "kept"}
    on_stage.clock.turn(by=timedelta(days=31))
    assert on_stage.api("POST", "/people/lookup", {"email": "mia@example.org"})[1]["submissions"] == []


# Consent and announcements


def consent(form: Form, edition: str) -> dict[str, Any]:
    (made,) = people(form.stage, edition)
    return dict(made["consent"])


def test_the_words_of_the_box_are_kept_as_proof(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage)
    form.send(FILLED_IN)
    proof = consent(form, edition)
    assert (proof["wording"], proof["source"]) == (FILLED_IN["Datenschutz"], "source Our form")
    assert proof["requested_at"] == "2027-02-01T09:00:00Z"


def test_the_source_may_say_what_the_form_shows_to_everybody(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, consent={"basis": "collected-by-form", "wording": "Mit dem Absenden stimmst du zu."})
    form.send(without("Datenschutz"))
    assert consent(form, edition)["wording"] == "Mit dem Absenden stimmst du zu."


def test_a_wish_for_announcements_asks_again_by_mail(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage, announcements={"field": "rundbrief"})
    form.send(FILLED_IN | {"Rundbrief": "Ja, gern"})
    assert len(on_stage.subjects("mia@example.org")) == 2
    (subscriber,) = on_stage.api("GET", "/series/kaffeepause/subscribers")[1]["items"]
    assert (subscriber["status"], subscriber["consent"]["source"]) == ("pending", "source Our form")


@pytest.mark.parametrize("said", ["", "nein", "No, thanks", "False", "0", False, None, []])
def test_no_is_no(on_stage: Stage, said: Any) -> None:
    organised(on_stage)
    form = connected(on_stage, announcements={"field": "rundbrief"})
    form.send(FILLED_IN | {"Rundbrief": said})
    assert form.reasons() == ["registered"]
    assert len(on_stage.subjects("mia@example.org")) == 1


# Which edition


def test_a_series_means_its_next_open_edition(on_stage: Stage) -> None:
    later = organised(on_stage, starts_at="2027-04-14T14:30")
    cancelled = organised(on_stage, starts_at="2027-02-10T14:30")
    organised(on_stage, starts_at="2027-02-03T14:30", publish=False)
    on_stage.api("POST", f"/editions/{cancelled}/cancel")
    form = connected(on_stage)
    form.send(FILLED_IN)
    assert form.submissions()[0]["edition"] == later
    on_stage.api("POST", f"/editions/{later}/cancel")
    form.send(FILLED_IN | {"E-Mail": "ole@example.org"})
    assert form.reasons()[0] == "no-open-edition"


def test_a_full_next_edition_is_not_swapped_for_a_later_one(on_stage: Stage) -> None:
    full = organised(on_stage, seats=1)
    organised(on_stage, starts_at="2027-04-14T14:30")
    registered(on_stage, full, "first@example.org")
    form = connected(on_stage)
    form.send(FILLED_IN)
    assert form.reasons() == ["edition-full"]


@pytest.mark.parametrize(
    "said",
    [
        "2027-03-10",
        "10.03.2027, 14:30 Uhr",
        "10.3.2027",
        "Mittwoch, 10. März 2027",
        "10. März 2027 (online)",
        "gemeinsam wirken ",
    ],
)
def test_a_field_names_the_edition_by_its_date_or_title(on_stage: Stage, said: str) -> None:
    wanted = organised(on_stage)
    organised(on_stage, starts_at="2027-04-14T14:30", title="Ein anderes Thema")
    form = connected(on_stage, to={"field": "Termin", "series": "kaffeepause"})
    form.send(FILLED_IN | {"Termin": said})
    assert form.submissions()[0]["edition"] == wanted
    form.send(FILLED_IN | {"Termin": "irgendwann"})
    assert form.reasons()[0] == "edition-unknown"


def test_a_field_names_the_edition_by_id_or_by_what_the_source_says(on_stage: Stage) -> None:
    edition = organised(on_stage)
    form = connected(on_stage, to={"field": "Termin", "values": {"Der nächste": edition}})
    form.send(FILLED_IN | {"Termin": "der nächste "})
    form.send(FILLED_IN | {"Termin": edition, "E-Mail": "ole@example.org"})
    form.send(FILLED_IN | {"Termin": "0123456789ab", "E-Mail": "ida@example.org"})
    assert {one["email"] for one in people(on_stage, edition)} == {"mia@example.org", "ole@example.org"}
    assert form.reasons() == ["edition-unknown", "registered", "registered"]


def test_an_edition_of_another_series_is_not_reached_by_a_source_of_this_one(on_stage: Stage) -> None:
    organised(on_stage)
    on_stage.api("POST", "/series", SERIES | {"slug": "lesung", "title": "Lesung"})
    other = on_stage.api("POST", "/series/lesung/editions", EDITION)[1]["id"]
    on_stage.api("POST", f"/editions/{other}/publish", {"announce": None})
    form = connected(on_stage, to={"field": "Termin", "series": "kaffeepause"})
    form.send(FILLED_IN | {"Termin": other})
    assert form.reasons() == ["edition-unknown"]


@pytest.mark.parametrize("how", ["full", "closed"])
def test_a_webhook_does_not_tell_who_is_registered_where_nobody_gets_a_seat(on_stage: Stage, how: str) -> None:
    edition = organised(on_stage, seats=1 if how == "full" else 5)
    form = connected(on_stage, to={"edition": edition})
    assert form.send(FILLED_IN).json_body["state"] == "registered"
    on_stage.clock.turn(by=timedelta(minutes=11))
    if how == "closed":
        closing = {"registration_closes_at": "2027-02-01T10:05"}
        assert on_stage.api("PATCH", f"/editions/{edition}", closing)[0] == 200
    seen = []
    for email in ("mia@example.org", "ole@example.org"):
        answer = form.send(FILLED_IN | {"E-Mail": email})
        names = sorted(name.lower() for name in answer.headers)
        seen.append((answer.status_code, names, answer.json_body["state"], len(answer.body)))
    assert seen[0] == seen[1]
    assert form.reasons() == [f"edition-{how}" if how == "full" else "registration-closed", "registered", "registered"]
    assert on_stage.subjects("mia@example.org") == ["Du bist dabei: Gemeinsam wirken"] * 2


def test_a_name_with_an_address_in_it_is_kept_and_greets_nobody(on_stage: Stage) -> None:
    organised(on_stage)
    form = connected(on_stage)
    assert form.send(FILLED_IN | {"Name": "Gewinn: evil.example.com/x"}).json_body["state"] == "kept"
    kept = form.submission()
    assert (kept["reason"], kept["detail"]) == (
        "field-invalid",
        "name: Please write a name here, without a web or e-mail address.",
    )
    assert on_stage.inbox("mia@example.org") == []


@pytest.mark.parametrize("name", ["\u3164", "\u2800", "\u0301", "\u200b"])
def test_a_name_that_nobody_sees_is_missing(on_stage: Stage, name: str) -> None:
    organised(on_stage)
    form = connected(on_stage)
    form.send(FILLED_IN | {"Name": name})
    assert form.reasons() == ["name-missing"]
