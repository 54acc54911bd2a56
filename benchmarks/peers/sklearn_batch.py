"""scikit-learn's TF-IDF and logistic regression on a file."""

from __future__ import annotations

import joblib  # type: ignore[import-untyped]  # ships no types
import numpy as np

from benchmarks.peers.batch import Answer, arguments, run


def main() -> None:
    """Classify a file with a vectorizer and a logistic regression that were dumped together."""
    given = arguments()
    vectorizer, model = joblib.load(given.model)

    def classify(texts: list[str]) -> list[Answer]:
        probabilities = model.predict_proba(vectorizer.transform(texts))
        best = probabilities.argmax(axis=1)
        confidences = probabilities[np.arange(len(best)), best]
        return [(label, f"{confidence:.4f}") for label, confidence in zip(model.classes_[best], confidences, strict=True)]

    run(given, classify)


if __name__ == "__main__":
    main()
