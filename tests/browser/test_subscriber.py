"""Hearing of a series: asked for twice, ended by one press, taken back by another."""

from __future__ import annotations

from tests.browser.browser import Browser
from tests.browser.site import Site, de

RIA = "ria@example.org"
EMAIL, YES, LISTED = de("Your e-mail address"), de("Yes, send me announcements"), de("You’re on the list")


def test_subscribe_confirm_unsubscribe_and_change_ones_mind(site: Site, browser: Browser) -> None:
    browser.open(site.german)
    browser.fill_in({EMAIL: RIA})
    browser.press(de("Subscribe to announcements"))
    assert browser.heading == de("Almost done: please confirm by e-mail.")

    site.post_arrives()
    browser.open_mail(RIA, de("Please confirm"))
    browser.press_in_mail(YES)
    assert RIA in browser.text
    browser.driver.refresh()
    assert browser.heading == de("Just one more click"), "opening the link is not agreeing yet"
    browser.press(YES)
    assert browser.heading == LISTED

    announce(site, "Erste Ankündigung")
    browser.open_mail(RIA, "Erste Ankündigung")
    browser.press_in_mail(de("Unsubscribe"))
    assert browser.heading == de("No more announcements?")
    browser.press(de("Yes, unsubscribe"))
    assert browser.heading == de("You have unsubscribed")
    announce(site, "Niemand liest mit")

    browser.press(de("Subscribe again"))
    assert browser.heading == LISTED
    announce(site, "Wieder dabei")
    assert [subject.partition(": ")[2] for subject in site.subjects(RIA)[:2]] == ["Wieder dabei", "Erste Ankündigung"]


def test_an_address_that_is_none_is_said_beside_the_field(site: Site, browser: Browser) -> None:
    browser.open(site.german)
    browser.fill_in({EMAIL: "ria"})
    browser.press(de("Subscribe to announcements"))
    field = browser.field(EMAIL)
    assert field.get_attribute("aria-invalid") == "true"
    assert "name@example.org" in browser.described(field)
    assert field.get_attribute("value") == "ria"


def test_an_announcement_leads_to_registration(site: Site, browser: Browser) -> None:
    announce(site, "Mit einem Klick zur Anmeldung")
    browser.open_mail("jule@example.org", "Mit einem Klick zur Anmeldung")
    browser.press_in_mail(de("Register"))
    assert browser.heading == "Mit einem Klick zur Anmeldung"
    assert browser.field(de("Your name"))


def announce(site: Site, title: str) -> None:
    edition = site.edition(title, publish=False)
    site.people.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    site.post_arrives()
