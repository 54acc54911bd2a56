"""The training loop: steps, epochs, early stopping, and going on after an interruption.

Every random choice of an epoch derives from the seed and the epoch's number, and what goes on amid an epoch first
draws again what had been drawn in it: on a CPU, a training that was interrupted ends exactly as if it had not been.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
from mxnet import autograd, gluon

from contract.errors import PlatformError, UserError
from contract.hyperparameters import Hyperparameters
from contract.metrics import metric_line
from contract.training_log import epoch_done
from model.architecture import Architecture
from model.forward import Forward, NumpyForward
from model.network import GluonForward, Network, pad, split_to
from model.text.sequences import FloatArray, IntArray, Positions, pooled_batches
from model.text.vocabulary import PAD, UNKNOWN
from model.training.adamw import AdamW
from model.training.checkpoints import Arrays, Checkpoint, Checkpoints
from model.training.progress import Progress, say
from model.training.rows import Examples
from model.training.sample_weights import label_weights

WARM_UP = 0.05  # share of all steps in which the learning rate rises
MIN_STEPS_PER_PASS = 50  # a small set gets smaller batches ...
MIN_BATCH_SIZE = 4
STEPS_PER_SMALL_EPOCH = 400  # ... and several passes an epoch, or it would end after a handful of steps


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training rows gave; over a small set it is several."""

    number: int  # from 1
    train_loss: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass
class FittedDeep:
    """The best epoch's weights, and how the training went."""

    weights: dict[str, FloatArray] = field(default_factory=dict)
    logits: FloatArray = field(default_factory=lambda: np.zeros((0, 0), np.float32))  # (N, C) of the validation rows
    best_epoch: int = 0
    history: list[Epoch] = field(default_factory=list)


