"""The tokenizer of all peers: one compiled regular expression."""

from __future__ import annotations

import re

TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[!?.,;:()\"*$%&#@-]")


def words(text: str) -> list[str]:
    """The words and marks of a text in lower case; HTML line breaks are no words."""
    return TOKEN.findall(text.lower().replace("<br />", " "))
