"""From files to an artifact that answers."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from model_samples import PROVENANCE, SIGNS, labelled, tiny, train_on, write_csv

from contract.errors import PlatformError, UserError
from contract.evaluations import Evaluation
from contract.metrics import metric_definitions
from model.artifact_files import MODEL_FILE, WEIGHTS_FILE
from model.classifier import Classifier
from model.training.sets import read_sets
from model.training.train import TrainingFiles, train

Trained = tuple[Path, Evaluation]
STEPS = 51  # of an epoch of `tiny` hyperparameters over the claims


def test_it_learns(trained: Trained) -> None:
    """On rows that a sign gives away the model is far better than the majority, on held-out rows and new ones."""
    folder, evaluation = trained
    assert evaluation.challenger["accuracy"] > evaluation.majority_accuracy + 0.3
    new = labelled(90, seed=5)
    answers = Classifier.load(folder).predict([text for _, text in new])
    assert np.mean([answer.label == label for answer, (label, _) in zip(answers, new, strict=True)]) > 0.8
    assert all(0 < answer.second_confidence <= answer.confidence <= 1 for answer in answers)


def test_everything_lies_in_the_folder(trained: Trained) -> None:
    """The artifact and its two papers are there, nothing else, and the evaluation reads back."""
    folder, evaluation = trained
    assert {path.name for path in folder.iterdir()} == {
        "model.json",
        "vocabulary.json",
        "tokenizer.json",
        "weights.npz",
        "evaluation.json",
        "report.html",
    }
    assert Evaluation.from_json((folder / "evaluation.json").read_text(encoding="utf-8")) == evaluation
    assert (evaluation.train_rows, evaluation.validation_rows, evaluation.challenger["rows"]) == (204, 16, 20)
    classifier = Classifier.load(folder)
    assert (classifier.labels, classifier.provenance, classifier.model_version) == (["brakes", "paint", "radio"], PROVENANCE, 3)
    assert classifier.engine.startswith(("numpy", "kernel"))


def test_an_unusual_text_column_is_remembered(trained: Trained, tmp_path: Path) -> None:
    """A prediction finds it again, though it stands alone; a name that everybody knows is left to the rules of names."""
    path = write_csv(tmp_path / "incidents.csv", labelled(60, seed=3), ("label", "Vorfall"))
    train_on(path, tmp_path / "model", tiny(epochs=1))
    assert (Classifier.load(tmp_path / "model").text_column, Classifier.load(trained[0]).text_column) == ("Vorfall", "")


def test_the_same_seed_gives_the_same_model(trained: Trained, claims: Path, tmp_path: Path) -> None:
    """Data and seed determine every byte of weights, words and settings; another seed gives another model."""
    folder, _ = trained
    train_on(claims, tmp_path / "again")
    for name in ("model.json", "vocabulary.json", "weights.npz"):
        assert weights_or_text(folder / name) == weights_or_text(tmp_path / "again" / name)
    train_on(claims, tmp_path / "other", tiny(seed=18))
    assert weights_or_text(folder / WEIGHTS_FILE) != weights_or_text(tmp_path / "other" / WEIGHTS_FILE)


def weights_or_text(path: Path) -> object:
    """A file's content without the times that an archive holds."""
    if path.suffix != ".npz":
        return path.read_bytes()
    with np.load(path) as arrays:
        return {name: arrays[name].tobytes() for name in arrays.files}


def test_a_gpu_that_is_not_there_fails_training_and_prediction(claims: Path, trained: Trained, tmp_path: Path) -> None:
    """Neither falls back to the CPU in silence."""
    with pytest.raises(PlatformError, match="found none"):
        train_on(claims, tmp_path, accelerator="gpu")
    with pytest.raises(PlatformError, match="found none"):
        Classifier.load(trained[0], "gpu")


def test_two_rows_a_label_are_enough(tmp_path: Path) -> None:
    """The smallest file that is accepted trains on every label and is tested on a row."""
    path = write_csv(tmp_path / "small.csv", [("a", "one"), ("a", "two"), ("b", "three"), ("b", "four")])
    evaluation = train_on(path, tmp_path / "model", tiny(epochs=1))
    assert (evaluation.train_rows, evaluation.validation_rows, evaluation.challenger["rows"]) == (2, 1, 1)
    assert Classifier.load(tmp_path / "model").labels == ["a", "b"]


def test_many_labels_of_any_script(tmp_path: Path) -> None:
    """300 labels with texts in several scripts train, predict and fill a report."""
    rows = [(f"标签 {number}", f"слово{number} 单词 {copy} mot") for number in range(300) for copy in range(3)]
    evaluation = train_on(write_csv(tmp_path / "many.csv", rows), tmp_path / "model", tiny(epochs=1))
    assert len(evaluation.labels) == 300
    assert Classifier.load(tmp_path / "model").predict(["слово5 单词"])[0].label in evaluation.labels


