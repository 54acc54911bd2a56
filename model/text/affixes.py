"""Where an affix is looked for: at a text's very ends, so that a run of punctuation takes linear time.

Affixes come off a piece one by one, and spaCy searches all that is left for each of them: quadratic time where an affix
is one quotation mark. But a prefix pattern matches at the start of a text only. And each alternative of a suffix pattern
ends where the text ends and has a greatest length, unless it takes a run such as "...", whole: a match begins within a
few characters of the end, or in the run that the text ends with. A search from there finds the match that a search of
the whole text finds, for it too begins at the leftmost place, and `(?<=` sees what stands before. A pattern of another
form is searched for everywhere. Texts here hold no line break, before which `$` would match as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from re import _constants as sre  # type: ignore[attr-defined]  # Python's own, which typeshed leaves out
from typing import Any

from model.text.parsing import Compile, compiled, parsed
from model.text.patterns import UnsupportedPatternError

_AT_START, _AT_END = (sre.AT, sre.AT_BEGINNING), (sre.AT, sre.AT_END)


@dataclass(frozen=True)
class Tail:
    """The end of a text, in which all matches of a pattern begin: some characters, or the run of some that it ends with."""

    width: int
    runs: str  # the characters that make a run

    def start(self, text: str) -> int:
        """Where the tail of a text begins."""
        return max(0, min(len(text) - self.width, len(text.rstrip(self.runs))))


WHOLE = Tail(2**31 - 1, "")  # as much as the kernel's int holds


def tail(pattern: str) -> Tail:
    """The tail for a pattern, `WHOLE` where no smaller one is sure."""
    tree = parsed(pattern)
    is_choice = len(tree) == 1 and tree[0][0] is sre.BRANCH
    alternatives = tree[0][1][1] if is_choice else [tree]
    if tree.state.flags != re.UNICODE.value or not all(len(items) and items[-1] == _AT_END for items in alternatives):
        return WHOLE
    widths = [items.getwidth()[1] for items in alternatives]
    try:
        runs = [_run(items) for items, width in zip(alternatives, widths, strict=True) if width >= sre.MAXREPEAT]
    except UnsupportedPatternError:
        return WHOLE
    return Tail(max((width for width in widths if width < sre.MAXREPEAT), default=0), "".join(sorted(frozenset().union(*runs))))


def prefix_length(pattern: str, compiling: Compile = compiled) -> Callable[[str], int]:
    """A function that tells the length of a text's prefix, 0 for none."""
    tree, known = parsed(pattern), compiling(pattern)
    is_at_start = tree.state.flags == re.UNICODE.value and len(tree) and tree[0] == _AT_START
    find = known.match if is_at_start else known.search
    return lambda text: _length(find(text))


def suffix_length(pattern: str, compiling: Compile = compiled) -> Callable[[str], int]:
    """A function that tells the length of a text's suffix, 0 for none."""
    find, start = compiling(pattern).search, tail(pattern).start
    return lambda text: _length(find(text, start(text)))


def _length(match: re.Match[str] | None) -> int:
    return match.end() - match.start() if match else 0


def _run(items: Any) -> frozenset[str]:
    """The characters of which all matches of a part of a pattern consist, wherever they stand."""
    found: frozenset[str] = frozenset()
    for operator, value in items:
        if operator is sre.LITERAL:
            found |= {chr(value)}
        elif operator is sre.MAX_REPEAT:
            found |= _run(value[2])
        elif (operator, value) != _AT_END:
            raise UnsupportedPatternError(str(operator))
    return found
