"""Which hyperparameters `kit tune` varies, and how far: around what the defaults are, within what a training accepts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contract.engines import Engine
from contract.errors import UserError
from contract.hyperparameters import ALIASES, Hyperparameters


@dataclass(frozen=True)
class Range:
    """Values of one hyperparameter, whole numbers where both ends are."""

    name: str
    low: float
    high: float
    is_logarithmic: bool = False  # each order of magnitude is tried as often as the next

    def to_api(self) -> dict[str, str]:
        """As SageMaker takes it."""
        scaling = "Logarithmic" if self.is_logarithmic else "Linear"
        return {"Name": self.name, "MinValue": str(self.low), "MaxValue": str(self.high), "ScalingType": scaling}


# The linear part finds its own penalties: these are the network's.
_OF_KIT = (
    Range("learning_rate", 5e-4, 8e-3, is_logarithmic=True),
    Range("batch_size", 16, 128, is_logarithmic=True),
    Range("hidden_units", 16, 96, is_logarithmic=True),
    Range("dropout", 0.2, 0.7),
    Range("embedding_dropout", 0.0, 0.5),
    Range("word_dropout", 0.0, 0.5),
    Range("label_smoothing", 0.0, 0.2),
)
_OF_BLAZINGTEXT = (
    Range("learning_rate", 0.02, 2.0, is_logarithmic=True),
    Range("epochs", 5, 80, is_logarithmic=True),
    Range("word_ngrams", 1, 3),
    Range("vector_dim", 10, 100, is_logarithmic=True),
    Range("min_count", 1, 5),
)
RANGES: Mapping[Engine, Sequence[Range]] = {Engine.KIT: _OF_KIT, Engine.BLAZINGTEXT: _OF_BLAZINGTEXT}
PREFIXES = {Engine.KIT: "", Engine.BLAZINGTEXT: "blazingtext_"}  # of the names that a dropped file's hyperparameters have


def ranges_of(engine: Engine, given: Collection[str]) -> list[Range]:
    """What is varied; what somebody has given a value, under whatever name, stays as it is. Raises UserError when nothing is left."""
    fixed = {ALIASES.get(name, name) for name in given}
    ranges = [each for each in RANGES[engine] if PREFIXES[engine] + each.name not in fixed]
    if not ranges:
        names = ", ".join(PREFIXES[engine] + each.name for each in RANGES[engine])
        raise UserError(f"Nothing is left to be tuned: -p gives a value to each of {names}. Leave one out.")
    return ranges


def for_the_longest(hyperparameters: Hyperparameters, ranges: Sequence[Range]) -> Hyperparameters:
    """What BlazingText's lines are prepared with: as all trials share one table, it is as large as the longest runs of words need."""
    longest = {PREFIXES[Engine.BLAZINGTEXT] + each.name: each.high for each in ranges if each.name == "word_ngrams"}
    return replace(hyperparameters, **longest)  # type: ignore[arg-type]  # its ends are whole numbers


def to_api(ranges: Sequence[Range]) -> dict[str, Any]:
    """SageMaker's ParameterRanges."""
    whole = [each for each in ranges if isinstance(each.low, int)]
    return {
        "IntegerParameterRanges": [each.to_api() for each in whole],
        "ContinuousParameterRanges": [each.to_api() for each in ranges if each not in whole],
    }