def test_files_of_other_encodings_train(tmp_path: Path) -> None:
    """UTF-16 in gzip and Windows-1252 with semicolons lie side by side in one channel."""
    rows = [(label, f"{text} größe") for label, text in labelled(60)]
    wide = tmp_path / "wide.csv.gz"
    wide.write_bytes(gzip.compress("\n".join(["label,text", *(",".join(row) for row in rows[:30])]).encode("utf-16")))
    narrow = tmp_path / "narrow.CSV"
    narrow.write_bytes("\n".join(["text;label", *(";".join(row[::-1]) for row in rows[30:])]).encode("cp1252"))
    evaluation = train(TrainingFiles((wide, narrow)), tiny(epochs=1), tmp_path / "model", provenance=PROVENANCE)
    assert evaluation.train_rows + evaluation.validation_rows + evaluation.challenger["rows"] == 60
    assert "größe" in json.loads((tmp_path / "model" / "vocabulary.json").read_text(encoding="utf-8"))


def test_channels_that_bring_held_out_rows_are_used(tmp_path: Path) -> None:
    """Validation and test channels are taken whole, their texts leave the training, strange labels are told."""
    rows = labelled(90)
    training = write_csv(tmp_path / "train.csv", rows)
    validation = write_csv(tmp_path / "validation.csv", [*rows[:2], ("strange", "thing")])
    test = write_csv(tmp_path / "test.csv", [rows[0], *rows[-3:], ("strange", "matter")])
    files = TrainingFiles((training,), (validation,), (test,))
    evaluation = train(files, tiny(epochs=1), tmp_path / "model", provenance=PROVENANCE)
    assert evaluation.held_out == "the test channel"
    assert (evaluation.train_rows, evaluation.validation_rows, evaluation.challenger["rows"]) == (85, 1, 5)
    assert evaluation.dropped == {"also a test or validation row": 6, "label that no training row has": 1}
    assert "strange" in evaluation.warnings[-2]
    assert "The figures rest on 5 rows. By five-fold cross-validation over 86 labelled rows" in evaluation.warnings[-1]
    assert evaluation.labels == ["brakes", "paint", "radio"]


def test_promises_are_about_just_the_rows_that_a_prediction_leaves_without_a_review(tmp_path: Path) -> None:
    """Rows that ask for a review for another reason than confidence count neither way, in the calibration as in a prediction."""
    odd = [("radio", f"{'wholly unheard strange ' * 3}{number}") for number in range(20)]
    tests = [*labelled(150, seed=5), *odd]
    training, test = write_csv(tmp_path / "train.csv", labelled(240)), write_csv(tmp_path / "test.csv", tests)
    evaluation = train(TrainingFiles((training,), test=(test,)), tiny(), tmp_path / "model", provenance=PROVENANCE)
    classifier = Classifier.load(tmp_path / "model")
    checks = {f"{100 * check.max_error:g}": check for check in evaluation.promise_checks}
    assert {name: check.threshold for name, check in checks.items() if check.threshold is not None} == classifier.artifact.promises
    assert "10" in classifier.artifact.promises
    held_out = read_sets(TrainingFiles((training,), test=(test,)), tiny()).test
    for name in classifier.artifact.promises:
        said = classifier.classify(held_out.texts, classifier.promise(name))
        assert said.reasons.count("") / len(held_out) == pytest.approx(checks[name].accepted_share)
        assert said.reasons.count("unlike the training data") + said.reasons.count("no known words") == len(odd)


def test_words_of_the_validation_rows_are_known_to_the_wide_part_alone(tmp_path: Path) -> None:
    """The network was not trained on these rows, so their words are none of its own; words of the test rows are known to nobody."""
    files = [
        write_csv(tmp_path / f"{name}.csv", [*labelled(60, seed=seed), ("radio", f"{name}word in the {name}word")])
        for seed, name in enumerate(("train", "validation", "test"))
    ]
    train(TrainingFiles(*((file,) for file in files)), tiny(epochs=1), tmp_path / "model", provenance=PROVENANCE)
    artifact = Classifier.load(tmp_path / "model").artifact
    words = artifact.vocabulary.words
    assert words.index("validationword") >= artifact.architecture.words - 2 > words.index("trainword")
    assert "testword" not in words


@pytest.mark.parametrize("channel", ["validation", "test"])
def test_a_channel_without_usable_rows_is_refused(tmp_path: Path, claims: Path, channel: str) -> None:
    """An empty held-out file is named instead of being replaced in silence."""
    empty = write_csv(tmp_path / "empty.csv", [("a", "")])
    with pytest.raises(UserError, match=rf"The {channel} channel has no usable row.*'empty\.csv'"):
        train(TrainingFiles((claims,), **{channel: (empty,)}), tiny(), tmp_path, provenance=PROVENANCE)


def test_the_champion_is_scored_on_the_same_rows(trained: Trained, claims: Path, tmp_path: Path) -> None:
    """The same model as challenger and champion gets the same score twice; its labels are reported."""
    evaluation = train_on(claims, tmp_path, champion=trained[0])
    assert evaluation.champion == evaluation.challenger
    assert (evaluation.champion_version, evaluation.champion_labels) == (2, ["brakes", "paint", "radio"])


