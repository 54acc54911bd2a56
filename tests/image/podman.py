"""Podman without a service and with storage of its own: what the tests of the image build and run with.

Debian's podman as root, on machines without systemd and with few rights too: the settings below name what it would
otherwise look for in vain. Nothing outside its folder is touched, but for what the kernel keeps of running containers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

BASE = "docker.io/library/debian:bookworm-slim"  # the Dockerfile's base, as podman names it
SUITE = "bookworm"

_CONTAINERS_CONF = """[containers]
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""
_STORAGE_CONF = """[storage]
driver = "overlay"
graphroot = "{folder}/storage"
runroot = "{folder}/run"
"""
_BUILDERS_CERTIFICATES = "etc/builders-certificates.pem"
_PIPS_SETTINGS = ("PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT")


class Podman:
    """Images and containers below one folder, which a later run finds again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        (folder / "containers.conf").write_text(_CONTAINERS_CONF)
        (folder / "storage.conf").write_text(_STORAGE_CONF.format(folder=folder))
        self._environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        }

    def __call__(self, *arguments: str | Path) -> str:
        """Run one command that must succeed; its standard output."""
        command = ["podman", *map(str, arguments)]
        done = subprocess.run(command, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        said = f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, said
        return done.stdout

    def run(self, image: str, *verb: str | Path, options: Sequence[str] = (), status: int = 0) -> str:
        """Run a container to its end; what it said on both streams."""
        command = ["podman", "run", "--rm", *options, image, *map(str, verb)]
        done = subprocess.run(
            command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == status, f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def make_base(self) -> None:
        """Put Debian under the name of the Dockerfile's base, made from Debian's packages, unless it is there.

        It carries the builder's own certificates and settings of pip, so that neither stands in the Dockerfile.
        """
        if not self._has(BASE):
            root = self._folder / "base"
            shutil.rmtree(root, ignore_errors=True)
            subprocess.run(["debootstrap", "--variant=minbase", SUITE, root], check=True, stdout=subprocess.DEVNULL)
            shutil.rmtree(root / "var/cache/apt/archives")
            _give_pip_settings(root)
            archive = self._folder / "base.tar"
            subprocess.run(["tar", "--create", "--file", archive, "--directory", root, "."], check=True)
            self("import", archive, BASE)
            archive.unlink()
            shutil.rmtree(root)

    def _has(self, image: str) -> bool:
        command = ["podman", "image", "exists", image]
        return subprocess.run(command, env=self._environment, check=False).returncode == 0


def _give_pip_settings(root: Path) -> None:
    """What the builder's pip uses to reach its index: the certificates that it trusts, and what else the environment says."""
    settings = {_option(name): value for name in _PIPS_SETTINGS if (value := os.environ.get(name))}
    certificates = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    if certificates:
        shutil.copy(certificates, root / _BUILDERS_CERTIFICATES)
        settings["cert"] = f"/{_BUILDERS_CERTIFICATES}"
    lines = [f"{option} = {value}" for option, value in settings.items()]
    (root / "etc/pip.conf").write_text("\n".join(["[global]", *lines, ""]))


def _option(name: str) -> str:
    """An option's name in pip's file, from that of its environment variable."""
    return name.removeprefix("PIP_").lower().replace("_", "-")
