"""Start the local cloud with the app deployed, and leave it running.

The very templates that go to AWS are deployed to this machine: the same Lambda code, the same container verbs.
Nothing leaves the machine, and nothing costs anything.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from contract.deployment import Deployment
from kit import printing
from kit.assembly import LOCAL_CONTEXT, synthesize
from kit.deployment import DEFAULT_STAGE, check_stage, page_address, state_folder
from kit.lock import alone

if TYPE_CHECKING:
    from local.cloud import Cloud


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes nothing of its own; --local is accepted, for it is always local."""


def run(given: argparse.Namespace) -> int:
    """Start it unless it runs."""
    from local.cloud import find, start  # noqa: PLC0415  # other commands do without it

    with alone(state_folder() / "up.lock"):
        cloud = find(state_folder())
        is_new = cloud is None
        if cloud is None:
            context = LOCAL_CONTEXT if given.stage == DEFAULT_STAGE else {**LOCAL_CONTEXT, "stage": given.stage}
            assembly = synthesize(context=context)
            with printing.following("Starting the local cloud") as (_, say):
                say("Starting the local cloud.")
                cloud = start(assembly, state_folder(), say=say)
    deployment = Deployment.from_outputs(cloud.outputs)
    check_stage(deployment, given.stage)
    if given.json:
        printing.show_json({"endpoint": cloud.endpoint, "region": cloud.region, "pid": cloud.pid, "outputs": cloud.outputs})
    else:
        _show(cloud, deployment, is_new=is_new)
    return 0


def _show(cloud: Cloud, deployment: Deployment, *, is_new: bool) -> None:
    """The page's address stands last, where a long list does not hide it."""
    if not is_new:
        printing.show("It is already running; 'kit down' and then 'kit up' takes over changed sources.")
    printing.show_pairs(
        [
            ("endpoint", f"{cloud.endpoint} (region {cloud.region}, any credentials)"),
            ("to train", f"s3://{deployment.train_bucket}/"),
            ("to classify", f"s3://{deployment.predict_bucket}/"),
            ("results", f"s3://{deployment.results_bucket}/"),
            ("HTTP API", deployment.api_url),
            ("its client id", deployment.user_pool_client_id),
            ("only recorded", ", ".join(cloud.recorded_only)),
        ]
    )
    if is_new and cloud.not_evaluated:
        printing.show("Unlike on AWS:")
        for sentence in cloud.not_evaluated:
            printing.show(f"  {sentence}")
    printing.show_pairs(
        [
            ("next", "kit drop data/samples/warranty_train.csv --to train --wait --local"),
            ("let somebody in", "kit user add you@example.com --owner --local" if deployment.page_url else ""),
            ("page", page_address(deployment, is_local=True)),
        ]
    )
