"""What a stage left in SageMaker, and what scaled it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contract.scaling import DIMENSION, NAMESPACE
from contract.tags import as_mapping
from kit.leftover import UNTAGGED, Fate, Leftover, aws
from kit.searched_account import SearchedAccount

FINISHED = ("Completed", "Failed", "Stopped")


def endpoints(account: SearchedAccount) -> Iterator[Leftover]:
    """Endpoints, and what they are made of."""
    for kind, operation, entries, verb in (
        ("Endpoint", "list_endpoints", "Endpoints", "delete-endpoint --endpoint-name"),
        ("EndpointConfig", "list_endpoint_configs", "EndpointConfigs", "delete-endpoint-config --endpoint-config-name"),
        ("Model", "list_models", "Models", "delete-model --model-name"),
    ):
        for entry in account.named(account.pages("sagemaker", operation, entries, NameContains=account.prefix), f"{kind}Name"):
            name, arn = entry[f"{kind}Name"], entry[f"{kind}Arn"]
            tags = as_mapping(account.pages("sagemaker", "list_tags", "Tags", ResourceArn=arn))
            is_tagged = account.is_tagged(tags)
            if not (is_tagged and "realtime" in account.standing):
                words = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind).lower()
                yield Leftover(words, name, command=aws(f"sagemaker {verb}", name), note="" if is_tagged else UNTAGGED)


def training_jobs(account: SearchedAccount) -> Iterator[Leftover]:
    """Jobs and tunings, those that have ended too."""
    if "training" in account.standing:
        return
    for words, kind in (("training job", "TrainingJob"), ("tuning job", "HyperParameterTuningJob")):
        verb = re.sub("(?<=[a-z])(?=[A-Z])", "-", kind).lower()
        listed = account.pages("sagemaker", f"list_{verb.replace('-', '_')}s", f"{kind}Summaries", NameContains=account.prefix)
        for job in account.named(listed, f"{kind}Name"):
            name, is_over = job[f"{kind}Name"], job[f"{kind}Status"] in FINISHED
            if is_over and kind == "TrainingJob":
                yield Leftover(words, name, Fate.STAYS, note="SageMaker keeps finished training jobs. They cost nothing.")
            else:
                command = aws(f"sagemaker {'delete' if is_over else 'stop'}-{verb} --{verb}-name", name)
                yield Leftover(words, name, command=command, note="" if is_over else "It runs.")


def labelling_job(account: SearchedAccount, arn: str) -> Iterator[Leftover]:
    """One of Ground Truth, which is known by its tags: not every account has such jobs to be listed."""
    if "labeling" in account.standing:
        return
    kind, name = "labelling job", arn.rsplit("/", 1)[-1]
    if account.client("sagemaker").describe_labeling_job(LabelingJobName=name)["LabelingJobStatus"] in FINISHED:
        yield Leftover(kind, name, Fate.STAYS, note="SageMaker keeps finished labelling jobs. They cost nothing.")
    else:
        command = aws("sagemaker stop-labeling-job --labeling-job-name", name)
        yield Leftover(kind, name, command=command, note="People are asked for labels, and each answer costs.")


def scalable_targets(account: SearchedAccount) -> Iterator[Leftover]:
    """What Application Auto Scaling knows of endpoints, also of those that are gone."""
    if "realtime" in account.standing:
        return
    for target in account.pages("application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace=NAMESPACE):
        resource = target["ResourceId"]
        if resource.startswith(f"endpoint/{account.prefix}"):
            command = f"application-autoscaling deregister-scalable-target --service-namespace {NAMESPACE}"
            command = aws(f"{command} --scalable-dimension {DIMENSION} --resource-id", resource)
            yield Leftover("scalable target", resource, command=command, note="Its policy and its alarms go with it.")
