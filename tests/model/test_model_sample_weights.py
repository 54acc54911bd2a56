"""Manifests in a training, and what their confidences change."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
import pytest
from model_samples import SIGNS, architecture, labelled, random_sequences, tiny, train_on, write_csv

from contract.corrections import Correction
from contract.errors import UserError
from contract.manifest_writing import ManifestWriter
from model.text.encoding import Encoder
from model.text.newcomers import Newcomers
from model.text.sequences import FloatArray
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.training.corrections import TEST, TRAIN, VALIDATION, Shares, join
from model.training.deep_fitting import DeepFitting
from model.training.rows import CONTRADICTORY, DUPLICATE, FAILED, NO_LABEL, NO_TEXT, UNREADABLE, Examples, Rows, distinct, keys, read_rows
from model.training.sample_weights import label_weights, sample_weights
from model.training.sets import TrainingFiles, read_sets
from model.training.spacy_rules import rules_of
from model.training.wide_features import Features
from model.training.wide_fitting import RECIPES, Recipe, fit

LABELS = sorted(SIGNS)
CREATED = "2026-11-22T10:00:00"


def write_manifest(path: Path, rows: Sequence[tuple[str, str, float | None]], *others: bytes) -> Path:
    """A manifest of (label, text, confidence) and of other lines."""
    writer = ManifestWriter("kind", sorted({label for label, _, _ in rows}), "march")
    content = b"".join([*(writer.line(text, label, confidence, CREATED) for label, text, confidence in rows), *others])
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def test_files_of_both_kinds_make_one_channel(tmp_path: Path) -> None:
    """A table's rows count 1, as does an annotation without a confidence; what is left out is counted by its reason."""
    table = write_csv(tmp_path / "a.csv", [("x", "one")], header=("label", "Vorfall"))
    failed = b'{"source": "t", "kind-metadata": {"failure-reason": "ClientError", "class-name": "x"}}\n'
    lines = [("y", "two", 0.5), ("x", "three", None), ("x", " <p> ", 0.7)]
    manifest = write_manifest(tmp_path / "b.gz", lines, failed, b"{\n", b'{"source": "t"}\n').rename(tmp_path / "b.Manifest.GZ")
    dropped: Counter[str] = Counter()
    rows = read_rows([manifest, table], tiny(), dropped)
    assert rows == Rows(["two", "three", "one"], ["y", "x", "x"], weights=[0.5, 1.0, 1.0])
    assert rows.text_column == "Vorfall"
    assert dropped == {NO_TEXT: 1, FAILED: 1, UNREADABLE: 1, NO_LABEL: 1}
    assert read_rows([table], tiny(), Counter()).weights is None


def test_the_drop_names_one_of_several_annotations(tmp_path: Path) -> None:
    """By the setting that names a table's label column."""
    line = b'{"source": "t", "a-metadata": {"class-name": "x"}, "b-metadata": {"class-name": "y"}}\n'
    path = write_manifest(tmp_path / "a.jsonl", [], line)
    assert read_rows([path], tiny(label_column="b"), Counter()).labels == ["y"]
    with pytest.raises(UserError, match="more than one annotation"):
        read_rows([path], tiny(), Counter())


def test_of_several_annotations_of_a_text_the_surest_stays() -> None:
    """Labels are weighed, not counted; the row that stays keeps its own weight, and where sums tie there is none."""
    rows = Rows(
        ["voted", "voted", "Voted", "voted", "tied", "tied", "tied"],
        ["a", "a", "b", "b", "a", "a", "b"],
        weights=[0.3, 0.3, 0.4, 0.9, 0.25, 0.5, 0.75],
    )
    dropped: Counter[str] = Counter()
    assert distinct(rows, dropped, []) == Rows(["voted"], ["b"], weights=[0.9])
    assert dropped == {DUPLICATE: 1, CONTRADICTORY: 5}


def test_weights_are_one_on_average_or_none() -> None:
    """Over the training rows; the scale of one job's confidences is nothing to learn from, so equal ones are none."""
    train, validation = Rows(["a", "b"], ["x", "y"], weights=[0.2, 0.6]), Rows(["c"], ["x"])
    ours, theirs = sample_weights(train, validation)
    assert ours is not None
    assert theirs is not None
    assert np.allclose(ours, [0.5, 1.5])
    assert np.allclose(theirs, [2.5])
    equal = Rows(["a", "b"], ["x", "y"], weights=[0.6, 0.6])
    assert sample_weights(equal, Rows(["c"], ["x"], weights=[0.6])) == (None, None)


def test_a_person_who_corrects_a_row_is_sure() -> None:
    """Whatever its annotators made of it, and so is one who adds a row."""
    rows = Rows(["one", "two"], ["a", "b"], weights=[0.3, 0.4])
    said = {}
    for text in ("one", "three"):
        (key,) = keys([text])
        said[key] = Correction(
            text=text,
            label="b",
            by="ann",
            at=CREATED,
            job_id="j",
            row=1,
            object="o",
            object_version="v",
            model_version=1,
            predicted_label="a",
            confidence=0.5,
        )
    joined = join({TRAIN: rows, VALIDATION: rows.take([]), TEST: rows.take([])}, said, Shares(0, 0), Counter())
    assert joined.train == Rows(["one", "two", "three"], ["b", "b", "b"], weights=[1.0, 0.4, 1.0])


