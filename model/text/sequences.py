"""Many texts as word ids, without padding until a batch needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from model.text.vocabulary import PAD, UNKNOWN

if TYPE_CHECKING:  # at run time it would take a tenth of NumPy's own time to import
    import numpy.typing as npt

IntArray: TypeAlias = "npt.NDArray[np.int32]"
Positions: TypeAlias = "npt.NDArray[np.int64]"
FloatArray: TypeAlias = "npt.NDArray[np.float32]"
Flags: TypeAlias = "npt.NDArray[np.bool_]"


@dataclass(frozen=True)
class Sequences:
    """Word ids of N texts, one after the other."""

    ids: IntArray  # (sum of lengths,)
    lengths: IntArray  # (N,), each at least 1

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def starts(self) -> Positions:
        """(N,): where each text begins in `ids`."""
        return np.concatenate([[0], np.cumsum(self.lengths[:-1], dtype=np.int64)]) if len(self) else np.zeros(0, np.int64)

    def padded(self, rows: Positions, width: int) -> IntArray:
        """(len(rows), width): the ids of some texts, `PAD` behind each; width is at least the longest."""
        steps = np.arange(width)
        is_word = steps < self.lengths[rows, None]
        return np.where(is_word, self.ids[np.where(is_word, self.starts[rows, None] + steps, 0)], PAD).astype(np.int32)

    def take(self, rows: Positions) -> Sequences:
        """Some of the texts, in the order of `rows`."""
        lengths = self.lengths[rows]
        shift = np.repeat(self.starts[rows] - np.concatenate([[0], np.cumsum(lengths[:-1], dtype=np.int64)]), lengths)
        return Sequences(self.ids[np.arange(lengths.sum()) + shift], lengths)

    def head_and_tail(self, most: int) -> Sequences:
        """The first quarter and the last three quarters of `most` words of each longer text: verdicts stand at the end."""
        if not len(self) or self.lengths.max() <= most:
            return self
        kept = np.minimum(self.lengths, most)
        starts = np.concatenate([[0], np.cumsum(kept[:-1], dtype=np.int64)])
        places = np.arange(kept.sum()) - np.repeat(starts, kept)  # of each kept word in its shortened text
        skipped = np.where(places < most // 4, 0, np.repeat(self.lengths - kept, kept))
        return Sequences(self.ids[np.repeat(self.starts, kept) + places + skipped], kept)

    def clamped(self, words: int) -> Sequences:
        """The same texts with every id of `words` or above unknown."""
        return Sequences(np.where(self.ids < words, self.ids, UNKNOWN).astype(np.int32), self.lengths)

    def unknown_share(self, known_words: int) -> FloatArray:
        """(N,): the share of each text's words that is outside the vocabulary, whose ids are below `known_words`."""
        if not len(self):
            return np.zeros(0, np.float32)
        is_outside = (self.ids <= UNKNOWN) | (self.ids >= known_words)
        share: FloatArray = (np.add.reduceat(is_outside, self.starts, dtype=np.int64) / self.lengths).astype(np.float32)
        return share


def joined(parts: Sequence[Sequences]) -> Sequences:
    """All texts of the first one, then of the second, and so on."""
    return Sequences(np.concatenate([part.ids for part in parts]), np.concatenate([part.lengths for part in parts]))


def batches_by_length(lengths: Sequence[int] | IntArray, batch_size: int) -> Iterator[Positions]:
    """All positions, in batches of similar length, longest first; order within a batch: longest first."""
    order = np.argsort(-np.asarray(lengths, np.int64), kind="stable")
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def pooled_batches(lengths: IntArray, batch_size: int, rng: np.random.Generator, pool: int = 50) -> list[Positions]:
    """All positions, shuffled, in batches of similar length: sorted within pools of `pool` batches.

    So that little is padded, and batches still differ from epoch to epoch.
    """
    order = rng.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), pool * batch_size):
        some = order[start : start + pool * batch_size]
        some = some[np.argsort(lengths[some], kind="stable")]
        batches += [some[at : at + batch_size] for at in range(0, len(some), batch_size)]
    return [batches[number] for number in rng.permutation(len(batches))]
