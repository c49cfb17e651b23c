"""``python -m tests.browser.pictures``: the pictures under docs/images, taken of the local system.

The clock starts at a fixed moment and the fonts are named, so a picture changes only when what it shows does.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from local.demo.seed import seed
from local.processes.system import LocalSystem
from tests.browser.browser import Browser, chromium
from tests.browser.site import Site, de

IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"
BEGIN = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
LARGEST = 250_000
COLOURS = 256
UNSEEN = 32
"""Of 255 steps of a colour: what the edge of a letter may differ by."""

FONTS = ("Open Sans", "P052")
"""Free cousins of what most readers have: their system's sans serif, and Palatino."""

WITHOUT_IDS = """document.querySelectorAll("pre, code").forEach(
  one => one.textContent = one.textContent.replace(/[0-9a-f]{12}(-[0-9a-f]{16})?/g, "0123456789ab"))"""
"""Ids are others each time; a picture changes only when what it shows does."""

FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
  <selectfont><rejectfont><glob>*.pfb</glob></rejectfont><rejectfont><glob>*.t1</glob></rejectfont></selectfont>
  <alias binding="same"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>sans</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>serif</family><prefer><family>P052</family></prefer></alias>
  <alias binding="same"><family>Palatino</family><accept><family>P052</family></accept></alias>
  <match><edit name="family" mode="append_last"><string>Open Sans</string></edit></match>
