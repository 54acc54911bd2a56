"""The confidence from which a model can promise: at most so many per cent wrong among the rows that need no review.

For one threshold, fixed before the held-out rows are looked at, and given that it accepts n of them, the number of wrong ones among
these is binomial with the true error rate among accepted rows. So the probability of as few wrong ones as were seen, were that
rate just the one to be promised, is a p-value (Clopper and Pearson 1934), however many rows are accepted. The thresholds are tried one
by one in an order that other rows gave, from strict to loose, until the first one fails: then no level need be shared out among them
(fixed-sequence testing; Angelopoulos, Bates, Candès, Jordan and Lei 2021, "Learn then Test"; the aim is that of Geifman and El-Yaniv
2017, "Selective classification for deep neural networks"). With probability `CONFIDENCE` over the draw of the held-out rows, the last
threshold that passed keeps the promise on all rows like them. Nothing is assumed about the model or its confidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc  # type: ignore[import-untyped]  # SciPy ships no types

from contract.promise import CONFIDENCE, DEFAULT_MAX_ERROR, MAX_ERRORS, PromiseCheck, share_of
from model.confidence import probabilities
from model.text.sequences import FloatArray, Positions
from model.training.report.findings import Flags, Floats

LEAST = 0.75  # a row that may be wrong once in four times is looked at, however good the others are
STEPS = 100  # thresholds that are tried at most; more would meet more bad luck on the way
FOLDS = 5  # each checked by thresholds that the others gave


@dataclass(frozen=True)
class HeldOutAnswers:
    """What a model says about N rows on which nothing was trained or chosen."""

    confidence: Floats  # (N,)
    is_open: Flags  # (N,) whether confidence alone decides on a review: nothing else asks for one
    is_wrong: Flags  # (N,)

    def __len__(self) -> int:
        return len(self.confidence)

    def take(self, rows: Positions | Flags) -> HeldOutAnswers:
        """Some of the rows."""
        return HeldOutAnswers(self.confidence[rows], self.is_open[rows], self.is_wrong[rows])

    def accepted(self, threshold: float | None) -> Flags:
        """(N,) whether a row needs no review by a threshold; none does where there is none."""
        return self.is_open & (self.confidence >= threshold) if threshold is not None else np.zeros(len(self), np.bool_)


def thresholds_in_order(logits: FloatArray, labels: Positions, rows: int) -> Floats:
    """(T,) thresholds to try on so many held-out rows, from the one that most probably passes to looser ones.

    From (V, C) logits and (V,) labels of other rows, on which the model's scales were chosen, so that they cannot prove anything.
    All promises try the same order: what passes for one of them passes for each that allows more. It is that of the strictest
    promise that can be hoped for.
    """
    shares = probabilities(logits)
    confidence = np.sort(shares.max(axis=1))[::-1].astype(np.float64)
    is_wrong = (shares.argmax(axis=1) != labels)[np.argsort(-shares.max(axis=1), kind="stable")]
    high = confidence[confidence >= LEAST]
    steps = np.append(np.quantile(high, np.linspace(1, 0, STEPS), method="inverted_cdf") if len(high) else [], LEAST)
    thresholds = np.unique(steps)[::-1]
    count = np.searchsorted(-confidence, -thresholds, side="right")
    # What was seen alone would be small by luck at some threshold, and what was expected may be wrong.
    seen, expected = (np.append(0, np.cumsum(values))[count] / np.maximum(count, 1) for values in (is_wrong, 1 - confidence))
    accepted = rows * count / len(labels)
    hopes = np.array([p_values((seen + expected) / 2 * accepted, accepted, share_of(entry)) for entry in MAX_ERRORS])
    hopeful = np.flatnonzero(hopes.min(axis=1) <= 1 - CONFIDENCE)
    start = int(hopes[hopeful[0] if len(hopeful) else -1].argmin())
    found: Floats = thresholds[start:]
    return found


def p_values(wrong: Floats | Positions, rows: Floats | Positions, max_error: float) -> Floats:
    """(T,) probabilities of at most so many wrong among so many rows, were each wrong with probability `max_error`."""
    right = np.asarray(rows, np.float64) - wrong
    is_telling = right > 0
    found: Floats = np.where(is_telling, betainc(np.where(is_telling, right, 1.0), np.asarray(wrong) + 1.0, 1 - max_error), 1.0)
    return found


def choose_promises(thresholds: Floats, answers: HeldOutAnswers) -> dict[str, float]:
    """For each of `MAX_ERRORS` that can be promised the last of the (T,) thresholds that passes, from the first on without a gap."""
    open_rows = answers.take(answers.is_open)
    order = np.argsort(-open_rows.confidence, kind="stable")
    accepted = np.searchsorted(-open_rows.confidence[order], -thresholds, side="right")
    wrong = np.append(0, np.cumsum(open_rows.is_wrong[order]))[accepted]
    promises = {}
    for max_error in MAX_ERRORS:
        has_passed = p_values(wrong, accepted, share_of(max_error)) <= 1 - CONFIDENCE
        passed = int(np.logical_and.accumulate(has_passed).sum())
        if passed:
            promises[max_error] = float(thresholds[passed - 1])
    return promises


def check_promises(
    thresholds: Floats, answers: HeldOutAnswers, promises: Mapping[str, float], rng: np.random.Generator
) -> tuple[list[PromiseCheck], Flags]:
    """What each promise costs and whether it held, each fold of the rows by thresholds from the others; and (N,) what the usual accepts."""
    fold = rng.permutation(len(answers)) % FOLDS
    others = [choose_promises(thresholds, answers.take(fold != number)) for number in range(FOLDS)]
    checks, usual = [], np.zeros(len(answers), np.bool_)
    for max_error in MAX_ERRORS:
        accepted = np.zeros(len(answers), np.bool_)
        for number, found in enumerate(others):
            accepted |= answers.accepted(found.get(max_error)) & (fold == number)
        if max_error == DEFAULT_MAX_ERROR:
            usual = accepted
        checks.append(
            PromiseCheck(
                max_error=share_of(max_error),
                threshold=promises.get(max_error),
                accepted_share=float(answers.accepted(promises.get(max_error)).mean()),
                checked_rows=int(accepted.sum()),
                checked_wrong=int(answers.is_wrong[accepted].sum()),
            )
        )
    return checks, usual
