"""A trained model that answers: the inference half's front door."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from contract.errors import UserError
from model.artifact import Artifact, Provenance, load
from model.confidence import Prediction, predictions
from model.encoding import Encoder
from model.forward import Forward, NumpyForward
from model.tokenizer import Tokenizer

__all__ = ["Classifier", "Prediction", "Provenance"]

ROWS_AT_ONCE = 8192  # bounds memory when many texts come at once


class Classifier:
    """Classifies texts with one artifact and one engine."""

    def __init__(self, artifact: Artifact, forward: Forward, engine: str) -> None:
        self.artifact = artifact
        self.engine = engine
        self._forward = forward
        self._encode = Encoder(Tokenizer(artifact.language), artifact.vocabulary, artifact.max_tokens)

    @classmethod
    def load(cls, folder: Path, accelerator: str = "cpu") -> Self:
        """Read an artifact; "gpu" computes with Gluon on the first GPU, "cpu" with NumPy.

        Raises UserError for a damaged artifact or one of another format version, PlatformError when a
        GPU was asked for and there is none.
        """
        artifact = load(folder)
        if accelerator == "gpu":
            from model.network import GluonForward, contexts  # noqa: PLC0415  # MXNet takes seconds to import

            context = contexts("gpu")[0]
            return cls(artifact, GluonForward.of(artifact, context), f"mxnet on {context}")
        if accelerator != "cpu":
            raise UserError(f"The accelerator '{accelerator}' is unknown; choose 'gpu' or 'cpu'.")
        forward = NumpyForward(artifact.architecture, artifact.weights)
        return cls(artifact, forward, forward.name)

    @property
    def labels(self) -> list[str]:
        """The labels that it can give."""
        return self.artifact.labels

    @property
    def text_column(self) -> str:
        """The column that the training was told to read; empty when it was recognised by its name."""
        return self.artifact.hyperparameters.get("text_column", "")

    @property
    def provenance(self) -> Provenance:
        """Where the model came from."""
        return self.artifact.provenance

    @property
    def model_version(self) -> int:
        """The model's version in the ledger, 0 when it was trained by hand."""
        return self.provenance.model_version

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction per text, in order; each is independent of the texts beside it."""
        made: list[Prediction] = []
        for start in range(0, len(texts), ROWS_AT_ONCE):
            encoded = self._encode(texts[start : start + ROWS_AT_ONCE])
            logits = self._forward(encoded.sequences)
            made += predictions(logits, encoded, self.labels, self.artifact.temperature, self.artifact.review.threshold)
        return made
