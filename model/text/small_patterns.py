"""Patterns compiled for texts over a small alphabet: the same matches there, ready in a fraction of the time.

A tokenizer's patterns list thousands of characters, and Python takes tens of milliseconds to compile them: as long as
a small file takes to classify. Most texts never need what lies beyond ASCII, and others little of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

from model.text.patterns import Alphabet, Character, Choice, Edge, Look, Node, Repeat, Sequence, within

_NEVER = "(?!)"


@lru_cache(maxsize=128)  # five patterns of a language for two alphabets, and room for a dozen languages
def compiled_within(pattern: str, alphabet: Alphabet) -> re.Pattern[str]:
    """A pattern with the matches of `pattern` in texts over the alphabet without line breaks, and any in others.

    Raises UnsupportedPatternError for a pattern that is not analysed.
    """
    node = within(pattern, alphabet)
    return re.compile(_NEVER if node is None else _source(node))


@cache
def is_over(alphabet: Alphabet) -> Callable[[str], object]:
    """A function that tells whether a text is made of an alphabet."""
    return re.compile(f"{_one_of(alphabet)}*").fullmatch


def _source(node: Node) -> str:
    """The regular expression of a node."""
    if isinstance(node, Character):
        return _one_of(node.allowed)
    if isinstance(node, Sequence):
        return "".join(map(_source, node.parts))
    if isinstance(node, Choice):
        return f"(?:{'|'.join(map(_source, node.alternatives))})"
    if isinstance(node, Repeat):
        times = f"{{{node.least},{'' if node.most is None else node.most}}}"
        return f"(?:{_source(node.body)}){times}{'' if node.is_greedy else '?'}"
    if isinstance(node, Look):
        return f"(?{'<' if node.width else ''}{'!' if node.is_negated else '='}{_source(node.body)})"
    return _edge(node)


def _edge(node: Edge) -> str:
    return r"\A" if node.is_start else r"\Z"


def _one_of(allowed: Alphabet) -> str:
    """A set of characters, as ranges."""
    starts = sorted(code for code in allowed if code - 1 not in allowed)
    ends = sorted(code for code in allowed if code + 1 not in allowed)
    ranges = (_literal(start) if start == end else f"{_literal(start)}-{_literal(end)}" for start, end in zip(starts, ends, strict=True))
    return f"[{''.join(ranges)}]"


@cache
def _literal(code: int) -> str:
    """A character as it stands in a set; those that may mean something there are escaped, for escapes take longer to read."""
    character = chr(code)
    return character if not character.isascii() or character.isalnum() else f"\\x{code:02x}"
