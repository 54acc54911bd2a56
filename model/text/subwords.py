"""The pieces that words are made of, so that a word never seen before still says something.

A subword is a run of 3 to 5 characters of a word between "<" and ">". Subwords are told apart by a hash alone,
so no list of them is stored. Reference: Bojanowski et al. 2017 (words as bags of hashed character n-grams).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.text.sequences import Positions

SHORTEST, LONGEST = 3, 5
_WORDS_AT_ONCE = 65_536  # for a word takes a kilobyte on the way
_BASE = np.uint32(16_777_619)  # of the rolling polynomial, and Knuth's multiplier, which spreads its low bits upwards
_SPREAD = np.uint32(2_654_435_769)


def subwords_of(words: Sequence[str], buckets: int) -> tuple[Positions, Positions]:
    """The subwords of W words: (K,) buckets, word by word, and (W + 1,) where each word's begin and the last one's end.

    `buckets` is a power of two. A subword that a word holds twice counts twice.
    """
    parts = [_of_some(words[first : first + _WORDS_AT_ONCE], buckets) for first in range(0, max(len(words), 1), _WORDS_AT_ONCE)]
    found, counts = (np.concatenate(values) for values in zip(*parts, strict=True))
    return found, np.concatenate([[0], np.cumsum(counts)])


def _of_some(words: Sequence[str], buckets: int) -> tuple[Positions, Positions]:
    """(K,) buckets, word by word, and how many each word has."""
    marked = [f"<{word}>" for word in words]
    chars = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), np.uint32)
    owner = np.repeat(np.arange(len(words)), np.fromiter(map(len, marked), np.int64, len(words)))
    shift = np.uint32(32 - (buckets.bit_length() - 1))
    found, owners, hashes = [], [], np.zeros(len(chars), np.uint32)
    for length in range(1, LONGEST + 1):
        hashes = (hashes[: len(chars) - length + 1] + np.uint32(1)) * _BASE + chars[length - 1 :]
        if length >= SHORTEST:
            is_inside = owner[: len(hashes)] == owner[length - 1 :]
            found.append(hashes[is_inside] * _SPREAD >> shift)
            owners.append(owner[: len(hashes)][is_inside])
    order = np.argsort(np.concatenate(owners), kind="stable")
    return np.concatenate(found)[order].astype(np.int64), np.bincount(np.concatenate(owners), minlength=len(words))
