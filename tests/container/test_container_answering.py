"""Whoever asks for more than labels gets it from one reading of the texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from container.answering import Answering
from contract.live import Question, Wish
from contract.promise import DEFAULT_MAX_ERROR
from model.classifier import Classifier
from model.text.encoding import Encoded
from model.text.sequences import FloatArray, Sequences

LABELS, REVIEW, ALL = frozenset[Wish](), frozenset({Wish.REVIEW}), frozenset(Wish)
TEXTS = ["the pump leaks oil", "the parcel came late", "", "zyxw the screen stays dark", "zyxw oil"]


class Counted(Classifier):
    """Counts what it reads and computes."""

    encoded = computed = 0

    def encode(self, texts: list[str]) -> Encoded:  # type: ignore[override]
        """Texts that were encoded."""
        self.encoded += len(texts)
        return super().encode(texts)

    def logits(self, sequences: Sequences) -> FloatArray:
        """Times that something was computed."""
        self.computed += 1
        return super().logits(sequences)


@pytest.fixture
def classifier(trained: Path) -> Counted:
    """The trained model."""
    return Counted.load(trained / "model")


def test_labels_and_reviews_come_from_one_computation(classifier: Counted) -> None:
    """Each text is encoded once and all are computed once, and the answers are those of a file."""
    promise = classifier.promise(DEFAULT_MAX_ERROR)
    replies = Answering(classifier, promise)([Question(text, 2, REVIEW) for text in TEXTS])
    assert (classifier.encoded, classifier.computed) == (len(TEXTS), 1)
    assert [reply.ranking for reply in replies] == classifier.ranked(TEXTS, 2)
    assert [reply.further["review_reason"] for reply in replies] == classifier.classify(TEXTS, promise).reasons


def test_an_explanation_computes_without_each_word_and_nothing_else(classifier: Counted) -> None:
    """Only the texts to explain are computed once more; what others asked for stays as it was."""
    asked = [LABELS, ALL, ALL, REVIEW, ALL]
    answer = Answering(classifier, classifier.promise(DEFAULT_MAX_ERROR))
    replies = answer([Question(text, 1, wishes) for text, wishes in zip(TEXTS, asked, strict=True)])
    with_words = [1, 4]  # the third is to be explained, too, and has none
    assert (classifier.encoded, classifier.computed) == (len(TEXTS), 1 + len(with_words))
    told = [("review_reason" in reply.further, "words" in reply.further) for reply in replies]
    assert told == [(False, False), (True, True), (True, True), (True, False), (True, True)]
    for row in with_words:
        alone = answer([Question(TEXTS[row], 1, ALL)])[0]
        assert (replies[row].ranking, replies[row].further) == (alone.ranking, alone.further)


def test_texts_beyond_one_portion_get_their_own_replies(classifier: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory does not hold all at once, no reply moves to another text."""
    questions = [Question(text, 1, ALL) for text in TEXTS]
    answer = Answering(classifier, classifier.promise(DEFAULT_MAX_ERROR))
    at_once = answer(questions)
    classifier.computed = 0
    monkeypatch.setattr("model.classifier.ROWS_AT_ONCE", 2)
    assert answer(questions) == at_once
    assert classifier.computed == 3 + 4
