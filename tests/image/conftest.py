"""The image of the CPU flavour, built by the Dockerfile as it stands, once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from podman import Podman

from stacks.sources import image_context

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGE = "localhost/kit:cpu"


@pytest.fixture(scope="session")
def podman() -> Podman:
    """Podman with the base image in its storage, which is kept between runs."""
    engine = Podman(REPOSITORY / ".cache" / "podman")
    engine.make_base()
    return engine


@pytest.fixture(scope="session")
def image(podman: Podman) -> str:
    """The image's name, once it is built from the very files that go to the build in AWS."""
    with image_context() as context:
        file = context / "container" / "Dockerfile"
        podman("build", "--format=docker", "--pull=never", "--build-arg=ACCEL=cpu", f"--file={file}", f"--tag={IMAGE}", context)
    return IMAGE
