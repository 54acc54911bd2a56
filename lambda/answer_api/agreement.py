"""How far people agree who label the same texts.

Krippendorff's alpha for nominal data, which takes any number of people and texts that some did not see (Krippendorff 2011, Computing
Krippendorff's Alpha-Reliability), and for each two people Cohen's kappa (Cohen 1960, A Coefficient of Agreement for Nominal Scales).
Both are 1 where all agree and 0 where they agree as often as by chance. An answer is a label by who gave it; "I cannot tell" is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff's own bounds (Content Analysis, 2004)
TWO = 2

Answers = Mapping[str, str]  # the labels that one text was given, by who gave them


class Pair(NamedTuple):
    """Two people who saw some of the same texts."""

    one: str
    other: str
    texts: int
    kappa: float | None  # None where both gave all of them one and the same label: then there is nothing to agree by chance


def alpha(texts: Iterable[Answers]) -> float | None:
    """Krippendorff's alpha; None where no text has two answers, or all answers are one label, which nobody could have told apart."""
    apart, totals = 0.0, Counter[str]()
    for answers in texts:
        count = len(answers)
        if count < TWO:
            continue
        labels = Counter(answers.values())
        totals.update(labels)
        apart += (count * count - sum(number * number for number in labels.values())) / (count - 1)
    values = sum(totals.values())
    by_chance = values * values - sum(number * number for number in totals.values())
    return 1 - (values - 1) * apart / by_chance if by_chance else None


def in_words(value: float | None) -> str:
    """What an alpha means for whoever reads it."""
    if value is None:
        return "Nothing can be said yet: it takes texts with two answers, and two labels."
    if value >= RELIABLE:
        return "People agree well: these labels can be relied upon."
    if value >= TENTATIVE:
        return "People agree tolerably: good enough to begin with. A clearer guidance for the labels that are confused would help."
    return "People agree little: the labels, or what is said about them, mean different things to different people."


def pairs(texts: Sequence[Answers]) -> list[Pair]:
    """Every two people who answered the same texts, those with the most texts first."""
    shared: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for answers in texts:
        for (one, first), (other, second) in combinations(sorted(answers.items()), TWO):
            shared.setdefault((one, other), Counter())[first, second] += 1
    found = [Pair(one, other, counts.total(), _kappa(counts)) for (one, other), counts in shared.items()]
    return sorted(found, key=lambda pair: (-pair.texts, pair.one, pair.other))


def _kappa(counts: Counter[tuple[str, str]]) -> float | None:
    """Cohen's kappa of how often each pair of labels was given."""
    texts = counts.total()
    first, second = Counter[str](), Counter[str]()
    for (one, other), number in counts.items():
        first[one] += number
        second[other] += number
    observed = sum(number for (one, other), number in counts.items() if one == other) / texts
    expected = sum(number * second[label] for label, number in first.items()) / texts**2
    return (observed - expected) / (1 - expected) if expected < 1 else None
