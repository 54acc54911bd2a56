"""The judged peer of batch prediction: fastText behind the usual compiled regular expression."""

from __future__ import annotations

from urllib.parse import unquote

import fasttext  # type: ignore[import-not-found]  # of the benchmarks' own environment

from benchmarks.peers.batch import Answer, arguments, run
from benchmarks.peers.words import words

PREFIX = "__label__"


def main() -> None:
    """Classify a file with a fastText model."""
    given = arguments()
    fasttext.FastText.eprint = lambda *_: None  # it warns of a renamed class at every load
    model = fasttext.load_model(str(given.model))
    names = {label: unquote(label.removeprefix(PREFIX)) for label in model.get_labels()}

    def classify(texts: list[str]) -> list[Answer]:
        labels, confidences = model.predict([" ".join(words(text)) for text in texts])
        return [
            (names[label[0]], f"{confidence[0]:.4f}") if label else ("", "") for label, confidence in zip(labels, confidences, strict=True)
        ]

    run(given, classify)


if __name__ == "__main__":
    main()
