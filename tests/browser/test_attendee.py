"""What attendees live through, from the front page to the seat and back."""

from __future__ import annotations

import re

from selenium.webdriver.common.keys import Keys

from tests.browser.browser import Browser
from tests.browser.site import Site, de

TALK = "Gemeinsam wirken: Collective Impact im Alltag"
MEETING = "https://treffen.example/kaffeepause"
NAME, EMAIL, QUESTION = de("Your name"), de("Your e-mail address"), de("Question or remark")
CONSENT, THANKS = de("I agree that my details are used to run this event."), de("You’re in!")
GIVEN_BACK = de("Your registration is cancelled")


def register(browser: Browser, name: str, email: str) -> None:
    browser.fill_in({NAME: name, EMAIL: email})
    browser.tick(CONSENT)
    browser.press(de("Register"))


def test_from_the_front_page_to_a_seat_back_and_in_again(site: Site, browser: Browser) -> None:
    browser.open("/")
    assert browser.heading == de("Our event series")
    browser.press("Virtuelle Kaffeepause")
    assert de("Never miss an event") in browser.text
    browser.press(TALK)
    free = browser.one(".free").text
    assert re.search(r"\d+", free)
    assert MEETING not in browser.text, "where to meet is told to those who come"

    register(browser, "Nora Feld", "nora@example.org")
    assert browser.heading == THANKS
    assert TALK in browser.text
    browser.driver.refresh()
    assert site.subjects("nora@example.org") == [de("You’re in: %(title)s", title=TALK)], "a reload sends nothing twice"

    browser.open_mail("nora@example.org", TALK)
    assert "Hallo Nora," in browser.mail_text
    assert MEETING in browser.mail_text
    browser.press_in_mail(de("Please cancel, so that somebody else can have your seat."))
    assert browser.heading == de("You’re in, %(name)s!", name="Nora Feld")
    assert MEETING in browser.text

    browser.press(de("Cancel my registration"))
    assert browser.heading == GIVEN_BACK
    browser.press(de("Register again"))
    assert browser.one(".free").text == free, "the seat is free again"

    register(browser, "Nora Feld", "nora@example.org")
    assert browser.heading == THANKS
    assert len(site.subjects("nora@example.org")) == 3, "in, back, and in again"


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(site: Site, browser: Browser) -> None:
    browser.open(f"/editions/{site.talk}")
    browser.fill_in({EMAIL: "nora bei example", "Organisation": "Café Süd & Co. <3", QUESTION: "Und mit\nKindern?"})
    browser.press(de("Register"))

    summary = browser.one("#errors")
    assert summary.get_attribute("role") == "alert"
    assert browser.driver.title.startswith(de("Error:"))
    assert len(browser.all("#errors li")) == 3
    for label in (NAME, EMAIL, CONSENT):
        field = browser.field(label)
        assert field.get_attribute("aria-invalid") == "true"
        assert browser.all(f"#{field.get_attribute('id')}-error")[0].text in browser.described(field)
    assert de("An e-mail address has no spaces in it.") in browser.described(browser.field(EMAIL))
    assert browser.field(EMAIL).get_attribute("value") == "nora bei example"
    assert browser.field("Organisation").get_attribute("value") == "Café Süd & Co. <3"
    assert browser.field(QUESTION).get_attribute("value") == "Und mit\nKindern?"
    assert browser.field("Organisation").get_attribute("aria-invalid") is None

    browser.driver.execute_script("arguments[0].focus()", summary)
    assert browser.focused == summary, "a screen reader can be led there"
    browser.all("#errors a")[1].click()
    assert browser.focused == browser.field(EMAIL), "and on to the field"

    register(browser, "Nora Feld", "nora.feld@example.org")
    assert browser.heading == THANKS


def test_the_last_seat_goes_while_somebody_else_is_still_typing(site: Site, browser: Browser) -> None:
    edition = site.edition("Ein Platz am Kamin", seats=1)
    browser.open(f"/editions/{edition}")
    assert browser.one(".free").text == "Noch ein Platz frei"
    site.people.register(edition, "Ada Früh", "ada@example.org")
    register(browser, "Zoe Spät", "zoe@example.org")
    assert "Alle Plätze sind vergeben" in browser.text
    assert site.subjects("zoe@example.org") == []


