"""Addresses in a text become links, with the right end and unchanged; links that lead nowhere do not."""

from __future__ import annotations

import html
import re

import pytest

from chalicelib.words.prose.html import to_html
from chalicelib.words.prose.links import target
from chalicelib.words.prose.parser import refused_links
from chalicelib.words.prose.text import to_text

SITE = "https://example.org"


def links(text: str) -> list[tuple[str, str]]:
    """The words of each link, and where it leads."""
    found = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', str(to_html(text)))
    return [(html.unescape(words), html.unescape(href)) for href, words in found]


UNUSUAL = [
    f"{SITE}?a=b",
    f"{SITE}/a%zz",
    "https://EXAMPLE.org/%7Emia",
    f"{SITE}//a/../b;c=d",
    f"{SITE}/a'b",
    "http://user@example.org:80/",
]


@pytest.mark.parametrize("address", UNUSUAL)
def test_an_address_in_plain_characters_is_not_changed_by_a_single_one(address: str) -> None:
    assert links(f"Hier: {address} und [da]({address})") == [(address, address), ("da", address)]
    assert to_text(f"[da]({address})") == f"da ({address})"


BARE = {
    "brackets": (f"(siehe {SITE}/a_(b)).", f"{SITE}/a_(b)"),
    "a full stop": (f"Mehr auf {SITE}/a.", f"{SITE}/a"),
    "a question": (f"Kennt ihr {SITE}/a?", f"{SITE}/a"),
    "a query and a question": (f"Kennt ihr {SITE}/a?b=c?", f"{SITE}/a?b=c"),
    "a comma": (f"{SITE}/a, {SITE}/a", f"{SITE}/a"),
    "German quotes": (f"„{SITE}/a“", f"{SITE}/a"),
    "English quotes": (f'"{SITE}/a" and “{SITE}/a”', f"{SITE}/a"),
    "guillemets": (f"»{SITE}/a«", f"{SITE}/a"),
    "dots": (f"{SITE}/a…", f"{SITE}/a"),
    "underscores": (f"{SITE}/_a_/__b__", f"{SITE}/_a_/__b__"),
    "asterisks": (f"{SITE}/*a*b", f"{SITE}/*a*b"),
    "bold around it": (f"**{SITE}/a**", f"{SITE}/a"),
    "emphasis around it": (f"_{SITE}/a_b_", f"{SITE}/a_b"),
    "a tilde": (f"{SITE}/~mia/", f"{SITE}/~mia/"),
    "what is encoded": (f"{SITE}/a%20b%2Fc", f"{SITE}/a%20b%2Fc"),
    "what looks like an entity": (f"{SITE}/?a=1&copy=2&lt;", f"{SITE}/?a=1&copy=2&lt"),
    "a fragment": (f"{SITE}/a#b!c", f"{SITE}/a#b!c"),
    "a port": (f"{SITE}:8443/a", f"{SITE}:8443/a"),
    "a colon before": (f"Mehr:{SITE}/a", f"{SITE}/a"),
    "angle brackets": (f"<{SITE}/a_b_>", f"{SITE}/a_b_"),
    "http": ("http://example.org/a", "http://example.org/a"),
    "capitals": ("HTTPS://Example.ORG/A", "HTTPS://Example.ORG/A"),
    "escaped by a tool": (rf"{SITE}/a\_b\_c", f"{SITE}/a_b_c"),
    "a line of its own": (f"Hier:\n{SITE}/a\nBis bald", f"{SITE}/a"),
    "in a list": (f"- {SITE}/a\n- zwei", f"{SITE}/a"),
    "in a heading": (f"# {SITE}/a", f"{SITE}/a"),
}


@pytest.mark.parametrize(("text", "address"), BARE.values(), ids=BARE)
def test_an_address_is_a_link_with_the_right_end(text: str, address: str) -> None:
    assert set(links(text)) == {(address, address)}
    assert address in to_text(text)


