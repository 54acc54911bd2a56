"""The whole application: settings from the context, the stacks in their order, tags and checks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import App, Stack, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from contract.errors import UserError
from contract.tags import stage_tags
from stacks.acknowledged import acknowledge
from stacks.buckets import Buckets
from stacks.commit import current_commit
from stacks.images import images
from stacks.labeling import LabelingStack
from stacks.monitoring import MonitoringStack
from stacks.prediction import PredictionStack
from stacks.realtime import RealtimeStack
from stacks.registry import RegistryStack
from stacks.settings import STAGES, Settings
from stacks.sources import ROOT
from stacks.storage import StorageStack
from stacks.training import TrainingStack

# names in the context that are the command line tool's own
TOOL_NAMES = ("cli-telemetry", "acknowledged-issue-numbers")


def file_context() -> dict[str, Any]:
    """The context of cdk.json: feature flags and the stage, also when no `cdk` reads that file."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context


def settings_of(context: Mapping[str, Any]) -> Settings:
    """The settings of the context's stage with what the context overrides. Raises UserError for unknown names and bad values.

    What stands under a stage's name is for that stage; what stands by itself is for both, and goes first: it may be from `-c`.
    """
    stage = context["stage"]
    own = context.get(stage, {})
    if not isinstance(own, Mapping):
        raise UserError(f'\'{stage}\' in the context should be an object of settings, such as {{"accelerator": "cpu"}}, not {own!r}.')
    overrides = {name: value for name, value in context.items() if not _is_of_tool(name) and name not in ("stage", *STAGES)}
    return Settings.of(stage, {**own, **overrides})


def compose(app: App) -> Settings:
    """Add the stacks, tags and checks to the app; returns its settings."""
    settings = settings_of(app.node.get_all_context())
    needed = images(settings, commit=current_commit())
    job_image = needed[settings.accelerator]

    storage = StorageStack(app, settings=settings)
    registry = RegistryStack(app, settings=settings, images=needed)
    training = TrainingStack(
        app,
        settings=settings,
        image=job_image,
        train_bucket=storage.train_bucket,
        models_bucket=storage.models_bucket,
        records=storage.records,
    )
    prediction = PredictionStack(
        app,
        settings=settings,
        image=job_image,
        predict_bucket=storage.predict_bucket,
        results_bucket=storage.results_bucket,
        models_bucket=storage.models_bucket,
        records=storage.records,
    )
    at_work: list[Stack] = [training, prediction]
    if settings.has_live:
        buckets = Buckets(storage.train_bucket, storage.predict_bucket, storage.results_bucket, storage.models_bucket)
        live = RealtimeStack(app, settings=settings, image=needed["cpu"], buckets=buckets, records=storage.records)
        at_work.append(live)
    if settings.collect_sources or settings.has_ground_truth:
        at_work.append(LabelingStack(app, settings=settings, train_bucket=storage.train_bucket, records=storage.records))
    for stack in at_work:
        stack.add_stack_dependency(registry)  # the images must be there before a job or an endpoint names them
    monitoring = MonitoringStack(app, settings=settings, topic=storage.records.topic)
    for stack in at_work:
        monitoring.add_stack_dependency(stack)  # what it watches is there first, and goes last

    for name, value in stage_tags(settings.stage).items():
        Tags.of(app).add(name, value)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    acknowledge(app, stage=settings.stage, exports=storage.arn_exports())
    return settings


def _is_of_tool(name: str) -> bool:
    return name in TOOL_NAMES or ":" in name
