"""Texts as people read them: without markup, on one line."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

MAX_TEXT_CHARS = 10_000  # a longer one is a document, which nobody labels
MAX_HTML_CHARS = 10 * MAX_TEXT_CHARS
# What a browser shows nothing of. A < that begins none of these is one that somebody wrote. No part of a tag crosses another <, so
# that each is looked at once, however many are never closed.
_MARKUP = re.compile(
    r"""<!--(?:.*?-->|.*)
    |<(?P<unseen>script|style|template)(?=[\s/>])(?:.*?</(?P=unseen)\s*>|.*)
    |</?(?P<name>[a-z][a-z0-9-]*(?::[a-z][a-z0-9-]*)?)(?=[\s/>])(?:(?:[^<>"']|"[^"<]*"|'[^'<]*')*|[^<>]*)>
    |<[!?][^<>]*>""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_IN_A_LINE = re.compile(
    "a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|tt|u|var|wbr", re.IGNORECASE
)  # every other element begins on a line of its own
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9-]*)(?P<attributes>[^<>]*)>", re.IGNORECASE)
_OTHER_THAN_NAMES = re.compile(r"[^\w-]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def from_html(content: Any) -> str:
    """The text of a piece of HTML; empty when it is no string."""
    return from_entities(_MARKUP.sub(_space, content[:MAX_HTML_CHARS])) if isinstance(content, str) else ""


def without(content: Any, name: str) -> Any:
    """A piece of HTML without its first element of a class, if that is closed; anything else as it is."""
    if not isinstance(content, str):
        return content
    begin, depth = None, 0
    for tag in _TAG.finditer(content[:MAX_HTML_CHARS]):
        if begin is None:
            begin = tag if not tag["end"] and name in _OTHER_THAN_NAMES.split(tag["attributes"]) else None
        if begin and tag["name"] == begin["name"]:
            depth += -1 if tag["end"] else 1
            if not depth:
                return f"{content[: begin.start()]} {content[tag.end() :]}"
    return content


def from_entities(content: Any) -> str:
    """The text of a string in which only entities stand for characters; empty when it is no string."""
    return on_one_line(unescape(content)) if isinstance(content, str) else ""


def on_one_line(text: str) -> str:
    """White space folded, nothing that cannot be seen or written, and no longer than anybody reads."""
    text = _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(text.split())[:MAX_TEXT_CHARS].rstrip()


def _space(markup: re.Match[str]) -> str:
    return "" if markup["name"] and _IN_A_LINE.fullmatch(markup["name"]) else " "
