"""An organiser's text as plain text, for the text part of a mail."""

from __future__ import annotations

from markdown_it.token import Token

from chalicelib.prose.parser import tokens


def to_text(text: str) -> str:
    """The announcement as a text mail shows it: bullets as dashes, a link as ``words (address)``."""
    lines: list[str] = []
    prefix: list[str] = []
    numbers: list[int] = []
    for token in tokens(text):
        if token.type in PREFIX_OPENS:
            prefix.append(PREFIX_OPENS[token.type])
            if token.type == "ordered_list_open":
                numbers.append(int(token.attrs.get("start", 1)))
        elif token.type in PREFIX_CLOSES:
            prefix.pop()
            if token.type == "ordered_list_close":
                numbers.pop()
            lines += [""] if not prefix else []
        elif token.type == "list_item_open" and token.info:
            # As a browser counts: what is written before the second item and the following says nothing.
            prefix[-1] = f"{numbers[-1]}. "
            numbers[-1] += 1
        elif token.type == "inline":
            indent = "  " * (len(prefix) - 1) + prefix[-1] if prefix else ""
            lines.append(indent + _inline(token).replace("\n", "\n" + " " * len(indent)))
            lines += [""] if not prefix else []
        elif token.type in ("fence", "code_block", "hr"):
            lines += [token.content.rstrip() or "---", ""]
    return "\n".join(lines).strip()


PREFIX_OPENS = {"ordered_list_open": "- ", "bullet_list_open": "- ", "blockquote_open": "> "}
PREFIX_CLOSES = {"ordered_list_close", "bullet_list_close", "blockquote_close"}


def _inline(token: Token) -> str:
    said = ""
    href = words_from = None
    for child in token.children or ():
        match child.type:
            case "link_open":
                href, words_from = str(child.attrGet("href") or ""), len(said)
            case "link_close":
                if href and not _says(said[words_from:], href):
                    said += f" ({href.removeprefix('mailto:')})"
            case "softbreak" | "hardbreak":
                said += "\n"
            case _:
                said += child.content
    return said


def _says(words: str, href: str) -> bool:
    """Do the words of a link say already where it leads?"""
    return href in (words, f"mailto:{words}", f"https://{words}", f"tel:{words}")
