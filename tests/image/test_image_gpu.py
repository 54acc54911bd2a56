"""The image of the GPU flavour, as far as a machine without a GPU can tell: everything but the driver is there."""

from __future__ import annotations

import re

import pytest
from podman import Podman

DRIVER = "libcuda.so.1"
LIBRARIES = "find /opt/venv/lib -path '*/mxnet/*.so*' -o -path '*/nvidia/*.so*'"


@pytest.fixture(scope="module")
def linked(podman: Podman, gpu_image: str) -> str:
    """What the dynamic linker says of each library of MXNet and CUDA, its symbols included."""
    script = f'{LIBRARIES} | while read -r library; do echo "== $library"; ldd -r "$library" 2>&1; done'
    return podman.run(gpu_image, "-c", script, options=["--network=none", "--entrypoint=sh"])


def test_every_library_but_the_drivers_is_there(linked: str) -> None:
    """MXNet and CUDA find each other in the image, so a host has to bring nothing but its driver."""
    assert "mxnet/libmxnet.so" in linked
    assert set(re.findall(r"(\S+) => not found", linked)) == {DRIVER}


def test_every_symbol_but_the_drivers_is_there(linked: str) -> None:
    """The libraries fit together: what no library of the image has are functions of the driver, whose names begin with 'cu'."""
    missing = set(re.findall(r"undefined symbol: (\w+)", linked))
    assert missing
    assert [name for name in missing if not re.fullmatch(r"cu[A-Z]\w+", name)] == []


def test_the_stub_has_what_is_missing(podman: Podman, gpu_image: str) -> None:
    """Without a driver the image still trains and predicts, and counts no GPU."""
    podman.run(gpu_image, "smoke", options=["--network=none", "--user=1000:1000"])
    said = podman.run(gpu_image, "smoke", "--accelerator", "gpu", options=["--network=none", "--user=1000:1000"], status=1)
    assert "The job asked for a GPU, found none" in said
