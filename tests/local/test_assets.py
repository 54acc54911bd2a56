"""Reading a cloud assembly."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from contract.errors import PlatformError
from local.assets import read_assets, read_stacks, zipped


def write(folder: Path, artifacts: dict[str, Any]) -> Path:
    """An assembly with these artifacts."""
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def stack(folder: Path, name: str, *dependencies: str) -> dict[str, Any]:
    """A stack's artifact, its template written."""
    (folder / f"{name}.template.json").write_text('{"Resources": {}}')
    properties = {"templateFile": f"{name}.template.json", "stackName": f"tck-{name}", "terminationProtection": True}
    return {"type": "aws:cloudformation:stack", "properties": properties, "dependencies": list(dependencies)}


def test_stacks_come_after_what_they_depend_on(tmp_path: Path) -> None:
    """The order follows the manifest's dependencies, also through artifacts that are no stacks."""
    artifacts = {
        "a": stack(tmp_path, "a", "a.assets", "c"),
        "a.assets": {"type": "cdk:asset-manifest", "dependencies": ["b"], "properties": {"file": "none"}},
        "b": stack(tmp_path, "b"),
        "c": stack(tmp_path, "c", "b"),
        "Tree": {"type": "cdk:tree"},
    }
    found = read_stacks(write(tmp_path, artifacts))
    assert [entry.name for entry in found] == ["tck-b", "tck-c", "tck-a"]
    assert found[0].has_termination_protection


def test_missing_assembly_is_said(tmp_path: Path) -> None:
    """A folder without a manifest is refused in a sentence."""
    with pytest.raises(PlatformError, match=r"no manifest\.json"):
        read_stacks(tmp_path)


def test_zip_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    """Two folders with the same files give the same bytes, whatever their times, order and compiled files."""
    for name, order in (("one", ("a.py", "b/c.py")), ("two", ("b/c.py", "a.py"))):
        for file in order:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
            os.utime(path, (len(name) * 10**8, 10**9 if name == "two" else 0))
    (tmp_path / "two" / "__pycache__").mkdir()
    (tmp_path / "two" / "__pycache__" / "a.pyc").write_text("x")
    assert zipped(tmp_path / "one") == zipped(tmp_path / "two")
    assert zipfile.ZipFile(io.BytesIO(zipped(tmp_path / "two"))).namelist() == ["a.py", "b/c.py"]


def assets_of(folder: Path, manifest: dict[str, Any]) -> Path:
    """An assembly with one asset manifest."""
    (folder / "s.assets.json").write_text(json.dumps(manifest))
    return write(folder, {"s.assets": {"type": "cdk:asset-manifest", "properties": {"file": "s.assets.json"}}})


def test_file_assets_are_placed_for_account_and_region(tmp_path: Path) -> None:
    """The pseudo parameters in a bucket's name are replaced, and templates are no assets."""
    destinations = {"x": {"bucketName": "assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "k.zip"}}
    files = {
        "1": {"source": {"path": "folder", "packaging": "zip"}, "destinations": destinations},
        "2": {"source": {"path": "s.template.json", "packaging": "file"}, "destinations": destinations},
    }
    (asset,) = read_assets(assets_of(tmp_path, {"files": files}), "123456789012", "eu-west-1")
    assert (asset.bucket, asset.key, asset.is_zipped) == ("assets-123456789012-eu-west-1", "k.zip", True)


def test_docker_assets_are_refused(tmp_path: Path) -> None:
    """An image asset cannot be built here, and that is said."""
    with pytest.raises(PlatformError, match="Docker image asset"):
        list(read_assets(assets_of(tmp_path, {"dockerImages": {"1": {}}}), "123456789012", "eu-west-1"))
