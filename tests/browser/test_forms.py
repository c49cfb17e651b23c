"""Forms elsewhere, as the demo plays them: somebody registers by each, one is broken, mended and replayed."""

from __future__ import annotations

import pytest

from tests.browser.axe import violations
from tests.browser.browser import DESKTOP, PHONE, Browser
from tests.browser.site import Site, de

TOOLS = ("Typeform", "Tally", "WordPress")
CONFIRMATION = de("You’re in: %(title)s", title="")
LOOKS = [
    pytest.param(size, dark, id=f"{name}, {'dark' if dark else 'light'}")
    for name, size in (("phone", PHONE), ("desktop", DESKTOP))
    for dark in (False, True)
]
NARROW = (320, 700)


def open_form(browser: Browser, tool: str) -> None:
    browser.open("/local/forms")
    if browser.one(".views a[aria-current]").text != tool:
        browser.press(tool)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_form_elsewhere_registers_and_the_mail_is_one_click_away(site: Site, browser: Browser, tool: str) -> None:
    email = f"{tool.lower()}@example.org"
    open_form(browser, tool)
    browser.fill_in({"Name": f"Anna {tool}", "E-mail": email})
    browser.press("Submit")
    assert browser.heading == "Forms elsewhere"
    assert "Registered." in browser.one("[role=status]").text
    assert browser.all(".submissions li")[0].text.startswith("registered")
    site.post_arrives()
    browser.press(email)
    assert browser.heading == "Inbox 1"
    browser.open_mail(email, CONFIRMATION)
    assert "Hallo Anna," in browser.mail_text


@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_changed_form_sends_is_kept_mended_and_replayed(site: Site, plain_browser: Browser, tool: str) -> None:
    browser, email = plain_browser, f"{tool.lower()}.changed@example.org"
    open_form(browser, tool)
    browser.fill_in({"E-mail": email})
    browser.press("Break it")
    assert browser.one(".state").text == "kept"
    assert "address-missing" in browser.text
    browser.press("Replay")
    assert "kept again" in browser.text
    browser.press("Mend the mapping")
    assert "Mended:" in browser.text
    browser.press("Replay")
    assert "Replayed: registered" in browser.text
    assert browser.one(".state").text == "registered"
    assert len(site.subjects(email)) == 1


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_axe_finds_nothing_on_the_page_however_it_looks(browser: Browser, size: tuple[int, int], dark: bool) -> None:
    open_form(browser, "Typeform")
    for button in ("Submit", "Send it again", "Send a test", "Break it"):
        browser.press(button)
    browser.look_through(size, dark)
    browser.one("summary").click()
    assert browser.all(".submissions li")
    assert violations(browser.driver) == []
    assert browser.overhang() == 0
    browser.look_through(NARROW, dark)
    assert browser.overhang() == 0
