"""Assemblies, each synthesized once a session by the program that `cdk` runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from assemblies import Assembly, assemble

from stacks.sources import ROOT

PRODUCTION = {
    "stage": "prod",
    "accelerator": "cpu",
    "is_customer_key": "true",
    "notification_email": "ops@example.com",
    "is_prediction_spot": "false",
    "is_endpoints_only": "true",
    "live_instance_type": "ml.c5.large",
    "collect_sources": "x,mastodon,bluesky,rss",
    "collect_hashtags": "refund,#Warranty",
    "collect_feeds": "news=https://example.com/feed.xml",
    "collect_secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:posts-AbCdEf",
    "has_ground_truth": "true",
}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all that a synthesis reads: nobody edits it while the tests run, and it lies somewhere else."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("contract", "container", "lambda", "model", "page", "stacks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "cdk.json", ".dockerignore"):
        shutil.copy(ROOT / name, root)
    return root


@pytest.fixture(scope="session")
def dev(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The dev stage as it comes: GPU, spot, no customer key."""
    return assemble(checkout, tmp_path_factory.mktemp("dev") / "out", {})


@pytest.fixture(scope="session")
def prod(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The prod stage with everything else than dev has: CPU, on-demand, customer key, e-mail, no internet, instances, all of labelling."""
    return assemble(checkout, tmp_path_factory.mktemp("prod") / "out", PRODUCTION)


@pytest.fixture(scope="session", params=["dev", "prod"])
def assembly(request: pytest.FixtureRequest) -> Assembly:
    """Both, one after the other."""
    found: Assembly = request.getfixturevalue(request.param)
    return found
