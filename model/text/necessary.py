"""What a regular expression cannot do without: characters of which every text with a match has one."""

from __future__ import annotations

from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]  # Python's own, which typeshed leaves out
from typing import Any

from model.text.parsing import parsed

MOST = 32  # characters; a larger set rules out too few texts to be worth a look


@lru_cache(maxsize=16)
def necessary(pattern: str) -> frozenset[str] | None:
    """A small set of them, none of which has an upper and a lower case; None where none is found."""
    found = _of_items(parsed(pattern))
    return None if found is None else frozenset(map(chr, found))


def _of_items(items: Any) -> frozenset[int] | None:
    found = (_of_item(operator, value) for operator, value in items)
    return min((some for some in found if some), key=len, default=None)


def _of_item(operator: Any, value: Any) -> frozenset[int] | None:
    if operator is sre.LITERAL:
        return _of_set([(operator, value)])
    if operator is sre.IN:
        return _of_set(value)
    if operator is sre.SUBPATTERN:
        return _of_items(value[3])
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[0] > 0:
        return _of_items(value[2])
    if operator is sre.BRANCH:
        found = [_of_items(branch) for branch in value[1]]
        together = frozenset().union(*filter(None, found))
        return together if all(found) and len(together) <= MOST else None
    return None


def _of_set(entries: Any) -> frozenset[int] | None:
    found: set[int] = set()
    for kind, entry in entries:
        if kind is sre.LITERAL:
            found.add(entry)
        elif kind is sre.RANGE and entry[1] - entry[0] < MOST:
            found.update(range(entry[0], entry[1] + 1))
        else:
            return None
    has_case = any(chr(code).lower() != chr(code).upper() for code in found)
    return None if has_case or len(found) > MOST else frozenset(found)
