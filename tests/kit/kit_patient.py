"""A deployment for 'kit doctor': healthy, until a test changes what the services answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from kit_account import Account

from contract.function_environments import StartTrainingEnvironment

TRAINING = StartTrainingEnvironment(
    stage="dev",
    ledger_table="l",
    models_bucket="m",
    topic_arn="t",
    training_role_arn="r",
    training_image="i",
    image_tag="i",
    commit="c",
    instance_type="ml.g4dn.xlarge",
    accelerator="gpu",
    volume_gib=30,
    is_spot=True,
    max_run_seconds=60,
    max_wait_seconds=60,
    usd_per_hour=0.3,
    usd_per_hour_on_demand=0.75,
)
SPOT_QUOTA, ON_DEMAND_QUOTA = "L-3819A6DF", "L-DB2E81BA"


class Patient:
    """A healthy deployment; a test changes what Batch, Lambda and Service Quotas answer."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.queue = {"jobQueueName": "q", "state": "ENABLED", "status": "VALID"}
        self.runnable: list[dict[str, Any]] = []
        self.pending: list[dict[str, Any]] = []  # what waits for another job, and arrays whose parts have not all ended
        self.parts: list[dict[str, Any]] = []  # those of the array 'array' that wait for a machine
        self.vcpus = {SPOT_QUOTA: 64.0, ON_DEMAND_QUOTA: 64.0}
        self.training = {"ml.g4dn.xlarge for training job usage": 0.0, "ml.g4dn.xlarge for spot training job usage": 2.0}
        self.described: list[dict[str, Any]] = []
        self.errors: dict[str, str] = {}  # codes by operation

    def answer(self, original: Callable[..., Any], client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        """In place of botocore's call."""
        if operation in self.errors:
            raise ClientError({"Error": {"Code": self.errors[operation], "Message": "pretended"}}, operation)
        pretended = getattr(self, f"_{operation}", None)
        return pretended(client, given) if pretended else original(client, operation, given)

    def _DescribeJobQueues(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        order = [{"order": number, "computeEnvironment": kind} for number, kind in enumerate(("SPOT", "EC2"))]
        return {"jobQueues": [{**self.queue, "computeEnvironmentOrder": order}]}

    def _DescribeComputeEnvironments(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        resources = {"instanceTypes": ["g4dn.2xlarge", "g5.xlarge"], "maxvCpus": 8}
        common = {"state": "ENABLED", "status": "VALID"}
        names = given["computeEnvironments"]
        return {
            "computeEnvironments": [{"computeEnvironmentName": n, **common, "computeResources": {**resources, "type": n}} for n in names]
        }

    def _ListJobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        if "arrayJobId" in given:
            return {"jobSummaryList": self.parts if (given["arrayJobId"], given["jobStatus"]) == ("array", "RUNNABLE") else []}
        return {"jobSummaryList": {"RUNNABLE": self.runnable, "PENDING": self.pending}[given["jobStatus"]]}

    def _DescribeJobs(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return {"jobs": self.described}

    def _GetFunctionConfiguration(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        assert given["FunctionName"] == "tck-dev-start-training"
        return {"Environment": {"Variables": TRAINING.to_env()}}

    def _GetServiceQuota(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        if given["QuotaCode"] not in self.vcpus:
            kind = client.exceptions.from_code("NoSuchResourceException")
            raise kind({"Error": {"Code": "NoSuchResourceException"}}, "GetServiceQuota")  # type: ignore[operator]  # the stubs take the class for an instance
        return {"Quota": {"Value": self.vcpus[given["QuotaCode"]]}}

    def _GetAWSDefaultServiceQuota(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return {"Quota": {"Value": 0.0}}

    def _ListServiceQuotas(self, client: BaseClient, given: dict[str, Any]) -> dict[str, Any]:
        return {"Quotas": [{"QuotaName": name, "Value": value} for name, value in self.training.items()]}
