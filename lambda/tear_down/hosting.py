"""Endpoints, their configurations and models: made at run time, so no template knows them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError
from deadline import Deadline

from contract.deployment import run_time_name
from contract.hosting import CHANGING
from contract.scaling import Scaling
from contract.tags import as_mapping, is_of_stage

log = logging.getLogger("tear_down")


def delete_hosting(stage: str, deadline: Deadline) -> None:
    """Delete the stage's endpoints, then what they were made of. Raises PlatformError when an endpoint takes too long."""
    sagemaker = boto3.client("sagemaker")
    scaling = Scaling(boto3.client("application-autoscaling"), boto3.client("cloudwatch"))
    while endpoints := list(found(sagemaker, "Endpoint", stage)):
        for endpoint in endpoints:
            if endpoint["EndpointStatus"] not in CHANGING:
                scaling.stop_following(endpoint["EndpointName"])
                delete(sagemaker.delete_endpoint, EndpointName=endpoint["EndpointName"])
                scaling.stop_watching(endpoint["EndpointName"])
        deadline.wait(f"Endpoint {endpoints[0]['EndpointName']} is not deleted yet")
    for left in scaling.followed(run_time_name(stage, "")):  # by an endpoint that was deleted by hand
        scaling.stop_following(left)
        scaling.stop_watching(left)
    for config in found(sagemaker, "EndpointConfig", stage):
        delete(sagemaker.delete_endpoint_config, EndpointConfigName=config["EndpointConfigName"])
    for model in found(sagemaker, "Model", stage):
        delete(sagemaker.delete_model, ModelName=model["ModelName"])


def found(sagemaker: Any, kind: str, stage: str) -> Iterator[dict[str, Any]]:
    """What SageMaker lists of a kind under the stage's name and tags."""
    operation, listed = {
        "Endpoint": ("list_endpoints", "Endpoints"),
        "EndpointConfig": ("list_endpoint_configs", "EndpointConfigs"),
        "HyperParameterTuningJob": ("list_hyper_parameter_tuning_jobs", "HyperParameterTuningJobSummaries"),
        "Model": ("list_models", "Models"),
    }[kind]
    prefix = run_time_name(stage, "")
    for page in list(sagemaker.get_paginator(operation).paginate(NameContains=prefix)):  # all, before the first is deleted
        for entry in page[listed]:
            if entry[f"{kind}Name"].startswith(prefix):
                tags = sagemaker.list_tags(ResourceArn=entry[f"{kind}Arn"])["Tags"]
                if is_of_stage(as_mapping(tags), stage):
                    yield entry


def delete(operation: Any, **name: str) -> None:
    """Delete one thing, unless it is gone."""
    log.info("deleting %s", name)
    try:
        operation(**name)
    except ClientError as error:
        if "Could not find" not in error.response["Error"]["Message"]:  # SageMaker has one code for all that is not valid
            raise
