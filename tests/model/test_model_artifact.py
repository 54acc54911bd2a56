"""The artifact is read back as it was written, or refused in a sentence."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_samples import PROVENANCE, architecture, random_weights

from contract.errors import UserError
from model.artifact import Artifact, Data, load, save
from model.artifact_files import MODEL_FILE, TOKENIZER_FILE, VOCABULARY_FILE, WEIGHTS_FILE
from model.calibration_map import CalibrationMap
from model.classifier import Classifier
from model.confidence import Review
from model.gate import Gate
from model.text.vocabulary import Vocabulary
from model.training.spacy_rules import rules_of
from model.wide import WideWeights


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an artifact of random weights."""
    folder = tmp_path_factory.mktemp("artifact")
    save(made(), folder)
    return folder


def made() -> Artifact:
    """An artifact with words and labels of all kinds."""
    sizes = architecture()
    return Artifact(
        labels=["a, b", "ü\nn", "\ud800"],
        max_tokens=20,
        architecture=sizes,
        wide_sizes=random_wide().sizes,
        gate=Gate(0.25, 4.0),
        calibration_map=CalibrationMap(1.5, 0.25, -2.0, 0.05),
        review=Review(0.5, 0.9),
        promises={"5": 0.875, "10": 0.75},
        provenance=PROVENANCE,
        data=Data("00", 10, 2),
        hyperparameters={"seed": "17"},
        libraries={"numpy": np.__version__},
        vocabulary=Vocabulary([f"word{number}" for number in range(sizes.words - 3)] + ["é"]),
        rules=rules_of(),
        weights=random_weights(sizes),
        wide=random_wide(),
    )


def random_wide() -> WideWeights:
    """A wide part of five terms and four buckets."""
    rng = np.random.default_rng(1)
    squares, weights, bias, of_subwords = (rng.random(shape).astype(np.float32) for shape in ((9,), (5, 3), (3,), (4, 3)))
    return WideWeights(np.array([2, 3, 9, 2 << 21 | 3, 2 << 42 | 3 << 21 | 9]), squares[:5], weights, bias, squares[5:], of_subwords)


def arrays() -> dict[str, Any]:
    """All arrays of the artifact, by their names in the file."""
    return random_weights(architecture()) | {f"wide.{name}": values for name, values in random_wide().to_arrays().items()}


def test_models_of_earlier_versions_answer(saved: Path, tmp_path: Path) -> None:
    """Whoever updates the kit need not train at once: only what they did not know, promises and the map, waits for the next training."""
    folder = tmp_path / "old"
    shutil.copytree(saved, folder)
    entries = json.loads((folder / MODEL_FILE).read_bytes())
    entries |= {"format_version": 2, "review": {"threshold": 0.8, "target_accuracy": 0.95, "coverage": 0.7, "max_unknown_share": 0.5}}
    del entries["promises"], entries["calibration_map"]
    (folder / MODEL_FILE).write_text(json.dumps(entries))
    assert (load(folder).promises, load(folder).review) == ({}, Review(0.5, 0.9))
    entries |= {"format_version": 3, "review": asdict(Review(0.4, 0.9)), "promises": {"5": 0.8}}
    (folder / MODEL_FILE).write_text(json.dumps(entries))
    assert (load(folder).promises, load(folder).calibration_map) == ({"5": 0.8}, CalibrationMap())


def test_an_artifact_is_read_back(saved: Path) -> None:
    """Every field and every weight survives the folder."""
    expected, found = made(), load(saved)
    for name in ("labels", "max_tokens", "architecture", "wide_sizes", "gate", "review", "provenance", "data", "libraries", "rules"):
        assert getattr(found, name) == getattr(expected, name)
    assert found.vocabulary.words == expected.vocabulary.words
    assert {name: value.tolist() for name, value in found.weights.items()} == {n: v.tolist() for n, v in expected.weights.items()}
    assert sorted(path.name for path in saved.iterdir()) == sorted([MODEL_FILE, TOKENIZER_FILE, VOCABULARY_FILE, WEIGHTS_FILE])
    assert {name: value.tolist() for name, value in found.wide.to_arrays().items()} == {
        name: value.tolist() for name, value in expected.wide.to_arrays().items()
    }


