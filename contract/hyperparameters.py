"""The hyperparameters of a training: bounds, strings in and out, and every violation named at once.

SageMaker carries all hyperparameters as strings. The names of the kit's predecessor are accepted:
some as aliases, some with a warning that says what replaced them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Self, get_type_hints

from contract.engines import Engine
from contract.errors import UserError

HEADING = "Hyperparameters: "  # of a sentence about them
BY_ROWS = 0  # of a hyperparameter of BlazingText: the kit chooses it by the number of rows and labels
# The model holds its whole table, four bytes for each bucket and dimension: an endpoint must have the memory for it.
MAX_BUCKETS, MAX_VECTOR_DIM = 1_000_000, 300


def _bounded(default: float | int, low: float, high: float, meaning: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "meaning": meaning})


def _choice(default: str, choices: tuple[str, ...], meaning: str) -> Any:
    return field(default=default, metadata={"choices": choices, "meaning": meaning})


def _plain(default: str | bool, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """What a person may turn; the defaults are the kit's recipe."""

    epochs: int = _bounded(5, 1, 1000, "the most epochs: passes over the rows, several each on a small set; training stops early")
    patience: int = _bounded(2, 1, 1000, "epochs without a better validation loss before training stops")
    batch_size: int = _bounded(64, 1, 4096, "rows in one step; fewer on a small set")
    learning_rate: float = _bounded(2e-3, 1e-6, 1.0, "peak step size; it warms up, then falls linearly to zero")
    optimizer: str = _choice("adam", ("adam", "adamw", "sgd", "rmsprop"), "the Gluon optimizer")
    weight_decay: float = _bounded(0.0, 0.0, 1.0, "L2 penalty of the optimizer")
    clip_norm: float = _bounded(1.0, 0.01, 1000.0, "largest global norm of a gradient")
    label_smoothing: float = _bounded(0.1, 0.0, 0.5, "share of the target spread over all labels")
    balance: float = _bounded(1.0, 0.0, 1.0, "how far rare labels count more for the network: 0 not at all, 1 as much as frequent ones")
    max_tokens: int = _bounded(400, 4, 10_000, "longest text in tokens; a longer one keeps its head and its tail")
    vocabulary_size: int = _bounded(30_000, 100, 1_000_000, "most frequent words that are known")
    min_count: int = _bounded(2, 1, 1000, "a rarer word is unknown")
    embedding_size: int = _bounded(100, 4, 1024, "width of a learned word vector; pretrained vectors bring their own")
    hidden_units: int = _bounded(32, 4, 2048, "width of the LSTM, per direction")
    layers: int = _bounded(1, 1, 4, "LSTM layers")
    bidirectional: bool = _plain(True, "read the text from both ends")
    dropout: float = _bounded(0.5, 0.0, 0.95, "share of features dropped before the output layer")
    embedding_dropout: float = _bounded(0.2, 0.0, 0.95, "share of embedding dimensions dropped for a whole text")
    word_dropout: float = _bounded(0.2, 0.0, 0.95, "share of words replaced by the unknown word")
    use_pretrained_vectors: bool = _plain(True, "start from word vectors when a spaCy package or vectors folder is there")
    validation_share: float = _bounded(
        0.1, 0.01, 0.5, "share that chooses the epoch, when no channel brings rows for it; less of more than 10,000"
    )
    test_share: float = _bounded(
        0.1, 0.01, 0.5, "share that the report is about, when no channel brings rows for it; less of more than 10,000"
    )
    seed: int = _bounded(17, 0, 2**31 - 1, "of every random choice")
    text_column: str = _plain("", "the column with the text; empty: recognised by its name")
    label_column: str = _plain("", "the column with the label, or the annotation of a manifest; empty: recognised by its name")
    engine: str = _choice(Engine.KIT.value, tuple(Engine), "what trains: kit, blazingtext, or auto for both and the better one")
    blazingtext_epochs: int = _bounded(BY_ROWS, 0, 1000, "passes over the rows; 0: by their number")
    blazingtext_learning_rate: float = _bounded(float(BY_ROWS), 0.0, 10.0, "first step size; 0: by the number of labels")
    blazingtext_word_ngrams: int = _bounded(BY_ROWS, 0, 5, "longest run of words that counts as a feature; 0: by the number of rows")
    blazingtext_vector_dim: int = _bounded(20, 2, MAX_VECTOR_DIM, "width of the vectors")
    blazingtext_buckets: int = _bounded(BY_ROWS, 0, MAX_BUCKETS, "rows of the table of word runs; 0: by the number of rows")
    blazingtext_min_count: int = _bounded(1, 0, 1000, "a rarer word is unknown")
    blazingtext_early_stopping: bool = _plain(False, "stop when the validation rows get no better")
    blazingtext_patience: int = _bounded(4, 1, 1000, "epochs without a better validation accuracy before an early stop")
    blazingtext_min_epochs: int = _bounded(5, 1, 1000, "epochs before an early stop")

    def __post_init__(self) -> None:
        problems = [problem for entry in fields(self) if (problem := _violation(entry, getattr(self, entry.name)))]
        if problems:
            raise UserError("Hyperparameters out of bounds: " + "; ".join(problems) + ".")

    def to_strings(self) -> dict[str, str]:
        """The form in which SageMaker carries them."""
        return {entry.name: _to_string(getattr(self, entry.name)) for entry in fields(self)}

    @classmethod
    def from_strings(cls, strings: Mapping[str, str]) -> tuple[Self, list[str]]:
        """Parse SageMaker's strings; returns the hyperparameters and warnings.

        Raises UserError that names every unknown name and every bad value at once.
        """
        types = get_type_hints(cls)
        rules = {entry.name: entry for entry in fields(cls)}
        values: dict[str, Any] = {}
        problems: list[str] = []
        warnings: list[str] = []
        has_unknown = False
        for given, text in strings.items():
            name = ALIASES.get(given, given)
            if given in REPLACED:
                warnings.append(f"Hyperparameter '{given}' has no effect: {REPLACED[given]}.")
            elif given == "cnn":
                if _parse(bool, text) is not False:
                    problems.append("cnn=true is not supported: the network is an LSTM; leave it out")
            elif name not in types:
                near = get_close_matches(name, types, n=1)
                has_unknown = True
                problems.append(f"'{given}' is unknown" + (f" (did you mean '{near[0]}'?)" if near else ""))
            elif name in values:
                problems.append(f"'{given}' is given twice, also as '{name}' or an alias of it")
            else:
                values[name] = _parse(types[name], text)
                if values[name] is None:
                    problems.append(f"{given}='{text}' is not {_KINDS[types[name]]}")
                elif problem := _violation(rules[name], values[name]):
                    problems.append(problem)
        if problems:
            known = f" Known names: {', '.join(sorted(types))}." if has_unknown else ""
            raise UserError(f"{HEADING}{'; '.join(problems)}.{known}")
        return cls(**values), warnings


