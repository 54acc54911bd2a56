"""What `serve` answers: labels, and for who asks the review and the words that moved the decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract.live import Question, Reply, Wish
from contract.promise import Promise
from model.classifier import Classifier
from model.explanation import explain

MOST_SUPPORTING, MOST_OPPOSING = 6, 4  # words that are named


class Answering:
    """Answers questions with one model under one promise."""

    def __init__(self, classifier: Classifier, promise: Promise) -> None:
        self._classifier, self._promise = classifier, promise

    def __call__(self, questions: Sequence[Question]) -> list[Reply]:
        """The reply to each question. Who asks for labels alone does not pay for the rest."""
        texts = [question.text for question in questions]
        rankings = self._classifier.ranked(texts, max(question.most for question in questions))
        further: list[dict[str, Any]] = [{} for _ in questions]
        self._review(questions, further)
        self._explain(questions, further)
        if version := self._classifier.model_version:
            for entries in further:
                if entries:
                    entries["model_version"] = version
        return [Reply(ranking[: question.most], entries) for ranking, question, entries in zip(rankings, questions, further, strict=True)]

    def _review(self, questions: Sequence[Question], further: Sequence[dict[str, Any]]) -> None:
        asked = _asked(questions, Wish.REVIEW)
        reasons = self._classifier.classify([questions[at].text for at in asked], self._promise).reasons if asked else []
        for at, reason in zip(asked, reasons, strict=True):
            further[at] |= {"needs_review": bool(reason), "review_reason": reason}

    def _explain(self, questions: Sequence[Question], further: Sequence[dict[str, Any]]) -> None:
        asked = _asked(questions, Wish.EXPLAIN)
        found = explain(self._classifier, [questions[at].text for at in asked], MOST_SUPPORTING, MOST_OPPOSING) if asked else []
        for at, explanation in zip(asked, found, strict=True):
            words = [*explanation.supporting, *explanation.opposing]
            further[at]["words"] = [[entry.word, round(entry.change, 3)] for entry in words]


def _asked(questions: Sequence[Question], wish: Wish) -> list[int]:
    return [at for at, question in enumerate(questions) if wish in question.wishes]
