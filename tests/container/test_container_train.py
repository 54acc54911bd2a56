"""The verb `train` by SageMaker's contract, with real trainings on tiny data."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import spacy
from container_cases import FORMULA_LABEL, MODELS_BUCKET, TEXTS, Cloud, Ended, pack, prepare_training, start, write_table
from spacy.vectors import Vectors  # type: ignore[import-not-found]  # compiled, without stubs

from contract.container_environments import TrainingEnvironment
from contract.corrections import Correction
from contract.evaluations import Evaluation
from contract.layout import report_key
from contract.metrics import METRICS
from model.classifier import Classifier

# MXNet 1.9.1 uses names that NumPy 1.23 deprecates, and distutils, which Python 3.11 does.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:mxnet")

Run = Callable[..., Ended]


def evaluation_of(root: Path) -> Evaluation:
    """The evaluation that a training left."""
    return Evaluation.from_json((root / "model" / "evaluation.json").read_text(encoding="utf-8"))


def failure_of(root: Path) -> str:
    """The reason that a training left."""
    return (root / "output" / "failure").read_text(encoding="utf-8")


def champion_environment() -> dict[str, str]:
    """An environment in which version 7 is the current model."""
    made = TrainingEnvironment(model_version=8, champion_version=7).to_env()
    return {name.lower(): value for name, value in made.items()}


def test_leaves_a_model_that_can_be_loaded(trained: Path) -> None:
    """A training leaves an artifact that the inference half reads, with its provenance, and no failure."""
    classifier = Classifier.load(trained / "model")
    assert sorted(classifier.labels) == sorted({label for _, label in TEXTS})
    assert (classifier.model_version, classifier.provenance.training_object_version) == (7, "t1")
    assert not (trained / "output" / "failure").exists()


def test_prints_the_metrics_that_sagemaker_reads(trained: Path) -> None:
    """Every metric but the champion's, of which there is none, stands in the log."""
    log = (trained / "log").read_text()
    assert [name for name in METRICS if f"metric {name}=" not in log] == ["champion:accuracy"]


def test_takes_hyperparameters_as_sagemaker_writes_them(run: Run, tmp_path: Path) -> None:
    """Strings, plain numbers and booleans are read alike, and names that SageMaker adds for itself are passed over."""
    root = prepare_training(tmp_path / "ml", sagemaker_program="train.py", _tuning_objective_metric="test:accuracy")
    path = root / "input" / "config" / "hyperparameters.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "seed": 3, "bidirectional": False}))
    assert run("train", "--root", root).status == 0
    written = json.loads((root / "model" / "model.json").read_text(encoding="utf-8"))["hyperparameters"]
    assert (written["epochs"], written["seed"], written["bidirectional"]) == ("1", "3", "false")


@pytest.mark.parametrize(
    ("rows", "hyperparameters", "words"),
    [
        (None, {"epoch": "3"}, "'epoch' is unknown (did you mean 'epochs'?)"),
        (None, {"batch_size": "many"}, "batch_size='many' is not a whole number"),
        ([("text", "label"), ("a", "x"), ("b", "x"), ("c", "x")], {}, "claims.csv"),
        ([("text", "label"), ("a", "x"), ("b", "y")], {}, "claims.csv"),
        ([("text", "label")], {}, "claims.csv"),
        ([("one", "two", "three"), ("a", "x", "y")], {}, "'one', 'two', 'three'"),
    ],
    ids=["unknown-name", "bad-value", "one-class", "one-row-per-class", "no-rows", "no-known-columns"],
)
def test_refuses_bad_input_in_a_sentence(
    run: Run, tmp_path: Path, rows: list[tuple[str, ...]] | None, hyperparameters: dict[str, str], words: str
) -> None:
    """Wrong data or settings end with status 2 and one plain sentence in output/failure, without a traceback."""
    root = prepare_training(tmp_path / "ml", rows, **hyperparameters)
    ended = run("train", "--root", root)
    assert ended.status == 2
    assert "Traceback" not in ended.log
    assert words in failure_of(root)
    assert not failure_of(root).startswith(("UserError", "AlgorithmError", "PlatformError"))
    assert not (root / "model" / "model.json").exists()


