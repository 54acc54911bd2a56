"""Simulated people who label texts whose labels are known."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

LABELS = ["leak", "noise", "rust", "scratch", "crack"]


class Crowd(NamedTuple):
    """What is true, and what people said: of each text the labels by who gave them."""

    truth: list[str]
    answers: list[dict[str, str]]

    def right(self, said: Sequence[str]) -> float:
        """The share of labels that are true."""
        return sum(one == other for one, other in zip(self.truth, said, strict=True)) / len(self.truth)

    def majority(self) -> list[str]:
        """The label with the most answers; of several the first in the alphabet."""
        return [max(sorted(set(said.values())), key=list(said.values()).count) for said in self.answers]


def crowd(
    skills: Mapping[str, float], texts: int, *, seed: int = 0, labels: Sequence[str] = LABELS, each: int = 0, shares: Sequence[float] = ()
) -> Crowd:
    """People who are right so often and else say any other label; `each` of them answer a text, or all."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    truth = chance.choices(labels, shares or None, k=texts)
    answers = []
    for true in truth:
        people = chance.sample(sorted(skills), each) if each else sorted(skills)
        wrong = [label for label in labels if label != true]
        answers.append({person: true if chance.random() < skills[person] else chance.choice(wrong) for person in people})
    return Crowd(truth, answers)
