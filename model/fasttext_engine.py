"""The engine of a model of BlazingText: words by the kit's tokenizer, logits by what BlazingText learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.engine_choice import library_for
from model.fasttext_file import FastText
from model.fasttext_scores import FastTextScores
from model.kernel.encoder import KernelEncoder
from model.text.encoding import Encoded, Encoder
from model.text.newcomers import Newcomers, most_kept
from model.text.rules import TokenizerRules
from model.text.sequences import Flags, FloatArray, Sequences
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary

ALL_WORDS = 2**31 - 1  # BlazingText reads each text to its end
NEVER = -20.0  # logit of a label that the model does not know


@dataclass(frozen=True)
class Calibration:
    """What makes the model's logits probable: times `scale`, plus (C,) `bias`."""

    scale: float
    bias: list[float]


class FastTextEngine:
    """Its wide part is BlazingText's model, and it has no deep part."""

    def __init__(self, model: FastText, rules: TokenizerRules, labels: Sequence[str], calibration: Calibration, engine: str = "") -> None:
        self.name = f"blazingtext in numpy {np.__version__}"
        library = library_for(engine)
        vocabulary, kept = Vocabulary(model.words), most_kept(len(labels))
        self._encoder = (
            KernelEncoder(library, rules, vocabulary, ALL_WORDS, kept)
            if library
            else Encoder(Tokenizer(rules), Newcomers(vocabulary, kept), ALL_WORDS)
        )
        aligned, known = aligned_with(labels, model)
        bias = np.where(known, np.array(calibration.bias), NEVER).astype(np.float32)
        self._scores = FastTextScores(aligned, self._encoder.newcomers, calibration.scale, bias)

    def encode(self, texts: Sequence[str]) -> Encoded:
        """The ids of all words of N texts."""
        return self._encoder(texts)

    def wide(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits."""
        return self._scores(sequences)

    def deep(self, sequences: Sequences) -> FloatArray:
        """(N, C) zeros, which no open gate ever asks for."""
        return np.zeros((len(sequences), len(self._scores.bias)), np.float32)


def aligned_with(labels: Sequence[str], model: FastText) -> tuple[FastText, Flags]:
    """The model with its output rows in the order of some labels, zeros where it has none; and (C,) whether it has one."""
    places = {label: place for place, label in enumerate(model.labels)}
    known = np.array([label in places for label in labels], np.bool_)
    output = np.zeros((len(labels), model.output.shape[1]), np.float32)
    output[known] = model.output[[places[label] for label in labels if label in places]]
    return replace(model, labels=list(labels), output=output), known
