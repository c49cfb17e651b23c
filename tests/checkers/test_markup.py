"""The Nu HTML checker of the W3C, over every page and every mail at once: no error and no warning."""

from __future__ import annotations

import json
import re
import subprocess
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import pytest

from chalicelib.domain.mails import Kind
from chalicelib.domain.series import Language
from tests.browser.every_page import every_page
from tests.browser.site import Site
from tests.checkers.allowed import never_said, not_allowed
from tests.checkers.every_mail import Sample

ROOT = Path(__file__).resolve().parent.parent.parent
CHECKER = ROOT / "build/vnu/node_modules/vnu-jar/build/dist/vnu.jar"

ALLOWED_IN_MAILS = {
    r"The “(align|bgcolor|border|cellpadding|cellspacing|valign|width)” "
    r"attribute on the “(table|td)” element is obsolete\. .*": (
        "Outlook lays mails out with Word, which knows tables by these attributes and little CSS."
    ),
    r"CSS: “mso-(hide|padding-alt)”: Property “mso-(hide|padding-alt)” doesn't exist\.": (
        "Word's own: hides the text for the inbox from readers, and makes the whole button one."
    ),
    r"CSS: “supported-color-schemes”: Property “supported-color-schemes” doesn't exist\.": (
        "The name of color-scheme in older versions of Apple Mail."
    ),
}
WRONG = "<!doctype html><html lang=en><title>Wrong</title><p><h1>Not closed</p></h1>"


class Checked(NamedTuple):
    """The files' names, and of which what is said."""

    files: list[str]
    said: list[tuple[str, str]]

    def of(self, kind: str) -> list[tuple[str, str]]:
        assert any(name.startswith(f"{kind}-") for name in self.files)
        return [(name, words) for name, words in self.said if name.startswith(f"{kind}-")]


@pytest.fixture(scope="module")
def checked(site: Site, mails: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = tmp_path_factory.mktemp("markup")
    (folder / "wrong-0.html").write_text(WRONG, "utf-8")
    for number, (name, path) in enumerate(every_page(site).items()):
        (folder / f"page-{number}-{re.sub('[^a-z]+', '-', name)}.html").write_text(shown(site, "GET", path), "utf-8")
    for form in ("registrations", "subscriptions"):
        path = {"registrations": f"/editions/{site.talk}", "subscriptions": site.german}[form]
        (folder / f"page-{form}-with-errors.html").write_text(shown(site, "POST", f"{path}/{form}"), "utf-8")
    for number, mail in enumerate(mails):
        (folder / f"mail-{number}-{mail.kind}-{mail.language}.html").write_text(mail.html, "utf-8")
    files = sorted(folder.iterdir())
    told = subprocess.run(
        ["java", "-jar", CHECKER, "--format", "json", "--stdout", "--exit-zero-always", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    messages = json.loads(told.stdout)["messages"]
    return Checked(
        [file.name for file in files], [(Path(one["url"]).name, " ".join(one["message"].split())) for one in messages]
    )


def shown(site: Site, method: str, path: str) -> str:
    """A page, or a form that was sent with nothing in it."""
    headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
    status, html = site.people.http.send(method, path, b"" if method == "POST" else None, headers)
    assert (status == HTTPStatus.UNPROCESSABLE_ENTITY) == (method == "POST"), (path, status)
    return html


def test_the_checker_finds_what_is_wrong(checked: Checked) -> None:
    assert checked.of("wrong")


def test_every_page_is_valid(checked: Checked) -> None:
    assert not_allowed(checked.of("page"), {}) == ""


def test_every_mail_is_valid_but_for_what_mail_programs_ask_for(checked: Checked, mails: list[Sample]) -> None:
    assert {(mail.kind, mail.language) for mail in mails} == {(kind, spoken) for kind in Kind for spoken in Language}
    assert not_allowed(checked.of("mail"), ALLOWED_IN_MAILS) == ""
    assert never_said(checked.of("mail"), ALLOWED_IN_MAILS) == []
