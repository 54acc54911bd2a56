"""The model that a prediction uses: a folder, a model.tar.gz, or the address of one in S3."""

from __future__ import annotations

import gc
from pathlib import Path

from container import objects
from contract.errors import PlatformError, UserError
from model.classifier import Classifier

REMEDY = (
    "Go back to the model before it with 'kit rollback', or choose another with 'kit promote'; for another classifier than 'main' with"
    " '--classifier NAME'."
)


def load_classifier(model: str, work: Path, accelerator: str, engine: str = "") -> Classifier:
    """Load a model; `work` is an empty folder for what has to be downloaded and unpacked, `engine` what computes, by name.

    Raises an error that names the model and the remedy when it is missing, damaged or of another version: a UserError for a
    file that somebody named, a PlatformError for one in S3, which a deployment chose. Whoever dropped a table cannot mend
    that, and the table is not refused: once another model is in use, the same job can be done.
    """
    gc.disable()  # a model is made of many objects, of which none is garbage
    try:
        return Classifier.load(_folder(model, work), accelerator, engine)
    except UserError as error:
        kind = PlatformError if model.startswith(objects.SCHEME) else UserError
        raise kind(f"The model '{model}' cannot be used. {error}") from error
    finally:
        gc.enable()


def _folder(model: str, work: Path) -> Path:
    if not model.startswith(objects.SCHEME):
        path = Path(model)
        if not path.exists():
            raise UserError("It does not exist. Train one first, or name another with --model.")
        return path if path.is_dir() else _unpacked(path, work, path.name)
    address = objects.Address.parse(model)
    archive = work / "model.tar.gz"
    if not objects.download(address, "", archive):
        raise UserError(f"It has been deleted. {REMEDY}")
    return _unpacked(archive, work, address.key)


def _unpacked(archive: Path, work: Path, name: str) -> Path:
    from container.archives import unpack  # noqa: PLC0415  # a model in a folder need not wait for it

    folder = work / "model"
    folder.mkdir()
    try:
        unpack(archive, folder, name)
    except UserError as error:
        raise UserError(f"{error} {REMEDY}") from error
    return folder
