"""What a regular expression can match in texts of a small alphabet.

A tokenizer's patterns list thousands of characters, of which a text in ASCII can hold a few. Restricted to
an alphabet, a pattern becomes a small tree, or nothing when no text over it has a match.
"""

from __future__ import annotations

import re
from _sre import unicode_tolower  # type: ignore[import-not-found]  # what `re` compares, which typeshed leaves out
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from re import _casefix as casefix  # type: ignore[attr-defined]  # Python's own, which typeshed leaves out
from re import _constants as sre  # type: ignore[attr-defined]  # likewise
from string import ascii_letters
from typing import Any

from model.text.parsing import parsed

Alphabet = frozenset[int]  # by their code points

LETTERS: Alphabet = frozenset(map(ord, ascii_letters))
ASCII: Alphabet = frozenset(range(128))
# What texts in the languages of Western Europe are made of: Latin letters, dashes and quotation marks, currencies, and a few signs.
WESTERN: Alphabet = frozenset(chain(range(0x250), range(0x2000, 0x2070), range(0x20A0, 0x20D0), map(ord, "™№→←↑↓✓")))

_EDGES = {sre.AT_BEGINNING: True, sre.AT_BEGINNING_STRING: True, sre.AT_END: False, sre.AT_END_STRING: False}
_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


class UnsupportedPatternError(ValueError):
    """A pattern uses what is not analysed here: flags, back references, word boundaries."""


@dataclass(frozen=True)
class Character:
    """One character out of a set."""

    allowed: Alphabet


