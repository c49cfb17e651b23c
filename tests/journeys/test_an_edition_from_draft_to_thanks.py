"""An organiser's month with one edition: from the draft, copied from the last one, to the thanks. All of it by HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.builders import organised, registered, subscribed
from tests.stage import Stage

TITLE = "Gemeinsam wirken"
RECORDING = "https://video.example.org/gemeinsam"


@dataclass
class Month:
    """What the organiser asks for, and what everybody has read by then."""

    stage: Stage
    edition: str = ""
    seen: dict[str, int] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        told, answer = self.stage.api(method, path.replace("{id}", self.edition), body)
        assert told == status, (method, path, answer)
        self.stage.run()
        return answer

    def new_mails(self, name: str) -> list[dict[str, Any]]:
        """What has arrived since somebody looked last."""
        address = f"{name}@example.org"
        mails = self.stage.inbox(address)
        before, self.seen[name] = self.seen.get(name, 0), len(mails)
        return mails[before:]

    def new_subjects(self, name: str) -> list[str]:
        return [mail["subject"] for mail in self.new_mails(name)]

    def later(self, **time: int) -> None:
        self.stage.travel(self.stage.clock.now() + timedelta(**time))

    def nothing_new_for(self, *names: str) -> None:
        assert {name: found for name in names if (found := self.new_subjects(name))} == {}


READERS = ("mia", "ole", "ida", "tom")
"""All subscribe; Mia and Ole register, Ida only reads, Tom joins the list late."""


def test_an_organisers_month_with_an_edition(on_stage: Stage) -> None:
    month = Month(on_stage)
    for step in (
        the_next_edition_is_copied,
        the_organiser_looks_ahead,
        what_was_sent_by_mistake_is_withdrawn,
        it_is_announced_with_a_mistake_and_corrected,
        people_register_before_there_is_a_link,
        the_link_is_told,
        who_joined_late_is_told_as_well,
        the_organiser_writes_to_the_registered,
        the_edition_moves,
        the_organiser_looks_who_comes,
        the_event_comes,
        everybody_is_thanked,
        the_numbers_are_right,
    ):
        step(month)
    assert_nobody_was_told_twice(month)


def the_next_edition_is_copied(month: Month) -> None:
    last = organised(month.stage, publish=False)
    for name in READERS[:3]:
        subscribed(month.stage, f"{name}@example.org")
    rhythm = {"rule": "FREQ=MONTHLY;BYDAY=2WE", "at": "14:30", "holiday_region": "DE-BE"}
    month.ask("PATCH", "/series/kaffeepause", {"rhythm": rhythm})
    month.edition = month.ask("POST", f"/editions/{last}/copy", {}, status=201)["id"]
    draft = month.ask("PATCH", "/editions/{id}", {"location": {"place": "Haus am See", "online": True}})
    assert (draft["starts_at"], draft["status"], draft["phase"]) == ("2027-04-14T14:30", "draft", "draft")
    month.ask("DELETE", f"/editions/{last}")
    for name in READERS:
        month.new_mails(name)


def the_organiser_looks_ahead(month: Month) -> None:
    ahead = month.ask("GET", "/editions/{id}/future?announce=2027-03-01T09:00")
    assert [(one["message"], one["due_at"], one["get_it"]) for one in ahead["items"]] == [
        ("announcement", "2027-03-01T09:00", 3),
        ("reminder", "2027-04-13T09:00", 0),
        ("reminder", "2027-04-14T13:30", 0),
    ]
    assert "- was das heißt" in ahead["items"][0]["text"]
    month.nothing_new_for(*READERS)


def what_was_sent_by_mistake_is_withdrawn(month: Month) -> None:
    planned = month.ask("POST", "/editions/{id}/publish", {"announce": {"in_minutes": 10}})["mailings"]
    month.later(minutes=5)
    withdrawn = month.ask("POST", f"/mailings/{planned[0]['id']}/cancel")
    assert (withdrawn["progress"], withdrawn["received"]) == ("cancelled", [])
    month.later(hours=1)
    month.nothing_new_for(*READERS)


def it_is_announced_with_a_mistake_and_corrected(month: Month) -> None:
    month.ask("PATCH", "/editions/{id}", {"announcement": "Worum es get:\n\n- was das heißt"})
    month.ask("POST", "/editions/{id}/announce", {"announce": "now"})
    assert [month.new_subjects(name) for name in READERS[:3]] == [[f"14. April, 14:30 Uhr: {TITLE}"]] * 3
    month.later(hours=1)
    month.ask("PATCH", "/editions/{id}", {"announcement": "Worum es geht:\n\n- was das heißt"})
    month.ask("POST", "/editions/{id}/correct", {"text": "Da fehlte ein **h**."})
    mail = month.new_mails("ida")[0]
    assert mail["subject"] == f"Berichtigung: 14. April, 14:30 Uhr: {TITLE}"
    assert "„Worum es geht:“ statt „Worum es get:“" in mail["text"]
    month.later(hours=1)
    for name in READERS:
        month.new_mails(name)


def people_register_before_there_is_a_link(month: Month) -> None:
    for name, full in (("mia", "Mia Lang"), ("ole", "Ole Sand")):
        registered(month.stage, month.edition, f"{name}@example.org", full)
    mail = month.new_mails("mia")[0]
    assert mail["subject"] == f"Du bist dabei: {TITLE}"
    assert "Haus am See" in mail["text"]
    assert "https://meet" not in mail["text"]
    month.new_mails("ole")


def the_link_is_told(month: Month) -> None:
    location = {"place": "Haus am See", "join_url": "https://meet.example.org/april"}
    month.ask("PATCH", "/editions/{id}", {"location": location, "tell_registered": True})
    told = month.new_mails("mia")
    assert len(told) == len(month.new_mails("ole")) == 1
    assert "https://meet.example.org/april" in told[0]["text"]
    month.nothing_new_for("ida", "tom")


def who_joined_late_is_told_as_well(month: Month) -> None:
    month.later(hours=1)
    subscribed(month.stage, "tom@example.org")
    month.new_mails("tom")
    seen = month.ask("GET", "/editions/{id}/audience?to=joined_since")
    assert (seen["get_it"], seen["left_out"]) == (1, {"joined-earlier": 3})
    wish = {"announce": "now", "to": "joined_since", "audience_state": seen["state"]}
    month.ask("POST", "/editions/{id}/announce", wish)
    assert month.new_subjects("tom") == [f"14. April, 14:30 Uhr: {TITLE}"]
    month.later(hours=1)
    month.nothing_new_for("mia", "ole", "ida")


def the_organiser_writes_to_the_registered(month: Month) -> None:
    message = {"subject": "Bring etwas mit", "text": "Ein *Buch*, das dich **bewegt**.", "at": "now"}
    shown = month.ask("POST", "/editions/{id}/messages/preview", message)
    month.ask("POST", "/editions/{id}/messages", message)
    mail = month.new_mails("ole")[0]
    assert mail["subject"] == shown["subject"] == "Bring etwas mit"
    assert "<strong>bewegt</strong>" in mail["html"]
    assert len(month.new_mails("mia")) == 1
    month.nothing_new_for("ida", "tom")


def the_edition_moves(month: Month) -> None:
    month.later(days=1)
    note = "Am Mittwoch ist das Haus *belegt*."
    shown = month.stage.get(
        f"/api/v1/editions/{month.edition}/preview?message=edition-moved&starts_at=2027-04-15T14:30",
        Authorization="Bearer an organiser's key",
        Accept="text/html",
    )
    assert b"15. April" in shown.body
    plan = month.ask("POST", "/editions/{id}/move", {"starts_at": "2027-04-15T14:30", "note": note})
    assert {"edition-moved", "announced-edition-moved"} <= {one["message"] for one in plan["mailings"]}
    month.later(minutes=10)
    for name in ("mia", "ole"):
        (mail,) = month.new_mails(name)
        assert "belegt" in mail["text"]
        assert mail["attachments"], "the calendar entry moves as well"
    for name in ("ida", "tom"):
        (mail,) = month.new_mails(name)
        assert "15. April" in mail["text"]
        assert "Abbestellen" in mail["text"]


def the_organiser_looks_who_comes(month: Month) -> None:
    month.stage.post(month.stage.link("ole@example.org", "/registrations/") + "/cancel")
    month.stage.run()
    assert month.new_subjects("ole") == [f"Du bist abgemeldet: {TITLE} (15. April)"]
    counts = month.ask("GET", "/editions/{id}")["counts"]
    assert (counts["registered"], counts["cancelled"]) == (1, 1)
    people = month.ask("GET", "/editions/{id}/registrations?mails=true")["items"]
    assert {one["name"]: one["status"] for one in people} == {"Mia Lang": "confirmed", "Ole Sand": "cancelled"}
    assert {mail["outcome"] for one in people for mail in one["mails"]} <= {"sent", "skipped"}
    sheet = month.stage.get(
        f"/api/v1/editions/{month.edition}/registrations",
        Authorization="Bearer an organiser's key",
        Accept="text/csv",
    )
    assert sheet.body.startswith(b"\xef\xbb\xbf")
    assert b"Mia Lang" in sheet.body


def the_event_comes(month: Month) -> None:
    month.stage.travel(datetime(2027, 4, 15, 12, 31, tzinfo=UTC))
    assert month.new_subjects("mia") == [f"Morgen, 14:30 Uhr: {TITLE}", f"Heute, 14:30 Uhr: {TITLE}"]
    month.nothing_new_for("ole", "ida", "tom")
    assert month.ask("GET", "/editions/{id}")["phase"] == "running"
    month.stage.travel(datetime(2027, 4, 15, 14, 0, tzinfo=UTC))


def everybody_is_thanked(month: Month) -> None:
    coming = {"starts_at": "2027-05-12T14:30"}
    after = month.ask("POST", "/editions/{id}/copy", coming, status=201)["id"]
    month.ask("PATCH", f"/editions/{after}", {"title": "Weiter wirken"})
    month.ask("POST", f"/editions/{after}/publish", {"announce": None})
    month.ask("PATCH", "/editions/{id}", {"recording_url": RECORDING, "thank": "now"})
    (mail,) = month.new_mails("mia")
    assert RECORDING in mail["text"]
    assert "Weiter wirken" in mail["text"]
    month.nothing_new_for("ole", "ida", "tom")
    page = month.stage.get(f"/editions/{month.edition}").body.decode()
    assert RECORDING in page


def the_numbers_are_right(month: Month) -> None:
    month.later(days=1)
    report = month.ask("GET", "/editions/{id}/report")
    assert (report["registered"], report["cancelled"], report["coming"]) == (2, 1, 1)
    delivered = {one["message"]: one["delivered"] for one in report["mails"]}
    assert delivered == {
        "announcement": 4,
        "correction": 3,
        "joining-link": 2,
        "message-to-registered": 2,
        "edition-moved": 2,
        "announced-edition-moved": 2,
        "reminder": 2,
        "thank-you": 1,
    }


def assert_nobody_was_told_twice(month: Month) -> None:
    for name in READERS:
        subjects = month.stage.subjects(f"{name}@example.org")
        assert len(subjects) == len(set(subjects)), subjects
    month.nothing_new_for(*READERS)
