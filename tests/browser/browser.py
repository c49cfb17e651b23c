"""A person at a browser: looks, reads, presses, types. Everything is found by the words that person sees."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE = 60
"""Seconds. Pages are there within one; this only ends a test that would otherwise wait for ever."""
PHONE, DESKTOP = (360, 780), (1280, 900)
LOCAL_SCHEMES = ("data", "about", "blob", "file", "chrome")

# Chromium talks to its maker unless told not to; with this resolver nothing but this machine can be found at all.
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class NoBrowser(Exception):
    """Chromium or its driver is not installed."""


@contextmanager
def chromium(*, scripts: bool = True, language: str = "de-DE", fonts: Path | None = None) -> Iterator[webdriver.Chrome]:
    """A fresh Chromium with an empty profile. ``fonts`` is a fontconfig file. Raises ``NoBrowser``."""
    os.environ["SE_OFFLINE"] = "true"  # selenium would else look for drivers elsewhere
    binary, driver_binary = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver_binary:
        raise NoBrowser("These tests need chromium and chromedriver; `make test-browser` installs them on Debian.")
    with tempfile.TemporaryDirectory(prefix="kaffeepause-browser-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for argument in (*QUIET, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.add_experimental_option(
            "prefs",
            {
                "intl.accept_languages": language,
                "profile.managed_default_content_settings.javascript": 1 if scripts else 2,
                "credentials_enable_service": False,
            },
        )
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        surroundings = {**os.environ, "HOME": profile, "LANGUAGE": "en_GB"} | (
            {"FONTCONFIG_FILE": str(fonts)} if fonts else {}
        )
        driver = webdriver.Chrome(options, webdriver.ChromeService(driver_binary, env=surroundings))
        try:
            driver.set_page_load_timeout(PATIENCE)
            driver.set_script_timeout(PATIENCE)  # axe, on the longest page
            yield driver
        finally:
            driver.quit()


class Browser:
    """``site`` is where paths lead. Words are those on the page, so a test reads as what somebody does."""

    def __init__(self, driver: webdriver.Chrome, site: str) -> None:
        self.driver, self.site = driver, site
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self._looked_through: tuple[tuple[int, int], bool, float] = (DESKTOP, False, 1)

    # Looking

    def open(self, path: str) -> None:
        self.driver.get(self.site + path if path.startswith("/") else path)

    @property
    def path(self) -> str:
        return urlsplit(self.driver.current_url).path

    @property
    def heading(self) -> str:
        return self.one("h1").text.replace("\u00ad", "")

    @property
    def text(self) -> str:
        return self.one("body").text

    @property
    def focused(self) -> WebElement:
        return self.driver.switch_to.active_element

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def field(self, label: str) -> WebElement:
        """The field that ``label`` (or what it begins with) is tied to."""
        for one in self.all("label"):
            if one.text.strip().startswith(label):
                return self.driver.find_element(By.ID, one.get_attribute("for") or "")
        raise NoSuchElementException(f"no field is called {label!r} on {self.path}: {self.text}")

    def described(self, field: WebElement) -> str:
        """What a screen reader adds to a field's name: its hint and its error."""
        ids = (field.get_attribute("aria-describedby") or "").split()
        return " ".join(self.driver.find_element(By.ID, id_).text for id_ in ids)

    # Doing

    def fill_in(self, fields: dict[str, str]) -> None:
        """By label."""
        for label, words in fields.items():
            field = self.field(label)
            field.clear()
            field.send_keys(words)

    def tick(self, label: str) -> None:
        self.field(label).click()

    def press(self, words: str) -> None:
        """A button or a link, by its words; goes on when the next page is there."""
        self.leave_by(self._pressable(words))

    def leave_by(self, element: WebElement, *keys: str) -> None:
        """Click it, or give it ``keys``, and wait for the page that comes of it."""
        here = self.one("html")
        if keys:
            element.send_keys(*keys)
        else:
            element.click()
        WebDriverWait(self.driver, PATIENCE).until(lambda _: _is_gone(here) and self._is_ready())

    def _pressable(self, words: str) -> WebElement:
        for one in self.all("button, a, summary"):
            if " ".join(one.text.split()) == words:
                return one
        seen = [one.text for one in self.all("button, a")]
        raise NoSuchElementException(f"nothing says {words!r} on {self.path}, only {seen}")

    def tab(self, *, back: bool = False) -> WebElement:
        """One press of the tabulator; gives what has the focus then."""
        self.focused.send_keys(*((Keys.SHIFT, Keys.TAB) if back else (Keys.TAB,)))
        return self.focused

    def tab_to(self, element: WebElement, *, at_most: int = 30) -> list[WebElement]:
        """On by tabulator until ``element`` has the focus; gives the stops on the way."""
        stops: list[WebElement] = []
        while self.focused != element:
            assert len(stops) < at_most, f"{element.get_attribute('outerHTML')} is not reached by keyboard"
            stops.append(self.tab())
        return stops

    # Mails

    def open_mail(self, to: str, subject: str) -> None:
        """The newest mail to ``to`` with these words in its subject, in the local inbox."""
        self.open(f"/local/inbox?to={to}")
        for one in self.all(".mails a"):
            if subject in one.text:
                self.leave_by(one)
                return
        raise NoSuchElementException(f"{to} has no mail about {subject!r}, only: {self.text}")

    def press_in_mail(self, words: str) -> None:
        """A link in the mail that is open; it opens a window of its own, and this one closes."""
        inbox = self.driver.current_window_handle
        self.driver.switch_to.frame(self.one("iframe"))
        self._pressable(words).click()
        WebDriverWait(self.driver, PATIENCE).until(lambda driver: len(driver.window_handles) > 1)
        self.driver.close()
        (window,) = (handle for handle in self.driver.window_handles if handle != inbox)
        self.driver.switch_to.window(window)
        self.look_through(*self._looked_through)  # a new window is a default one
        WebDriverWait(self.driver, PATIENCE).until(lambda _: self._is_ready())

    @property
    def mail_text(self) -> str:
        """What the open mail says, as it is shown."""
        self.driver.switch_to.frame(self.one("iframe"))
        try:
            return self.text
        finally:
            self.driver.switch_to.default_content()

    # What it is looked at with

    def look_through(self, size: tuple[int, int] = DESKTOP, dark: bool = False, scale: float = 1) -> None:
        """A window of ``size``, in light or dark colours; a phone's has a mobile viewport."""
        self._looked_through = size, dark, scale
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": size == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})

    def overhang(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(
            self.driver.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    # What happens behind the page

    def listen(self) -> None:
        """Take down what the browser has asked for and complained about since the last time."""
        for entry in self.driver.get_log("performance"):
            message: dict[str, Any] = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requested.append(message["params"]["request"]["url"])
        for entry in self.driver.get_log("browser"):
            # An answer that says no is an answer; what a page itself does wrong is not.
            if entry["level"] == "SEVERE" and "the server responded with a status of" not in entry["message"]:
                self.complaints.append(entry["message"])

    def forget(self) -> None:
        self.listen()
        self.requested.clear()
        self.complaints.clear()

    def requests_elsewhere(self) -> list[str]:
        self.listen()
        home = urlsplit(self.site).netloc
        return [
            url for url in self.requested if urlsplit(url).scheme not in LOCAL_SCHEMES and urlsplit(url).netloc != home
        ]

    def _is_ready(self) -> bool:
        return bool(self.driver.execute_script("return document.readyState") == "complete")


def _is_gone(element: WebElement) -> bool:
    from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    except (WebDriverException, TimeoutException):
        return False
    return False
