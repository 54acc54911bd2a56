"""Regular expressions as Python's own parser reads them, in a fraction of its time where large sets come again and again.

French has a pattern of a million characters: three sets, written out five hundred times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from re import _compiler as compiler  # type: ignore[attr-defined]  # Python's own, which typeshed leaves out
from re import _constants as sre  # type: ignore[attr-defined]  # likewise
from re import _parser as parser  # type: ignore[attr-defined]  # likewise
from typing import Any

Compile = Callable[[str], re.Pattern[str]]

LARGE_CHARS = 100  # of a set that is parsed once
_FIRST_STAND_IN, _LAST_STAND_IN = 0xF0000, 0xFFFFD  # characters for private use, in the place of such sets
_ESCAPE_OR_SET = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


@lru_cache(maxsize=16)
def parsed(pattern: str) -> Any:
    """A pattern's tree; raises re.error for what is no pattern. Equal sets that are large are one object."""
    numbers: dict[str, int] = {}

    def without_set(match: re.Match[str]) -> str:
        text = match[0]
        if len(text) < LARGE_CHARS or not text.startswith("[") or text.startswith("[^"):
            return text
        return chr(_FIRST_STAND_IN + numbers.setdefault(text, len(numbers)))

    if any(_FIRST_STAND_IN <= code <= _LAST_STAND_IN for code in map(ord, set(pattern))):
        return parser.parse(pattern)
    tree = parser.parse(_ESCAPE_OR_SET.sub(without_set, pattern))
    _put_back(tree, {_FIRST_STAND_IN + number: parser.parse(text)[0] for text, number in numbers.items()})
    return tree


@lru_cache(maxsize=64)
def compiled(pattern: str) -> re.Pattern[str]:
    """As by re.compile, except that the result does not name the pattern."""
    found: re.Pattern[str] = compiler.compile(parsed(pattern))
    return found


def _put_back(items: Any, sets: dict[int, Any]) -> None:
    """Put sets where their stand-ins are, in a tree."""
    for place, (operator, value) in enumerate(items):
        if operator is sre.LITERAL and value in sets:
            items[place] = sets[value]
        elif operator is sre.IN:  # the parser makes one set of alternatives of one character each
            entries = (sets[entry[1]][1] if entry[0] is sre.LITERAL and entry[1] in sets else [entry] for entry in value)
            value[:] = dict.fromkeys(chain.from_iterable(entries))
        else:
            for part in _parts(operator, value):
                _put_back(part, sets)


def _parts(operator: Any, value: Any) -> Iterator[Any]:
    """The trees within an item of a tree."""
    if operator is sre.BRANCH:
        yield from value[1]
    elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        yield value[2]
    elif operator is sre.SUBPATTERN:
        yield value[3]
    elif operator in (sre.ASSERT, sre.ASSERT_NOT):
        yield value[1]
    elif operator is sre.ATOMIC_GROUP:
        yield value
    elif operator is sre.GROUPREF_EXISTS:
        yield from filter(None, value[1:])
