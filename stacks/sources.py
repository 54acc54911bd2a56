"""Copies of the sources that go to AWS: a Lambda's asset and the image's build context.

A copy holds what the process needs and nothing else, so that its hash changes only with its content.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from contract.columns import LABEL_NAMES, TEXT_NAMES
from contract.passwords import MIN_PASSWORD_CHARS
from contract.promise import DEFAULT_MAX_ERROR, MAX_ERRORS

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "contract"
IMAGE_FOLDERS = ("contract", "container", "model")
PAGE = "page"

_leave_out = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache", "tests", ".DS_Store", "*.so")


@contextmanager
def lambda_source(folder: Path, *, packages: Sequence[str] = ()) -> Iterator[Path]:
    """A Lambda's asset, until the context ends: the folder's files, `contract/` and some installed packages at its root."""
    with TemporaryDirectory() as temporary:
        target = Path(temporary) / folder.name
        shutil.copytree(folder, target, ignore=_leave_out)
        shutil.copytree(CONTRACT, target / CONTRACT.name, ignore=_leave_out)
        for name in packages:
            _copy_package(name, target)
        yield target


def _copy_package(name: str, target: Path) -> None:
    """A package of pure Python as it is installed, its licence in its folder."""
    installed = distribution(name)
    for file in installed.files or ():
        is_code, is_licence = file.parts[0] == name and file.suffix == ".py", file.name.startswith(("LICENSE", "LICENCE"))
        if is_code or is_licence:
            copy = target / file if is_code else target / name / file.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(installed.locate_file(file)), copy)


@contextmanager
def image_context(root: Path = ROOT) -> Iterator[Path]:
    """The image's build context, until the context ends: the rooms that run inside it and `.dockerignore`."""
    with TemporaryDirectory() as temporary:
        target = Path(temporary) / "image"
        for name in IMAGE_FOLDERS:
            shutil.copytree(root / name, target / name, ignore=_leave_out)
        if (root / ".dockerignore").exists():
            shutil.copy(root / ".dockerignore", target)
        yield target


@contextmanager
def page_source(root: Path = ROOT, *, usual_max_error: str = DEFAULT_MAX_ERROR) -> Iterator[Path]:
    """The page's asset, until the context ends: its files, and what they and the kit must agree on.

    `usual_max_error`, per cent, is what is promised about a file that asks for nothing else.
    """
    with TemporaryDirectory() as temporary:
        target = Path(temporary) / PAGE
        shutil.copytree(root / PAGE, target, ignore=_leave_out)
        agreed = {
            "text": TEXT_NAMES,
            "label": LABEL_NAMES,
            "max_errors": MAX_ERRORS,
            "usual_max_error": usual_max_error,
            "min_password_chars": MIN_PASSWORD_CHARS,
        }
        (target / "contract.json").write_text(json.dumps(agreed, ensure_ascii=False), encoding="utf-8")
        yield target
