"""A synthesized assembly, read for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

STACKS = ("Storage", "Registry", "Training", "Prediction", "Realtime", "Labeling", "Monitoring")


class Resource(NamedTuple):
    """One resource of a template."""

    stack: str
    logical_id: str
    kind: str
    properties: dict[str, Any]
    body: dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """The templates of one synthesis."""

    folder: Path
    stage: str

    @cached_property
    def templates(self) -> dict[str, dict[str, Any]]:
        """The templates by stack; the settings may leave one out."""
        files = {name: self.folder / f"{name}.template.json" for name in STACKS}
        return {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}

    @property
    def stacks(self) -> list[str]:
        """The stacks that there are, in order of their deployment."""
        return list(self.templates)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the command line tool reads."""
        content: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        return content

    def resources(self, kind: str = "", stack: str = "") -> Iterator[Resource]:
        """The resources of a type, or all, of one stack or all."""
        for name, template in self.templates.items():
            for logical_id, body in template["Resources"].items():
                if kind in ("", body["Type"]) and stack in ("", name):
                    yield Resource(name, logical_id, body["Type"], body.get("Properties", {}), body)

    def only(self, kind: str, stack: str = "", starting: str = "") -> Resource:
        """The one resource of a type, whose logical id starts so."""
        (found,) = (resource for resource in self.resources(kind, stack) if resource.logical_id.startswith(starting))
        return found

    def asset_folder(self, function: Resource) -> Path:
        """The folder of a Lambda's code."""
        digest = function.properties["Code"]["S3Key"].removesuffix(".zip")
        return self.folder / f"asset.{digest}"


def synthesize(checkout: Path, out: Path, context: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run app.py as `cdk synth -c ...` does, without credentials or region, and with a network that leads nowhere."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(out.parent),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(checkout.parent / "jsii"),  # what the CDK unpacks of itself at its first start
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    return subprocess.run([sys.executable, "app.py"], cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def assemble(checkout: Path, out: Path, context: Mapping[str, str]) -> Assembly:
    """A synthesis that must succeed."""
    done = synthesize(checkout, out, context)
    assert done.returncode == 0, done.stdout + done.stderr
    return Assembly(out, context.get("stage", "dev"))