def test_a_champion_that_cannot_be_read_is_a_warning(trained: Trained, claims: Path, tmp_path: Path) -> None:
    """A damaged current model does not stop the training of its successor, but the gate hears of it."""
    shutil.copytree(trained[0], tmp_path / "champion")
    (tmp_path / "champion" / MODEL_FILE).write_text("{")
    evaluation = train_on(claims, tmp_path / "model", tiny(epochs=1), champion=tmp_path / "champion")
    assert (evaluation.champion, evaluation.champion_version) == (None, 2)
    assert "could not be read" in evaluation.warnings[-1]


def test_an_interrupted_training_ends_as_an_unbroken_one(trained: Trained, claims: Path, tmp_path: Path) -> None:
    """Stopped at the second epoch and started again on the same folders, it writes the same weights."""
    answers = iter([False] * STEPS + [True])
    with pytest.raises(PlatformError, match="told to stop"):
        train_on(claims, tmp_path / "model", checkpoints=tmp_path / "checkpoints", should_stop=lambda: next(answers))
    assert not (tmp_path / "model").exists()
    train_on(claims, tmp_path / "model", checkpoints=tmp_path / "checkpoints")
    assert weights_or_text(tmp_path / "model" / WEIGHTS_FILE) == weights_or_text(trained[0] / WEIGHTS_FILE)


def test_the_metric_lines_are_those_that_the_job_reads(
    trained: Trained, claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every metric of the contract is printed once at least, in the form of its regex."""
    train_on(claims, tmp_path, tiny(epochs=1), champion=trained[0])
    printed = capsys.readouterr().out
    for metric in metric_definitions():
        assert re.search(metric["Regex"], printed), metric["Name"]


def test_a_person_who_watches_sees_a_bar(claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The bar is drawn on the error stream, where it disturbs no reader of metrics."""
    train_on(claims, tmp_path, tiny(epochs=1), is_watched=True)
    assert "epoch 1:" in capsys.readouterr().err


def test_a_log_gets_lines_at_a_pace(
    claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody watches, lines tell how far the epoch is."""
    monkeypatch.setattr("model.training.progress.SECONDS_BETWEEN_LINES", 0.0)
    train_on(claims, tmp_path, tiny(epochs=1))
    assert f"epoch 1: {STEPS - 1} of {STEPS} steps" in capsys.readouterr().out


def test_word_vectors_give_the_embedding_its_width(claims: Path, tmp_path: Path) -> None:
    """Training starts from a vectors folder when one is given, and from scratch when the setting says so."""
    from test_model_vectors import vectors_folder  # noqa: PLC0415  # beside the tests of the vectors themselves

    vectors_folder(tmp_path, ["brake", "rust"])
    train_on(claims, tmp_path / "with", tiny(epochs=1), vectors=str(tmp_path))
    train_on(claims, tmp_path / "without", tiny(epochs=1, use_pretrained_vectors=False), vectors=str(tmp_path))
    widths = [Classifier.load(tmp_path / name).artifact.architecture.embedding_size for name in ("with", "without")]
    assert widths == [6, 8]


def test_the_report_holds_its_facts_and_runs_nothing(tmp_path: Path) -> None:
    """Texts and labels are escaped, nothing is loaded from outside, and the sections are there."""
    rows = [(f"<i>{label}</i>", f"{text} <script>alert(1)</script> & more") for label, text in labelled(60)]
    train_on(write_csv(tmp_path / "a.csv", [*rows, ("", "x")]), tmp_path / "model", tiny(epochs=1, learning_rate=1e-6))
    page = (tmp_path / "model" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<i>" not in page
    assert "&lt;i&gt;brakes" in page
    assert not re.search(r"(src|href)=\"(?!#)", page.replace('xlink:href="#', ""))
    for fact in ("95 % interval", "no label", "<svg", "the wide part alone", "TF-IDF with logistic regression"):
        assert fact in page


def test_the_report_tells_lengths_and_contradictions(tmp_path: Path) -> None:
    """Words are counted as often as they stand in a text; a text with two labels is shown with both."""
    rows = [(label, f"{SIGNS[label][0]} {number} {'again ' * 59}") for number in range(20) for label in SIGNS]
    contested = [("paint", "An odd text"), ("paint", "an odd text"), ("radio", "an odd  text")]
    train_on(write_csv(tmp_path / "a.csv", rows + contested), tmp_path / "model", tiny(epochs=1))
    page = (tmp_path / "model" / "report.html").read_text(encoding="utf-8")
    assert len(re.findall("<td[^>]*>61</td>", page)) >= 3  # half of the texts, 95 % of them, the longest
    assert re.search(">paint</b> 2 times, <b[^>]*>radio</b> once.{0,80}An odd text", page, re.DOTALL)
