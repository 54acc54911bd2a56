"""Texts as people read them: without markup, on one line."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

MAX_TEXT_CHARS = 10_000  # a longer one is a document, which nobody labels
_IN_A_LINE = re.compile(
    "a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|tt|u|var|wbr"
)  # every other element begins on a line of its own
_UNSEEN = ("script", "style", "template")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class _Text(HTMLParser):
    """Collects what is to be read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not _IN_A_LINE.fullmatch(tag):
            self.parts.append(" ")
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        if not _IN_A_LINE.fullmatch(tag):
            self.parts.append(" ")
        self._unseen -= tag in _UNSEEN and self._unseen > 0

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not _IN_A_LINE.fullmatch(tag):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def from_html(content: Any) -> str:
    """The text of a piece of HTML; empty when it is no string."""
    if not isinstance(content, str):
        return ""
    parser = _Text()
    parser.feed(content)
    parser.close()
    return on_one_line("".join(parser.parts))


def from_entities(content: Any) -> str:
    """The text of a string in which only entities stand for characters; empty when it is no string."""
    return on_one_line(unescape(content)) if isinstance(content, str) else ""


def on_one_line(text: str) -> str:
    """White space folded, nothing that cannot be seen or written, and no longer than anybody reads."""
    text = _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(text.split())[:MAX_TEXT_CHARS].rstrip()
