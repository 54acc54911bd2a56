"""Which engine trains a model."""

from __future__ import annotations

from enum import StrEnum


class Engine(StrEnum):
    """The value of the hyperparameter `engine`."""

    KIT = "kit"  # the kit's own: a linear part over n-grams beside an LSTM
    BLAZINGTEXT = "blazingtext"  # Amazon's built-in algorithm, whose models are fastText's
    AUTO = "auto"  # both, and the one that is right on more validation rows is kept


ENGINE_NAMES = {Engine.KIT: "the kit's own", Engine.BLAZINGTEXT: "BlazingText"}  # of those that make models, in a sentence
