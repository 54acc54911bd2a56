"""What a regular expression can match in texts of a small alphabet.

A tokenizer's patterns list thousands of characters, of which a text in ASCII can hold a few. Restricted to
ASCII, a pattern becomes a small tree, or nothing when no text of ASCII has a match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from re import _compiler as compiler  # type: ignore[attr-defined]  # Python's own, which typeshed leaves out
from re import _constants as sre  # type: ignore[attr-defined]  # likewise
from re import _parser as parser  # type: ignore[attr-defined]  # likewise
from string import ascii_letters
from typing import Any

LETTERS = frozenset(map(ord, ascii_letters))
ASCII = frozenset(range(128))

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

    allowed: frozenset[int]


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


@lru_cache(maxsize=16)
def parsed(pattern: str) -> Any:
    """A pattern as Python's own parser reads it; raises re.error for one that is none."""
    return parser.parse(pattern)


@lru_cache(maxsize=16)
def compiled(pattern: str) -> re.Pattern[str]:
    """As by re.compile, which would parse the pattern once more, except that the result does not name it."""
    found: re.Pattern[str] = compiler.compile(parsed(pattern))
    return found


@lru_cache(maxsize=16)
def in_ascii(pattern: str) -> Node | None:
    """The pattern as far as texts of ASCII without line breaks go; None when none of them has a match.

    Raises UnsupportedPatternError for what it does not analyse.
    """
    try:
        tree = parsed(pattern)
    except re.error as error:
        raise UnsupportedPatternError(str(error)) from error
    if tree.state.flags != re.UNICODE.value:
        raise UnsupportedPatternError("flags")
    return _sequence(tree)


def can_match(node: Node | None, alphabet: frozenset[int]) -> bool:
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


def _sequence(items: Any) -> Node | None:
    parts: list[Node] = []
    for operator, value in items:
        part = _item(operator, value)
        if part is None:
            return None
        parts += part.parts if isinstance(part, Sequence) else [part]
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def _item(operator: Any, value: Any) -> Node | None:  # noqa: PLR0911  # one return per kind of item
    if operator in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        allowed = _characters(operator, value)
        return Character(allowed) if allowed else None
    if operator is sre.AT and value in _EDGES:
        return Edge(_EDGES[value])
    if operator is sre.SUBPATTERN and not value[1] and not value[2]:  # no flags of its own
        return _sequence(value[3])
    if operator is sre.BRANCH:
        return _choice([_sequence(branch) for branch in value[1]])
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, most, items = value
        body = _sequence(items)
        if body is None:
            return _never_repeated(least)
        return Repeat(body, least, None if most is sre.MAXREPEAT else most, operator is sre.MAX_REPEAT)
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        direction, items = value
        body, is_negated = _sequence(items), operator is sre.ASSERT_NOT
        if body is None:
            return _never_seen(is_negated)
        return Look(body, is_negated, 0 if direction > 0 else items.getwidth()[0])
    raise UnsupportedPatternError(str(operator))


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


def _characters(operator: Any, value: Any) -> frozenset[int]:
    if operator is sre.LITERAL:
        return ASCII & {value}
    if operator is sre.NOT_LITERAL:
        return ASCII - {value}
    if operator is sre.ANY:
        return ASCII - {ord("\n")}
    found: set[int] = set()
    is_negated = False
    for kind, entry in value:
        if kind is sre.NEGATE:
            is_negated = True
        elif kind is sre.LITERAL:
            found.add(entry)
        elif kind is sre.RANGE:
            found |= {code for code in ASCII if entry[0] <= code <= entry[1]}
        elif kind is sre.CATEGORY and entry in _CATEGORIES:
            found |= {code for code in ASCII if re.match(_CATEGORIES[entry], chr(code))}
        else:
            raise UnsupportedPatternError(str(kind))
    return ASCII - found if is_negated else ASCII & found
