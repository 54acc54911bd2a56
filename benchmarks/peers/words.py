"""The tokenizer of all peers: one compiled regular expression, and a slower one for texts that are not plain ASCII."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[!?.,;:()\"*$%&#@-]")
ANY_SCRIPT = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]")


def words(text: str) -> list[str]:
    """The words and marks of a text in lower case; HTML line breaks are no words."""
    text = text.lower().replace("<br />", " ")
    return (PLAIN if text.isascii() else ANY_SCRIPT).findall(text)
