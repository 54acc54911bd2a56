"""What `serve` answers: labels, and for who asks the review and the words that moved the decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract.live import Question, Reply, Wish
from contract.promise import Promise
from model.classifier import Classifier, Scored
from model.explanation import explain_row, times_read

MOST_SUPPORTING, MOST_OPPOSING = 6, 4  # words that are named


class Answering:
    """Answers questions with one model under one promise."""

    def __init__(self, classifier: Classifier, promise: Promise) -> None:
        self._classifier, self._promise = classifier, promise

    def __call__(self, questions: Sequence[Question]) -> list[Reply]:
        """The reply to each question. Who asks for labels alone does not pay for the rest."""
        replies: list[Reply] = []
        with self._classifier.turn:
            for scored in self._classifier.scored([question.text for question in questions]):
                start = len(replies)
                replies += self._replies(questions[start : start + len(scored.texts)], scored)
        return replies

    def _replies(self, questions: Sequence[Question], scored: Scored) -> list[Reply]:
        rankings = self._classifier.rank(scored, max((question.most for question in questions), default=0))
        further: list[dict[str, Any]] = [{} for _ in questions]
        if reviewed := _asked(questions, Wish.REVIEW):
            reasons = self._classifier.judge(scored, self._promise).reasons
            for row in reviewed:
                further[row] |= {"needs_review": bool(reasons[row]), "review_reason": reasons[row]}
        for row in _asked(questions, Wish.EXPLAIN):
            found = explain_row(self._classifier, scored, row, MOST_SUPPORTING, MOST_OPPOSING)
            further[row]["words"] = [[entry.word, round(entry.change, 3)] for entry in (*found.supporting, *found.opposing)]
        if version := self._classifier.model_version:
            for entries in filter(None, further):
                entries["model_version"] = version
        return [Reply(ranking[: question.most], entries) for ranking, question, entries in zip(rankings, questions, further, strict=True)]


def weight(question: Question) -> int:
    """About how many characters are read for the answer: for an explanation the text is read once more for each word."""
    chars = len(question.text)
    return chars * (1 + times_read(chars)) if Wish.EXPLAIN in question.wishes else chars


def _asked(questions: Sequence[Question], wish: Wish) -> list[int]:
    return [row for row, question in enumerate(questions) if wish in question.wishes]
