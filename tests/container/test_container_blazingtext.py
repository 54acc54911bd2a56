"""The verb `train` before and after BlazingText: lines and what it is told in S3, and a model from what it left."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from container_cases import FORMULA_LABEL, MODELS_BUCKET, REPOSITORY, TEXTS, Cloud, Ended, prepare_training, read_table

from container import archives
from contract.blazingtext import Prepared, encode_label
from contract.errors import UserError
from contract.evaluations import Evaluation
from contract.training_work import lines_key, prepared_key

# MXNet 1.9.1 uses names that NumPy 1.23 deprecates, and distutils, which Python 3.11 does.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:mxnet")

Run = Callable[..., Ended]
NAME = "tck-dev-train-claims-0123456789ab"


def _archive(path: Path, *files: tuple[str, bytes | Path]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = path.parent / "content"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files:
            if isinstance(content, bytes):
                folder.mkdir(exist_ok=True)
                (folder / name).write_bytes(content)
                content = folder / name  # noqa: PLW2901  # from here on all are paths
            archive.add(content, name)
    return path


def _failure(root: Path) -> str:
    return (root / "output" / "failure").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows, prepared, and the model.bin that fastText made of them; run as two processes."""
    root = prepare_training(tmp_path_factory.mktemp("learned"), engine="blazingtext", blazingtext_epochs="200")
    theirs = root / "blazingtext"
    prepared = theirs / "input" / "data" / "prepared.json"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "PREPARED_URI": str(prepared), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "container", "train", "--root", str(root)], env=environment, check=True)
    told = theirs / "input" / "config" / "hyperparameters.json"
    told.parent.mkdir()
    told.write_text(json.dumps(dict(Prepared.from_json(prepared.read_bytes()).hyperparameters)))
    subprocess.run([sys.executable, "-m", "local.blazingtext", "train", "--root", str(theirs)], env=environment, check=True)
    return theirs / "model" / "model.bin"


def test_lines_lie_in_the_bucket_before_what_is_told(run: Run, cloud: Cloud, tmp_path: Path) -> None:
    """Whoever finds prepared.json finds all lines; nothing is trained, and no model is left."""
    root = prepare_training(tmp_path / "root", engine="blazingtext")
    ended = run("train", "--root", root, prepared_uri=f"s3://{MODELS_BUCKET}/{prepared_key(NAME)}")
    assert ended.status == 0, ended.log
    listed = cloud.client.list_objects_v2(Bucket=MODELS_BUCKET)["Contents"]
    times = {entry["Key"]: entry["LastModified"] for entry in listed}
    train, validation = f"{lines_key(NAME, 'train')}train.txt", f"{lines_key(NAME, 'validation')}validation.txt"
    assert set(times) == {prepared_key(NAME), train, validation}
    assert times[prepared_key(NAME)] == max(times.values())
    told = Prepared.from_json(cloud.get(prepared_key(NAME), MODELS_BUCKET) or b"").hyperparameters
    assert told["mode"] == "supervised"
    lines = (cloud.get(train, MODELS_BUCKET) or b"").decode().splitlines()
    assert {line.split()[0] for line in lines} == {encode_label(label) for _, label in TEXTS}
    assert not (root / "model").exists() or not list((root / "model").iterdir())
    assert "crushed" not in ended.log


def test_rows_that_nothing_can_learn_from_fail_as_in_a_training(run: Run, cloud: Cloud, tmp_path: Path) -> None:
    """The sentence stands where SageMaker looks for it, with the exit status of bad input."""
    root = prepare_training(tmp_path / "root", [("text", "label"), ("it leaks", "a"), ("it drips", "a")], engine="blazingtext")
    assert run("train", "--root", root, prepared_uri=f"s3://{MODELS_BUCKET}/{prepared_key(NAME)}").status == 2
    assert "one label only" in _failure(root)


def test_its_model_is_judged_packed_and_classifies(run: Run, learned: Path, tmp_path: Path) -> None:
    """From the archive that BlazingText left, with a file of its own beside the model, to labels of a table as people wrote them."""
    root = prepare_training(tmp_path / "root", engine="blazingtext")
    _archive(root / "input" / "data" / "blazingtext" / "model.tar.gz", ("params.JSON.txt", b"its own"), ("model.bin", learned))
    ended = run("train", "--root", root)
    assert ended.status == 0, ended.log
    evaluation = Evaluation.from_json((root / "model" / "evaluation.json").read_bytes())
    assert (evaluation.engine, evaluation.challenger["accuracy"] > 0.8) == ("blazingtext", True)
    table = tmp_path / "claims.csv"
    table.write_text("text\nthe parcel came late\nthe motor hums and stops\n", encoding="utf-8")
    done = run("predict", "--root", root, "--input", table, "--output", tmp_path / "out", "--workers", 1)
    assert done.status == 0, done.log
    header, *rows = read_table((tmp_path / "out" / "claims_results.csv").read_bytes())
    assert [row[header.index("predicted_label")] for row in rows] == ["delivery", f"'{FORMULA_LABEL}"]


def test_a_prediction_with_it_loads_no_training_library(run: Run, learned: Path, tmp_path: Path) -> None:
    """What answers imports NumPy alone, as with the kit's own engine: fastText's library is not even there in the image."""
    root = prepare_training(tmp_path / "root", engine="blazingtext")
    _archive(root / "input" / "data" / "blazingtext" / "model.tar.gz", ("model.bin", learned))
    assert run("train", "--root", root).status == 0
    code = (
        "import sys; from pathlib import Path; from model.classifier import Classifier;"
        f"print(Classifier.load(Path({str(root / 'model')!r})).predict(['the parcel came late'])[0].label);"
        "print(sorted({'mxnet', 'spacy', 'pandas', 'scipy', 'fasttext'} & set(sys.modules)))"
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["delivery", "[]"]


def test_an_archive_without_a_model_is_told(run: Run, tmp_path: Path) -> None:
    """What BlazingText left is looked into before anything is trained."""
    root = prepare_training(tmp_path / "root", engine="blazingtext")
    _archive(root / "input" / "data" / "blazingtext" / "model.tar.gz", ("vectors.bin", b"x"))
    assert run("train", "--root", root).status == 1
    assert "without a model.bin" in _failure(root)


def test_of_a_strangers_archive_one_file_is_unpacked(tmp_path: Path) -> None:
    """The others are passed over, whatever they are; the wanted name alone must be a plain file, and nothing may fill the disk."""
    archive = _archive(tmp_path / "a" / "m.tar.gz", ("odd name.so", b"code"), ("model.bin", b"model"))
    out = tmp_path / "out"
    out.mkdir()
    archives.unpack(archive, out, "m.tar.gz", only="model.bin")
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [("model.bin", b"model")]
    link = tarfile.TarInfo("model.bin")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(tmp_path / "link.tar.gz", "w:gz") as made:
        made.addfile(link)
    with pytest.raises(UserError, match="which is no plain file"):
        archives.unpack(tmp_path / "link.tar.gz", out, "link.tar.gz", only="model.bin")
