"""Which rows are held out: a matter of their text alone.

A text that was held out once is held out of every later training, whatever the seed and whatever rows were added
since. Otherwise the current model, trained on an older file, would be compared with its successor on rows that it
has learned by heart, and win.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from model.text.sequences import Positions
from model.training.rows import Rows, keys

Ranks = npt.NDArray[np.uint64]  # (N,) the rows with the smallest are held out


def ranks(rows: Rows, purpose: str) -> Ranks:
    """(N,) a number for each text, as good as random, the same for ever; other numbers for another purpose."""
    digests = (blake2b(key, digest_size=8, key=purpose.encode()).digest() for key in keys(rows.texts))
    return np.fromiter((int.from_bytes(digest, "big") for digest in digests), np.uint64, len(rows))


def held_out(labels: Positions, share: float, order: Ranks) -> npt.NDArray[np.bool_]:
    """(N,) which rows to hold out: about `share` of each label's, at least one row in all.

    Each label keeps a row, and at most half of what the labels can spare goes, so that a second cut finds
    rows too. Of each label the rows with the smallest ranks go: real files come sorted by label or date.
    """
    counts = np.bincount(labels)
    most = np.maximum(counts - 1, 0)
    wanted = max(1, min(round(share * len(labels)), int(most.sum()) // 2))
    share = wanted / len(labels)
    quota = np.minimum(np.floor(share * counts).astype(np.int64), most)
    # What rounding down left goes to the labels that lost most by it.
    missing = wanted - int(quota.sum())
    by_loss = np.argsort(-(share * counts - quota), kind="stable")
    while missing > 0 and (quota < most).any():
        open_labels = [label for label in by_loss if quota[label] < most[label]][:missing]
        quota[open_labels] += 1
        missing -= len(open_labels)
    is_held_out = np.zeros(len(labels), np.bool_)
    for label, number in enumerate(quota):
        rows = np.flatnonzero(labels == label)
        is_held_out[rows[np.argsort(order[rows], kind="stable")[:number]]] = True
    return is_held_out
