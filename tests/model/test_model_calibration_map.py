"""The last step of calibration finds what is wrong with confidence, and changes nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from model.calibration_map import CalibrationMap
from model.confidence import probabilities
from model.text.sequences import FloatArray, Positions
from model.training.map_fitting import _loss, fit_map

LABELS = 20


def answers(rows: int, wrong: float = 0.0, seed: int = 0) -> tuple[FloatArray, Positions]:
    """Calibrated logits and labels drawn from them, a share of which is then drawn anew by chance."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (rows, LABELS)).astype(np.float32)
    labels = np.array([rng.choice(LABELS, p=row) for row in probabilities(logits.astype(np.float64))])
    return logits, np.where(rng.random(rows) < wrong, rng.integers(LABELS, size=rows), labels)


def gap(logits: FloatArray, labels: Positions) -> float:
    """How far the mean confidence is from the share of right answers among the surest third."""
    shares = probabilities(logits)
    surest = np.argsort(-shares.max(axis=1))[: len(labels) // 3]
    return abs(float(shares.max(axis=1)[surest].mean() - (shares.argmax(axis=1) == labels)[surest].mean()))


def test_labels_that_are_wrong_by_chance_bound_the_confidence() -> None:
    """A tenth of the labels wrong: the share is found, and new rows are right as often as is said."""
    found = fit_map(*answers(1500, wrong=0.1))
    assert found.noise == pytest.approx(0.1, abs=0.03)
    logits, labels = answers(4000, wrong=0.1, seed=1)
    assert gap(logits, labels) > 0.06
    assert gap(found(logits), labels) < 0.02


def test_evidence_that_says_little_new_counts_for_less() -> None:
    """Logits that grow too fast from some height on: new rows are right as often as is said."""
    too_sure = CalibrationMap(saturation=0.6, offset=-2.0)
    pairs = [answers(1500), answers(4000, seed=1)]
    rng = np.random.default_rng(2)
    learnt, new = [(logits, np.array([rng.choice(LABELS, p=row) for row in probabilities(too_sure(logits))])) for logits, _ in pairs]
    found = fit_map(*learnt)
    assert found.saturation > 0.2
    assert gap(*new) > 0.04
    assert gap(found(new[0]), new[1]) < 0.02


@pytest.mark.parametrize("rows", [6, 40, 1500])
def test_calibrated_logits_stay_as_they_are(rows: int) -> None:
    """To the last bit: nothing is made of what chance may have done, least of all where there are few rows."""
    logits, labels = answers(rows, seed=5)
    assert fit_map(logits, labels) == CalibrationMap()
    assert CalibrationMap()(logits) is logits


def test_no_label_passes_another_one() -> None:
    """The order of all labels is the one of the logits, and the probabilities of each row make one; far logits are no trouble."""
    logits = np.concatenate(
        [answers(200)[0], answers(200)[0] * np.float32(1e4), np.array([[1e30, -1e30] + [0.0] * (LABELS - 2)], np.float32)]
    )
    for made in (CalibrationMap(2.0, 0.95, 3.0, 0.0), CalibrationMap(0.5, 0.5, -3.0, 0.2), CalibrationMap(noise=0.5)):
        found = made(logits)
        assert np.isfinite(found).all()
        assert (found.argmax(axis=1) == logits.argmax(axis=1)).all()
        order = np.argsort(logits, axis=1)
        assert (np.diff(np.take_along_axis(found, order, axis=1), axis=1) >= 0).all()
        assert np.exp(found).sum(axis=1) == pytest.approx(1.0)


def test_the_slopes_are_those_of_the_loss() -> None:
    """Compared with differences."""
    logits, labels = answers(50)
    at = np.array([0.2, 0.4, 1.0, 0.05])
    slopes = _loss(at, logits.astype(np.float64), labels)[1]
    for place in range(len(at)):
        step = np.zeros(len(at))
        step[place] = 1e-5
        above, below = (_loss(at + sign * step, logits.astype(np.float64), labels)[0] for sign in (1, -1))
        assert slopes[place] == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-4)
