"""The AWS account around tear_down, and CloudFormation's ear."""

from __future__ import annotations

import io
import json
import re
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.validate import ParamValidator
from service_models import service_error

from contract.function_environments import TearDownEnvironment
from contract.tags import stage_tags

TAGS = stage_tags("dev")
QUEUE = "arn:aws:batch:eu-central-1:123456789012:job-queue/queue"
ALL = TearDownEnvironment(
    stage="dev",
    rules="dropped,ended",
    functions="starter",
    job_queue=QUEUE,
    build_project="builder",
    buckets="train,results",
    has_trainings=True,
    has_endpoints=True,
    has_labelling_jobs=True,
    is_log_deleted=True,
)


@dataclass
class Work:
    """A job of Batch, SageMaker or CodeBuild."""

    name: str
    status: str
    tags: Mapping[str, str] = field(default_factory=lambda: TAGS)
    looks_until_stopped: int = 1  # how often it is still seen after it was asked to stop
    is_asked: bool = False


@dataclass
class Account:
    """The AWS account around the function, and CloudFormation's ear."""

    monkeypatch: pytest.MonkeyPatch
    handler: ModuleType
    batch: list[Work] = field(default_factory=list)
    trainings: list[Work] = field(default_factory=list)
    tunings: list[Work] = field(default_factory=list)
    labellings: list[Work] = field(default_factory=list)
    builds: list[Work] = field(default_factory=list)
    has_queue: bool = True
    has_project: bool = True
    stack_status: str = "DELETE_IN_PROGRESS"
    seconds_left: float = 900
    calls: list[str] = field(default_factory=list)  # operations that change something, in order
    answers: list[dict[str, Any]] = field(default_factory=list)
    on_sleep: list[Callable[[], object]] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)  # operation to the code of an error

    def __post_init__(self) -> None:
        original = BaseClient._make_api_call  # type: ignore[attr-defined]  # private, yet where moto's documentation hooks in
        self.monkeypatch.setattr(BaseClient, "_make_api_call", lambda client, name, given: self._call(original, client, name, given))
        self.monkeypatch.setattr(time, "sleep", self._sleep)
        self.monkeypatch.setattr(urllib.request, "urlopen", self._urlopen)

    def request(self, kind: str, environment: TearDownEnvironment = ALL) -> dict[str, Any]:
        """Send a request as CloudFormation does; the answer."""
        event = {
            "RequestType": kind,
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/tck-dev-training/1",
            "RequestId": "request-1",
            "LogicalResourceId": "Step",
            "ResponseURL": "https://answer/1",
            "ResourceProperties": {},
            **({} if kind == "Create" else {"PhysicalResourceId": "Step"}),
        }
        with self.monkeypatch.context() as patch:
            for variable, value in environment.to_env().items():
                patch.setenv(variable, value)
            self.handler.handle(event, self)
        return self.answers[-1]

    def get_remaining_time_in_millis(self) -> int:
        """Lambda's context."""
        return int(self.seconds_left * 1000)

    def _sleep(self, seconds: float) -> None:
        self.seconds_left -= seconds
        if self.on_sleep:
            self.on_sleep.pop(0)()

    def _urlopen(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        assert isinstance(request.data, bytes)
        self.answers.append(json.loads(request.data))
        return io.BytesIO()

    def _call(self, original: Callable[..., Any], client: BaseClient, name: str, given: dict[str, Any]) -> Any:
        shape = client.meta.service_model.operation_model(name).input_shape
        if shape is not None:
            problems = ParamValidator().validate(given, shape)
            assert not problems.has_errors(), problems.generate_report()
        if not name.startswith(("List", "Describe", "Get", "BatchGet")):
            self.calls.append(name)
        if name in self.faults:
            raise service_error(client, self.faults[name], name)
        pretended = getattr(self, f"_{name}", None)
        return original(client, name, given) if pretended is None else pretended(client, given)

    # CloudFormation, Batch, CodeBuild and training jobs

    def _DescribeStacks(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return {"Stacks": [{"StackName": "tck-dev-training", "StackStatus": self.stack_status}]}

    def _DescribeJobQueues(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return {"jobQueues": [{"jobQueueName": "queue"}] if self.has_queue else []}

    def _ListJobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        assert given["jobQueue"] == QUEUE
        found = [job for job in self.batch if job.status == given["jobStatus"]]
        for job in found:
            _come_to_an_end(job, "FAILED")
        return {"jobSummaryList": [{"jobId": f"id-{job.name}", "jobName": job.name} for job in found]}

    def _DescribeJobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        jobs = [job for job in self.batch if f"id-{job.name}" in given["jobs"]]
        return {"jobs": [{"jobId": f"id-{job.name}", "jobName": job.name, "tags": dict(job.tags)} for job in jobs]}

    def _TerminateJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        assert given["reason"] == "The deployment is being deleted."
        (job,) = (job for job in self.batch if f"id-{job.name}" == given["jobId"])
        job.is_asked = True
        return {}

    def _ListTrainingJobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return _listed(self.trainings, given, "TrainingJob")

    def _StopTrainingJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return _stop(self.trainings, client, given, "TrainingJob")

    def _ListHyperParameterTuningJobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return _listed(self.tunings, given, "HyperParameterTuningJob")

    def _StopHyperParameterTuningJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return _stop(self.tunings, client, given, "HyperParameterTuningJob")

    def _ListLabelingJobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return {"LabelingJobSummaryList": _listed(self.labellings, given, "LabelingJob")["LabelingJobSummaries"]}

    def _StopLabelingJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return _stop(self.labellings, client, given, "LabelingJob")

    def _DeleteHyperParameterTuningJob(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        (job,) = (job for job in self.tunings if job.name == given["HyperParameterTuningJobName"])
        assert job.status in ("Completed", "Stopped")
        self.tunings.remove(job)
        return {}

    def _ListTags(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        kind, name = given["ResourceArn"].rsplit(":", 1)[-1].split("/")
        jobs = {"training-job": self.trainings, "hyper-parameter-tuning-job": self.tunings, "labeling-job": self.labellings}
        known = {job.name: job.tags for job in jobs.get(kind, [])}
        tags = known[name] if kind in jobs else TAGS if name.endswith("ours") else {}
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _ListBuildsForProject(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        if not self.has_project:
            raise service_error(client, "ResourceNotFoundException", "ListBuildsForProject")
        return {"ids": [build.name for build in self.builds]}

    def _BatchGetBuilds(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        for build in self.builds:
            _come_to_an_end(build, "STOPPED")
        return {"builds": [{"id": build.name, "buildStatus": build.status} for build in self.builds if build.name in given["ids"]]}

    def _StopBuild(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        (build,) = (build for build in self.builds if build.name == given["id"])
        build.is_asked = True
        return {}


def _listed(jobs: list[Work], given: dict[str, Any], kind: str) -> dict[str, Any]:
    """What SageMaker lists of a kind of jobs; those that were asked to stop come to an end meanwhile."""
    found = [job for job in jobs if given.get("StatusEquals", job.status) == job.status and given["NameContains"] in job.name]
    for job in found:
        _come_to_an_end(job, "Stopped")
    path = re.sub("(?<=[a-z])(?=[A-Z])", "-", kind).lower()
    arn = f"arn:aws:sagemaker:eu-central-1:123456789012:{path}"
    return {f"{kind}Summaries": [{f"{kind}Name": job.name, f"{kind}Arn": f"{arn}/{job.name}"} for job in found]}


def _stop(jobs: list[Work], client: BaseClient, given: dict[str, Any], kind: str) -> dict[str, Any]:
    """Ask a job to stop; one that has ended cannot be."""
    (job,) = (job for job in jobs if job.name == given[f"{kind}Name"])
    if job.status == "Completed":
        raise service_error(client, "ValidationException", f"Stop{kind}")
    job.status, job.is_asked = "Stopping", True
    return {}


def _come_to_an_end(work: Work, status: str) -> None:
    """It is seen once more, or it has ended."""
    if work.is_asked:
        work.looks_until_stopped -= 1
        if work.looks_until_stopped < 0:
            work.status = status


def host(sagemaker: Any, name: str) -> None:
    """A model, a configuration and an endpoint of one name."""
    variants = [{"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}]
    sagemaker.create_model(ModelName=name, ExecutionRoleArn="arn:aws:iam::123456789012:role/role-of-a-model")
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
