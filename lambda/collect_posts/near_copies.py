"""Which texts are nearly the same as one that was seen before.

Texts are compared by the pairs of words that they have in common, counted once each (Broder, On the resemblance and containment
of documents, 1997). That all need not be compared with all, the smallest of several hash values of the pairs are kept: two
texts agree in each with the probability of their resemblance. They are looked at more closely when they agree in all rows of some
band (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3).
"""

from __future__ import annotations

import re
import struct
import unicodedata
from array import array
from collections import defaultdict
from hashlib import shake_128
from itertools import pairwise

from contract.texts import normal_form

RESEMBLANCE = 0.8  # pairs in common, of all that occur in either; twenty words of which one is another have 0.81
SHORT_PAIRS = 20  # of fewer a single one makes an opposite, such as "not": then all must be the same
COMPARED_CHARS = 1000  # of a text: what is longer is a copy when it begins so
BANDS, ROWS = 12, 4  # find 99.8 % of those that resemble by 0.8, and 0.1 % of those by 0.1
_HASHES = struct.Struct(f"<{BANDS * ROWS}I")
_PASSING = re.compile(r"https?://\S+|www\.\S+|(?<!\w)@[\w.@-]+", re.IGNORECASE)  # no part of what is said
_REPOSTED = re.compile(r"^\W*rt\b", re.IGNORECASE)
_LAST_TAGS = re.compile(r"(?:\s*#\w+)+\W*$")
TAGGED_WORDS = 6  # before the last hashtags; of fewer, these are what is said
_OTHERWISE = re.compile(r"[\W_]+")


class NearCopies:
    """Remembers texts."""

    def __init__(self) -> None:
        self._pairs: list[array[int]] = []  # by text
        self._bands: list[dict[tuple[int, ...], list[int]]] = [defaultdict(list) for _ in range(BANDS)]

    def is_one(self, text: str) -> bool:
        """Whether the text is nearly one that was seen before; otherwise it is remembered."""
        lowest = _HASHES.unpack
        hashes = [lowest(shake_128(pair.encode("utf-8", "replace")).digest(_HASHES.size)) for pair in _pairs(text[:COMPARED_CHARS])]
        smallest = tuple(map(min, *hashes)) if len(hashes) > 1 else hashes[0]
        places = [smallest[start : start + ROWS] for start in range(0, len(smallest), ROWS)]
        pairs = {each[0] for each in hashes}
        candidates = {number for band, place in zip(self._bands, places, strict=True) for number in band.get(place, ())}
        if any(_are_copies(pairs, self._pairs[number]) for number in candidates):
            return True
        for band, place in zip(self._bands, places, strict=True):
            band[place].append(len(self._pairs))
        self._pairs.append(array("I", pairs))
        return False


def has_words(text: str) -> bool:
    """Whether there is anything but links, names, figures and punctuation; a picture character counts as a word."""
    return any(char.isalpha() or unicodedata.category(char) == "So" for char in _PASSING.sub(" ", text))


def _pairs(text: str) -> set[str]:
    """The pairs of neighbouring words, without case, links, names, punctuation and what a repost adds; at least one."""
    text = _REPOSTED.sub(" ", _PASSING.sub(" ", text))
    words = _words(_LAST_TAGS.sub(" ", text))
    if len(words) < TAGGED_WORDS:
        words = _words(text)
    if len(words) < 2:  # noqa: PLR2004  # of which a pair consists
        return {" ".join(words) or normal_form(text)}
    return {f"{one} {other}" for one, other in pairwise(words)}


def _words(text: str) -> list[str]:
    return _OTHERWISE.sub(" ", normal_form(text)).split()


def _are_copies(pairs: set[int], others: array[int]) -> bool:
    common = len(pairs.intersection(others))
    needed = 1.0 if min(len(pairs), len(others)) < SHORT_PAIRS else RESEMBLANCE
    return common >= needed * (len(pairs) + len(others) - common)
