"""Models of the engines that were asked for, and the choice between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from contract.engines import ENGINE_NAMES, Engine
from model.artifacts import AnyArtifact, save
from model.classifier import Classifier
from model.training.combination import log_losses
from model.training.progress import say
from model.training.rows import Judged
from model.training.sets import Sets


@dataclass(frozen=True)
class Candidate:
    """A trained model. Both logits are calibrated."""

    engine: Engine
    artifact: AnyArtifact
    validated: Judged  # the validation rows, by which engines are compared
    judged: Judged  # the rows that promises take their order from: more, where there are more


@dataclass(frozen=True)
class Contest:
    """Which engine's model was chosen, and how the others did."""

    engine: str
    validated: Mapping[str, float]  # accuracy on the validation rows by engine, the best first
    others: Mapping[str, Sequence[str]]  # what each of the others answers for the (N,) test rows, by its name in a sentence

    @property
    def chosen(self) -> str:
        """The chosen engine's name in a sentence."""
        return ENGINE_NAMES[Engine(self.engine)]


def choose(candidates: Sequence[Candidate], sets: Sets, accelerator: str) -> tuple[Candidate, Contest]:
    """The one with most validation rows right, and of equals the one to which the right labels are likelier."""
    best, *others = sorted(candidates, key=_merit, reverse=True)
    if others:
        for one in (best, *others):
            say(f"{ENGINE_NAMES[one.engine]}: right on {one.validated.accuracy:.1%} of the validation rows")
    validated = {str(one.engine): one.validated.accuracy for one in (best, *others)}
    answers = {ENGINE_NAMES[one.engine]: _answers(one, sets.test.texts, accelerator) for one in others}
    return best, Contest(str(best.engine), validated, answers)


def _merit(candidate: Candidate) -> tuple[float, float]:
    validated = candidate.validated
    return validated.accuracy, -float(log_losses(validated.logits, validated.labels).mean())


def _answers(candidate: Candidate, texts: Sequence[str], accelerator: str) -> list[str]:
    """From the artifact as a prediction reads it."""
    with TemporaryDirectory(prefix="candidate-") as folder:
        save(candidate.artifact, Path(folder))
        classifier = Classifier.load(Path(folder), accelerator)
        return classifier.names(classifier.classify(texts).best)
