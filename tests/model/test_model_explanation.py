"""An explanation names the words that gave a label away."""

from __future__ import annotations

from pathlib import Path

from contract.evaluations import Evaluation
from model.classifier import Classifier
from model.explanation import MOST_OPPOSING, MOST_SUPPORTING, explain


def test_the_word_that_gives_a_label_away_is_named_first(trained: tuple[Path, Evaluation]) -> None:
    """Of a text with one telling word among fillers that word moved the decision most, and for its label."""
    found = explain(Classifier.load(trained[0]), ["we and the car again pedal this day"])[0]
    assert found.supporting[0].word == "pedal"
    assert found.supporting[0].change > 0


def test_an_explanation_is_of_its_own_text(trained: tuple[Path, Evaluation]) -> None:
    """Texts that were read together, some with words never met before, are explained as each is alone."""
    texts = ["we and the car again pedal this day", "", "qqqq wwww brake", "wwww squeal disc qqqq radio"]
    classifier = Classifier.load(trained[0])
    alone = [explain(Classifier.load(trained[0]), [text])[0] for text in texts]
    assert [str(found) for found in explain(classifier, texts)] == [str(found) for found in alone]
    assert str(alone[0])


def test_nothing_explains_nothing(trained: tuple[Path, Evaluation]) -> None:
    """A text without a word has no explanation, and words that are like none of the training rows move little."""
    empty, strange, telling = explain(Classifier.load(trained[0]), [" <br /> ", "qqqq wwww vvvvv", "pedal"])
    assert (empty.supporting, empty.opposing, str(empty)) == ([], [], "")
    assert sum(abs(entry.change) for entry in strange.supporting + strange.opposing) < 0.5 * telling.supporting[0].change


def test_what_speaks_against_the_label_is_told_apart(trained: tuple[Path, Evaluation]) -> None:
    """Few words of either kind, the strongest first; marks are no words."""
    text = "!! brake, pedal; squeal: disc? rust colour sound radio ..." * 2
    found = explain(Classifier.load(trained[0]), [text])[0]
    assert 0 < len(found.supporting) <= MOST_SUPPORTING
    assert 0 < len(found.opposing) <= MOST_OPPOSING
    for some, sign in ((found.supporting, 1), (found.opposing, -1)):
        sizes = [sign * entry.change for entry in some]
        assert sizes == sorted(sizes, reverse=True)
        assert min(sizes) > 0
        assert all(entry.word.isalnum() for entry in some)
    assert str(found) == f"{', '.join(map(str, found.supporting))}; against it: {', '.join(map(str, found.opposing))}"