def test_there_is_no_model_while_its_files_change(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash amid a second saving does not leave the new weights under the old description."""
    folder = tmp_path / "model"
    shutil.copytree(saved, folder)
    monkeypatch.setattr("model.artifact.write_whole", lambda path, write: (_ for _ in ()).throw(OSError("killed")))
    with pytest.raises(OSError, match="killed"):
        save(made(), folder)
    with pytest.raises(UserError, match=r"model\.json is missing"):
        load(folder)


def changed(**changes: Any) -> Callable[[Path], None]:
    """Change top-level entries of model.json."""

    def damage(folder: Path) -> None:
        entries = json.loads((folder / MODEL_FILE).read_bytes())
        (folder / MODEL_FILE).write_text(json.dumps(entries | changes))

    return damage


def without(name: str) -> Callable[[Path], None]:
    """Remove a file."""
    return lambda folder: (folder / name).unlink()


def written(name: str, content: bytes) -> Callable[[Path], None]:
    """Replace a file."""

    def damage(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return damage


def cut_short(name: str, share: float) -> Callable[[Path], None]:
    """Keep the beginning of a file only."""

    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * share)])

    return damage


def weights(**changes: Any) -> Callable[[Path], None]:
    """Replace arrays in weights.npz, or remove them with None."""

    def damage(folder: Path) -> None:
        np.savez(folder / WEIGHTS_FILE, **{name: value for name, value in (arrays() | changes).items() if value is not None})

    return damage


def claimed(shape: tuple[int, ...]) -> Callable[[Path], None]:
    """An embedding whose header claims a shape that its bytes do not have."""

    def damage(folder: Path) -> None:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})  # type: ignore[no-untyped-call]  # NumPy leaves it untyped
        with zipfile.ZipFile(folder / WEIGHTS_FILE, "w") as archive:
            for name, value in arrays().items():
                member = io.BytesIO()
                np.save(member, value)
                archive.writestr(f"{name}.npy", header.getvalue() + b"\0" * 4096 if name == "embedding" else member.getvalue())

    return damage


def compressed(folder: Path) -> None:
    """The right arrays in a form that could be a thousand times as large as the file."""
    np.savez_compressed(folder / WEIGHTS_FILE, **arrays())


SIZES = {"words": 37, "embedding_size": 7, "hidden_units": 5, "layers": 1, "is_bidirectional": True, "labels": 3}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without(MODEL_FILE), "model.json is missing"),
        (without(VOCABULARY_FILE), "vocabulary.json is missing"),
        (without(TOKENIZER_FILE), "tokenizer.json is missing"),
        (without(WEIGHTS_FILE), "weights.npz is missing"),
        (changed(format_version=1), "format version 1; this version of the kit reads 5"),
        (changed(promises={"4": 0.9}), "no valid threshold or promises"),
        (changed(promises={"5": "0.9"}), "no valid threshold or promises"),
        (changed(promises={"5": 1.5}), "no valid threshold or promises"),
        (changed(format_version=None), "format version None"),
        (written(MODEL_FILE, b"[]"), "no JSON object"),
        (written(MODEL_FILE, b"{"), "model.json is no JSON"),
        (written(VOCABULARY_FILE, b"\xff\xfe"), "vocabulary.json is no JSON"),
        (written(VOCABULARY_FILE, b'["a"]'), "holds 3 words for an embedding of 37"),
        (written(VOCABULARY_FILE, b'{"a": 1}'), "a list of texts was expected"),
        (written(VOCABULARY_FILE, json.dumps(["same"] * 35).encode()), "holds a word twice"),
        (changed(labels=["a", "b"]), "names 2 labels for an output of 3"),
        (changed(labels=["a", "b", "b"]), "names 3 labels for an output of 3"),
        (changed(labels=["a", "b", 3]), "a list of texts was expected"),
        (changed(labels=["a", "b", ""]), "a label that is empty"),
        (changed(labels=["a", "b", "c" * 201]), "a label that is empty, too long"),
        (changed(labels=["a", "b", " a"]), "has a space at its end"),
        (changed(gate={"share": 0.1, "closes_at": float("nan")}), "no valid gate"),
        (changed(gate={"share": "1", "closes_at": 1.0}), "share is '1'"),
        (changed(gate={"share": 1e300, "closes_at": 1.0}), "no valid gate"),
        (changed(gate={"share": 0.1, "closes_at": 10**400}), "no valid gate"),
        (changed(calibration_map={"scale": 0.0, "saturation": 0.0, "offset": 0.0, "noise": 0.0}), "no valid calibration"),
        (changed(calibration_map={"scale": 1.0, "saturation": 1.0, "offset": 0.0, "noise": 0.0}), "no valid calibration"),
        (changed(calibration_map={"scale": 1.0, "saturation": 0.0, "offset": float("nan"), "noise": 0.0}), "no valid calibration"),
        (changed(calibration_map={"scale": 1.0, "saturation": 0.0, "offset": 0.0, "noise": -0.1}), "no valid calibration"),
        (changed(gate={"share": 0.1, "closes_at": 1e-50}), "no valid gate"),
        (changed(gate={"share": 0.1, "closes_at": -1.0}), "no valid gate"),
        (changed(gate={"share": 0.1, "closes_at": 1e-37}), "no valid gate"),
        (changed(max_tokens=0), "a size out of bounds"),
        (changed(max_tokens=2**64), "a size out of bounds"),
        (changed(hyperparameters="x"), "no valid hyperparameters"),
        (changed(libraries={"numpy": 1}), "no valid libraries"),
        (changed(labels=[str(number) for number in range(1001)], architecture=SIZES | {"labels": 1001}), "names 1001 labels"),
        (changed(wide_sizes={"terms": -5, "buckets": 4}), "a size out of bounds"),
        (changed(wide_sizes={"terms": 5, "buckets": 3}), "a size out of bounds"),
        (changed(wide_sizes={"terms": 10**15, "buckets": 4}), "larger than any model's"),
        (changed(wide_sizes={"terms": 10**5, "buckets": 4}), "where int64"),
        (written(TOKENIZER_FILE, b'{"prefix": "("}'), "missing or unknown entries"),
        (changed(architecture=SIZES | {"words": 1}), "for an embedding of 1"),
        (changed(architecture=SIZES | {"hidden_units": "5"}), "hidden_units is '5'"),
        (changed(architecture=SIZES | {"layers": 0}), "a size out of bounds"),
        (changed(architecture=SIZES | {"hidden_units": 10**12}), "a size out of bounds"),
        (changed(architecture=SIZES | {"hidden_units": 10**6}), "larger than any model's"),
        (changed(architecture=SIZES | {"hidden_units": 10**3}), "where float32"),
        (compressed, "its arrays are compressed"),
        (changed(architecture=SIZES | {"layers": 10**9}), "a size out of bounds"),
        (changed(architecture={"words": 37}), "does not hold what it should"),
        (changed(review=None), "does not hold what it should"),
        (changed(surprise=1), "does not hold what it should"),
        (cut_short(WEIGHTS_FILE, 0.5), "weights.npz"),
        (written(WEIGHTS_FILE, b"PK\x03\x04 and then nothing"), "weights.npz"),
        (weights(output=None), "not those of the architecture"),
        (weights(**{"wide.terms": np.array([2, 3, 3, 9, 9])}), "do not ascend"),
        (weights(**{"wide.terms": np.array([-2, 3, 4, 9, 10])}), "do not ascend"),
        (weights(**{"wide.squares": np.full(5, -1, np.float32)}), "a square is negative"),
        (weights(surprise=np.zeros(3, np.float32)), "not those of the architecture"),
        (weights(output=np.zeros((3, 19), np.float32)), "output is float32 (3, 19) where float32 (3, 20) belongs"),
        (weights(output=np.zeros((3, 20))), "output is float64"),
        (weights(output=np.full((3, 20), np.nan, np.float32)), "values that are no numbers"),
        (weights(output=np.asfortranarray(np.zeros((3, 20), np.float32))), "output"),
        (weights(output=np.full((3, 20), {"a": 1})), "output is object"),
        (claimed((10**6, 10**6)), "(1000000, 1000000) where float32"),
        (claimed((37, 7)), "cut short or too long"),
    ],
)
def test_a_damaged_artifact_is_refused(saved: Path, tmp_path: Path, damage: Callable[[Path], None], message: str) -> None:
    """Whatever is missing, cut, contradictory or oversized is named, with the remedy."""
    folder = tmp_path / "model"
    shutil.copytree(saved, folder)
    damage(folder)
    with pytest.raises(UserError) as refusal:
        Classifier.load(folder)
    assert message in str(refusal.value)
    assert any(remedy in str(refusal.value) for remedy in ("kit rollback", "version of the kit"))


def test_weights_flipped_on_disk_are_noticed(saved: Path, tmp_path: Path) -> None:
    """A single changed byte in an array is found by the archive's checksum."""
    folder = tmp_path / "model"
    shutil.copytree(saved, folder)
    content = bytearray((folder / WEIGHTS_FILE).read_bytes())
    content[400] ^= 1
    (folder / WEIGHTS_FILE).write_bytes(content)
    with pytest.raises(UserError, match=r"weights\.npz"):
        load(folder)


def test_an_unknown_accelerator_is_refused(saved: Path) -> None:
    """Only gpu and cpu exist."""
    with pytest.raises(UserError, match="'tpu' is unknown"):
        Classifier.load(saved, "tpu")
