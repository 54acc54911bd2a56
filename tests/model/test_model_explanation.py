"""An explanation names the words that gave a label away."""

from __future__ import annotations

from pathlib import Path

from contract.documents import Evaluation
from model.classifier import Classifier
from model.explanation import explain


def test_the_word_that_gives_a_label_away_is_named_first(trained: tuple[Path, Evaluation]) -> None:
    """Of a text with one telling word among fillers that word moved the decision most, and for its label."""
    found = explain(Classifier.load(trained[0]), ["we and the car again pedal this day"])[0]
    assert found[0].word == "pedal"
    assert found[0].change > 0


def test_nothing_explains_nothing(trained: tuple[Path, Evaluation]) -> None:
    """A text without a word has no explanation, and words that are like none of the training rows move little."""
    empty, strange, telling = explain(Classifier.load(trained[0]), [" <br /> ", "qqqq wwww vvvvv", "pedal"])
    assert empty == []
    assert sum(abs(entry.change) for entry in strange) < 0.5 * telling[0].change


def test_no_more_words_than_asked_for(trained: tuple[Path, Evaluation]) -> None:
    """The strongest ones come first."""
    text = " ".join(["brake pedal squeal disc rust colour sound radio"] * 3)
    found = explain(Classifier.load(trained[0]), [text], most=3)[0]
    sizes = [abs(entry.change) for entry in found]
    assert len(found) <= 3
    assert sizes == sorted(sizes, reverse=True)