def overlay(settings: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The settings of a deployment with a training's own hyperparameters over them, under whatever alias they come."""
    overridden = {ALIASES.get(name, name) for name in own}
    return {name: value for name, value in settings.items() if ALIASES.get(name, name) not in overridden} | dict(own)


ALIASES = {
    "num_epoch": "epochs",
    "seq_len": "max_tokens",
    "vocab_size": "vocabulary_size",
    "hidden_size": "hidden_units",
    "embed_size": "embedding_size",
    "n_layers": "layers",
    "wd": "weight_decay",
    "use_spacy_pretrained": "use_pretrained_vectors",
}

REPLACED = {
    "n_classes": "the labels are counted in the training file",
    "train_log_interval": "progress is logged at a fixed pace",
    "val_log_interval": "validation runs after every epoch",
    "epoch_factor": "the learning rate falls linearly to zero",
    "power_decay": "the learning rate falls linearly to zero",
    "save_name": "the artifact is always model.tar.gz",
    "kernel_size": "the network is an LSTM without convolutions",
}

_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def _violation(entry: Field[Any], value: Any) -> str:
    """What is wrong with a value of the right type; empty when nothing is."""
    rule = entry.metadata
    if "low" in rule and not rule["low"] <= value <= rule["high"]:
        return f"{entry.name}={value} (allowed: {rule['low']} to {rule['high']})"
    if "choices" in rule and value not in rule["choices"]:
        return f"{entry.name}={value} (allowed: {', '.join(rule['choices'])})"
    return ""


def _to_string(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parse(kind: type, text: str) -> Any:
    """The value of a string, None when it has none; SageMaker's console adds quotes to some."""
    text = text.strip().strip('"')
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
    try:
        return kind(text)
    except ValueError:
        return None
