"""The bill of materials names what is installed, and nothing else."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from container.__main__ import main
from container.sbom import bill_of_materials

STATUS = """\
Package: libgomp1
Status: install ok installed
Architecture: amd64
Source: gcc-12
Version: 12.2.0-14+deb12u1
Description: GCC OpenMP support library
 Package: is no field in here

Package: removed
Status: deinstall ok config-files
Architecture: all
Version: 1

"""


def test_every_python_package_stands_in_it_once_with_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The verb prints JSON that names MXNet as it is installed here; no package occurs twice."""
    assert main(["sbom"]) == 0
    bill = json.loads(capsys.readouterr().out)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    addresses = [part["purl"] for part in bill["components"]]
    assert f"pkg:pypi/mxnet@{version('mxnet')}" in addresses
    assert addresses == sorted(set(addresses))


def test_debians_packages_are_those_that_are_installed(tmp_path: Path) -> None:
    """A package that was removed, of which dpkg remembers the settings, is not in the image."""
    file = tmp_path / "status"
    file.write_text(STATUS)
    debian = [part for part in bill_of_materials(file)["components"] if part["purl"].startswith("pkg:deb/")]
    assert debian == [
        {
            "type": "library",
            "name": "libgomp1",
            "version": "12.2.0-14+deb12u1",
            "purl": "pkg:deb/debian/libgomp1@12.2.0-14%2Bdeb12u1?arch=amd64",
        }
    ]
    assert bill_of_materials(tmp_path / "nowhere")["components"]
