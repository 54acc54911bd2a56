"""How the logits of the wide and the deep part become one: a mixture that leaves clear cases to the wide part.

    z = (1 - g * share) * wide + g * deep

The gate g is 1 where the wide part is in doubt and falls to exactly 0 where its best label leads the second
by `closes_at`: there the deep part changes nothing, so it need not be computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.text.sequences import FloatArray

FULLY_OPEN = 0.5  # share of `closes_at` up to which the gate is 1


@dataclass(frozen=True)
class Gate:
    """The mixture's two numbers; the scales of both parts lie in their weights."""

    share: float  # of the wide part's logits that the deep part replaces where the gate is open; negative: it adds to them
    closes_at: float  # lead of the wide part's best label from which the deep part has no say; 0: it never has one

    def openness(self, wide: FloatArray) -> FloatArray:
        """(N, C) logits of the wide part to (N,) values of g."""
        if self.closes_at <= 0:
            return np.zeros(len(wide), np.float32)
        best = np.partition(wide, -2, axis=1)[:, -2:]
        lead = (best[:, 1] - best[:, 0]) / np.float32(self.closes_at)
        return np.clip((1 - lead) / np.float32(1 - FULLY_OPEN), 0, 1).astype(np.float32)

    def mix(self, wide: FloatArray, deep: FloatArray, openness: FloatArray) -> FloatArray:
        """(N, C) logits of both parts and (N,) values of g to (N, C) logits."""
        opened = openness[:, None]
        mixed: FloatArray = (1 - opened * np.float32(self.share)) * wide + opened * deep
        return mixed
