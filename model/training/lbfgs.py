"""L-BFGS for many independent problems of one shape at once.

Reference: Liu and Nocedal 1989 (the two loops); Nocedal and Wright 2006, chapter 3 (backtracking).
Shapes: P parameters, k problems, one a column; each has its own steps, its own memory and its own end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from model.text.sequences import FloatArray

MEMORY = 6  # steps that are remembered
SUFFICIENT = 1e-4  # share of the promised decrease that a step must bring
MAX_HALVINGS = 12
TOLERANCE = 1e-5  # relative decrease below which a problem is solved
MIN_CURVATURE = 1e-12

Loss = Callable[[FloatArray], tuple[FloatArray, FloatArray]]  # (P, k) to (k,) losses and (P, k) gradients


def minimise(loss: Loss, start: FloatArray, iterations: int) -> FloatArray:
    """(P, k) parameters near the minima of k smooth convex losses; `loss` must treat its columns independently."""
    values, (losses, gradients) = start, loss(start)
    steps: deque[tuple[FloatArray, FloatArray, FloatArray]] = deque(maxlen=MEMORY)
    is_active = np.ones(start.shape[1], np.bool_)
    for iteration in range(iterations):
        direction = _direction(gradients, steps)
        slope = _dots(direction, gradients)
        is_uphill = slope >= 0
        direction[:, is_uphill] = -gradients[:, is_uphill]
        slope[is_uphill] = -_dots(gradients[:, is_uphill], gradients[:, is_uphill])
        length = np.where(is_active, 1.0, 0.0).astype(np.float32)
        if not iteration:
            length /= np.maximum(np.sqrt(_dots(gradients, gradients)), np.float32(MIN_CURVATURE))
        for _ in range(MAX_HALVINGS):
            tried = values + length * direction
            new_losses, new_gradients = loss(tried)
            is_too_far = new_losses > losses + SUFFICIENT * length * slope
            if not (is_too_far & is_active).any():
                break
            length[is_too_far] /= 2
        else:
            length[is_too_far] = 0  # no step helps any more
            tried = values + length * direction
            new_losses, new_gradients = loss(tried)
        is_active &= (losses - new_losses) > TOLERANCE * np.abs(losses)
        difference = new_gradients - gradients
        taken = length * direction
        curvature = _dots(difference, taken)
        steps.append(
            (taken, difference, np.where(curvature > MIN_CURVATURE, 1 / np.maximum(curvature, MIN_CURVATURE), 0).astype(np.float32))
        )
        values, losses, gradients = tried, new_losses, new_gradients
        if not is_active.any():
            break
    return values


def _direction(gradients: FloatArray, steps: deque[tuple[FloatArray, FloatArray, FloatArray]]) -> FloatArray:
    """Minus the inverse Hessian, as the last steps tell it, times the gradients."""
    direction = -gradients
    weights = []
    for taken, difference, inverse in reversed(steps):
        weight = inverse * _dots(taken, direction)
        direction -= weight * difference
        weights.append(weight)
    if steps:
        _, difference, inverse = steps[-1]
        squares = inverse * _dots(difference, difference)
        direction *= np.where(squares > 0, 1 / np.maximum(squares, np.float32(MIN_CURVATURE)), 1)
    for (taken, difference, inverse), weight in zip(steps, reversed(weights), strict=True):
        direction += (weight - inverse * _dots(difference, direction)) * taken
    return direction


def _dots(one: FloatArray, other: FloatArray) -> FloatArray:
    """(P, k) and (P, k) to (k,): the product of each column with its counterpart."""
    products: FloatArray = np.einsum("pk,pk->k", one, other)
    return products