@pytest.mark.parametrize(
    ("text", "words", "href"),
    [
        ("www.example.org/a_b_.", "www.example.org/a_b_", "https://www.example.org/a_b_"),
        ("(www.example.org)", "www.example.org", "https://www.example.org"),
        ("netz-am-fluss.de", "netz-am-fluss.de", "https://netz-am-fluss.de"),
        ("Mehr auf example.org/a/b.", "example.org/a/b", "https://example.org/a/b"),
        ("schreib an hallo@example.org.", "hallo@example.org", "mailto:hallo@example.org"),
        ("_mia_lang@example.org_", "mia_lang@example.org", "mailto:mia_lang@example.org"),
        ("mailto:hallo@example.org", "mailto:hallo@example.org", "mailto:hallo@example.org"),
        ("mia.lang+x@mail.example.org,", "mia.lang+x@mail.example.org", "mailto:mia.lang+x@mail.example.org"),
        (
            "https://www.köln.example/straße?q=ä%20b",
            "https://www.köln.example/straße?q=ä%20b",
            "https://www.xn--kln-sna.example/stra%C3%9Fe?q=%C3%A4%20b",
        ),
        ("[Karte](example.org/a)", "Karte", "https://example.org/a"),
        ("[Karte](www.example.org)", "Karte", "https://www.example.org"),
        ("[Anruf](tel:+49221123)", "Anruf", "tel:+49221123"),
        ("[Mail](hallo@example.org)", "Mail", "mailto:hallo@example.org"),
        ("[www.example.org](https://example.org/a_b_)", "www.example.org", "https://example.org/a_b_"),
    ],
)
def test_what_lacks_its_scheme_gets_it_and_keeps_its_words(text: str, words: str, href: str) -> None:
    assert links(text) == [(words, href)]
    assert words.removeprefix("mailto:") in to_text(text)


@pytest.mark.parametrize(
    "text",
    ["z.B.so", "Wir sitzen am Tisch.Am Ende", "Datei.pdf", "index.html", "Ende.De", "3.5.2027", "16.30 Uhr", "@mia", "mia@", "https://",
     "www.", "`https://example.org`", "```\nhttps://example.org\n```", "u.a.de.facto", "javascript:alert(1)", "ftp://example.org"],
)  # fmt: skip
def test_what_only_looks_like_an_address_stays_text(text: str) -> None:
    assert links(text) == []


@pytest.mark.parametrize(
    "address",
    ["/a", "//example.org", "#x", "?x=1", "ftp://example.org", "javascript:alert(1)", "data:text/html,x", "seite.html", "https://",
     "https:example.org", "http:///a", "mailto:", "tel:", "tel:mia", "bild", "file:///a", "../a", "https://[::1"],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_refused_and_shown_as_it_was_written(address: str) -> None:
    assert target(address) is None
    assert refused_links(f"Mehr [hier]({address}) und [da](https://example.org)") == [address]
    assert f"[hier]({address})" in to_text(f"Mehr [hier]({address})")
    assert links(f"Mehr [hier]({address})") == []


@pytest.mark.parametrize("address", ["www.example.org", "example.org/a_b_", "https://example.org/ä", "mia@example.org"])
def test_angle_brackets_around_an_address_are_markup_and_are_not_shown(address: str) -> None:
    for text, around in ((f"<{address}>", ""), (f"Siehe <{address}>.", "Siehe .")):
        assert [words for words, _ in links(text)] == [address]
        assert to_text(text).replace(address, "") == around
    assert links(f"<{address}") == links(address)
    assert to_text(f"<{address} x>") == f"<{address} x>"


def test_a_picture_is_a_link_with_its_words() -> None:
    assert links(f"![Unser Garten]({SITE}/a.jpg)") == [("Unser Garten", f"{SITE}/a.jpg")]
    assert links(f"![]({SITE}/a.jpg)") == [(f"{SITE}/a.jpg", f"{SITE}/a.jpg")]
    assert links(f"[![Unser Garten]({SITE}/a.jpg)]({SITE}/garten)") == [("Unser Garten", f"{SITE}/garten")]
    assert refused_links("![Garten](garten.jpg) ![leer]()") == ["garten.jpg", "()"]
    assert links("![leer]()") == []


def test_links_that_lead_somewhere_are_not_refused() -> None:
    text = "[a](https://example.org/a) [b](example.org) [c](mailto:mia@example.org?subject=x) [d](tel:+49) [e][1] <https://example.org>\n\n[1]: www.example.org"
    assert refused_links(text) == []
    assert len(links(text)) == 6


def test_an_empty_link_and_one_with_a_space_are_refused_too() -> None:
    assert refused_links("[a]() und [b](tel:+49 221 1)") == ["()", "tel:+49 221 1"]
    assert links("[a]()") == []
    assert to_text("[a]()") == "a"


def test_code_is_no_link() -> None:
    assert refused_links("`[a](/b)` und\n\n    [a](/b)") == []


def test_a_long_text_of_half_addresses_takes_no_time() -> None:
    for piece in ("a.", "www.", "a@", "https://", "mia@example.", "(https://example.org/", "-a", "_a"):
        to_html(piece * 3000)
