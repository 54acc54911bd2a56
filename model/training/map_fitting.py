"""The calibration map of a model, from rows that it was not trained on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]  # SciPy ships no types
from scipy.special import expit, softmax  # type: ignore[import-untyped]  # likewise

from model.calibration_map import MAX_NOISE, MAX_SATURATION, CalibrationMap
from model.text.sequences import FloatArray, Positions
from model.training.combination import WORTH_IT, log_losses

MAX_LOG_SCALE = 3.0
MAX_OFFSET = 8.0
MOST_ROWS = 20_000  # tell all that four numbers can say
# What is thought of the numbers before any row has spoken, in rows' worth of evidence. The scale was found before, with the biases.
OF_SCALE, OF_SATURATION, OF_OFFSET, OF_NOISE = 16.0, 4.0, 0.1, 10.0
STARTS = ((0.0, 0.0, 0.0, 0.0), (0.5, 0.5, 2.0, 0.02))  # the loss has more than one valley

Doubles = npt.NDArray[np.float64]


def fit_map(logits: FloatArray, labels: Positions) -> CalibrationMap:
    """The likeliest map for (N, C) logits of rows with (N,) labels; the one that changes nothing where a standard error is as much."""
    step = -(-len(labels) // MOST_ROWS)
    values, targets = np.asarray(logits[::step], np.float64), labels[::step]
    bounds = [(-MAX_LOG_SCALE, MAX_LOG_SCALE), (0.0, MAX_SATURATION), (-MAX_OFFSET, MAX_OFFSET), (0.0, MAX_NOISE)]
    tried = [minimize(_loss, start, (values, targets), jac=True, method="L-BFGS-B", bounds=bounds) for start in STARTS]
    scale, *others = min(tried, key=lambda found: float(found.fun)).x.tolist()
    found = CalibrationMap(float(np.exp(scale)), *others)
    saved = log_losses(logits, labels) - log_losses(found(logits), labels)
    by_chance = float(saved.std()) / len(labels) ** 0.5
    is_shaped = found.saturation > 0 or found.noise > 0
    return found if is_shaped and saved.mean() > max(WORTH_IT, by_chance) else CalibrationMap()


def _loss(numbers: Doubles, logits: Doubles, labels: Positions) -> tuple[float, Doubles]:
    """Negative log-likelihood of the labels and what is unlikely about the numbers; and its slopes."""
    log_scale, saturation, offset, noise = numbers
    rows, classes = np.arange(len(labels)), logits.shape[1]
    scaled = np.exp(log_scale) * logits
    beyond = np.logaddexp(0.0, scaled + offset)
    shares = softmax(scaled - saturation * beyond, axis=1)
    right = shares[rows, labels]
    likely = np.maximum((1 - noise) * right + noise / classes, np.finfo(np.float64).tiny)
    error = shares  # becomes the slope of the loss in the evidence
    error[rows, labels] -= 1.0
    error *= ((1 - noise) * right / likely)[:, None]
    above = expit(scaled + offset)
    slopes = np.array(
        [
            float((error * scaled * (1 - saturation * above)).sum()) + OF_SCALE * log_scale,
            -float((error * beyond).sum()) + OF_SATURATION,
            -saturation * float((error * above).sum()) + OF_OFFSET * offset,
            float(((right - 1 / classes) / likely).sum()) + OF_NOISE,
        ]
    )
    unlikely = 0.5 * OF_SCALE * log_scale**2 + OF_SATURATION * saturation + 0.5 * OF_OFFSET * offset**2 + OF_NOISE * noise
    return float(unlikely - np.log(likely).sum()), slopes
