"""What the image is made of: a software bill of materials in CycloneDX's form, read off the very image that it is about.

https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote

DEBIAN_PACKAGES = Path("/var/lib/dpkg/status")


def bill_of_materials(debian_packages: Path = DEBIAN_PACKAGES) -> dict[str, Any]:
    """Every installed package of Python and, where there is such a system, of Debian, in order of their addresses."""
    found = {part["purl"]: part for part in (*_python(), *_debian(debian_packages))}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "text-classification-kit"}},
        "components": [found[purl] for purl in sorted(found)],
    }


def _python() -> Iterator[dict[str, str]]:
    for package in distributions():
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()  # as the package index normalises it
        yield _component(name, package.version, f"pkg:pypi/{name}@{quote(package.version)}")


def _debian(status: Path) -> Iterator[dict[str, str]]:
    """dpkg's own list: paragraphs of fields, one for each package that is or was installed."""
    paragraphs = status.read_text(encoding="utf-8").split("\n\n") if status.is_file() else []
    for paragraph in paragraphs:
        fields = dict(re.findall(r"^(Package|Version|Architecture|Status): (.+)$", paragraph, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            yield _component(name, version, f"pkg:deb/debian/{name}@{quote(version)}?arch={fields['Architecture']}")


def _component(name: str, version: str, purl: str) -> dict[str, str]:
    return {"type": "library", "name": name, "version": version, "purl": purl}
