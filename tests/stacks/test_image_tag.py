"""The tag of an image stands for its content."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from stacks.image_tag import image_tag
from stacks.images import images
from stacks.settings import Settings
from stacks.sources import image_context

ARGUMENTS = {"ACCEL": "cpu", "BASE": "debian:bookworm-slim"}


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A small build context."""
    root = tmp_path / "context"
    (root / "model").mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM scratch\n")
    (root / "model" / "a.py").write_text("a = 1\n")
    (root / "model" / "empty.py").touch()
    return root


def test_the_same_content_has_the_same_tag_wherever_it_lies(context: Path, tmp_path: Path) -> None:
    """Path, times and the order of files on disk do not count."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(context, copy)
    os.utime(copy / "Dockerfile", (0, 0))
    assert image_tag("cpu", context, ARGUMENTS) == image_tag("cpu", copy, ARGUMENTS)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "model" / "a.py").write_text("a = 2\n"),
        lambda root: (root / "model" / "b.py").write_text(""),
        lambda root: (root / "model" / "empty.py").unlink(),
        lambda root: (root / "model" / "a.py").rename(root / "model" / "c.py"),
        lambda root: (root / "model" / "a.py").chmod(0o755),
    ],
    ids=["edited", "added", "removed", "renamed", "made executable"],
)
def test_any_change_of_a_file_changes_the_tag(context: Path, change: object) -> None:
    """No file of the context can change without a new tag."""
    before = image_tag("cpu", context, ARGUMENTS)
    assert callable(change)
    change(context)
    assert image_tag("cpu", context, ARGUMENTS) != before


def test_base_and_build_arguments_count(context: Path) -> None:
    """Another base, another argument or another flavour is another image."""
    tags = {
        image_tag("cpu", context, ARGUMENTS),
        image_tag("cpu", context, ARGUMENTS | {"BASE": "debian:trixie-slim"}),
        image_tag("cpu", context, ARGUMENTS | {"SPACY_MODEL": "none"}),
        image_tag("gpu", context, ARGUMENTS),
    }
    assert len(tags) == 4


def test_neighbouring_parts_do_not_run_into_each_other(context: Path) -> None:
    """Moving a character from a value to the next name gives another tag."""
    assert image_tag("cpu", context, {"A": "1", "B": ""}) != image_tag("cpu", context, {"A": "", "B": "1"})


def test_only_what_goes_into_the_image_is_in_its_context() -> None:
    """The context holds the three rooms of the image, and none of their caches."""
    with image_context() as folder:
        assert {path.name for path in folder.iterdir()} - {".dockerignore"} == {"contract", "container", "model"}
        assert not list(folder.rglob("__pycache__"))


def test_a_gpu_deployment_has_both_images_and_a_cpu_one_only_its_own() -> None:
    """An account without GPU quota builds and stores no CUDA."""
    assert list(images(Settings.of("dev"), commit="c")) == ["gpu", "cpu"]
    assert list(images(Settings.of("dev", {"accelerator": "cpu"}), commit="c")) == ["cpu"]
