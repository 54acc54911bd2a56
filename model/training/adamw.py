"""An optimizer that MXNet's Gluon does not bring."""

from __future__ import annotations

from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types


class AdamW(mx.optimizer.Adam):  # type: ignore[misc]  # MXNet's classes are untyped
    """Adam whose weight decay does not pass through the gradient's moments (Loshchilov and Hutter 2019)."""

    wd: float

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """One step on one parameter."""
        decay, self.wd = self.wd, 0.0
        weight *= 1 - self._get_lr(index) * decay
        super().update(index, weight, grad, state)
        self.wd = decay
