"""An organiser's Markdown: safe as HTML, readable as text, whatever is in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.words.prose.html import TAGS, to_html
from chalicelib.words.prose.text import to_text
from tests.web.reading import Page

PIECES = st.sampled_from([
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:x'>", "[x](javascript:alert(1))",
    "[x](data:text/html,x)", '[x](https://example.org "t")', "![x](https://example.org/x.png)", "<https://example.org>",
    "[x][1]", "[1]: javascript:x", "# ", "## ", "- ", "1. ", "> ", "```\n", "    ", "`", "**", "_", "\n", "\n\n", "  \n",
    "---", "&lt;script&gt;", "&#106;avascript:", "\\", "<!--", "-->", "]]>", "<svg onload=x>", "{{", "\t", "x", "ä",
])  # fmt: skip
MARKDOWN = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=20).map("".join)


@given(MARKDOWN)
@example("[x](java\nscript:alert(1))")
@example("[x](&#x6A;avascript:alert(1))")
@example("<javascript:alert(1)>")
def test_html_is_never_unsafe(text: str) -> None:
    html = str(to_html(text))
    for element in Page(html).elements:
        assert element.tag in TAGS
        assert set(element.attributes) <= {"a": {"href", "rel", "title"}, "ol": {"start"}}.get(element.tag, set())
        scheme = re.match(r"([a-zA-Z]+):", element["href"])
        assert (scheme is not None) == (element.tag == "a")
        assert scheme is None or scheme[1].lower() in ("http", "https", "mailto", "tel")


@given(MARKDOWN)
def test_text_is_made_of_whatever_was_written(text: str) -> None:
    plain = to_text(text)
    assert plain == plain.strip("\n")
    assert "\r" not in plain


@pytest.mark.parametrize(
    ("markdown", "html", "text"),
    [
        ("Eins\nzwei\n\ndrei", "<p>Eins<br>\nzwei</p>\n<p>drei</p>", "Eins\nzwei\n\ndrei"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "- a\n- b"),
        ("2. a\n3. b", '<ol start="2">\n<li>a</li>\n<li>b</li>\n</ol>', "2. a\n3. b"),
        (
            "[Mehr](https://example.org/a?b&c)",
            '<p><a href="https://example.org/a?b&amp;c" rel="noopener noreferrer">Mehr</a></p>',
            "Mehr (https://example.org/a?b&c)",
        ),
        (
            "<https://example.org>",
            '<p><a href="https://example.org" rel="noopener noreferrer">https://example.org</a></p>',
            "https://example.org",
        ),
        (
            "<mia@example.org>",
            '<p><a href="mailto:mia@example.org" rel="noopener noreferrer">mia@example.org</a></p>',
            "mia@example.org",
        ),
        ("**Wichtig** und _schön_", "<p><strong>Wichtig</strong> und <em>schön</em></p>", "Wichtig und schön"),
        ("> Zitat", "<blockquote>\n<p>Zitat</p>\n</blockquote>", "> Zitat"),
        ("<b>x</b> & y", "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>", "<b>x</b> & y"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>", "a\n\n---\n\nb"),
        ("", "", ""),
    ],
    ids=["paragraphs", "bullets", "numbers", "a link", "a bare link", "an address", "emphasis", "a quotation", "HTML", "a rule",
         "nothing"],
)  # fmt: skip
def test_markdown_reads_well_as_html_and_as_text(markdown: str, html: str, text: str) -> None:
    assert str(to_html(markdown)).strip() == html
    assert to_text(markdown) == text


@pytest.mark.parametrize(
    ("headings", "levels"),
    [("# A\n## B", ["h2", "h3"]), ("### A\n#### B", ["h2", "h3"]), ("# A\n#### B", ["h2", "h3"]), ("## A\n# B", ["h2", "h2"])],
)  # fmt: skip
def test_headings_fit_below_the_pages_own_without_leaving_out_a_step(headings: str, levels: list[str]) -> None:
    assert [element.tag for element in Page(str(to_html(headings))).elements] == levels


@pytest.mark.parametrize("nested", ["> " * 2000, "[" * 10_000, "- " * 2000, "*" * 10_000, "`" * 10_000, "<" * 10_000])
def test_what_is_nested_without_end_takes_no_time(nested: str) -> None:
    to_html(nested + "x")
    to_text(nested + "x")