</fontconfig>
"""


class Ugly(Exception):
    """This picture would not do; says why."""


def main() -> int:
    if missing := [font for font in FONTS if not _has(font)]:
        sys.stderr.write(f"These fonts are missing: {', '.join(missing)}. `make pictures` installs them on Debian.\n")
        return 1
    IMAGES.mkdir(exist_ok=True)
    with _stage() as (site, browser):
        take(site, browser)
    return 0


def take(site: Site, browser: Browser) -> None:
    talk, mia = f"/editions/{site.talk}", "mia@example.org"
    _look(browser, talk, "edition", (1280, 0))
    _look(browser, talk, "edition-dark", (1280, 860), dark=True)
    _look(browser, talk, "edition-phone", (390, 844), scale=2)
    _look(browser, site.people.link(mia, "/registrations/"), "registration", (860, 0))
    site.people.api("POST", f"/editions/{site.draft}/publish", {"announce": "now"})
    site.post_arrives()
    _look(browser, "/local/inbox", "inbox", (1000, 640))
    browser.open("/local/forms")
    for button in ("Submit", "Send a test", "Break it"):
        browser.press(button)
    _look(browser, "/local/forms", "forms", (1000, 0), before=WITHOUT_IDS)
    site.system.clock.travel(BEGIN)  # back to full seconds; nothing is due in the few that have passed
    _look(browser, "/local/clock", "clock", (1000, 0))
    announcement, confirmation = (
        next(mail for mail in site.system.inbox(mia) if mail["subject"].startswith(words))
        for words in ("31. März", de("You’re in: %(title)s", title=""))
    )
    _look_at_mail(browser, "mail-announcement", announcement)
    _look_at_mail(browser, "mail-confirmation", confirmation)
    _an_organisers_month(site, browser)


def _an_organisers_month(site: Site, browser: Browser) -> None:
    """The mails that an organiser causes: to Mia, who only reads, and to Rita, who comes."""
    api, text = site.people.api, "Worum es geht:\n\n- was ein Ehrenamt dir bringt\n- wie du {} findest"
    mia, rita = "mia@example.org", "rita@example.org"
    edition = site.edition(
        "Ehrenamt und Beruf", publish=False, location={"online": True}, announcement=text.format("Zeit dafuer")
    )
    path = f"/editions/{edition}"

    def newest(to: str) -> dict[str, Any]:
        site.post_arrives()
        return site.system.inbox(to)[0]

    api("POST", f"{path}/publish", {"announce": "now"})
    site.post_arrives()
    site.system.travel(advance="PT10M")
    api("PATCH", path, {"announcement": text.format("Zeit dafür")})
    api("POST", f"{path}/correct", {"text": "Da war ein Tippfehler. Entschuldige!"})
    _look_at_mail(browser, "mail-correction", newest(mia))
    site.people.register(edition, "Rita Winter", rita)
    site.post_arrives()
    link = {"join_url": "https://treffen.example/beruf"}
    api("PATCH", path, {"location": link, "tell_registered": True})
    _look_at_mail(browser, "mail-link", newest(rita))
    words = "Bring gern **Fragen** mit: Wir nehmen uns am Ende viel Zeit dafür."
    api("POST", f"{path}/messages", {"subject": "Vor unserem Treffen", "text": words, "at": "now"})
    _look_at_mail(browser, "mail-message", newest(rita))
    day = site.system.now() + timedelta(days=9)
    note = "Unser Gast ist am ersten Termin *krank*."
    api("POST", f"{path}/move", {"starts_at": f"{day:%Y-%m-%d}T18:00", "note": note})
    site.post_arrives()
    site.system.travel(advance="PT10M")
    _look_at_mail(browser, "mail-moved", newest(mia))
    site.system.travel(advance="P10D")
    api("PATCH", path, {"recording_url": "https://video.example/beruf", "thank": "now"})
    _look_at_mail(browser, "mail-thanks", newest(rita))
    other = site.edition("Ehrenamt und Studium", publish=False)
    api("POST", f"/editions/{other}/publish", {"announce": "now"})
    site.post_arrives()
    site.system.travel(advance="PT10M")
    api("POST", f"/editions/{other}/cancel", {"reason": "Unser Gast ist krank."})
    site.post_arrives()
    site.system.travel(advance="PT10M")
    _look_at_mail(browser, "mail-cancelled", newest(mia))


def _look_at_mail(browser: Browser, name: str, mail: Mapping[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "mail.html"
        page.write_text(mail["html"], "utf-8")
        _look(browser, page.as_uri(), name, (660, 0))


def _look(
    browser: Browser,
    path: str,
    name: str,
    size: tuple[int, int],
    *,
    dark: bool = False,
    scale: float = 1.5,
    before: str = "",
) -> None:
    """A height of 0 means: all of it. ``before`` is a script that is run on the page first."""
    width, height = size
    browser.look_through((width, height or 900), dark, scale)
    browser.open(path)
    browser.driver.execute_script(before)
    if not height:
        browser.look_through(
            (width, browser.driver.execute_script("return Math.ceil(document.body.getBoundingClientRect().height)")),
            dark,
            scale,
        )
    keep(IMAGES / f"{name}.png", browser.driver.get_screenshot_as_png())
    print(f"{name}.png")  # noqa: T201  # said to whoever renews the pictures


def keep(file: Path, png: bytes) -> None:
    """Write the picture with few colours, unless the file shows the same already.

    Raises ``Ugly`` for one that is too large.
    """
    picture = (
        Image.open(io.BytesIO(png))
        .convert("RGB")
        .quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    )
    if file.exists() and _same(Image.open(file), picture):
        return
    packed = io.BytesIO()
    picture.save(packed, "PNG", optimize=True)
    if packed.tell() > LARGEST:
        raise Ugly(
            f"{file.name} would have {packed.tell():,} bytes; {LARGEST:,} are the most a reader should wait for."
        )
    file.write_bytes(packed.getvalue())


def _same(one: Image.Image, other: Image.Image) -> bool:
    """Whether nobody sees a difference: a page drawn twice has some edges of letters in a neighbouring shade."""
    if one.size != other.size:
        return False
    shades = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getextrema()
    return all(most <= UNSEEN for _, most in shades)


@contextmanager
def _stage() -> Iterator[tuple[Site, Browser]]:
    # With a key of its own each time, a list would be sent to in another order each time.
    key = {"ADDRESS_KEY": "the same key every time for the same pictures"}
    with tempfile.TemporaryDirectory(prefix="kaffeepause-fonts-") as folder, LocalSystem(environment=key) as system:
        fonts = Path(folder) / "fonts.conf"
        fonts.write_text(FONTCONFIG.format(cache=Path(folder) / "cache"))
        system.clock.travel(BEGIN)
        site = Site(system, draft=seed(system))
        with chromium(fonts=fonts) as driver:
            yield site, Browser(driver, site.url)


def _has(font: str) -> bool:
    lister = shutil.which("fc-list")
    return bool(lister) and bool(subprocess.run([lister, font], capture_output=True, check=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
