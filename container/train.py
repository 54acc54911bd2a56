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
from container.uploads import upload
from contract.blazingtext import CHANNEL as BLAZINGTEXT
from contract.blazingtext import LINES_TYPE, MODEL_FILE
from contract.container_environments import TrainingEnvironment
from contract.corrections import CHANNEL as CORRECTIONS
from contract.errors import PlatformError, UserError
from contract.evaluations import Evaluation
from contract.hyperparameters import Hyperparameters
from model.artifact import Provenance
from model.training.blazingtext import prepare as prepare_lines
from model.training.train import TrainingFiles
from model.training.train import train as train_model

CHAMPION, VECTORS = "champion", "vectors"  # channels besides training, validation, test, corrections and blazingtext
VECTORS_PACKAGE = "en_core_web_md"
ARCHIVE, EVALUATION, REPORT = "model.tar.gz", "evaluation.json", "report.html"
SAGEMAKERS_OWN = ("sagemaker_", "_tuning_")  # hyperparameters that SageMaker adds for itself start so


def train(paths: Paths, environment: TrainingEnvironment, should_stop: Callable[[], bool]) -> Evaluation:
    """Train on the channels and leave the model artifact. Raises UserError when data or hyperparameters are wrong."""
    hyperparameters, files = _given(paths)
    with TemporaryDirectory(prefix="models-") as work:
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
            blazingtext=_blazingtext(paths, Path(work)),
            should_stop=should_stop,
            is_watched=is_watched(),
        )
    if environment.evaluation_uri:
        place = objects.Address.parse(environment.evaluation_uri)
        objects.put(place.beside(REPORT), (paths.model / REPORT).read_bytes(), objects.HTML)
        objects.put(place, (paths.model / EVALUATION).read_bytes(), objects.JSON)  # last: where it is, the report is too
    return evaluation


def prepare(paths: Paths, prepared_uri: str) -> None:
    """Write the lines that BlazingText is to learn from, and behind them what it is told, at this address or in this file.

    Raises UserError as `train` does: a file that no model can be trained on costs the first of three jobs, and no more.
    """
    hyperparameters, files = _given(paths)
    if not prepared_uri.startswith(objects.SCHEME):
        prepare_lines(files, hyperparameters, Path(prepared_uri).parent)
        return
    place = objects.Address.parse(prepared_uri)
    with TemporaryDirectory(prefix="lines-") as work:
        *lines, told = prepare_lines(files, hyperparameters, Path(work))
        for path in lines:
            upload(place.beside(f"{path.parent.name}/{path.name}"), path, LINES_TYPE)
        upload(place, told, objects.JSON)


def _given(paths: Paths) -> tuple[Hyperparameters, TrainingFiles]:
    """What the job was given. Raises UserError when there is no file to learn from."""
    hyperparameters = _hyperparameters(paths.hyperparameters)
    files = TrainingFiles(paths.files("training"), paths.files("validation"), paths.files("test"), paths.files(CORRECTIONS))
    if not files.training:
        raise UserError(
            f"The channel 'training' holds no file. Put a labelled CSV or an augmented manifest into '{paths.channel('training')}'."
        )
    return hyperparameters, files


def _blazingtext(paths: Paths, folder: Path) -> Path | None:
    """The model that BlazingText left, unpacked; None when no channel brings one. Raises UserError when there is none in it."""
    if not paths.files(BLAZINGTEXT):
        return None
    unpacked = folder / BLAZINGTEXT
    unpacked.mkdir()
    unpack(paths.channel(BLAZINGTEXT) / ARCHIVE, unpacked, ARCHIVE, only=MODEL_FILE)
    if not (unpacked / MODEL_FILE).is_file():
        raise PlatformError(f"BlazingText left a {ARCHIVE} without a {MODEL_FILE}.")
    return unpacked / MODEL_FILE


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
