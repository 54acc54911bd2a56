"""Which rows are held out: a matter of their text alone.

A text that was held out once is held out of every later training, whatever the seed and whatever rows were added
since; of a very large file fewer texts are held out, none of them learned before. Otherwise the current model, trained on
an older file, would be compared with its successor on rows that it has learned by heart, and win.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from model.text.sequences import Positions
from model.training.rows import Rows, keys

Ranks = npt.NDArray[np.uint64]  # (N,) the rows with the smallest are held out
_ALL = 2.0**64  # numbers that a rank may be


def ranks(rows: Rows, purpose: str) -> Ranks:
    """(N,) a number for each text, as good as random, the same for ever; other numbers for another purpose."""
    digests = (blake2b(key, digest_size=8, key=purpose.encode()).digest() for key in keys(rows.texts))
    return np.fromiter((int.from_bytes(digest, "big") for digest in digests), np.uint64, len(rows))


def is_held_out(order: Ranks, share: float) -> npt.NDArray[np.bool_]:
    """(N,) whether each rank is among the smallest `share` of all numbers."""
    return order < share * _ALL


def held_out(labels: Positions, share: float, order: Ranks) -> npt.NDArray[np.bool_]:
    """(N,) which rows to hold out: those whose rank is among the smallest `share` of all numbers, so about that share.

    The other rows of the file matter only where there are few: a label keeps the row with its greatest rank, at most half
    of the rest goes, so that a second cut finds rows too, and at least one row goes, and half of what is wanted.
    """
    by_label = np.lexsort((order, labels))
    is_last = np.append(np.diff(labels[by_label]) != 0, True)
    spare = by_label[~is_last]
    spare = spare[np.argsort(order[spare], kind="stable")]
    least = max(1, round(share * len(labels) / 2))
    number = max(least, int(is_held_out(order[spare], share).sum()))
    is_out = np.zeros(len(labels), np.bool_)
    is_out[spare[: max(1, min(number, len(spare) // 2))]] = True
    return is_out
