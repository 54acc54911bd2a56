"""What computes: texts to ids, and ids to the logits of both parts. Every engine gives the same answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from model.architecture import Architecture
from model.forward import NumpyForward
from model.text.encoding import Encoded, Encoder
from model.text.newcomers import Newcomers, most_kept
from model.text.rules import TokenizerRules
from model.text.sequences import FloatArray, Sequences
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.wide import NumpyWide, WideWeights


@dataclass(frozen=True)
class Learned:
    """What an engine computes with."""

    rules: TokenizerRules
    vocabulary: Vocabulary  # its first `architecture.words` ids are the network's
    max_tokens: int  # that the network reads of a text
    architecture: Architecture
    weights: Mapping[str, FloatArray]  # of the network, by the names of the architecture
    wide: WideWeights


class Engine(Protocol):
    """Computes for many texts at once. A text's result depends neither on the texts beside it nor on their order."""

    @property
    def name(self) -> str:
        """Which engine, and what it runs on."""

    def encode(self, texts: Sequence[str]) -> Encoded:
        """The ids of all words of N texts."""

    def wide(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of the wide part."""

    def deep(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of the network; it cuts long texts and takes words that it has no vector for as unknown."""


class NumpyEngine:
    """The engine that runs everywhere."""

    def __init__(self, learned: Learned) -> None:
        self.name = f"numpy {np.__version__}"
        newcomers = Newcomers(learned.vocabulary, most_kept(learned.architecture.labels))
        self.encode = Encoder(Tokenizer(learned.rules), newcomers, learned.max_tokens)
        self.wide = NumpyWide(learned.wide, newcomers)
        self.deep = NumpyForward(learned.architecture, learned.weights, learned.max_tokens)
