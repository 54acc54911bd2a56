"""Which rows are held out: shuffled, stratified, by a seed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.sequences import Positions


def held_out(labels: Positions, share: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """(N,) which rows to hold out: about `share` of each label's, at least one row in all.

    Each label keeps a row, and at most half of what the labels can spare goes, so that a second cut finds
    rows too. Real files come sorted by label, so rows are drawn at random.
    """
    counts = np.bincount(labels)
    most = np.maximum(counts - 1, 0)
    wanted = max(1, min(round(share * len(labels)), int(most.sum()) // 2))
    share = wanted / len(labels)
    quota = np.minimum(np.floor(share * counts).astype(np.int64), most)
    # What rounding down left goes to the labels that lost most by it, ties in random order.
    tie_break = rng.permutation(len(counts))
    missing = wanted - int(quota.sum())
    by_loss = np.lexsort((tie_break, -(share * counts - quota)))
    while missing > 0 and (quota < most).any():
        open_labels = [label for label in by_loss if quota[label] < most[label]][:missing]
        quota[open_labels] += 1
        missing -= len(open_labels)
    is_held_out = np.zeros(len(labels), np.bool_)
    for label, number in enumerate(quota):
        is_held_out[rng.permutation(np.flatnonzero(labels == label))[:number]] = True
    return is_held_out
