"""BlazingText's model in a training: lines before, a calibrated and judged artifact afterwards, alone and beside our own."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import fasttext  # type: ignore[import-untyped]  # ships no types
import numpy as np
import pytest
from model_samples import labelled, tiny, train_on

from contract.blazingtext import decode_label
from contract.errors import UserError
from contract.evaluations import Evaluation
from contract.hyperparameters import Hyperparameters
from contract.manifest_writing import ManifestWriter
from model.classifier import Classifier
from model.explanation import explain
from model.training.blazingtext import prepare, told
from model.training.sets import TrainingFiles, read_sets

BLAZINGTEXT = tiny(engine="blazingtext")
Trained = tuple[Path, Evaluation]


@dataclass(frozen=True)
class Lines:
    """What the first of three jobs leaves."""

    train: list[str]
    validation: list[str]
    told: dict[str, str]


@pytest.fixture(scope="module")
def work(claims: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the rows of the claims were prepared, and fastText then trained in BlazingText's place."""
    folder = tmp_path_factory.mktemp("work")
    prepare(TrainingFiles((claims,)), BLAZINGTEXT, folder)
    fasttext.FastText.eprint = lambda *_: None
    settings = {"epoch": 30, "lr": 0.5, "dim": 10, "wordNgrams": 2, "bucket": 5000, "thread": 1, "verbose": 0}
    model = fasttext.train_supervised(str(folder / "train" / "train.txt"), **settings)
    model.save_model(str(folder / "model.bin"))
    return folder


@pytest.fixture(scope="module")
def lines(work: Path) -> Lines:
    """What it holds."""
    both = [(work / name / f"{name}.txt").read_text(encoding="utf-8").splitlines() for name in ("train", "validation")]
    return Lines(*both, json.loads((work / "prepared.json").read_text())["hyperparameters"])


