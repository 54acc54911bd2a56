"""The rules by which a language's texts fall into words: what spaCy knows of it, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from model.text.known_patterns import is_known

MAX_PIECE_CHARS = 100  # no word is longer, and what is tried inside a piece, as whether it is an address, may take quadratic time
MAX_EXCEPTIONS = 100_000

Words = tuple[str, ...]


@dataclass(frozen=True)
class TokenizerRules:
    """spaCy's rules of one language. A pattern that the language does not have is empty."""

    language: str  # spaCy's code
    prefix: str
    suffix: str
    infix: str
    token_match: str  # a match makes the whole string one word
    url_match: str  # likewise, once the affixes are off
    exceptions: Mapping[str, Words]  # strings with words of their own, such as "don't"

    @classmethod
    def none(cls) -> Self:
        """The rules of no language: pieces are words."""
        return cls("", "", "", "", "", "", {})

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return asdict(self) | {"exceptions": {text: list(words) for text, words in self.exceptions.items()}}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The inverse of `to_json`; raises ValueError for anything that is no such object."""
        if not isinstance(value, dict) or set(value) != set(cls.__dataclass_fields__):
            raise ValueError("the tokenizer's rules have missing or unknown entries")
        exceptions, others = value["exceptions"], {name: entry for name, entry in value.items() if name != "exceptions"}
        if not all(isinstance(entry, str) for entry in others.values()):
            raise ValueError("the tokenizer's patterns are no texts")
        if not isinstance(exceptions, dict) or not all(_is_exception(text, words) for text, words in exceptions.items()):
            raise ValueError("the tokenizer's exceptions do not add up to their texts")
        if len(exceptions) > MAX_EXCEPTIONS:
            raise ValueError("the tokenizer has more exceptions than any language")
        for name in ("prefix", "suffix", "infix", "token_match", "url_match"):
            if not is_known(others[name]):  # a stranger's could take for ever, on a text of thirty letters
                raise ValueError(f"the tokenizer's {name} is no pattern of spaCy's that the kit knows")
        return cls(**others, exceptions={text: tuple(words) for text, words in exceptions.items()})


def _is_exception(text: str, words: Any) -> bool:
    is_split = isinstance(words, list) and all(isinstance(word, str) and word for word in words) and "".join(words) == text != ""
    return is_split and len(text) <= MAX_PIECE_CHARS