def test_a_registration_by_keyboard_alone(site: Site, browser: Browser) -> None:
    browser.open(f"/editions/{site.talk}")
    first = browser.tab()
    assert first.text == de("Skip to the content"), "the first stop leads past the top of the page"
    first.send_keys(Keys.ENTER)
    assert browser.focused == browser.one("main")

    browser.tab_to(browser.field(NAME))
    browser.focused.send_keys("Kim Taste")
    assert browser.tab() == browser.field(EMAIL)
    browser.focused.send_keys("kim@example.org")
    assert browser.tab() == browser.field("Organisation")
    assert browser.tab() == browser.field(QUESTION)
    assert browser.tab() == browser.field(CONSENT)
    browser.focused.send_keys(Keys.SPACE)
    assert browser.focused.is_selected()
    assert de("Privacy notice") in browser.tab().text
    announcements = browser.tab()
    assert announcements.get_attribute("type") == "checkbox"
    assert not announcements.is_selected(), "nobody is subscribed by doing nothing"
    button = browser.tab()
    assert button.text == de("Register")
    assert button.value_of_css_property("outline-style") == "solid", "where the focus is can be seen"
    browser.leave_by(button, Keys.ENTER)
    assert browser.heading == THANKS
    assert len(site.subjects("kim@example.org")) == 1


def test_enter_in_a_field_sends_the_form(site: Site, browser: Browser) -> None:
    browser.open(f"/editions/{site.talk}")
    browser.leave_by(browser.field(NAME), "Kim Taste", Keys.ENTER)
    assert len(browser.all("#errors li")) == 2


def test_everything_works_without_javascript(site: Site, plain_browser: Browser) -> None:
    browser = plain_browser
    browser.open("data:text/html,<noscript>off</noscript>")
    assert browser.text == "off", "this browser runs no scripts"
    browser.open(f"/editions/{site.talk}")
    browser.press(de("Register"))
    assert len(browser.all("#errors li")) == 3
    register(browser, "Ohne Skript", "ohne@example.org")
    assert browser.heading == THANKS
    browser.open(site.people.link("ohne@example.org", "/registrations/"))
    browser.press(de("Cancel my registration"))
    assert browser.heading == GIVEN_BACK


def test_ticking_the_announcements_asks_for_them_in_a_second_mail(site: Site, browser: Browser) -> None:
    browser.open(f"/editions/{site.talk}")
    browser.fill_in({NAME: "Lia Doppelt", EMAIL: "lia@example.org"})
    browser.tick(CONSENT)
    browser.tick("Ich möchte per E-Mail erfahren")
    browser.press(de("Register"))
    asked, registered = sorted(site.subjects("lia@example.org"))
    assert asked.startswith(de("Please confirm"))
    assert TALK in registered


def test_who_opens_every_link_changes_nothing(site: Site, browser: Browser) -> None:
    personal = site.personal_page(site.edition("Scanner öffnen alles"), "Vera Vorsicht", "vera@example.org")
    for path in (personal, f"{personal}/cancel", personal):
        browser.open(path)
    assert browser.heading == de("You’re in, %(name)s!", name="Vera Vorsicht")


def test_a_broken_link_is_explained_in_the_visitors_language(browser: Browser) -> None:
    browser.open("/registrations/abgeschnitten")
    assert browser.heading == de("Not found")
    assert de("This link is not valid. Please open it again from the mail, completely and unchanged.") in browser.text
    assert browser.one("html").get_attribute("lang") == "de"


def test_an_english_series_speaks_english_to_everybody(site: Site, browser: Browser) -> None:
    browser.open(site.english)
    browser.press("What the river remembers")
    assert browser.one("html").get_attribute("lang") == "en"
    browser.fill_in({"Your name": "Sam Reed", "Your e-mail address": "sam.reed@example.org"})
    browser.tick("I agree")
    browser.press("Register")
    assert browser.heading == "You’re in!"
    assert site.subjects("sam.reed@example.org") == ["You’re in: What the river remembers"]
