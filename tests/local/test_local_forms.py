"""``/local/forms``: forms elsewhere that are played, and what becomes of what they post."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from chalicelib.words.wording import version
from local.demo.seed import GERMAN, PUBLISHED, SOURCES
from local.demo.visitor import Visitor
from local.processes.system import LocalSystem
from local.site.client import Client
from local.site.form_tools import AGREE

pytestmark = pytest.mark.processes

SEEDED = {str(source["kind"]): source for source in SOURCES}

FORM = "application/x-www-form-urlencoded"

each_kind = pytest.mark.parametrize("kind", list(SEEDED))


class Page:
    """The page of one form, with a source of its own."""

    def __init__(self, people: Visitor, kind: str, **given: Any) -> None:
        self._people = people
        self.id = str(people.api("POST", "/sources", SEEDED[kind] | given)["id"])
        self.path = f"/local/forms/{self.id}"

    @property
    def text(self) -> str:
        return self._people.look_at(self.path)

    def said(self) -> list[str]:
        """What the page says has happened."""
        found = re.findall(r'<p class="(?:done|error)"[^>]*>(.*?)</p>', self.text, re.DOTALL)
        return [" ".join(re.sub(r"<[^>]+>", " ", unescape(one)).split()) for one in found]

    def press(self, do: str = "send", *, email: str, **fields: str) -> None:
        given = {"name": "Kim Berger", "email": email, "privacy": "on"} | fields
        self._people.fill_in(self.path, do=do, **{name: value for name, value in given.items() if value})
        self._people.system.drain(hidden_too=False)

    def replay(self) -> str:
        """The button beside what is kept; gives the state that it led to."""
        (kept,) = re.findall(rf'action="({self.path}/submissions/[^/"]+/replay)"', self.text)
        self._people.fill_in(kept)
        self._people.system.drain(hidden_too=False)
        return str(self.submissions()[0]["state"])

    def mend(self) -> None:
        (field,) = re.findall(r'name="email" value="([^"]+)">Mend', self.text)
        self._people.fill_in(f"{self.path}/mapping", email=unescape(field))

    def submissions(self) -> list[dict[str, Any]]:
        return list(self._people.api("GET", f"/sources/{self.id}/submissions")["items"])

    def outcomes(self) -> list[str]:
        return [one["reason"] or one["state"] for one in self.submissions()]


@pytest.fixture(scope="module")
def people() -> Iterator[Visitor]:
    """The real application with one edition that people can register for."""
    with LocalSystem() as running:
        visitor = Visitor(running)
        visitor.api("POST", "/series", GERMAN)
        day = running.now() + timedelta(days=8)
        edition = PUBLISHED | {"starts_at": f"{day:%Y-%m-%dT14:30}", "duration_minutes": 45, "seats": None}
        made = visitor.api("POST", f"/series/{GERMAN['slug']}/editions", edition)["id"]
        visitor.api("POST", f"/editions/{made}/publish", {"announce": None})
        yield visitor


def mails(people: Visitor, to: str) -> list[str]:
    return [str(mail["subject"]).partition(":")[0] for mail in people.system.inbox(to)]


def registration(people: Visitor, email: str) -> dict[str, Any]:
    (edition,) = people.api("GET", f"/series/{GERMAN['slug']}/editions")["items"]
    items = people.api("GET", f"/editions/{edition['id']}/registrations")["items"]
    (found,) = [one for one in items if one["email"] == email]
    return dict(found)


@each_kind
def test_a_form_registers_with_everything_that_was_filled_in(people: Visitor, kind: str) -> None:
    page, email = Page(people, kind), f"{kind}.all@example.org"
    page.press(email=email, organisation="Stadtgrün", note="Klappt das?", newsletter="on")
    assert page.outcomes() == ["registered"]
    assert page.said() == [f"200 Registered. The mail to {email} is in the inbox ."]
    made = registration(people, email)
    assert (made["name"], made["organisation"], made["note"]) == ("Kim Berger", "Stadtgrün", "Klappt das?")
    assert made["privacy_wording"] == version(AGREE)
    assert sorted(mails(people, email)) == ["Bitte bestätige", "Du bist dabei"]
    assert f'/local/inbox?to={email.replace("@", "%40")}"' in page.text


@each_kind
def test_nobody_is_registered_without_the_privacy_box(people: Visitor, kind: str) -> None:
    page, email = Page(people, kind), f"{kind}.private@example.org"
    page.press(email=email, privacy="")
    assert page.outcomes() == ["consent-missing"]
    assert mails(people, email) == []


@each_kind
def test_sent_again_it_gets_the_first_answer_and_registers_nobody(people: Visitor, kind: str) -> None:
    # A tool without an id of its own is known by what was filled in and the minute, so both have to come in one.
    people.system.clock.travel(people.system.now().replace(second=0, microsecond=0) + timedelta(minutes=1))
    page, email = Page(people, kind), f"{kind}.again@example.org"
    page.press(email=email)
    answered = re.findall(r"<pre.*?</pre>", page.text, re.DOTALL)
    page.press("again", email="somebody.else@example.org")
    assert re.findall(r"<pre.*?</pre>", page.text, re.DOTALL) == answered != []
    assert "The very same request" in page.text
    assert page.outcomes() == ["registered"]
    assert mails(people, email) == ["Du bist dabei"]


def test_nothing_is_repeated_before_something_was_sent(people: Visitor) -> None:
    page = Page(people, "tally")
    assert "Send it again" not in page.text
    status, answer = people.http.send("POST", page.path, b"do=again", {"Content-Type": FORM})
    assert status == 409
    assert "Nothing was sent yet" in answer


@pytest.mark.parametrize("kind", ["typeform", "token"])
def test_a_test_is_received_and_registers_nobody(people: Visitor, kind: str) -> None:
    page = Page(people, kind)
    page.press("test", email=f"{kind}.test@example.org")
    assert page.outcomes() == ["test"]
    assert page.said() == ["200 Test received. Nobody is registered."]
    assert mails(people, f"{kind}.test@example.org") == mails(people, "an_account@example.com") == []


def test_tally_has_no_test_button(people: Visitor) -> None:
    assert "Send a test" not in Page(people, "tally").text


@each_kind
def test_a_broken_form_is_kept_until_the_mapping_is_mended(people: Visitor, kind: str) -> None:
    page, email = Page(people, kind), f"{kind}.broken@example.org"
    page.press("break", email=email)
    assert page.outcomes() == ["address-missing"]
    assert page.said() == ["200 Kept: nobody is registered, nothing is lost. The reason is below."]
    assert page.replay() == "kept"
    assert mails(people, email) == []
    page.mend()
    assert "Mend the mapping" not in page.text
    assert page.replay() == "registered"
    assert mails(people, email) == ["Du bist dabei"]


@each_kind
def test_the_form_fits_its_source_again_after_it_was_mended(people: Visitor, kind: str) -> None:
    page = Page(people, kind)
    for number in (1, 2):
        page.press("break", email=f"{kind}.breaks{number}@example.org")
        assert page.outcomes()[0] == "address-missing"
        page.mend()
        assert page.replay() == "registered"
        page.press(email=f"{kind}.fits{number}@example.org")
        assert page.outcomes()[0] == "registered"


@each_kind
def test_an_address_left_empty_cannot_be_mended(people: Visitor, kind: str) -> None:
    page = Page(people, kind)
    page.press(email="")
    assert page.outcomes() == ["address-missing"]
    assert "Mend the mapping" not in page.text
    assert page.replay() == "kept"


def test_what_came_back_registered_cannot_be_replayed(people: Visitor) -> None:
    page = Page(people, "token")
    page.press(email="once@example.org")
    (submission,) = page.submissions()
    status, answer = people.http.send("POST", f"{page.path}/submissions/{submission['id']}/replay")
    assert status == 409
    assert "only what is kept can be replayed" in answer


def test_a_form_whose_secret_only_its_tool_knows_is_not_played(people: Visitor) -> None:
    page = Page(people, "tally", secret="given out by the tool itself")
    status, answer = people.http.send("POST", page.path, b"do=send&email=x@example.org", {"Content-Type": FORM})
    assert status == 409
    assert "Only its tool knows the secret" in answer


def test_what_somebody_fills_in_is_escaped(people: Visitor) -> None:
    page = Page(people, "typeform")
    page.press(email='"><b>@example.org', name="<script>alert(1)</script>", note="</textarea>")
    assert "<script" not in page.text
    assert page.text.count("</textarea>") == 1
    assert "<b>@" not in page.text


def test_deleted_and_unknown_sources_are_not_there(people: Visitor) -> None:
    page = Page(people, "tally")
    assert page.path in people.look_at("/local/forms")
    people.api("DELETE", f"/sources/{page.id}")
    assert page.path not in people.look_at("/local/forms")
    assert people.http.send("GET", page.path)[0] == 404
    assert people.http.send("POST", "/local/forms/none", b"do=send", {"Content-Type": FORM})[0] == 404


def test_an_application_without_sources_has_an_empty_page(system: LocalSystem) -> None:
    """The small application of the other tests here is one."""
    status, text = Client(system.url, system.admin_key).send("GET", "/local/forms")
    assert status == 200
    assert "No form is connected" in text
