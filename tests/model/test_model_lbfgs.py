"""Many convex problems are solved at once, each as if it were alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from model.text.sequences import FloatArray
from model.training.lbfgs import minimise

RNG = np.random.default_rng(0)
ROWS, PARAMETERS, PROBLEMS = 80, 7, 5
DESIGN = RNG.normal(0, 1, (ROWS, PARAMETERS)).astype(np.float32)
SIGNS = np.where(RNG.random((ROWS, PROBLEMS)) < 0.4, 1, -1).astype(np.float32)
COSTS = np.array([0.01, 0.1, 1, 10, 100], np.float32)


def logistic(columns: slice) -> object:
    """Logistic losses with an L2 penalty, each problem with labels and a cost of its own."""
    signs, costs = SIGNS[:, columns], COSTS[columns]

    def loss(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        margins = signs * (DESIGN @ weights)
        total = 0.5 * np.square(weights).sum(axis=0) + costs * np.logaddexp(0, -margins).sum(axis=0)
        return total, (weights - DESIGN.T @ (costs * signs / (1 + np.exp(margins)))).astype(np.float32)

    return loss


def start(problems: int) -> FloatArray:
    """Zeros."""
    return np.zeros((PARAMETERS, problems), np.float32)


def test_the_minima_are_scipys() -> None:
    """Every problem ends where SciPy's solver ends, alone and in float64."""
    together = minimise(logistic(slice(None)), start(PROBLEMS), 100)  # type: ignore[arg-type]  # a plain function
    for number in range(PROBLEMS):
        loss = logistic(slice(number, number + 1))
        expected = minimize(lambda v, loss=loss: float(loss(v[:, None])[0][0]), np.zeros(PARAMETERS), method="L-BFGS-B").x
        found = float(loss(together[:, number : number + 1])[0][0])  # type: ignore[operator]  # as above
        assert found <= float(loss(expected[:, None])[0][0]) * (1 + 1e-3)  # type: ignore[operator]  # as above


def test_company_changes_no_minimum() -> None:
    """A problem beside others ends as near its minimum as alone, however different they are."""
    together = minimise(logistic(slice(None)), start(PROBLEMS), 100)  # type: ignore[arg-type]  # as above
    for number in range(PROBLEMS):
        alone = minimise(logistic(slice(number, number + 1)), start(1), 100)  # type: ignore[arg-type]  # as above
        assert together[:, number] == pytest.approx(alone[:, 0], abs=0.02)


def test_a_solved_problem_stays_where_it_is() -> None:
    """A start at the minimum is given back, and nothing divides by zero."""
    assert not minimise(lambda values: (np.square(values).sum(axis=0), 2 * values), start(2), 10).any()
