"""The training loop."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
import pytest
from model_samples import architecture, random_sequences, tiny

from contract.errors import PlatformError, UserError
from contract.hyperparameters import Hyperparameters
from model.text.sequences import FloatArray
from model.training.checkpoints import CHECKPOINT_FILE, Checkpoints
from model.training.deep_fitting import DeepFitting, FittedDeep
from model.training.rows import Examples
from model.training.sample_weights import MAX_LABEL_WEIGHT, label_weights

SIZES = architecture(embedding_size=8, hidden_units=8)


def examples(rows: int, seed: int = 0) -> Examples:
    """Texts whose label is the number of the sign that one of their words is."""
    rng = np.random.default_rng(seed)
    sequences = random_sequences(rng.integers(1, 20, rows).tolist(), SIZES.words, seed)
    labels = rng.integers(0, SIZES.labels, rows)
    sequences.ids[sequences.ids < 5] = 5
    sequences.ids[sequences.starts] = 2 + labels
    return Examples(sequences, labels)


TRAIN, VALIDATION = examples(120), examples(40, seed=1)


def vectors() -> FloatArray:
    """The same random vectors every time."""
    return np.random.default_rng(7).normal(0, 0.3, (SIZES.words, SIZES.embedding_size)).astype(np.float32)


def fit(hyperparameters: Hyperparameters | None = None, devices: list[Any] | None = None, **options: Any) -> FittedDeep:
    """Train on TRAIN."""
    return DeepFitting(SIZES, vectors(), hyperparameters or tiny(epochs=3), devices or [mx.cpu()], **options).fit(TRAIN, VALIDATION)


def same(one: FittedDeep, other: FittedDeep, tolerance: float = 0.0) -> bool:
    """Whether two trainings ended in the same weights."""
    return all(np.allclose(one.weights[name], other.weights[name], rtol=0, atol=tolerance) for name in one.weights)


def stopping_after(calls: int) -> Callable[[], bool]:
    """Tells to stop at the call after so many."""
    asked = itertools.count()
    return lambda: next(asked) >= calls


def test_rare_labels_count_more() -> None:
    """By how much is the balance; a handful of rows never outweighs all others, and the mean row counts 1."""
    labels = np.repeat([0, 1], [80, 20])
    assert label_weights(labels, 2, 0.0).tolist() == [1, 1]
    assert np.allclose(label_weights(labels, 2, 1.0), [0.625, 2.5])
    skewed = np.repeat([0, 1], [99_999, 1])
    weights = label_weights(skewed, 2, 1.0)
    assert np.isclose(weights[1] / weights[0], MAX_LABEL_WEIGHT)
    assert np.isclose(weights[skewed].mean(), 1, atol=1e-4)


def test_a_rare_label_is_learned() -> None:
    """Among thirty times as many others, its rows are told apart by their sign all the same."""
    rng = np.random.default_rng(3)
    some = examples(1200)
    kept = np.flatnonzero((some.labels != 2) | (rng.random(len(some.labels)) < 1 / 30))
    rare = Examples(some.sequences.take(kept), some.labels[kept])
    fitted = DeepFitting(SIZES, vectors(), tiny(epochs=4, balance=1.0), [mx.cpu()]).fit(rare, VALIDATION)
    recall = (fitted.logits.argmax(axis=1) == 2)[VALIDATION.labels == 2].mean()
    plain = DeepFitting(SIZES, vectors(), tiny(epochs=4, balance=0.0), [mx.cpu()]).fit(rare, VALIDATION)
    assert recall > (plain.logits.argmax(axis=1) == 2)[VALIDATION.labels == 2].mean()


STEPS = len(TRAIN.labels) // 4  # batches of four


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop"])
def test_every_optimizer_learns_and_goes_on_where_it_was(optimizer: str, tmp_path: Path) -> None:
    """Stopped after a whole epoch and started again, a training ends in exactly the weights of an unbroken one."""
    rate = 0.5 if optimizer == "sgd" else 0.02
    hyperparameters = tiny(epochs=3, optimizer=optimizer, learning_rate=rate, weight_decay=0.001)
    unbroken = fit(hyperparameters)
    assert unbroken.history[-1].validation_accuracy > 0.6
    checkpoints = Checkpoints(tmp_path, "same")
    with pytest.raises(PlatformError, match="goes on from its checkpoint"):
        fit(hyperparameters, checkpoints=checkpoints, should_stop=stopping_after(STEPS))
    resumed = fit(hyperparameters, checkpoints=checkpoints)
    assert same(unbroken, resumed)
    assert [epoch.number for epoch in resumed.history] == [1, 2, 3]


def test_a_stop_in_the_middle_of_an_epoch_loses_no_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest of the epoch is done, not the whole of it again, and the weights are those of an unbroken training."""
    checkpoints = Checkpoints(tmp_path, "same")
    with pytest.raises(PlatformError):
        fit(checkpoints=checkpoints, should_stop=stopping_after(STEPS + 7))
    asked = itertools.count()
    resumed = fit(checkpoints=checkpoints, should_stop=lambda: next(asked) < 0)
    assert next(asked) == 2 * STEPS - 7
    assert "going on from the checkpoint: epoch 2, step 7" in capsys.readouterr().out
    assert len(resumed.history) == 3
    assert same(fit(), resumed)


