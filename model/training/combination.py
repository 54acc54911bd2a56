"""Both parts' scales, the labels' biases and the gate, from rows that neither part was trained on.

Scales and biases are those under which the right labels are likeliest, so the mixture comes out calibrated.
References: Wolpert 1992 (stacking), Platt 1999 and Guo et al. 2017 (scaling logits).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]  # SciPy ships no types
from scipy.special import log_softmax  # type: ignore[import-untyped]  # likewise

from model.gate import Gate
from model.text.sequences import FloatArray, Positions

MAX_LOG_SCALE = 4.0
BIAS_PRIOR = 2.0  # rows' worth of evidence that a label's bias is 0: few rows say little about priors
WORTH_IT = 0.002  # mean log-loss that the gate must save, or it stays closed
TOLERANCE = 0.03  # share by which closing the gate earlier may raise the mean log-loss; accuracy does not feel it, speed does
LEADS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0, 1e6)  # at which the gate may close; the last one is never reached

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Affine:
    """logits * scale + bias."""

    scale: float
    bias: FloatArray  # (C,)

    def __call__(self, logits: FloatArray) -> FloatArray:
        """(N, C) to (N, C)."""
        scaled: FloatArray = (logits * np.float32(self.scale) + self.bias).astype(np.float32)
        return scaled

    def applied_to(self, weights: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """A network's weights with the output layer scaled, so that its logits come out so."""
        bias = self(weights["output.bias"])
        return {**weights, "output": weights["output"] * np.float32(self.scale), "output.bias": bias}


@dataclass(frozen=True)
class Combination:
    """What is done to each part's logits before the gate mixes them."""

    wide: Affine
    deep: Affine
    gate: Gate

    def openness(self, wide: FloatArray) -> FloatArray:
        """(N, C) unscaled logits of the wide part to the gate's (N,) values."""
        return self.gate.openness(self.wide(wide))

    def __call__(self, wide: FloatArray, deep: FloatArray) -> FloatArray:
        """(N, C) unscaled logits of both parts to the mixture's (N, C) logits."""
        scaled = self.wide(wide)
        return self.gate.mix(scaled, self.deep(deep), self.gate.openness(scaled))


def combine(wide: FloatArray, deep: FloatArray, labels: Positions) -> Combination:
    """From (N, C) logits of held-out rows and their (N,) labels."""
    ours = calibrate(wide, labels)
    (of_wide, of_deep), bias = _scales([wide, deep], labels)
    kept = of_wide / ours.scale
    theirs = Affine(of_deep, (bias - kept * ours.bias).astype(np.float32))
    return Combination(ours, theirs, _gate(ours(wide), theirs(deep), 1.0 - kept, labels))


def calibrate(logits: FloatArray, labels: Positions) -> Affine:
    """What makes (N, C) logits of held-out rows with (N,) labels probable by themselves."""
    (scale,), bias = _scales([logits], labels)
    return Affine(scale, bias)


def log_loss(logits: FloatArray, labels: Positions) -> float:
    """Mean negative log-likelihood of the labels."""
    return float(-log_softmax(logits.astype(np.float64), axis=1)[np.arange(len(labels)), labels].mean())


def _scales(parts: Sequence[FloatArray], labels: Positions) -> tuple[list[float], FloatArray]:
    """One positive scale per part and one bias per label.

    A log-normal prior on the scales counts as much as about one row, so that a handful of rows, all of them
    right, does not make the model certain of everything.
    """
    values = [np.asarray(part, np.float64) for part in parts]
    count, rows = len(values), np.arange(len(labels))
    targets = np.zeros(values[0].shape)
    targets[rows, labels] = 1.0

    def loss(parameters: Doubles) -> tuple[float, Doubles]:
        logs, bias = parameters[:count], parameters[count:]
        scales = np.exp(logs)
        log_odds = log_softmax(sum(scale * value for scale, value in zip(scales, values, strict=True)) + bias, axis=1)
        error = np.exp(log_odds) - targets  # (N, C)
        of_scales = [scale * float((error * value).sum()) for scale, value in zip(scales, values, strict=True)]
        total = -log_odds[rows, labels].sum() + 0.5 * float(logs @ logs) + 0.5 * BIAS_PRIOR * float(bias @ bias)
        return float(total), np.concatenate([np.array(of_scales) + logs, error.sum(axis=0) + BIAS_PRIOR * bias])

    bounds = [(-MAX_LOG_SCALE, MAX_LOG_SCALE)] * count + [(None, None)] * values[0].shape[1]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    return [float(scale) for scale in np.exp(found[:count])], found[count:].astype(np.float32)


def _gate(wide: FloatArray, deep: FloatArray, share: float, labels: Positions) -> Gate:
    """The gate that closes earliest without harm."""

    def loss(gate: Gate) -> float:
        return log_loss(gate.mix(wide, deep, gate.openness(wide)), labels)

    closed, gates = Gate(share, 0.0), [Gate(share, lead) for lead in LEADS]
    losses = [loss(gate) for gate in gates]
    most = min(min(losses) * (1 + TOLERANCE), loss(closed) - WORTH_IT)
    return next((gate for gate, value in zip(gates, losses, strict=True) if value <= most), closed)
