"""Which texts are unlike what the model has learned from."""

from __future__ import annotations

import numpy as np

from model.text.sequences import FloatArray

USUAL = 0.995  # share of the held-out rows that are like the training data by definition
MIN_UNKNOWN_SHARE = 0.5  # a text most of whose words are known is never unlike them


def max_unknown_share(unknown_share: FloatArray) -> float:
    """The share of unknown words from which a text is unlike the training data, from those of (N,) held-out texts."""
    return max(float(np.quantile(unknown_share, USUAL)), MIN_UNKNOWN_SHARE)