@dataclass(frozen=True)
class Sequence:
    """One part after the other; no parts match the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """The first alternative that leads to a match."""

    alternatives: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """Between `least` and `most` times, as often as possible if greedy; `most` is None for no limit."""

    body: Node
    least: int
    most: int | None
    is_greedy: bool


@dataclass(frozen=True)
class Look:
    """What must, or must not, stand before or after this place."""

    body: Node
    is_negated: bool
    width: int  # characters to step back; 0 when it looks ahead


@dataclass(frozen=True)
class Edge:
    """The start or the end of the text."""

    is_start: bool


Node = Character | Sequence | Choice | Repeat | Look | Edge
_EMPTY = Sequence(())


@lru_cache(maxsize=32)
def within(pattern: str, alphabet: Alphabet) -> Node | None:
    """The pattern as far as texts over an alphabet without line breaks go; None when none of them has a match.

    Raises UnsupportedPatternError for what it does not analyse.
    """
    try:
        tree = parsed(pattern)
    except re.error as error:
        raise UnsupportedPatternError(str(error)) from error
    if tree.state.flags not in (re.UNICODE.value, (re.UNICODE | re.IGNORECASE).value):
        raise UnsupportedPatternError("flags")
    return (_CaselessRestriction if tree.state.flags & re.IGNORECASE.value else _Restriction)(alphabet).sequence(tree)


def in_ascii(pattern: str) -> Node | None:
    """The pattern as far as texts of ASCII go."""
    return within(pattern, ASCII)


def can_match(node: Node | None, alphabet: Alphabet) -> bool:
    """Whether texts over a smaller alphabet may have a match; false only when none has."""
    if isinstance(node, Character):
        return not alphabet.isdisjoint(node.allowed)
    if isinstance(node, Sequence):
        return all(can_match(part, alphabet) for part in node.parts)
    if isinstance(node, Choice):
        return any(can_match(alternative, alphabet) for alternative in node.alternatives)
    if isinstance(node, Repeat):
        return node.least == 0 or can_match(node.body, alphabet)
    if isinstance(node, Look):
        return node.is_negated or can_match(node.body, alphabet)
    return node is not None


def _never_repeated(least: int) -> Node | None:
    """A repetition whose body has no match."""
    return None if least else _EMPTY


def _never_seen(is_negated: bool) -> Node | None:
    """A look at what has no match."""
    return _EMPTY if is_negated else None


class _Restriction:
    """Makes the tree of a pattern for one alphabet."""

    def __init__(self, alphabet: Alphabet) -> None:
        self._alphabet = alphabet
        self._codes = sorted(alphabet)  # those that matter in a set
        self._of_sets: dict[int, Alphabet] = {}  # what is allowed by sets, which are kept by whoever calls

    def sequence(self, items: Any) -> Node | None:
        """The node of one item behind the other."""
        parts: list[Node] = []
        for operator, value in items:
            part = self._item(operator, value)
            if part is None:
                return None
            parts += part.parts if isinstance(part, Sequence) else [part]
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _item(self, operator: Any, value: Any) -> Node | None:  # noqa: PLR0911  # one return per kind of item
        if operator in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            allowed = self._characters(operator, value)
            return Character(allowed) if allowed else None
        if operator is sre.AT and value in _EDGES:
            return Edge(_EDGES[value])
        if operator is sre.SUBPATTERN and not value[1] and not value[2]:  # no flags of its own
            return self.sequence(value[3])
        if operator is sre.BRANCH:
            return _choice([self.sequence(branch) for branch in value[1]])
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, most, items = value
            body = self.sequence(items)
            if body is None:
                return _never_repeated(least)
            return Repeat(body, least, None if most is sre.MAXREPEAT else most, operator is sre.MAX_REPEAT)
        if operator in (sre.ASSERT, sre.ASSERT_NOT):
            direction, items = value
            body, is_negated = self.sequence(items), operator is sre.ASSERT_NOT
            if body is None:
                return _never_seen(is_negated)
            return Look(body, is_negated, 0 if direction > 0 else items.getwidth()[0])
        raise UnsupportedPatternError(str(operator))

    def _characters(self, operator: Any, value: Any) -> Alphabet:
        if operator is sre.LITERAL:
            return self._alike({value})
        if operator is sre.NOT_LITERAL:
            return self._alphabet - self._alike({value})
        if operator is sre.ANY:
            return self._alphabet - {ord("\n")}
        if id(value) not in self._of_sets:
            self._of_sets[id(value)] = self._of_set(value)
        return self._of_sets[id(value)]

    def _of_set(self, entries: Any) -> Alphabet:
        found: set[int] = set()
        of_categories: set[int] = set()
        is_negated = False
        for kind, entry in entries:
            if kind is sre.NEGATE:
                is_negated = True
            elif kind is sre.LITERAL:
                found.add(entry)
            elif kind is sre.RANGE:
                found.update(self._codes[bisect_left(self._codes, entry[0]) : bisect_right(self._codes, entry[1])])
            elif kind is sre.CATEGORY and entry in _CATEGORIES:
                of_categories |= _of_category(_CATEGORIES[entry], self._alphabet)
            else:
                raise UnsupportedPatternError(str(kind))
        allowed = self._alike(found) | of_categories
        return self._alphabet - allowed if is_negated else allowed

    def _alike(self, codes: set[int]) -> Alphabet:
        """The characters of the alphabet that stand for some of these."""
        return self._alphabet & codes


class _CaselessRestriction(_Restriction):
    """The same for a pattern to which upper and lower case are one, as they are to Python's `re`."""

    def __init__(self, alphabet: Alphabet) -> None:
        super().__init__(alphabet)
        lower = {code: unicode_tolower(code) for code in alphabet}
        self._by_lower = {form: frozenset(code for code in alphabet if lower[code] == form) for form in lower.values()}
        wanted = {*self._by_lower, *(other for form in self._by_lower for other in casefix._EXTRA_CASES.get(form, ()))}
        self._codes = [code for code in range(0x10000) if unicode_tolower(code) in wanted]

    def _alike(self, codes: set[int]) -> Alphabet:
        lower = {unicode_tolower(code) for code in codes}
        lower.update(*(casefix._EXTRA_CASES.get(form, ()) for form in tuple(lower)))
        return frozenset().union(*(self._by_lower.get(form, ()) for form in lower))


def _choice(alternatives: list[Node | None]) -> Node | None:
    """The alternatives that are possible; neighbours of one character each become one set."""
    kept: list[Node] = []
    for node in alternatives:
        if isinstance(node, Character) and kept and isinstance(kept[-1], Character):
            kept[-1] = Character(kept[-1].allowed | node.allowed)
        elif node is not None:
            kept.append(node)
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else Choice(tuple(kept))


@cache
def _of_category(pattern: str, alphabet: Alphabet) -> Alphabet:
    return frozenset(code for code in alphabet if re.match(pattern, chr(code)))