def test_dropout_between_layers_goes_on_where_it_was_too(tmp_path: Path) -> None:
    """Its masks are as long as the texts, and are drawn again as such."""
    sizes, hyperparameters, checkpoints = replace(SIZES, layers=2), tiny(epochs=1, dropout=0.4), Checkpoints(tmp_path, "same")
    whole = DeepFitting(sizes, vectors(), hyperparameters, [mx.cpu()]).fit(TRAIN, VALIDATION)
    with pytest.raises(PlatformError):
        DeepFitting(sizes, vectors(), hyperparameters, [mx.cpu()], checkpoints=checkpoints, should_stop=stopping_after(11)).fit(
            TRAIN, VALIDATION
        )
    assert same(whole, DeepFitting(sizes, vectors(), hyperparameters, [mx.cpu()], checkpoints=checkpoints).fit(TRAIN, VALIDATION))


def test_a_finished_training_is_not_repeated(tmp_path: Path) -> None:
    """Started again after its last epoch, a training returns the same weights without a step."""
    checkpoints = Checkpoints(tmp_path, "same")
    first = fit(checkpoints=checkpoints)
    assert same(first, fit(checkpoints=checkpoints, should_stop=lambda: True))


@pytest.mark.parametrize("content", [b"rubbish", b"PK\x03\x04", b""])
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Training starts anew and says why."""
    (tmp_path / CHECKPOINT_FILE).write_bytes(content)
    assert len(fit(tiny(epochs=1), checkpoints=Checkpoints(tmp_path, "mine")).history) == 1
    assert "the checkpoint is not used: it is damaged" in capsys.readouterr().out


def test_a_foreign_checkpoint_is_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A checkpoint of other data does not leak into this training."""
    fit(tiny(epochs=1), checkpoints=Checkpoints(tmp_path, "other"))
    fit(tiny(epochs=1), checkpoints=Checkpoints(tmp_path, "mine"))
    assert "other data or other hyperparameters" in capsys.readouterr().out


def test_a_checkpoint_cannot_execute_code(tmp_path: Path) -> None:
    """A pickled object in the checkpoint is not loaded."""
    np.savez(tmp_path / "made.npz", **{"state.json": np.array([{"a": 1}], dtype=object)})
    (tmp_path / "made.npz").rename(tmp_path / CHECKPOINT_FILE)
    found, problem = Checkpoints(tmp_path, "mine").load()
    assert found is None
    assert "allow_pickle" in problem


def test_two_devices_do_what_one_does() -> None:
    """A batch shared out among devices gives the updates of the undivided batch, the last short batch included."""
    exact = tiny(epochs=2, dropout=0.0, embedding_dropout=0.0, learning_rate=0.005)
    assert same(fit(exact), fit(exact, [mx.cpu(0), mx.cpu(1), mx.cpu(2)]), tolerance=1e-3)


def test_the_best_epoch_is_restored_and_training_stops_early() -> None:
    """Trained far too fast it gets worse: the weights are those of the best epoch, and patience ends it."""
    fitted = fit(tiny(epochs=40, patience=2, learning_rate=0.1))
    losses = [epoch.validation_loss for epoch in fitted.history]
    assert losses[fitted.best_epoch - 1] == min(losses)
    assert len(losses) in {fitted.best_epoch + 2, 40}
    assert len(losses) < 40


def test_a_small_set_is_passed_over_several_times_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """An epoch has enough steps to learn from however few the rows are, and its loss stays a mean."""
    monkeypatch.setattr("model.training.deep_fitting.STEPS_PER_SMALL_EPOCH", 3 * STEPS - 1)
    asked = itertools.count()
    fitted = fit(tiny(epochs=1), should_stop=lambda: next(asked) < 0)
    assert next(asked) == 3 * STEPS
    assert 0.3 < fitted.history[0].train_loss < 1.3


def test_a_training_that_diverges_says_so() -> None:
    """Infinite gradients end in a sentence about the learning rate."""
    broken = vectors()
    broken[5:] = np.inf
    with pytest.raises(UserError, match="smaller learning_rate"):
        DeepFitting(SIZES, broken, tiny(), [mx.cpu()]).fit(TRAIN, VALIDATION)
