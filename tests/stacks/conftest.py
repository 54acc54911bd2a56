"""Assemblies, each synthesized once a session by the program that `cdk` runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from assemblies import Assembly

from stacks.sources import ROOT

PRODUCTION = {
    "stage": "prod",
    "accelerator": "cpu",
    "is_customer_key": "true",
    "notification_email": "ops@example.com",
    "is_prediction_spot": "false",
}


def synthesize(folder: Path, context: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run app.py as `cdk synth -c ...` does, without credentials or region, and with a network that leads nowhere."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "CDK_OUTDIR": str(folder / "out"),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    return subprocess.run([sys.executable, str(ROOT / "app.py")], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def assemble(folder: Path, context: Mapping[str, str]) -> Assembly:
    """A synthesis that must succeed."""
    done = synthesize(folder, context)
    assert done.returncode == 0, done.stdout + done.stderr
    return Assembly(folder / "out", context.get("stage", "dev"))


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The dev stage as it comes: GPU, spot, no customer key."""
    return assemble(tmp_path_factory.mktemp("dev"), {})


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The prod stage with everything else than dev has: CPU, on-demand, customer key, e-mail."""
    return assemble(tmp_path_factory.mktemp("prod"), PRODUCTION)


@pytest.fixture(scope="session", params=["dev", "prod"])
def assembly(request: pytest.FixtureRequest) -> Assembly:
    """Both, one after the other."""
    found: Assembly = request.getfixturevalue(request.param)
    return found
