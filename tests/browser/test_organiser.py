"""An organiser publishes, moves and cancels, and lets time pass to see what people get."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.browser.browser import Browser
from tests.browser.site import BERLIN, Site, de

DRAFT = "Erzähl doch mal: Geschichten, die Spenden wert sind"
MIA = "mia@example.org"


def test_a_draft_is_nobodys_business_until_it_is_published(site: Site, browser: Browser) -> None:
    browser.open(f"/editions/{site.draft}")
    assert browser.heading == de("Not found")
    answer = site.people.api("POST", f"/editions/{site.draft}/publish", {"announce": "now"})
    assert (answer["changed"], answer["subscribers"]) == (True, 3)
    site.post_arrives()

    browser.open("/local/inbox")
    newest = [one.text for one in browser.all(".mails .subject")[:3]]
    assert newest == [f"31. März, 14:30 Uhr: {DRAFT}"] * 3
    browser.open_mail(MIA, DRAFT)
    assert "Mittwoch, 31. März 2027, 14:30 Uhr" in browser.mail_text
    assert "MESZ" in browser.mail_text, "the clocks have gone forward by then"
    browser.press_in_mail(de("Register"))
    assert browser.heading == DRAFT


def test_time_travel_by_its_buttons_brings_the_reminders(site: Site, browser: Browser) -> None:
    edition = site.edition("Der Countdown läuft", in_days=2)
    site.people.register(edition, "Ute Uhr", "ute@example.org")
    browser.open("/local/clock")
    assert "Reminder: Der Countdown läuft" in browser.text

    before = site.system.now()
    browser.press("+1 hour")
    assert "Arrived." in browser.text
    assert timedelta(hours=1) <= site.system.now() - before < timedelta(hours=2)
    for _ in range(2):
        browser.press("To the next due mailing")
        assert "in the inbox" in browser.text
    assert site.subjects("ute@example.org") == [
        "Heute, 18:00 Uhr: Der Countdown läuft",
        "Morgen, 18:00 Uhr: Der Countdown läuft",
        "Du bist dabei: Der Countdown läuft",
    ]
    there = (site.system.now() + timedelta(hours=3)).astimezone(BERLIN)
    field = browser.field("To a date and time")
    browser.driver.execute_script("arguments[0].value = arguments[1]", field, f"{there:%Y-%m-%dT%H:%M}")
    browser.press("Go there")
    assert f"{there:%H:%M}" in browser.text

    browser.open(f"/editions/{edition}")
    assert de("This event is over.") in browser.text


def test_the_clock_goes_forward_only_and_says_so(site: Site, browser: Browser) -> None:
    browser.open("/local/clock")
    field = browser.field("To a date and time")
    browser.driver.execute_script("arguments[0].value = '2020-01-01T10:00'", field)
    browser.press("Go there")
    assert "forward only" in browser.one("#error").text
    assert browser.field("To a date and time").get_attribute("aria-invalid") == "true"


def test_a_move_and_a_cancellation_reach_everybody_who_registered(site: Site, browser: Browser) -> None:
    edition = site.edition("Wandertag", in_days=9)
    personal = site.personal_page(edition, "Wim Weg", "wim@example.org")
    day = datetime.fromisoformat(site.people.api("GET", f"/editions/{edition}")["starts_at"]) + timedelta(days=1)
    site.people.api("POST", f"/editions/{edition}/move", {"starts_at": f"{day:%Y-%m-%dT%H:%M}"})
    assert site.subjects("wim@example.org")[0].startswith(de("A new date"))
    browser.open(personal)
    assert f"{day.day}." in browser.one("time").text

    site.people.api("POST", f"/editions/{edition}/cancel")
    assert site.subjects("wim@example.org")[0].startswith(f"{de('Cancelled')}: Wandertag")
    browser.driver.refresh()
    assert browser.heading == de("This event has been cancelled")
    browser.open(f"/editions/{edition}")
    assert de("This event has been cancelled.") in browser.text


def test_a_mail_can_be_looked_at_as_text_source_and_headers(site: Site, browser: Browser) -> None:
    browser.open_mail("tarik@example.org", "Gemeinsam wirken")
    browser.press("Text")
    assert "Kaffeepause" in browser.one("pre.text").text
    browser.press("Headers")
    assert "List-Unsubscribe-Post" in browser.text
    browser.press("Source")
    assert "MIME-Version" in browser.one("pre.source").text
