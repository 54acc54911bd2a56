"""Reading a cloud assembly (cdk.out): its stacks in order, and its file assets.

https://docs.aws.amazon.com/cdk/v2/guide/deploy.html
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.errors import PlatformError

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_FILE_MODE = 0o644 << 16


@dataclass(frozen=True)
class StackArtifact:
    """One stack of an assembly."""

    name: str
    template: dict[str, Any]
    tags: dict[str, str]
    has_termination_protection: bool


@dataclass(frozen=True)
class FileAsset:
    """A file or folder that must lie in a bucket before the stacks are created."""

    source: Path
    is_zipped: bool
    bucket: str
    key: str

    def content(self) -> bytes:
        """The object's bytes; a folder is zipped the same way every time."""
        return zipped(self.source) if self.is_zipped and self.source.is_dir() else self.source.read_bytes()


def read_stacks(assembly: Path) -> list[StackArtifact]:
    """The stacks in order of their dependencies. Raises PlatformError when there is no assembly."""
    artifacts = _manifest(assembly)["artifacts"]
    ordered: list[str] = []

    def visit(name: str) -> None:
        for dependency in artifacts[name].get("dependencies", []):
            if dependency not in ordered:
                visit(dependency)
        if name not in ordered:
            ordered.append(name)

    for name in sorted(artifacts):
        visit(name)
    return [_stack(assembly, name, artifacts[name]) for name in ordered if artifacts[name]["type"] == "aws:cloudformation:stack"]


def read_assets(assembly: Path, account: str, region: str) -> Iterator[FileAsset]:
    """The file assets of all stacks, templates left out. Raises PlatformError for a Docker image asset."""
    for name, artifact in sorted(_manifest(assembly)["artifacts"].items()):
        if artifact["type"] != "cdk:asset-manifest":
            continue
        manifest = json.loads((assembly / artifact["properties"]["file"]).read_text(encoding="utf-8"))
        if manifest.get("dockerImages"):
            raise PlatformError(f"{name} has a Docker image asset; the local cloud builds no images.")
        for asset in manifest.get("files", {}).values():
            source = assembly / asset["source"]["path"]
            if source.name.endswith(".template.json"):
                continue
            for destination in asset["destinations"].values():
                bucket = destination["bucketName"].replace("${AWS::AccountId}", account).replace("${AWS::Region}", region)
                yield FileAsset(source, asset["source"].get("packaging") == "zip", bucket, destination["objectKey"])


def zipped(folder: Path) -> bytes:
    """The folder as a zip whose bytes depend on names and contents only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
                info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, _FILE_MODE
                archive.writestr(info, path.read_bytes())
    return buffer.getvalue()


def _manifest(assembly: Path) -> dict[str, Any]:
    file = assembly / "manifest.json"
    if not file.is_file():
        raise PlatformError(f"{assembly} holds no cloud assembly: it has no manifest.json. Synthesize the app first.")
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return manifest


def _stack(assembly: Path, name: str, artifact: Mapping[str, Any]) -> StackArtifact:
    properties = artifact["properties"]
    return StackArtifact(
        name=properties.get("stackName", name),
        template=json.loads((assembly / properties["templateFile"]).read_text(encoding="utf-8")),
        tags=properties.get("tags", {}),
        has_termination_protection=properties.get("terminationProtection", False),
    )
