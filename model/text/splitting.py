"""spaCy's published algorithm for one piece of a text, as Tokenizer runs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial
from itertools import chain

from model.text.affixes import prefix_length, suffix_length
from model.text.necessary import necessary
from model.text.parsing import Compile, compiled
from model.text.patterns import LETTERS, Alphabet, UnsupportedPatternError, can_match, in_ascii
from model.text.rules import TokenizerRules, Words
from model.text.small_patterns import compiled_within, is_over


class Splitter:
    """Splits pieces over an alphabet, or any without one: the smaller it is, the sooner the patterns are compiled.

    `of_part` is a splitter by the same rules for a part of the alphabet.
    """

    def __init__(self, rules: TokenizerRules, alphabet: Alphabet | None = None, of_part: Splitter | None = None) -> None:
        self.rules, self._of_part = rules, of_part
        self._is_over = (lambda text: True) if alphabet is None else is_over(alphabet)
        compiling = compiled if alphabet is None else partial(_compiled, alphabet=alphabet)
        self._prefix_length = prefix_length(rules.prefix, compiling)
        self._suffix_length = suffix_length(rules.suffix, compiling)
        self._infixes = compiling(rules.infix).finditer if rules.infix else (lambda text: ())
        self._token_match = _match(rules.token_match, compiling)
        self._url_match = _match(rules.url_match, compiling)

    def __call__(self, piece: str) -> list[str]:
        """The words of a piece, as they are written."""
        return self._with_fused_exceptions(self.tokens(piece, self.rules.exceptions))

    def _is_plain(self, text: str) -> bool:
        """Whether a text is one word by its letters alone, so that no pattern need be tried."""
        return text.isalpha() and text.isascii() and self.leaves_letters_whole

    @cached_property
    def leaves_letters_whole(self) -> bool:
        """Whether no affix or infix has a match in a text of nothing but ASCII letters."""
        patterns = (self.rules.prefix, self.rules.suffix, self.rules.infix)
        try:
            return not any(pattern and can_match(in_ascii(pattern), LETTERS) for pattern in patterns)
        except UnsupportedPatternError:
            return False

    def tokens(self, piece: str, exceptions: Mapping[str, Words]) -> list[str]:
        """Affixes are taken off both ends until none is left or the rest is an exception; infixes cut the rest."""
        prefixes, suffixes = [], []
        rest, previous = piece, ""
        while rest and rest != previous:
            if rest in exceptions or self._is_plain(rest) or self._token_match(rest):
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
        if self._is_plain(text) or self._token_match(text) or self._url_match(text):
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
        """Exceptions that the affixes take apart, such as ":)", by the tokens that they fall into."""
        phrases = dict(self._of_part.phrases) if self._of_part else {}
        for text in self.rules.exceptions:
            if not self._is_over(text) or (self._of_part and self._of_part._is_over(text)):
                continue
            parts = text.split(" ")
            if (" " in text or self._is_cut(text)) and parts == text.split():
                phrases[tuple(chain.from_iterable(self.tokens(part, {}) for part in parts))] = text
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


def _compiled(pattern: str, alphabet: Alphabet) -> re.Pattern[str]:
    """A pattern for an alphabet, or the whole one where it is not analysed."""
    try:
        return compiled_within(pattern, alphabet)
    except UnsupportedPatternError:
        return compiled(pattern)


def _match(pattern: str, compiling: Compile) -> Callable[[str], object]:
    """A function that matches a pattern at a text's start. It compiles the pattern for the first text that may have a match."""
    if not pattern:
        return lambda text: None
    wanted, when_needed = necessary(pattern), cache(partial(compiling, pattern))
    return lambda text: None if wanted and wanted.isdisjoint(text) else when_needed().match(text)
