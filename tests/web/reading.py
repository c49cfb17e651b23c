"""A page as somebody with a screen reader meets it: its language, fields, errors, buttons and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    def within(self, tag: str) -> Element | None:
        found = self.parent
        while found is not None and found.tag != tag:
            found = found.parent
        return found


@dataclass
class Reader(HTMLParser):
    elements: list[Element] = field(default_factory=list)
    opened: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self.opened[-1] if self.opened else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        self.elements.append(element)
        if tag not in VOID:
            self.opened.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self.opened and self.opened.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self.opened:
            element.text += data


class Page:
    def __init__(self, html: bytes | str) -> None:
        reader = Reader()
        reader.feed(html.decode() if isinstance(html, bytes) else html)
        self.elements = reader.elements

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def by_id(self, id_: str) -> Element:
        (found,) = [element for element in self.elements if element["id"] == id_]
        return found

    @property
    def language(self) -> str:
        return self.all("html")[0]["lang"]

    @property
    def title(self) -> str:
        return self.all("title")[0].text

    @property
    def heading(self) -> str:
        (found,) = self.all("h1")
        return " ".join(found.text.split())

    @property
    def text(self) -> str:
        return " ".join(self.all("body")[0].text.split())

    def value(self, name: str) -> str:
        """What is filled in. A textarea's first line break belongs to the markup."""
        found = self.by_id(name)
        return found.text.removeprefix("\n") if found.tag == "textarea" else found["value"]

    def ticked(self, name: str) -> bool:
        return "checked" in self.by_id(name).attributes

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by field: found the way a screen reader finds it, from the field."""
        found = {}
        for element in self.elements:
            if element["aria-invalid"] == "true":
                said = [self.by_id(id_).text for id_ in element["aria-describedby"].split() if id_.endswith("-error")]
                found[element["name"]] = " ".join(said)
        return found

    @property
    def summary(self) -> list[tuple[str, str]]:
        """The links at the top that lead to what is wrong: where to, and what they say."""
        return [
            (link["href"], link.text)
            for link in self.all("a")
            if (box := link.within("div")) is not None and box["id"] == "errors"
        ]

    @property
    def buttons(self) -> dict[str, str]:
        """What each button says, and where its form is posted to."""
        return {
            " ".join(button.text.split()): form["action"]
            for button in self.all("button")
            if (form := button.within("form")) is not None and form["method"] == "post"
        }
