"""The records of tunings, which SageMaker keeps until they are deleted; those of their trainings stay as all do."""

from __future__ import annotations

import boto3
from hosting import delete, found


def delete_tunings(stage: str) -> None:
    """Delete the stage's, which have ended."""
    sagemaker = boto3.client("sagemaker")
    for job in found(sagemaker, "HyperParameterTuningJob", stage):
        delete(sagemaker.delete_hyper_parameter_tuning_job, HyperParameterTuningJobName=job["HyperParameterTuningJobName"])