def test_a_checkpoint_of_other_weights_is_another_trainings(tmp_path: Path) -> None:
    """The hash of the rows tells confidences apart, and of a table it is what it was before there were any."""
    rows = [(label, text, 0.5 + 0.4 * (at % 2)) for at, (label, text) in enumerate(labelled(60))]
    one = read_sets(TrainingFiles((write_manifest(tmp_path / "a.manifest", rows),)), tiny())
    other = read_sets(TrainingFiles((write_manifest(tmp_path / "b.manifest", [(*row[:2], 0.9) for row in rows]),)), tiny())
    assert one.train.texts == other.train.texts
    assert one.sha256() != other.sha256()


def doubtful(labels: np.ndarray, share: float) -> tuple[np.ndarray, FloatArray]:
    """Labels of which a share is wrong in the same way, and weights that doubt just these."""
    is_wrong = np.random.default_rng(0).random(len(labels)) < share
    weights = np.where(is_wrong, 0.05, 1.0)
    return np.where(is_wrong, (labels + 1) % len(LABELS), labels), (weights / weights.mean()).astype(np.float32)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_the_wide_part_learns_less_of_doubtful_labels(recipe: Recipe) -> None:
    """Wrong labels with little confidence cost fewer of the other rows than wrong labels that count like all others."""
    rows = [labelled(600)[at] for at in np.random.default_rng(1).permutation(600)]
    tokenizer = Tokenizer(rules_of())
    counts = Counter(word for _, text in rows for word in tokenizer(text))
    newcomers = Newcomers(Vocabulary.most_frequent(counts, 1000, 2))
    sequences = Encoder(tokenizer, newcomers, 100)([text for _, text in rows]).sequences
    actual = np.array([LABELS.index(label) for label, _ in rows])
    given, weights = doubtful(actual, 0.45)
    features = Features.of(sequences, newcomers.all_words, newcomers.first_id, given, len(LABELS), len(rows))
    learnt, others = np.arange(400), np.arange(400, 600)

    def accuracy(of: FloatArray | None) -> float:
        weighted = Features(**{**vars(features), "weights": of})
        return float((fit(weighted.take(learnt), recipe).logits(weighted.take(others)).argmax(axis=1) == actual[others]).mean())

    assert accuracy(weights) > accuracy(None) + 0.1
    assert accuracy(weights) > 0.9


def test_the_network_learns_less_of_doubtful_labels() -> None:
    """As the wide part does; held-out rows are scored by their labels as they are."""
    sizes = architecture(embedding_size=8, hidden_units=8)

    def examples(rows: int, seed: int) -> Examples:
        rng = np.random.default_rng(seed)
        sequences = random_sequences(rng.integers(1, 20, rows).tolist(), sizes.words, seed)
        labels = rng.integers(0, sizes.labels, rows)
        sequences.ids[sequences.ids < 5] = 5
        sequences.ids[sequences.starts] = 2 + labels
        return Examples(sequences, labels)

    train, validation = examples(300, 0), examples(100, 1)
    given, weights = doubtful(train.labels, 0.45)
    vectors = np.random.default_rng(7).normal(0, 0.3, (sizes.words, sizes.embedding_size)).astype(np.float32)

    def accuracy(of: FloatArray | None) -> float:
        fitted = DeepFitting(sizes, vectors, tiny(epochs=6), [mx.cpu()]).fit(Examples(train.sequences, given, of), validation)
        return float((fitted.logits.argmax(axis=1) == validation.labels).mean())

    assert accuracy(weights) > accuracy(None) + 0.1


def test_doubtful_rows_make_a_label_rare() -> None:
    """A label's rows are as many as their weights add up to; the mean of what rows count in all is still 1."""
    labels = np.repeat([0, 1], [80, 20])
    weights = np.repeat([1.0, 0.5], [80, 20]).astype(np.float32)
    found = label_weights(labels, 2, 1.0, weights)
    assert np.isclose(found[1] / found[0], 8)
    assert np.isclose(np.average(found[labels], weights=weights), 1)


def test_a_manifest_gives_a_model(tmp_path: Path) -> None:
    """From file to evaluation and report: failed annotations and weights are told, and predictions look for no column of this file."""
    rows = [(label, text, 0.6 + 0.4 * (at % 3) / 3) for at, (label, text) in enumerate(labelled(200))]
    failed = b'{"source": "t", "kind-metadata": {"failure-reason": "ClientError"}}\n' * 3
    evaluation = train_on(write_manifest(tmp_path / "march.manifest", rows, failed), tmp_path / "out")
    assert evaluation.dropped == {FAILED: 3}
    assert evaluation.challenger_score.accuracy > 0.8
    counted = evaluation.train_rows + evaluation.validation_rows
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert f"{counted} of the {counted} training and validation rows count less than 1, the least of them 0.6;" in report
    assert '"text_column": ""' in (tmp_path / "out" / "model.json").read_text()
