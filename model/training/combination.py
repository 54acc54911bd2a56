"""Both parts' scales, the labels' biases and the gate, from rows that neither part was trained on.

Scales and biases are those under which the right labels are likeliest, so the mixture comes out calibrated. First the wide
part is made probable by itself, from as many rows as there are logits for; then the network is set beside it, on the
validation rows alone, and what they say counts only as far as they are many.
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
WORTH_IT = 0.002  # mean log-loss that the gate must save, or it stays closed
TOLERANCE = 0.03  # share by which closing the gate earlier may raise the mean log-loss; accuracy does not feel it, speed does
LEADS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0, 1e6)  # at which the gate may close; the last one is never reached

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScalePrior:
    """What is thought of scales and biases before any row has spoken; each weight is in rows' worth of evidence."""

    scales: tuple[float, ...]  # the likeliest
    of_scales: float
    of_biases: float  # that they are 0


# A handful of rows, all of them right, must not make the model certain of everything.
ALONE = ScalePrior(scales=(1.0,), of_scales=1.0, of_biases=2.0)
# The network takes the place of a little of the wide part, unless the rows say otherwise: they serve for the gate, too. Were it added
# to all of the wide part, which is probable by itself, the same evidence would count twice, and models of few rows be too certain. Even
# a thousand rows say little about the network's scale, so a stronger opinion would still be heard there.
BESIDE = ScalePrior(scales=(0.85, 0.25), of_scales=8.0, of_biases=20.0)


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


def combine(wide: FloatArray, deep: FloatArray, labels: Positions, ours: Affine) -> Combination:
    """From (N, C) logits of held-out rows and their (N,) labels. `ours` makes the wide part's probable by themselves."""
    alone = ours(wide)
    (kept, of_deep), bias = _scales([alone, deep], labels, BESIDE)
    theirs = Affine(of_deep, bias)
    return Combination(ours, theirs, _gate(alone, theirs(deep), 1.0 - kept, labels))


def calibrate(logits: FloatArray, labels: Positions) -> Affine:
    """What makes (N, C) logits of rows with (N,) labels, which were not trained on, probable by themselves."""
    (scale,), bias = _scales([logits], labels, ALONE)
    return Affine(scale, bias)


def log_losses(logits: FloatArray, labels: Positions) -> Doubles:
    """(N,) negative log-likelihood of each label."""
    found: Doubles = -log_softmax(logits.astype(np.float64), axis=1)[np.arange(len(labels)), labels]
    return found


def _scales(parts: Sequence[FloatArray], labels: Positions, prior: ScalePrior) -> tuple[list[float], FloatArray]:
    """One positive scale per part, whose logarithm is thought to be normal, and one bias per label."""
    values = [np.asarray(part, np.float64) for part in parts]
    count, rows = len(values), np.arange(len(labels))
    targets = np.zeros(values[0].shape)
    targets[rows, labels] = 1.0
    likeliest = np.log(prior.scales)

    def loss(parameters: Doubles) -> tuple[float, Doubles]:
        logs, bias = parameters[:count], parameters[count:]
        scales = np.exp(likeliest + logs)
        log_odds = log_softmax(sum(scale * value for scale, value in zip(scales, values, strict=True)) + bias, axis=1)
        error = np.exp(log_odds) - targets  # (N, C)
        of_scales = [scale * float((error * value).sum()) for scale, value in zip(scales, values, strict=True)]
        unlikely = 0.5 * prior.of_scales * float(logs @ logs) + 0.5 * prior.of_biases * float(bias @ bias)
        slopes = [np.array(of_scales) + prior.of_scales * logs, error.sum(axis=0) + prior.of_biases * bias]
        return float(unlikely - log_odds[rows, labels].sum()), np.concatenate(slopes)

    bounds = [(-MAX_LOG_SCALE, MAX_LOG_SCALE)] * count + [(None, None)] * values[0].shape[1]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    return [float(scale) for scale in np.exp(likeliest + found[:count])], found[count:].astype(np.float32)


def _gate(wide: FloatArray, deep: FloatArray, share: float, labels: Positions) -> Gate:
    """The gate that closes earliest without harm; closed where it would save no more than chance may have saved."""

    def losses(gate: Gate) -> Doubles:
        return log_losses(gate.mix(wide, deep, gate.openness(wide)), labels)

    closed, gates = Gate(share, 0.0), [Gate(share, lead) for lead in LEADS]
    without, found = losses(closed), [losses(gate) for gate in gates]
    least = min(found, key=np.mean)
    by_chance = float((without - least).std()) / len(labels) ** 0.5  # the standard error of what is saved
    most = min(float(least.mean()) * (1 + TOLERANCE), float(without.mean()) - max(WORTH_IT, by_chance))
    return next((gate for gate, those in zip(gates, found, strict=True) if those.mean() <= most), closed)