@pytest.fixture(scope="module")
def second(claims: Path, work: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model of BlazingText alone, and its evaluation; tests must not change the folder."""
    out = tmp_path_factory.mktemp("second")
    return out, train_on(claims, out, BLAZINGTEXT, blazingtext=work / "model.bin")


def test_the_lines_hold_the_training_rows_in_another_order(claims: Path, lines: Lines) -> None:
    """As many as the training has rows, each with its label; the file lies sorted by label, and no held-out text is among them."""
    sets = read_sets(TrainingFiles((claims,)), BLAZINGTEXT)
    labels = [decode_label(line.split(" ", 1)[0]) for line in lines.train]
    assert sorted(labels) == sorted(sets.train.labels)
    assert labels != sorted(labels)
    assert {line.split(" ", 1)[1] for line in lines.train} == set(sets.train.texts)
    assert {line.split(" ", 1)[1] for line in lines.validation} == set(sets.validation.texts)


def test_what_is_left_open_depends_on_the_rows(lines: Lines) -> None:
    """A small set gets more passes and a smaller table than a large one, more labels a higher rate; what was given stands.

    The names are BlazingText's.
    """
    assert lines.told == told(BLAZINGTEXT, 204, 3)
    small, large = told(Hyperparameters(), 1_000, 4), told(Hyperparameters(), 500_000, 4)
    assert int(small["epochs"]) > int(large["epochs"]) >= 8
    assert [told(Hyperparameters(), 1_000, labels)["learning_rate"] for labels in (2, 4, 77)] == ["0.2", "0.3", "1.0"]
    assert int(small["buckets"]) < int(large["buckets"]) <= 1_000_000
    assert (small["word_ngrams"], large["word_ngrams"]) == ("1", "2")
    chosen = Hyperparameters(blazingtext_epochs=7, blazingtext_buckets=100, blazingtext_learning_rate=0.1, blazingtext_early_stopping=True)
    given = told(chosen, 1_000, 4)
    assert (given["epochs"], given["buckets"], given["learning_rate"]) == ("7", "100", "0.1")
    assert (given["mode"], given["early_stopping"], given["patience"], given["min_epochs"]) == ("supervised", "True", "4", "5")
    assert "patience" not in small


def test_it_learns_and_lies_in_the_folder(second: Trained) -> None:
    """Its artifact is model.bin with what prediction needs beside it, and it is right on new rows."""
    folder, evaluation = second
    assert {path.name for path in folder.iterdir()} == {"model.bin", "model.json", "tokenizer.json", "evaluation.json", "report.html"}
    assert (evaluation.engine, evaluation.engine_sentence, evaluation.epochs) == ("blazingtext", "Its engine is BlazingText.", 0)
    new = labelled(90, seed=5)
    classifier = Classifier.load(folder)
    answers = classifier.predict([text for _, text in new])
    assert np.mean([answer.label == label for answer, (label, _) in zip(answers, new, strict=True)]) > 0.8
    assert all(0 < answer.second_confidence <= answer.confidence <= 1 for answer in answers)
    assert classifier.engine.startswith("blazingtext")
    assert (classifier.model_version, classifier.labels) == (3, ["brakes", "paint", "radio"])


def test_it_says_when_a_person_should_look(second: Trained) -> None:
    """A text without a word, and one of unknown words, ask for a review as with our own engine."""
    said = Classifier.load(second[0]).predict(["", "zyx wvu tsr qpo"])
    assert [answer.review_reason for answer in said] == ["no text", "no known words"]


def test_it_tells_which_words_spoke(second: Trained) -> None:
    """The sign that gives a label away is named first."""
    (found,) = explain(Classifier.load(second[0]), ["then we heard the aerial again and it was"])
    assert found.supporting[0].word == "aerial"


def test_both_engines_are_tried_and_the_report_shows_both(claims: Path, work: Path, tmp_path: Path) -> None:
    """The one that is right on more validation rows is kept; the report and the sentence name the other with its figures."""
    evaluation = train_on(claims, tmp_path, tiny(engine="auto"), blazingtext=work / "model.bin")
    assert set(evaluation.engines) == {"kit", "blazingtext"}
    assert evaluation.engines[evaluation.engine] == max(evaluation.engines.values())
    assert evaluation.engine_sentence.startswith("Both engines were tried")
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert {"kit": "BlazingText", "blazingtext": "the kit's own".replace("'", "&#x27;")}[evaluation.engine] in report
    assert (tmp_path / "model.bin").exists() == (evaluation.engine == "blazingtext")
    assert Classifier.load(tmp_path).predict(["the radio again"])[0].label == "radio"


def test_models_of_both_engines_are_compared_on_the_same_rows(claims: Path, second: Trained, trained: Trained, tmp_path: Path) -> None:
    """The current model may be of the other engine: the gate's figures are of the same held-out rows."""
    evaluation = train_on(claims, tmp_path / "new", champion=second[0])
    assert evaluation.champion == second[1].challenger
    assert evaluation.challenger == trained[1].challenger


def test_it_says_that_it_takes_no_weights(claims: Path, work: Path, tmp_path: Path) -> None:
    """The same rows as a manifest whose labels are not equally sure: whoever reads the report knows that this counted for nothing."""
    with claims.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    writer = ManifestWriter("kind", sorted({row["label"] for row in rows}), "labelling-job/claims")
    lines = [writer.line(row["text"], row["label"], 0.5 + 0.5 * (at % 2), "2026-11-22T10:00:00") for at, row in enumerate(rows)]
    manifest = tmp_path / "claims.manifest"
    manifest.write_bytes(b"".join(lines))
    evaluation = train_on(manifest, tmp_path, BLAZINGTEXT, blazingtext=work / "model.bin")
    assert any("takes no weights" in warning for warning in evaluation.warnings)


def test_without_its_model_it_is_refused(claims: Path, tmp_path: Path) -> None:
    """Who trains by hand is told that a dropped file gets it."""
    with pytest.raises(UserError, match="needs a model of BlazingText in the channel 'blazingtext'"):
        train_on(claims, tmp_path, BLAZINGTEXT)


def test_a_model_that_cannot_be_read_is_told(claims: Path, work: Path, tmp_path: Path) -> None:
    """A training that got a damaged model.bin ends with a sentence."""
    (tmp_path / "model.bin").write_bytes((work / "model.bin").read_bytes()[:-100])
    with pytest.raises(UserError, match=r"The model that BlazingText left cannot be read: it is cut short"):
        train_on(claims, tmp_path / "out", BLAZINGTEXT, blazingtext=tmp_path / "model.bin")


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 3},
        {"labels": ["brakes", "paint"]},
        {"labels": ["x", "y", "z"]},
        {"labels": ["brakes", "brakes", "paint"]},
        {"calibration": {"scale": "1", "bias": [0.0, 0.0, 0.0]}},
        {"calibration": {"scale": -1.0, "bias": [0.0, 0.0, 0.0]}},
        {"calibration": {"scale": 1.0, "bias": [0.0, 0.0, 1e30]}},
        {"calibration": {"scale": 1.0}},
        {"calibration_map": {"scale": 1.0, "saturation": 0.0, "offset": 0.0, "noise": 0.9}},
        {"promises": {"5": 2.0}},
        {"review": {}},
        {"libraries": [1]},
        {"more": 1},
    ],
    ids=str,
)
def test_an_artifact_that_contradicts_itself_is_refused(second: Trained, tmp_path: Path, change: dict[str, object]) -> None:
    """Each entry is looked at before it is believed."""
    shutil.copytree(second[0], tmp_path / "model")
    file = tmp_path / "model" / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(UserError, match=r"damaged|format version"):
        Classifier.load(tmp_path / "model")


@pytest.mark.parametrize("name", ["model.bin", "model.json", "tokenizer.json"])
def test_an_artifact_with_a_damaged_file_is_refused(second: Trained, tmp_path: Path, name: str) -> None:
    """Cut to its half, each file is told from a sound one, and the sentence says how to go on."""
    shutil.copytree(second[0], tmp_path / "model")
    file = tmp_path / "model" / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(UserError, match=r"damaged.*kit rollback"):
        Classifier.load(tmp_path / "model")
