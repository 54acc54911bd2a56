"""The image in both flavours, built by the Dockerfile as it stands, each once for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from podman import Podman

from stacks.sources import image_context

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def podman() -> Podman:
    """Podman with the base image in its storage, which is kept between runs."""
    engine = Podman(REPOSITORY / ".cache" / "podman")
    engine.make_base()
    return engine


@pytest.fixture(scope="session")
def image(podman: Podman) -> str:
    """The CPU flavour's name, once it is built."""
    return build(podman, "cpu")


@pytest.fixture(scope="session")
def gpu_image(podman: Podman) -> str:
    """The GPU flavour's name, once it is built."""
    return build(podman, "gpu")


def build(podman: Podman, accelerator: str) -> str:
    """Build from the very files that go to the build in AWS. IMAGE_CACHE=no keeps no layers for a later build: less disk, less time."""
    layers = "false" if os.environ.get("IMAGE_CACHE") == "no" else "true"
    name = f"localhost/kit:{accelerator}"
    with image_context() as context:
        file = context / "container" / "Dockerfile"
        podman(
            "build",
            "--format=docker",
            "--pull=never",
            f"--layers={layers}",
            f"--build-arg=ACCEL={accelerator}",
            f"--file={file}",
            f"--tag={name}",
            context,
        )
    return name
