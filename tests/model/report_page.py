"""The report as its reader sees it."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """The page as a reader sees it. Fails where tags do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.ids, self.links, self._open = "", Counter[str](), set[str](), list[str]()
        self.feed(page)
        assert not self._open
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Remember that it is open."""
        if tag not in VOID:
            self._open.append(tag)
        self.handle_startendtag(tag, attributes)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Gather what it is called and where it leads."""
        for name, value in attributes:
            if name == "id":
                self.ids[value or ""] += 1
            if name in ("href", "src", "xlink:href"):
                self.links.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        """Only what was opened last can end."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Gather what is to be read."""
        if self._open[-1:] != ["style"]:
            self.text += data + " "
