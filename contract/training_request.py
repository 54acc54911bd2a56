"""One SageMaker training job, as CreateTrainingJob takes it: in one place for the Lambda and for `kit train`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.deployment import TrainingSurroundings
from contract.metrics import metric_definitions


@dataclass(frozen=True, kw_only=True)
class TrainingMachine:
    """What a training job runs on, and for how long at most."""

    instance_type: str
    volume_gib: int
    max_run_seconds: int
    max_wait_seconds: int = 0  # for spare capacity, the run included; 0: it runs on demand


@dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """What differs from one training job to another."""

    name: str
    image: str
    role_arn: str
    machine: TrainingMachine
    surroundings: TrainingSurroundings
    channels: Mapping[str, str]  # to s3:// addresses that all of its objects begin with
    hyperparameters: Mapping[str, str]
    output_uri: str  # below it SageMaker puts NAME/output/model.tar.gz
    tags: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    checkpoints_uri: str = ""  # empty: an interrupted one begins anew
    content_type: str = ""  # of all channels
    has_metrics: bool = True  # those that the kit's own training prints

    def to_api(self) -> dict[str, Any]:
        """The parameters of CreateTrainingJob."""
        machine, surroundings = self.machine, self.surroundings
        resources: dict[str, Any] = {
            "InstanceType": machine.instance_type,
            "InstanceCount": 1,
            "VolumeSizeInGB": machine.volume_gib,
        }
        output = {"S3OutputPath": self.output_uri}
        stopping = {"MaxRuntimeInSeconds": machine.max_run_seconds}
        request: dict[str, Any] = {
            "TrainingJobName": self.name,
            "RoleArn": self.role_arn,
            "AlgorithmSpecification": {"TrainingImage": self.image, "TrainingInputMode": "File"},
            "HyperParameters": dict(self.hyperparameters),
            "InputDataConfig": [self._channel(name, uri) for name, uri in self.channels.items()],
            "OutputDataConfig": output,
            "ResourceConfig": resources,
            "StoppingCondition": stopping,
            "EnableManagedSpotTraining": bool(machine.max_wait_seconds),
            "Environment": {name: value for name, value in self.environment.items() if value},
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
        }
        if self.has_metrics:
            request["AlgorithmSpecification"]["MetricDefinitions"] = metric_definitions()
        if machine.max_wait_seconds:
            stopping["MaxWaitTimeInSeconds"] = machine.max_wait_seconds
        if self.checkpoints_uri:
            request["CheckpointConfig"] = {"S3Uri": self.checkpoints_uri}
        if surroundings.output_key_arn:
            output["KmsKeyId"] = surroundings.output_key_arn
        if surroundings.volume_key_arn:
            resources["VolumeKmsKeyId"] = surroundings.volume_key_arn
        if surroundings.subnets:
            request["VpcConfig"] = {"Subnets": surroundings.subnets.split(","), "SecurityGroupIds": [surroundings.security_group]}
        return request

    def _channel(self, name: str, uri: str) -> dict[str, Any]:
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
        return {"ChannelName": name, "DataSource": source, **({"ContentType": self.content_type} if self.content_type else {})}
