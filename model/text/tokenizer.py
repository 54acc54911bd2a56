"""Text to words by spaCy's rules, without spaCy: the same at training and at prediction.

The rules of a language (what may be cut off a piece's front and back and where it may be cut inside, which
pieces are whole words or have words of their own) are data in the artifact. What follows is spaCy's published
algorithm, run on each piece between white space by itself; spaCy itself is needed to export the rules only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Self

from contract.texts import MARKUP, UNSPACED
from model.text.affixes import prefix_length, suffix_length
from model.text.known_patterns import is_known
from model.text.patterns import LETTERS, UnsupportedPatternError, can_match, compiled, in_ascii

MAX_PIECE_CHARS = 100  # no word is longer, and what is tried inside a piece, as whether it is an address, may take quadratic time
MAX_PIECES_KEPT = 250_000
MAX_EXCEPTIONS = 100_000
MAX_TEXT_CHARS = 200_000  # of a text that are read, some seventy pages, which bounds the memory that one row can take

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


class Tokenizer:
    """Words of a text, in lower case.

    Markup counts as space. Thai, Lao, Burmese, Khmer, Chinese and Japanese, which are written without
    spaces, come out as single characters.
    """

    def __init__(self, rules: TokenizerRules) -> None:
        self.rules = rules
        self._prefix_length = prefix_length(rules.prefix)
        self._suffix_length = suffix_length(rules.suffix)
        self._infixes = _method(rules.infix, "finditer") or (lambda text: ())
        self._token_match = _method(rules.token_match, "match")
        self._url_match = _method(rules.url_match, "match")
        self._known: dict[str, Words] = {}

    def pieces(self, text: str) -> list[str]:
        """What stands between white space, in order; a very long piece is cut."""
        text = text[:MAX_TEXT_CHARS]
        if "<" in text:
            text = MARKUP.sub(" ", text)
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate has no UTF-8 form
            text = UNSPACED.sub(r" \1 ", text)
        pieces = text.split()
        if len(text) > MAX_PIECE_CHARS and any(len(piece) > MAX_PIECE_CHARS for piece in pieces):
            return [piece[start : start + MAX_PIECE_CHARS] for piece in pieces for start in range(0, len(piece), MAX_PIECE_CHARS)]
        return pieces

    def words(self, piece: str) -> Words:
        """The words of one piece, at least one."""
        words = self._known.get(piece)
        if words is None:
            if len(self._known) >= MAX_PIECES_KEPT:
                self._known.clear()
            words = self._known[piece] = self._split(piece)
        return words

    def __call__(self, text: str) -> list[str]:
        """All words of a text."""
        return list(chain.from_iterable(map(self.words, self.pieces(text))))

    def _split(self, piece: str) -> Words:
        tokens = self._tokens(piece, self.rules.exceptions)
        return tuple(token.lower() for token in self._with_fused_exceptions(tokens))

    def _is_plain(self, text: str) -> bool:
        """Whether a text is one word by its letters alone, so that no pattern need be tried."""
        return text.isalpha() and text.isascii() and self._leaves_letters_whole

    @cached_property
    def _leaves_letters_whole(self) -> bool:
        """Whether no affix or infix has a match in a text of nothing but ASCII letters."""
        patterns = (self.rules.prefix, self.rules.suffix, self.rules.infix)
        try:
            return not any(pattern and can_match(in_ascii(pattern), LETTERS) for pattern in patterns)
        except UnsupportedPatternError:
            return False

    def _tokens(self, piece: str, exceptions: Mapping[str, Words]) -> list[str]:
        """Affixes are taken off both ends until none is left or the rest is an exception; infixes cut the rest."""
        prefixes, suffixes = [], []
        rest, previous = piece, ""
        while rest and rest != previous:
            if rest in exceptions or self._is_plain(rest) or (self._token_match and self._token_match(rest)):
                break
            previous, length = rest, len(rest)
            first = self._prefix_length(rest)
            if first and rest[first:] in exceptions:
                prefixes.append(rest[:first])
                rest = rest[first:]
                break
            last = self._suffix_length(rest[first:])
            if last and rest[: length - last] in exceptions:  # the prefix stays with the exception
                suffixes.append(rest[length - last :])
                rest = rest[: length - last]
                break
            if first:
                prefixes.append(rest[:first])
            if last:
                suffixes.append(rest[length - last :])
            rest = rest[first : length - last]
        return [*prefixes, *self._inner_tokens(rest, exceptions), *reversed(suffixes)]

    def _inner_tokens(self, text: str, exceptions: Mapping[str, Words]) -> Sequence[str]:
        """The tokens of what is left between the affixes, perhaps nothing."""
        if not text or text in exceptions:
            return exceptions.get(text, ())
        if self._is_plain(text) or (self._token_match and self._token_match(text)) or (self._url_match and self._url_match(text)):
            return (text,)
        tokens, start = [], 0
        for match in self._infixes(text):
            if match.start() == 0:
                continue
            tokens += [text[start : match.start()], match[0]]
            start = match.end()
        return [token for token in (*tokens, text[start:]) if token]

    @cached_property
    def phrases(self) -> dict[Words, str]:
        """Exceptions that the affixes take apart, such as ":)": the tokens that they fall into, and their first one."""
        phrases = {}
        for text in self.rules.exceptions:
            parts = text.split(" ")
            if (" " in text or self._is_cut(text)) and parts == text.split():
                phrases[tuple(chain.from_iterable(self._tokens(part, {}) for part in parts))] = text
        return phrases

    def _is_cut(self, text: str) -> bool:
        return bool(self._prefix_length(text) or self._suffix_length(text) or any(True for _ in self._infixes(text)))

    @cached_property
    def _phrase_starts(self) -> frozenset[str]:
        return frozenset(tokens[0] for tokens in self.phrases)

    @cached_property
    def _longest_phrase(self) -> int:
        return max(map(len, self.phrases))

    def _with_fused_exceptions(self, tokens: list[str]) -> list[str]:
        """An exception that was taken apart is put together again: the longest first, then the leftmost."""
        if self._phrase_starts.isdisjoint(tokens):
            return tokens
        found = sorted(
            (start - end, start, end)
            for start, token in enumerate(tokens)
            if token in self._phrase_starts
            for end in range(start + 1, min(start + self._longest_phrase, len(tokens)) + 1)
            if tuple(tokens[start:end]) in self.phrases
        )
        taken: set[int] = set()
        fused: dict[int, int] = {}
        for _, start, end in found:
            if start not in taken and end - 1 not in taken:
                fused[start] = end
            taken.update(range(start, end))  # as in spaCy, a phrase that lost to a longer one bars others all the same
        made: list[str] = []
        start = 0
        while start < len(tokens):
            end = fused.get(start, start + 1)
            made += self.rules.exceptions.get("".join(tokens[start:end]), tokens[start:end]) if start in fused else tokens[start:end]
            start = end
        return made


def _method(pattern: str, name: str) -> Callable[[str], Any] | None:
    return getattr(compiled(pattern), name) if pattern else None
