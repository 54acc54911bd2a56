"""Patterns as programs for the matcher of programs.c, which runs them over ASCII.

The instructions, as in programs.c: MATCHED; ONE_OF set (a character of it); SPLIT place (go on here, and at the
place when that fails); JUMP place; AT_START; AT_END; LOOK is_negated back place (what follows, up to MATCHED,
must or must not match from `back` characters before; then go on at the place); GUARD set place (go on at the place
unless a character of the set comes next, for without one what follows cannot match).
"""

from __future__ import annotations

from dataclasses import dataclass
from string import punctuation
from typing import TYPE_CHECKING

import numpy as np

from model.text.affixes import tail
from model.text.necessary import necessary
from model.text.patterns import (
    ASCII,
    LETTERS,
    Character,
    Choice,
    Edge,
    Look,
    Node,
    Repeat,
    Sequence,
    UnsupportedPatternError,
    can_match,
    in_ascii,
)

if TYPE_CHECKING:
    import numpy.typing as npt

MATCHED, ONE_OF, SPLIT, JUMP, AT_START, AT_END, LOOK, GUARD = range(8)
# Sets: what a match at the start begins with, what one elsewhere does, what no match can do without one of, what makes a tail's run.
START, LATER, NEEDED, RUNS = range(4)
MAX_INSTRUCTIONS = 20_000  # a pattern that needs more is left to Python

_NEVER = Character(frozenset())  # a pattern without a match in ASCII


@dataclass(frozen=True)
class Program:
    """A pattern, ready for programs.c."""

    code: npt.NDArray[np.int32]
    sets: npt.NDArray[np.uint64]  # (S, 2): 128 bits each; the first are START, LATER, NEEDED and RUNS
    tail: int  # characters


def compile_pattern(pattern: str) -> Program | None:
    """The program of a pattern, None for no pattern.

    Raises UnsupportedPatternError for a pattern that Python must run.
    """
    if not pattern:
        return None
    node = in_ascii(pattern) or _NEVER
    fixed = []
    for is_at_start in (True, False):
        characters, may_be_empty = _first(node, is_at_start)
        fixed.append(ASCII if may_be_empty else characters)
    end = tail(pattern)
    wanted = necessary(pattern)
    needed = ASCII & frozenset(map(ord, wanted)) if wanted else _needed(node)
    writer = _Writer([*fixed, needed, ASCII & frozenset(map(ord, end.runs))])
    writer.write(node)
    writer.code.append(MATCHED)
    return Program(np.array(writer.code, np.int32), np.array([_bits(allowed) for allowed in writer.sets], np.uint64), end.width)


class _Writer:
    """Writes instructions one behind the other; places are filled in when they are known."""

    def __init__(self, fixed: list[frozenset[int]]) -> None:
        self.code: list[int] = []
        self.sets = fixed

    def write(self, node: Node) -> None:
        if len(self.code) > MAX_INSTRUCTIONS:
            raise UnsupportedPatternError("size")
        if isinstance(node, Character):
            self.code += [ONE_OF, self._set(node.allowed)]
        elif isinstance(node, Edge):
            self.code.append(AT_START if node.is_start else AT_END)
        elif isinstance(node, Sequence):
            for part in node.parts:
                self.write(part)
        elif isinstance(node, Choice):
            self._write_choice(node)
        elif isinstance(node, Look):
            self.code += [LOOK, int(node.is_negated), node.width]
            place = self._place()
            self.write(node.body)
            self.code.append(MATCHED)
            self._fill(place)
        else:
            self._write_repeat(node)

    def _write_choice(self, node: Choice) -> None:
        ends = []
        for alternative in node.alternatives[:-1]:
            others = []
            characters, may_be_empty = _first(alternative, True)
            if not may_be_empty:
                self.code += [GUARD, self._set(characters)]
                others.append(self._place())
            self.code.append(SPLIT)
            others.append(self._place())
            self.write(alternative)
            self.code.append(JUMP)
            ends.append(self._place())
            for place in others:
                self._fill(place)
        self.write(node.alternatives[-1])
        for place in ends:
            self._fill(place)

    def _write_repeat(self, node: Repeat) -> None:
        if not node.is_greedy or _first(node.body, True)[1] or _first(node.body, False)[1]:
            raise UnsupportedPatternError("a lazy repetition, or one of what may be empty")
        for _ in range(node.least):
            self.write(node.body)
        if node.most is None:
            start = len(self.code)
            self.code.append(SPLIT)
            end = self._place()
            self.write(node.body)
            self.code += [JUMP, start]
            self._fill(end)
            return
        ends = []
        for _ in range(node.most - node.least):
            self.code.append(SPLIT)
            ends.append(self._place())
            self.write(node.body)
        for place in ends:
            self._fill(place)

    def _set(self, allowed: frozenset[int]) -> int:
        if allowed not in self.sets:
            self.sets.append(allowed)
        return self.sets.index(allowed)

    def _place(self) -> int:
        self.code.append(-1)
        return len(self.code) - 1

    def _fill(self, place: int) -> None:
        self.code[place] = len(self.code)


def _first(node: Node, is_at_start: bool) -> tuple[frozenset[int], bool]:  # noqa: PLR0911  # one return per kind of node
    """What a match of a node can start with, or a superset, and whether a match may be empty as far as is known."""
    if isinstance(node, Character):
        return node.allowed, False
    if isinstance(node, Edge):
        return frozenset(), is_at_start or not node.is_start
    if isinstance(node, Look):
        return frozenset(), True
    if isinstance(node, Repeat):
        characters, may_be_empty = _first(node.body, is_at_start)
        return characters, may_be_empty or node.least == 0
    if isinstance(node, Choice):
        firsts = [_first(alternative, is_at_start) for alternative in node.alternatives]
        return frozenset().union(*(characters for characters, _ in firsts)), any(empty for _, empty in firsts)
    found: frozenset[int] = frozenset()
    for part in node.parts:
        characters, may_be_empty = _first(part, is_at_start)
        found |= characters
        if not may_be_empty:
            return found, False
    return found, True


def _needed(node: Node) -> frozenset[int]:
    """A small set of which every text with a match has a character; found by leaving it out of the alphabet."""
    candidates = [*(frozenset({ord(mark)}) for mark in punctuation), ASCII - LETTERS]
    return next((some for some in candidates if not can_match(node, ASCII - some)), ASCII)


def _bits(allowed: frozenset[int]) -> tuple[int, int]:
    number = sum(1 << code for code in allowed)
    return number & (2**64 - 1), number >> 64