def test_refuses_an_empty_channel(run: Run, tmp_path: Path) -> None:
    """A training without a file says which folder is empty."""
    ended = run("train", "--root", tmp_path)
    assert ended.status == 2
    assert "'training' holds no file" in failure_of(tmp_path)


def test_refuses_hyperparameters_that_are_no_json_object(run: Run, tmp_path: Path) -> None:
    """A broken hyperparameters.json is the person's to mend, not a defect of the kit."""
    root = prepare_training(tmp_path / "ml")
    (root / "input" / "config" / "hyperparameters.json").write_text("[1, 2]")
    assert run("train", "--root", root).status == 2
    assert "'hyperparameters.json' is no JSON object" in failure_of(root)


def test_fails_when_the_gpu_is_missing(run: Run, tmp_path: Path) -> None:
    """A job that asked for a GPU never falls back to the CPU in silence."""
    root = prepare_training(tmp_path / "ml")
    assert run("train", "--root", root, accelerator="gpu").status == 1
    assert failure_of(root).startswith("PlatformError: ")


def test_a_defect_keeps_its_traceback_in_the_log_only(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is an AlgorithmError: status 1, traceback in the log, a plain sentence for people."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("container.train.train_model", broken)
    root = prepare_training(tmp_path / "ml")
    ended = run("train", "--root", root)
    assert ended.status == 1
    assert "Traceback" in ended.log
    assert failure_of(root).startswith("AlgorithmError: A defect of the kit stopped the job (KeyError: 'surprise').")
    assert "Traceback" not in failure_of(root)


def test_scores_the_champion_on_the_same_rows(run: Run, trained: Path, tmp_path: Path) -> None:
    """The current model from the champion channel stands in the evaluation beside the new one."""
    root = prepare_training(tmp_path / "ml")
    pack(trained / "model", root / "input" / "data" / "champion" / "model.tar.gz")
    ended = run("train", "--root", root, **champion_environment())
    assert ended.status == 0
    evaluation = evaluation_of(root)
    assert evaluation.champion_version == 7
    assert sorted(evaluation.champion_labels) == sorted(["delivery", FORMULA_LABEL])
    assert evaluation.champion is not None
    assert evaluation.champion["rows"] == evaluation.challenger["rows"]


def test_learns_from_what_people_said(run: Run, tmp_path: Path) -> None:
    """The channel `corrections` holds a file for each text; the evaluation counts them, and the model knows a label that they bring."""
    root = prepare_training(tmp_path / "ml")
    folder = root / "input" / "data" / "corrections"
    folder.mkdir(parents=True)
    for number in range(12):
        correction = Correction(
            text=f"frost burst the pipe, number {number}",
            label="frost",
            by="ann",
            at="2026-11-22T08:00:00.000+00:00",
            job_id="predict-1",
            row=number + 1,
            object="s3://predict/claims.csv",
            object_version="v",
            model_version=3,
            predicted_label="delivery",
            confidence=0.5,
        )
        (folder / f"{number}.json").write_text(correction.to_json())
    ended = run("train", "--root", root)
    assert ended.status == 0, ended.log
    corrected = evaluation_of(root).corrections
    assert corrected is not None
    assert corrected.rows + corrected.fresh == 12
    assert corrected.wrong == {"v3": corrected.rows}
    assert "frost" in Classifier.load(root / "model").labels
    assert "frost burst" not in ended.log


def test_a_damaged_champion_is_a_warning(run: Run, trained: Path, tmp_path: Path) -> None:
    """A champion that cannot be unpacked does not keep a new model from being trained; the evaluation says so."""
    root = prepare_training(tmp_path / "ml")
    archive = pack(trained / "model", root / "input" / "data" / "champion" / "model.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-2000])
    ended = run("train", "--root", root, **champion_environment())
    assert ended.status == 0
    assert "'model.tar.gz' is damaged" in ended.log
    evaluation = evaluation_of(root)
    assert (evaluation.champion, evaluation.champion_version) == (None, 7)
    assert any("current model could not be read" in warning for warning in evaluation.warnings)


def test_puts_the_evaluation_where_the_gate_reads_it(run: Run, tmp_path: Path, cloud: Cloud) -> None:
    """The object at EVALUATION_URI is the artifact's own evaluation.json, byte for byte, and the report lies beside it."""
    root = prepare_training(tmp_path / "ml")
    key = "models/tck-dev-train-1/evaluation.json"
    assert run("train", "--root", root, evaluation_uri=f"s3://{MODELS_BUCKET}/{key}").status == 0
    assert cloud.get(key, MODELS_BUCKET) == (root / "model" / "evaluation.json").read_bytes()
    assert cloud.get(report_key("tck-dev-train-1"), MODELS_BUCKET) == (root / "model" / "report.html").read_bytes()


def test_fails_when_the_evaluation_cannot_be_put(run: Run, tmp_path: Path, cloud: Cloud) -> None:
    """A training whose scores the gate cannot read has not succeeded."""
    root = prepare_training(tmp_path / "ml")
    assert run("train", "--root", root, evaluation_uri="s3://no-such-bucket/evaluation.json").status == 1
    assert failure_of(root).startswith("PlatformError: S3 did not let the job write 's3://no-such-bucket/report.html'")


def test_starts_from_the_vectors_of_the_channel(run: Run, tmp_path: Path) -> None:
    """A spaCy vectors folder in the channel `vectors` gives the embedding its width."""
    root = prepare_training(tmp_path / "ml")
    language = spacy.blank("en")
    language.vocab.vectors = Vectors(strings=language.vocab.strings, data=np.ones((2, 5), np.float32), keys=["motor", "parcel"])
    channel = root / "input" / "data" / "vectors"
    channel.mkdir()
    language.to_disk(channel / "tiny")
    ended = run("train", "--root", root)
    assert ended.status == 0
    assert "word vectors from tiny: 2 of" in ended.log
    assert Classifier.load(root / "model").artifact.architecture.embedding_size == 5


def test_uses_the_channels_validation_and_test(run: Run, tmp_path: Path) -> None:
    """Held-out rows come from their channels when there are such."""
    root = prepare_training(tmp_path / "ml")
    held_out = [(f"again {text}", label) for text, label in TEXTS]
    for channel, rows in (("validation", held_out[::2]), ("test", held_out[1::2])):
        write_table(root / "input" / "data" / channel / "rows.csv", [("text", "label"), *rows])
    assert run("train", "--root", root).status == 0
    evaluation = evaluation_of(root)
    assert (evaluation.train_rows, evaluation.validation_rows, evaluation.challenger["rows"]) == (len(TEXTS), 32, 32)


def test_goes_on_from_the_checkpoint_after_sigterm(tmp_path: Path) -> None:
    """SIGTERM ends the training with status 1 and a checkpoint; the next start goes on from it and ends well."""
    root = prepare_training(tmp_path / "ml", num_epoch="3", patience="3")
    process = start("train", "--root", str(root))
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("epoch 1 "):
            process.send_signal(signal.SIGTERM)
            break
    process.communicate()
    assert process.returncode == 1
    assert failure_of(root).startswith("PlatformError: ")
    assert list((root / "checkpoints").iterdir())
    assert not (root / "model" / "model.json").exists()

    shutil.rmtree(root / "output")
    process = start("train", "--root", str(root))
    log, _ = process.communicate()
    assert process.returncode == 0, log
    assert "going on from the checkpoint" in log
    assert "epoch 1 of" not in log
    assert not (root / "output").exists()
