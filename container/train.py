"""The verb `train`: SageMaker's contract around `model.training.train.train`."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from container import objects
from container.archives import unpack
from container.paths import Paths
from container.progress import is_watched
from contract.container_environments import TrainingEnvironment
from contract.corrections import CHANNEL as CORRECTIONS
from contract.documents import Evaluation
from contract.errors import PlatformError, UserError
from contract.hyperparameters import Hyperparameters
from model.artifact import Provenance
from model.training.train import TrainingFiles
from model.training.train import train as train_model

CHAMPION, VECTORS = "champion", "vectors"  # channels besides training, validation, test and corrections
VECTORS_PACKAGE = "en_core_web_md"
ARCHIVE, EVALUATION, REPORT = "model.tar.gz", "evaluation.json", "report.html"
SAGEMAKERS_OWN = ("sagemaker_", "_tuning_")  # hyperparameters that SageMaker adds for itself start so


def train(paths: Paths, environment: TrainingEnvironment, should_stop: Callable[[], bool]) -> Evaluation:
    """Train on the channels and leave the model artifact. Raises UserError when data or hyperparameters are wrong."""
    hyperparameters = _hyperparameters(paths.hyperparameters)
    files = TrainingFiles(paths.files("training"), paths.files("validation"), paths.files("test"), paths.files(CORRECTIONS))
    if not files.training:
        folder = paths.channel("training")
        raise UserError(f"The channel 'training' holds no file. Put a labelled CSV or an augmented manifest into '{folder}'.")
    with TemporaryDirectory(prefix="champion-") as work:
        evaluation = train_model(
            files,
            hyperparameters,
            paths.model,
            provenance=Provenance(
                classifier=environment.classifier,
                model_version=environment.model_version,
                champion_version=environment.champion_version,
                training_object=environment.training_object or files.training[0].name,
                training_object_version=environment.training_object_version,
                image_tag=environment.image_tag,
                commit=environment.commit,
            ),
            accelerator=environment.accelerator,
            checkpoints=paths.checkpoints,
            champion=_champion(paths, Path(work)),
            vectors=_vectors(paths) if hyperparameters.use_pretrained_vectors else "",
            should_stop=should_stop,
            is_watched=is_watched(),
        )
    if environment.evaluation_uri:
        place = objects.Address.parse(environment.evaluation_uri)
        objects.put(place.beside(REPORT), (paths.model / REPORT).read_bytes(), objects.HTML)
        objects.put(place, (paths.model / EVALUATION).read_bytes(), objects.JSON)  # last: where it is, the report is too
    return evaluation


def _hyperparameters(path: Path) -> Hyperparameters:
    """What SageMaker wrote, without the names that it added; the defaults when there is no such file."""
    if not path.exists():
        return Hyperparameters()
    try:
        values = json.loads(path.read_bytes())
        strings = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    except (ValueError, AttributeError) as error:
        raise UserError(f"'{path.name}' is no JSON object of hyperparameters ({error}).") from error
    hyperparameters, warnings = Hyperparameters.from_strings({n: s for n, s in strings.items() if not n.startswith(SAGEMAKERS_OWN)})
    for warning in warnings:
        _say(warning)
    return hyperparameters


def _champion(paths: Paths, folder: Path) -> Path | None:
    """The unpacked current model; None when there is none.

    One that cannot be unpacked is handed on as the empty folder that it left: the evaluation then
    carries the warning, for a damaged champion must not keep a new model from being trained.
    """
    if not paths.files(CHAMPION):
        return None
    archive = paths.channel(CHAMPION) / ARCHIVE
    if not archive.is_file():
        raise PlatformError(f"The channel '{CHAMPION}' holds no {ARCHIVE}.")
    unpacked = folder / "whole"
    unpacked.mkdir()
    try:
        unpack(archive, unpacked, ARCHIVE)
    except UserError as error:
        _say(f"The current model cannot be compared with. {error}")
        empty = folder / CHAMPION
        empty.mkdir()
        return empty
    return unpacked


def _vectors(paths: Paths) -> str:
    """Word vectors to start from: those of the channel before those of the installed package; "" when there are none."""
    configuration = next((path for path in paths.files(VECTORS) if path.name == "config.cfg"), None)
    if configuration is not None:
        return str(configuration.parent)
    return VECTORS_PACKAGE if importlib.util.find_spec(VECTORS_PACKAGE) else ""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
