"""The last step of calibration: from a model's logits to log-probabilities, by four numbers.

    x = scale * z,  u = x - saturation * log(1 + exp(x + offset)),  p = (1 - noise) * softmax(u) + noise / C

Logits add up what speaks for a label and against it, so each word that agrees makes them larger though it tells little new:
`saturation` lets the evidence beyond `offset` count for less (at 1 and offset 0, u is the log-probability that one label has against
all others, whose sum need not be 1). And where a share of the labels that people gave is wrong by chance, no answer can be right more
often than the others are: `noise` is that share, a uniform part as in a label noise model (Goldberger and Ben-Reuven 2017 learn a whole
matrix of it). Neither changes which label comes before which.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.arrays import MAX_NUMBER
from model.text.sequences import FloatArray

MAX_SATURATION, MAX_NOISE = 0.95, 0.5  # beyond, labels could hardly be told apart


@dataclass(frozen=True)
class CalibrationMap:
    """The four numbers; as they stand, they change nothing."""

    scale: float = 1.0
    saturation: float = 0.0  # from 0 to `MAX_SATURATION`
    offset: float = 0.0
    noise: float = 0.0  # from 0 to `MAX_NOISE`

    def __call__(self, logits: FloatArray) -> FloatArray:
        """(N, C) logits to (N, C) log-probabilities, in double precision; or the logits themselves, when there is nothing to change."""
        if self == CalibrationMap() or not logits.size:
            return logits
        scaled = self.scale * logits.astype(np.float64)
        evidence = scaled - self.saturation * np.logaddexp(0.0, scaled + self.offset)
        evidence -= evidence.max(axis=1, keepdims=True)
        found: FloatArray = evidence - np.log(np.exp(evidence).sum(axis=1, keepdims=True))
        if self.noise:
            found = np.logaddexp(np.log1p(-self.noise) + found, np.log(self.noise / logits.shape[1]))
        return found

    def is_valid(self) -> bool:
        """Whether a training can have made it."""
        is_finite = 0 < self.scale <= MAX_NUMBER and abs(self.offset) <= MAX_NUMBER
        return is_finite and 0 <= self.saturation <= MAX_SATURATION and 0 <= self.noise <= MAX_NOISE
