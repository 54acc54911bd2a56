"""Two parts become one calibrated model, and the gate leaves clear cases to the first."""

from __future__ import annotations

import numpy as np
import pytest

from model.confidence import probabilities
from model.gate import Gate
from model.text.sequences import FloatArray, Positions
from model.training.combination import Combination, calibrate, combine, log_losses

RNG_SEED = 3


def parts(rows: int, sharpness: float = 1.0) -> tuple[FloatArray, FloatArray, Positions]:
    """Two parts that each know something of the truth, their logits too sharp by a factor, and labels drawn from the truth."""
    rng = np.random.default_rng(RNG_SEED)
    first, second = (rng.normal(0, 1.5, (rows, 3)).astype(np.float32) for _ in range(2))
    shares = probabilities((first + second).astype(np.float64))
    labels = np.array([rng.choice(3, p=row) for row in shares])
    return first * np.float32(sharpness), second * np.float32(sharpness), labels


def combined(wide: FloatArray, deep: FloatArray, labels: Positions) -> Combination:
    """Both parts, the first calibrated on the same rows."""
    return combine(wide, deep, labels, calibrate(wide, labels))


def log_loss(logits: FloatArray, labels: Positions) -> float:
    """The mean over all rows."""
    return float(log_losses(logits, labels).mean())


def test_scales_are_found() -> None:
    """From logits made too sharp by 2.5 the mixture comes out as it was before."""
    wide, deep, labels = parts(4000, 2.5)
    mixed = combined(wide, deep, labels)(wide, deep)
    truth = log_loss((wide + deep) / np.float32(2.5), labels)
    assert log_loss(mixed, labels) == pytest.approx(truth, abs=0.01)


def test_a_part_that_knows_nothing_gets_no_say() -> None:
    """Noise beside a good part: the gate stays closed, and the good part is calibrated alone."""
    wide, _, _ = parts(2000)
    rng = np.random.default_rng(1)
    labels = np.array([rng.choice(3, p=row) for row in probabilities(wide.astype(np.float64))])
    combination = combined(wide, rng.normal(0, 1, wide.shape).astype(np.float32), labels)
    assert combination.gate.closes_at == 0
    assert not combination.openness(wide).any()
    assert log_loss(combination.wide(wide), labels) <= log_loss(wide, labels) + 1e-6


def test_priors_of_labels_are_learnt() -> None:
    """Where one label is far more frequent than the logits say, its bias makes up for it."""
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 1, (3000, 2)).astype(np.float32)
    labels = np.array([rng.choice(2, p=row) for row in probabilities(logits + np.array([3.0, 0.0]))])
    combination = combined(logits, np.zeros_like(logits), labels)
    assert combination.wide.bias[0] - combination.wide.bias[1] == pytest.approx(3.0, abs=0.3)


def test_a_few_right_rows_make_nobody_certain() -> None:
    """Three rows, all right, leave the scale within a factor of three."""
    logits = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    assert combined(logits, logits, np.array([0, 0, 1])).wide.scale < 3


def test_evidence_heard_twice_does_not_count_twice() -> None:
    """A network that says again what the wide part says, beside a dozen rows: on average confidence stays near the share that is right."""
    surplus = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        wide = rng.normal(0, 1.0, (1012, 3)).astype(np.float32)
        labels = np.array([rng.choice(3, p=row) for row in probabilities(wide.astype(np.float64))])
        mixed = combine(wide[:12], wide[:12], labels[:12], calibrate(wide[:512], labels[:512]))(wide[512:], wide[512:])
        right = (mixed.argmax(axis=1) == labels[512:]).mean()
        surplus.append(probabilities(mixed.astype(np.float64)).max(axis=1).mean() - right)
    assert np.mean(surplus) < 0.025


@pytest.mark.parametrize("seed", range(8))
def test_an_open_gate_is_better_than_a_closed_one(seed: int) -> None:
    """On rows that it was not chosen on, when the second part knows something that the first does not."""
    rng = np.random.default_rng(seed)
    wide, hint = (rng.normal(0, 2, (3000, 3)).astype(np.float32) for _ in range(2))
    labels = np.array([rng.choice(3, p=row) for row in probabilities((wide + 0.4 * hint).astype(np.float64))])
    deep = (hint + rng.normal(0, 1, hint.shape)).astype(np.float32)
    combination = combined(wide[:1000], deep[:1000], labels[:1000])
    alone, mixed = combination.wide(wide[1000:]), combination(wide[1000:], deep[1000:])
    assert combination.gate.closes_at > 0
    assert log_loss(mixed, labels[1000:]) < log_loss(alone, labels[1000:])


@pytest.mark.parametrize("seed", range(8))
def test_a_gate_does_not_open_by_chance(seed: int) -> None:
    """Noise beside a good part: whatever a dozen rows seem to say, the mixture is hardly worse than the good part alone."""
    rng = np.random.default_rng(seed)
    wide = rng.normal(0, 1.5, (2012, 3)).astype(np.float32)
    labels = np.array([rng.choice(3, p=row) for row in probabilities(wide.astype(np.float64))])
    deep = rng.normal(0, 1.5, wide.shape).astype(np.float32)
    combination = combine(wide[:12], deep[:12], labels[:12], calibrate(wide[:500], labels[:500]))
    alone, mixed = combination.wide(wide[12:]), combination(wide[12:], deep[12:])
    assert log_loss(mixed, labels[12:]) < log_loss(alone, labels[12:]) + 0.1


def test_a_closed_gate_changes_nothing() -> None:
    """From its lead on the deep part has no say at all, half way it has all of it, between them a share."""
    gate = Gate(share=0.4, closes_at=4.0)
    wide = np.array([[0, 5, -1], [4, 0, 0], [0, 0, 3], [1, 0, -9], [2, 0, 0]], np.float32)
    openness = gate.openness(wide)
    assert openness.tolist() == [0, 0, 0.5, 1, 1]
    deep = np.full((5, 3), 7, np.float32)
    mixed = gate.mix(wide, deep, openness)
    assert np.array_equal(mixed[:2], wide[:2])
    assert np.allclose(mixed[3], 0.6 * wide[3] + 7)
    assert not Gate(0.4, 0.0).openness(wide).any()