class DeepFitting:
    """Trains one network on one or more devices; a batch is shared out among them."""

    def __init__(
        self,
        sizes: Architecture,
        vectors: FloatArray,
        hyperparameters: Hyperparameters,
        devices: list[Any],
        *,
        checkpoints: Checkpoints | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        is_watched: bool = False,
    ) -> None:
        self._hyperparameters = hyperparameters
        self._devices = devices
        self._checkpoints = checkpoints
        self._should_stop = should_stop
        self._is_watched = is_watched
        mx.random.seed(hyperparameters.seed)
        self._network = Network(sizes, hyperparameters.dropout, hyperparameters.embedding_dropout)
        self._network.initialize(mx.init.Xavier(), ctx=devices)
        self._network.embedding.weight.set_data(mx.nd.array(vectors))
        self._network.hybridize(static_alloc=True)
        self._loss = gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False)
        self._steps_done = 0
        self._fitted = FittedDeep()

    def fit(self, train: Examples, validation: Examples) -> FittedDeep:
        """Train until the validation loss stops falling; the result holds the best epoch's weights.

        Raises PlatformError when it was told to stop, UserError when the loss became infinite.
        """
        hyperparameters, rows = self._hyperparameters, len(train.labels)
        self._label_weights = label_weights(train.labels, self._network.sizes.labels, hyperparameters.balance, train.weights)
        self._batch_size = min(hyperparameters.batch_size, max(MIN_BATCH_SIZE, rows // MIN_STEPS_PER_PASS))
        steps_per_pass = -(-rows // self._batch_size)
        self._passes = max(1, round(STEPS_PER_SMALL_EPOCH / steps_per_pass))
        self._steps_per_epoch = steps_per_pass * self._passes
        epoch, step, loss = self._resume()
        for number in range(epoch, hyperparameters.epochs + 1):
            if self._is_finished():
                break
            self._epoch(number, step, loss, train, validation)
            step, loss = 0, 0.0
        return self._fitted

    def _is_finished(self) -> bool:
        fitted = self._fitted
        return bool(fitted.history) and fitted.history[-1].number - fitted.best_epoch >= self._hyperparameters.patience

    def _epoch(self, number: int, first_step: int, loss: float, train: Examples, validation: Examples) -> None:
        started = time.monotonic()
        seed = self._hyperparameters.seed
        rng = np.random.default_rng((seed, number))
        passes = (pooled_batches(train.sequences.lengths, self._batch_size, rng) for _ in range(self._passes))
        batches = list(chain.from_iterable(passes))
        mx.random.seed(int(np.random.default_rng((seed, number, 0)).integers(2**31)))
        self._draw_again(train, batches[:first_step])
        with Progress(number, len(batches), first_step, self._is_watched) as progress:
            for step in range(first_step, len(batches)):
                if self._should_stop():
                    self._save(number, step, loss)
                    raise PlatformError("The training was told to stop; started again, it goes on from its checkpoint.")
                loss += self._step(train, batches[step], np.random.default_rng((seed, number, step)))
                progress.step()
        weights = self._network.to_weights()
        logits = self._forward(weights)(validation.sequences)
        epoch = Epoch(
            number=number,
            train_loss=loss / (len(train.labels) * self._passes),
            validation_loss=smoothed_loss(logits, validation.labels, self._hyperparameters.label_smoothing, self._label_weights),
            validation_accuracy=float((logits.argmax(axis=1) == validation.labels).mean()),
            seconds=time.monotonic() - started,
        )
        if not np.isfinite(epoch.validation_loss):
            raise _diverged()
        self._fitted.history.append(epoch)
        if epoch.validation_loss <= min(entry.validation_loss for entry in self._fitted.history):
            self._fitted.weights, self._fitted.logits, self._fitted.best_epoch = weights, logits, number
        self._report(epoch)
        self._save(number + 1, 0, 0.0)

    def _draw_again(self, train: Examples, batches: list[Positions]) -> None:
        """Let dropout draw the masks of steps that were done before an interruption.

        They are as large for one word of each text as for all, except between LSTM layers.
        """
        words = 1 if self._network.sizes.layers == 1 else None
        for rows in batches:
            ids, lengths = pad(train.sequences, rows)
            ids, lengths = ids[:words], np.minimum(lengths, words or np.inf)
            with autograd.train_mode():
                for part, length in zip(split_to(self._devices, ids, axis=1), split_to(self._devices, lengths), strict=True):
                    self._network(part, length).wait_to_read()

    def _forward(self, weights: dict[str, FloatArray]) -> Forward:
        if self._devices[0].device_type == "gpu":
            return GluonForward(self._network, self._devices[0])
        return NumpyForward(self._network.sizes, weights, self._hyperparameters.max_tokens)

    def _step(self, train: Examples, rows: Positions, rng: np.random.Generator) -> float:
        """One update; returns the batch's summed loss."""
        ids, lengths = pad(train.sequences, rows)  # (T, B), (B,)
        ids = self._without_some_words(ids, rng)
        targets = self._smoothed(train, rows)  # (B, C)
        parts = [split_to(self._devices, ids, axis=1), split_to(self._devices, lengths), split_to(self._devices, targets)]
        if len(parts[0]) < len(self._devices):
            self._network.collect_params().zero_grad()  # a device without rows must not add its last gradient again
        with autograd.record():
            losses = [self._loss(self._network(part, length), target).sum() for part, length, target in zip(*parts, strict=True)]
            scaled = [loss / len(rows) for loss in losses]
        autograd.backward(scaled)
        self._update()
        return float(sum(loss.asscalar() for loss in losses))

    def _update(self) -> None:
        trainer = self._trainer
        trainer.set_learning_rate(self._learning_rate())
        trainer.allreduce_grads()
        for device in self._devices:
            gradients = [parameter.grad(device) for parameter in self._parameters.values()]
            norm = gluon.utils.clip_global_norm(gradients, self._hyperparameters.clip_norm, check_isfinite=False).asscalar()
            if not np.isfinite(norm):
                raise _diverged()
        trainer.update(1)  # the losses are divided by the batch size already
        self._steps_done += 1

    def _learning_rate(self) -> float:
        """Linear warm-up, then linear decay to zero at the last possible step."""
        total = self._hyperparameters.epochs * self._steps_per_epoch
        done, warm_up = self._steps_done + 1, max(1, round(WARM_UP * total))
        share = done / warm_up if done <= warm_up else (total - done + 1) / (total - warm_up + 1)
        return self._hyperparameters.learning_rate * share

    def _without_some_words(self, ids: IntArray, rng: np.random.Generator) -> IntArray:
        """(T, B) ids with a random share of the words unknown, so that no single word decides."""
        is_hidden = (rng.random(ids.shape, np.float32) < self._hyperparameters.word_dropout) & (ids != PAD)
        return np.where(is_hidden, UNKNOWN, ids).astype(np.int32)

    def _smoothed(self, train: Examples, rows: Positions) -> FloatArray:
        """(B, C) targets of (B,) rows, which sum to the weights of the label and of the row."""
        labels = train.labels[rows]
        smoothing, count = self._hyperparameters.label_smoothing, self._network.sizes.labels
        targets = np.full((len(labels), count), smoothing / count, np.float32)
        targets[np.arange(len(labels)), labels] += 1 - smoothing
        targets *= self._label_weights[labels][:, None]
        return targets if train.weights is None else targets * train.weights[rows, None]

    def _report(self, epoch: Epoch) -> None:
        say(epoch_done(epoch.number, self._hyperparameters.epochs, epoch.seconds))
        say(metric_line("train:loss", epoch.train_loss))
        say(metric_line("validation:loss", epoch.validation_loss))
        say(metric_line("validation:accuracy", epoch.validation_accuracy))

    # Interruption

    def _start_trainer(self) -> None:
        """Optimizer and parameters in a stable order."""
        hyperparameters = self._hyperparameters
        settings: dict[str, Any] = {"wd": hyperparameters.weight_decay, "begin_num_update": self._steps_done}
        if hyperparameters.optimizer == "sgd":
            settings["momentum"] = 0.9
        name = hyperparameters.optimizer
        optimizer = AdamW(**settings) if name == "adamw" else mx.optimizer.create(name, **settings)
        self._parameters = dict(sorted(self._network._collect_params_with_prefix().items()))
        self._trainer = gluon.Trainer(list(self._parameters.values()), optimizer, update_on_kvstore=False)

    def _save(self, epoch: int, step: int, loss: float) -> None:
        if self._checkpoints is None:
            return
        fitted = self._fitted
        arrays: Arrays = {"logits": fitted.logits} | {f"best.{name}": values for name, values in fitted.weights.items()}
        arrays |= {f"parameter.{name}": parameter.list_data()[0].asnumpy() for name, parameter in self._parameters.items()}
        for index, state in self._trainer._updaters[0].states.items():
            arrays |= {f"optimizer.{index}.{part}": values.asnumpy() for part, values in enumerate(_parts(state))}
        state = {
            "epoch": epoch,
            "step": step,
            "loss": loss,
            "steps_done": self._steps_done,
            "best_epoch": fitted.best_epoch,
            "history": [asdict(entry) for entry in fitted.history],
        }
        self._checkpoints.save(Checkpoint(state, arrays))

    def _resume(self) -> tuple[int, int, float]:
        """The epoch, its step, and its loss so far to go on with; (1, 0, 0.0) without a checkpoint."""
        checkpoint, problem = self._checkpoints.load() if self._checkpoints else (None, "")
        if checkpoint is None:
            if problem:
                say(f"the checkpoint is not used: {problem}")
            self._start_trainer()
            return 1, 0, 0.0
        state, arrays = checkpoint.state, checkpoint.arrays
        self._steps_done = state["steps_done"]
        self._start_trainer()
        for name, parameter in self._parameters.items():
            parameter.set_data(mx.nd.array(arrays[f"parameter.{name}"]))
        for updater in self._trainer._updaters:
            for index, parameter in enumerate(self._parameters.values()):
                made = updater.optimizer.create_state_multi_precision(index, parameter.list_data()[0])
                for part, values in enumerate(_parts(made)):
                    if f"optimizer.{index}.{part}" in arrays:
                        values[:] = arrays[f"optimizer.{index}.{part}"]
                updater.states[index], updater.states_synced[index] = made, True
        best = {name.removeprefix("best."): values for name, values in arrays.items() if name.startswith("best.")}
        self._fitted = FittedDeep(best, arrays["logits"], state["best_epoch"], [Epoch(**entry) for entry in state["history"]])
        say(f"going on from the checkpoint: epoch {state['epoch']}, step {state['step']}")
        return state["epoch"], state["step"], state["loss"]


def smoothed_loss(logits: FloatArray, labels: Positions, smoothing: float, weights: FloatArray) -> float:
    """Mean cross-entropy against smoothed labels with (C,) weights: what the training minimises, without dropout."""
    values = logits.astype(np.float64)
    logs = values - values.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    of_right = logs[np.arange(len(labels)), labels]
    return float(-(weights[labels] * ((1 - smoothing) * of_right + smoothing * logs.mean(axis=1))).mean())


def _diverged() -> UserError:
    return UserError("The training diverged: its numbers became infinite. Train again with a smaller learning_rate.")


def _parts(state: Any) -> list[Any]:
    """The arrays of one parameter's optimizer state: none, one or several."""
    if state is None:
        return []
    return list(state) if isinstance(state, tuple | list) else [state]
