"""A trained model answers each text by itself, whatever else happens at the same time."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import pytest
from model_samples import labelled

from contract.evaluations import Evaluation
from model.classifier import Classifier

Trained = tuple[Path, Evaluation]


def test_a_prediction_depends_on_its_own_text_only(trained: Trained) -> None:
    """Alone, in another order or among other rows a text gets the same label and confidence."""
    classifier = Classifier.load(trained[0])
    texts = [text for _, text in labelled(60, seed=6)] + ["", "<br/>", "unheard", "brake " * 100, "刹车"]
    together = classifier.predict(texts)
    assert [answer.label for answer in classifier.predict(texts[::-1])] == [answer.label for answer in together[::-1]]
    for text, answer in zip(texts, together, strict=True):
        alone = classifier.predict([text])[0]
        assert (alone.label, alone.second_label, alone.review_reason) == (answer.label, answer.second_label, answer.review_reason)
        assert alone.confidence == pytest.approx(answer.confidence, abs=1e-5)
    assert classifier.predict([]) == []


def test_threads_take_turns(trained: Trained) -> None:
    """Threads that share a classifier get the answers that each would get alone, however many new words they bring."""
    folder, _ = trained
    texts = [[f"brakes{row * 7 % 5000} é{row * part % 700} squeal" for row in range(300)] for part in range(16)]
    classifier = Classifier.load(folder)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(classifier.predict, texts))
    assert answers == [Classifier.load(folder).predict(some) for some in texts]


def test_portions_change_no_answer(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few texts fit at once, each gets its answer, in order."""
    classifier = Classifier.load(trained[0])
    texts = ["brake pedal", "", "rust " * 40, "sound", "x" * 300, "radio aerial disc"]
    expected = classifier.predict(texts)
    monkeypatch.setattr("model.classifier.VALUES_AT_ONCE", 3 * 50)
    monkeypatch.setattr("model.classifier.ROWS_AT_ONCE", 2)
    assert classifier.predict(texts) == expected
    assert classifier.predict([]) == []
    assert classifier.parts(texts)[0].shape == (6, 3)


def test_gluon_and_numpy_agree_on_a_trained_model(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine of the GPU, run on the CPU device, gives the same labels and confidences within 1e-4."""
    monkeypatch.setattr("model.network.contexts", lambda accelerator: [mx.cpu()])
    texts = [text for _, text in labelled(60, seed=7)] + ["", "brake " * 100]
    gluon = Classifier.load(trained[0], "gpu")
    assert gluon.engine.startswith("mxnet on cpu(0), ")
    for one, other in zip(gluon.predict(texts), Classifier.load(trained[0]).predict(texts), strict=True):
        assert one.label == other.label
        assert one.confidence == pytest.approx(other.confidence, abs=1e-4)


def test_prediction_on_a_cpu_imports_no_training_library(trained: Trained) -> None:
    """A fresh process that loads a model and predicts has none of mxnet, spacy, scipy, pandas and matplotlib."""
    code = (
        "import sys, pathlib; from model.classifier import Classifier;"
        f"print(Classifier.load(pathlib.Path({str(trained[0])!r})).predict(['brake'])[0].label);"
        "print(sorted({'mxnet', 'spacy', 'scipy', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["brakes", "[]"]
