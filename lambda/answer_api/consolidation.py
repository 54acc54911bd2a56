"""One label for each text, from what several people said, with how likely it is to be right.

Dawid and Skene 1979 (Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm): each person has a table of how often
a text of one label is called by another, each label a share of the texts, and both are found together with the labels by expectation
maximization. Whoever errs often, or errs in one direction, weighs less, so that somebody who clicks anything is outvoted.

Three things keep it sensible where answers are few. Tables lean on simpler ones (partial pooling, which Paun and others 2018, Comparing
Bayesian Models of Annotation, find best): a person's on how often that person is right at all, and when wrong, errs as everybody does;
that share on everybody's; and everybody's on being right nine times in ten and else guessing a label as often as it is given (as in
Hovy and others 2013, Learning Whom to Trust with MACE). They lean the more on it the more labels there are, for a table has their
number squared of cells: where three people give a text three of fifty labels, one of them would else be right and confirm itself by what
is then known of the others' errors. Only texts with two answers say how people err, for the same reason. And a label that nobody gave a
text is never its label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from math import exp, log
from operator import add, mul
from typing import NamedTuple

ASSUMED = 0.9  # how often people are right before anything is known of them
POOLED_ANSWERS = 10.0  # how many answers weigh as much as what is assumed of everybody
SHARE_ANSWERS = 10.0  # and of a person as much as everybody's share of right answers
ERROR_ANSWERS = 2.0  # for each label there is: how many errors at one label weigh as much as guessing
OWN_ANSWERS = 8.0  # likewise, of a person to texts of one label as much as what is known of the person otherwise
MOST_ROUNDS = 10  # later ones change no label that is not as good as a guess, and take seconds of a large job
SETTLED = 1e-3  # a change of no probability by more than this ends it
LEAST = 1e-12  # of a probability whose logarithm is taken
FELT = 1e-4  # a label that is less probable says nothing of how people err

_Pattern = tuple[tuple[str, int], ...]  # who gave which label: many texts have the same
_Table = dict[int, list[float]]  # by labels as they are called, where they are; then of each label as it is


class Consolidated(NamedTuple):
    """A text's label, and the probability that it is right."""

    label: str
    confidence: float


def consolidate(texts: Sequence[Mapping[str, str]], labels: Sequence[str]) -> list[Consolidated | None]:
    """The label of each text, whose answers are labels by who gave them; None for a text without any. The same for the same answers.

    Takes N texts with P people and K labels N * P * K steps for each round, less where texts were answered alike.
    """
    number = {label: place for place, label in enumerate(labels)}
    patterns = [tuple(sorted((person, number[label]) for person, label in answers.items())) for answers in texts]
    known = Counter(pattern for pattern in patterns if pattern)
    if not known:
        return [None] * len(texts)
    found = _estimated(known, len(labels))
    return [_best(pattern, found[pattern], labels) if pattern else None for pattern in patterns]


def _estimated(known: Counter[_Pattern], size: int) -> dict[_Pattern, list[float]]:
    """The probability of each label for each pattern."""
    found = {pattern: _votes(pattern, size) for pattern in known}
    called = [0] * size
    for pattern, texts in known.items():
        for _, label in pattern:
            called[label] += texts
    guesses = [number / sum(called) for number in called]
    for _ in range(MOST_ROUNDS):
        before = found
        found = _expected(known, *_maximized(known, before, guesses))
        if all(abs(new - old) <= SETTLED for pattern in known for new, old in zip(found[pattern], before[pattern], strict=True)):
            break
    return found


def _votes(pattern: _Pattern, size: int) -> list[float]:
    """The share of the answers that each label has."""
    share = [0.0] * size
    for _, label in pattern:
        share[label] += 1 / len(pattern)
    return share


def _maximized(
    known: Counter[_Pattern], found: Mapping[_Pattern, list[float]], guesses: list[float]
) -> tuple[list[float], dict[str, _Table]]:
    """The logarithms of the labels' shares of the texts, and of each person's table."""
    size = len(guesses)
    shares = [POOLED_ANSWERS * guess for guess in guesses]
    own: dict[str, _Table] = {}
    for pattern, texts in known.items():
        weights = [(true, texts * probability) for true, probability in enumerate(found[pattern]) if probability > FELT]
        for true, weight in weights:
            shares[true] += weight
        for person, said in pattern:
            column = own.setdefault(person, {}).setdefault(said, [0.0] * size)
            if len(pattern) > 1:
                for true, weight in weights:
                    column[true] += weight
    everybody: _Table = {}
    for columns in own.values():
        for said, column in columns.items():
            everybody[said] = list(map(add, everybody.get(said, [0.0] * size), column))
    right = _leaning(_right(everybody), ASSUMED, POOLED_ANSWERS)
    errors = _errors(everybody, guesses)
    tables = {person: _table(columns, _leaning(_right(columns), right, SHARE_ANSWERS), errors) for person, columns in own.items()}
    return [log(max(share / sum(shares), LEAST)) for share in shares], tables


def _right(columns: _Table) -> tuple[float, float]:
    """How many answers are right, and how many there are."""
    return sum(column[said] for said, column in columns.items()), sum(map(sum, columns.values()))


def _leaning(counted: tuple[float, float], prior: float, weight: float) -> float:
    """A share, as if so many more had come as the prior says."""
    part, whole = counted
    return (part + weight * prior) / (whole + weight)


def _errors(everybody: _Table, guesses: list[float]) -> _Table:
    """How likely each answer to a text of a label is where somebody does not know."""
    places = range(len(guesses))
    wrong = [sum(column[true] for said, column in everybody.items() if said != true) for true in places]
    weight = ERROR_ANSWERS * len(guesses)
    return {
        said: [_leaning((0.0 if said == true else column[true], wrong[true]), guesses[said], weight) for true in places]
        for said, column in everybody.items()
    }


def _table(counts: _Table, right: float, errors: _Table) -> _Table:
    """The logarithms of a person's table, whose cells lean on errors as everybody's, and on being right."""
    totals = list(map(sum, zip(*counts.values(), strict=True)))
    weight = OWN_ANSWERS * len(totals)
    unmade = [weight * (1 - right) / (total + weight) for total in totals]
    table = {}
    for said, column in counts.items():
        row = list(map(mul, errors[said], unmade))
        for true in compress(range(len(column)), column):
            row[true] += column[true] / (totals[true] + weight)
        row[said] += weight * right / (totals[said] + weight)
        table[said] = list(map(log, row))
    return table


def _expected(known: Iterable[_Pattern], shares: list[float], tables: Mapping[str, _Table]) -> dict[_Pattern, list[float]]:
    """The probability of each label for each pattern, given how people err."""
    found = {}
    for pattern in known:
        scores = shares
        for person, said in pattern:
            scores = list(map(add, scores, tables[person][said]))
        most = max(scores)
        weights = [exp(score - most) for score in scores]
        total = sum(weights)
        found[pattern] = [weight / total for weight in weights]
    return found


def _best(pattern: _Pattern, probabilities: Sequence[float], labels: Sequence[str]) -> Consolidated:
    """The likeliest label that somebody gave; of equally likely ones that with more answers, then the first."""
    votes = Counter(said for _, said in pattern)
    best = max(sorted(votes), key=lambda said: (round(probabilities[said], 9), votes[said]))
    return Consolidated(labels[best], probabilities[best])
