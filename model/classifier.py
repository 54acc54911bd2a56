"""A trained model that answers: the inference half's front door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from threading import RLock
from typing import Self

import numpy as np

from contract.promise import DEFAULT_MAX_ERROR, Promise, share_of
from model.artifact import Artifact, Provenance
from model.artifacts import AnyArtifact, load
from model.confidence import Classified, Prediction, classified, probabilities
from model.engine import Engine, Learned
from model.engine_choice import engine_for
from model.text.encoding import Encoded
from model.text.sequences import FloatArray, Positions, Sequences
from model.text.tokenizer import MAX_TEXT_CHARS, Tokenizer

__all__ = ["Classified", "Classifier", "Prediction", "Provenance", "Scored"]

ROWS_AT_ONCE = 8192  # bounds memory when many texts come at once ...
VALUES_AT_ONCE = 2**26  # ... as this does, characters times labels, when they are long or labels many


@dataclass(frozen=True)
class Scored:
    """N texts, read and computed once, whatever is made of it. The ids of words never met before hold until more is encoded."""

    texts: Sequence[str]
    encoded: Encoded
    logits: FloatArray  # (N, C)


class Classifier:
    """Classifies texts with one artifact and one engine.

    Threads take turns, for words never met before get their ids as they come: whoever encodes and then computes with the ids
    holds `turn` meanwhile.
    """

    def __init__(self, artifact: AnyArtifact, engine: Engine) -> None:
        self.artifact = artifact
        self._engine = engine
        self._tokenizer = Tokenizer(artifact.rules)
        self.turn = RLock()

    @classmethod
    def load(cls, folder: Path, accelerator: str = "cpu", engine: str = "") -> Self:
        """Read an artifact; "gpu" computes with Gluon on the first GPU, "cpu" with the compiled kernel or else NumPy.

        `engine` asks for one by name. Raises UserError for a damaged artifact, one of another format version or
        an engine that is not there, PlatformError when a GPU was asked for and there is none. A model of BlazingText is
        computed on the CPU everywhere.
        """
        artifact = load(folder)
        if not isinstance(artifact, Artifact):
            from model.fasttext_engine import FastTextEngine  # noqa: PLC0415  # as in model.artifacts

            return cls(artifact, FastTextEngine(artifact.model, artifact.rules, artifact.labels, artifact.calibration, engine))
        learned = Learned(**{entry.name: getattr(artifact, entry.name) for entry in fields(Learned)})
        return cls(artifact, engine_for(learned, accelerator, engine))

    @property
    def engine(self) -> str:
        """What computes."""
        return self._engine.name

    @property
    def labels(self) -> list[str]:
        """The labels that it can give."""
        return self.artifact.labels

    @property
    def text_column(self) -> str:
        """The column that the training was told to read, or read under an unusual name; empty when it has one that is known."""
        return self.artifact.hyperparameters.get("text_column", "")

    @property
    def provenance(self) -> Provenance:
        """Where the model came from."""
        return self.artifact.provenance

    @property
    def model_version(self) -> int:
        """The model's version in the ledger, 0 when it was trained by hand."""
        return self.provenance.model_version

    def promise(self, max_error: str) -> Promise:
        """What it promises when at most so many per cent, one of `MAX_ERRORS`, may be wrong among the rows that need no review."""
        promises = self.artifact.promises
        possible = [share_of(entry) for entry in promises]
        return Promise(share_of(max_error), self.artifact.review.promise_confidence, promises.get(max_error), possible)

    def encode(self, texts: Sequence[str]) -> Encoded:
        """The ids of N texts."""
        return self._engine.encode(texts)

    def words(self, text: str) -> list[str]:
        """The words of a text, as they are encoded."""
        return self._tokenizer(text)

    def logits(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of N texts, whose softmax is calibrated."""
        return self.artifact.calibration_map(self._mixed(sequences))

    def _mixed(self, sequences: Sequences) -> FloatArray:
        """(N, C) logits of both parts together; the deep part is computed where the gate is open."""
        gate = self.artifact.gate
        logits = self._engine.wide(sequences)
        openness = gate.openness(logits)
        rows = np.flatnonzero(openness)
        if len(rows) == len(logits):
            return gate.mix(logits, self._engine.deep(sequences), openness)
        if len(rows):
            logits[rows] = gate.mix(logits[rows], self._engine.deep(sequences.take(rows)), openness[rows])
        return logits

    def parts(self, texts: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """(N, C) logits of the wide part alone and of the deep part alone."""
        wide, deep = [], []
        for some in self._portions(texts):
            with self.turn:
                sequences = self.encode(some).sequences
                wide.append(self._engine.wide(sequences))
                deep.append(self._engine.deep(sequences))
        return np.concatenate(wide), np.concatenate(deep)

    def scored(self, texts: Sequence[str]) -> Iterator[Scored]:
        """All texts, as many at once as memory allows."""
        for some in self._portions(texts):
            with self.turn:
                encoded = self.encode(some)
                logits = self.logits(encoded.sequences)
            yield Scored(some, encoded, logits)

    def classify(self, texts: Sequence[str], promise: Promise | None = None) -> Classified:
        """What the model says about N texts, about each whatever texts stand beside it; without a promise by the usual one."""
        promise = promise or self.promise(DEFAULT_MAX_ERROR)
        parts = [self.judge(some, promise) for some in self.scored(texts)]
        if len(parts) == 1:
            return parts[0]
        joined = {
            entry.name: np.concatenate([getattr(part, entry.name) for part in parts])
            for entry in fields(Classified)
            if entry.name != "reasons"
        }
        return Classified(**joined, reasons=[reason for part in parts for reason in part.reasons])

    def names(self, positions: Positions) -> list[str]:
        """The labels at some positions; empty for `NO_LABEL`, which is the last one."""
        names = [*self.labels, ""]
        return [names[position] for position in positions.tolist()]

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """The same, one object for each text."""
        made = self.classify(texts)
        shares = made.confidence.tolist(), made.second_confidence.tolist()
        rows = zip(self.names(made.best), shares[0], self.names(made.second), shares[1], made.reasons, strict=True)
        return [Prediction(*row) for row in rows]

    def ranked(self, texts: Sequence[str], most: int) -> list[list[tuple[str, float]]]:
        """The `most` best labels of each of N texts and their probabilities; none for a text without a word."""
        return [ranking for some in self.scored(texts) for ranking in self.rank(some, most)]

    def judge(self, scored: Scored, promise: Promise) -> Classified:
        """What the model says about N texts that it has read."""
        unknown = scored.encoded.sequences.unknown_share(len(self.artifact.vocabulary))
        return classified(scored.logits, scored.encoded, unknown, self.artifact.review.max_unknown_share, promise)

    def rank(self, scored: Scored, most: int) -> list[list[tuple[str, float]]]:
        """The `most` best labels of each of N texts that it has read, as `ranked` gives them."""
        shares = probabilities(scored.logits)
        order = np.argsort(-shares, axis=1, kind="stable")[:, :most]  # of equal shares the earlier label
        rows = zip(order.tolist(), np.take_along_axis(shares, order, axis=1).tolist(), scored.encoded.is_empty.tolist(), strict=True)
        return [
            [] if is_empty else [(self.labels[position], share) for position, share in zip(positions, best, strict=True)]
            for positions, best, is_empty in rows
        ]

    def _portions(self, texts: Sequence[str]) -> Iterator[Sequence[str]]:
        """The texts, as many at once as memory allows; one portion of none when there are none."""
        most_chars = VALUES_AT_ONCE // len(self.labels)
        start = chars = 0
        for at, text in enumerate(texts):
            read = min(len(text), MAX_TEXT_CHARS)
            if at > start and (at - start == ROWS_AT_ONCE or chars + read > most_chars):
                yield texts[start:at]
                start, chars = at, 0
            chars += read
        yield texts[start:]
