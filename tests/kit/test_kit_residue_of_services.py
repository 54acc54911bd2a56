"""`kit residue`: what services keep of a stage, or have once for a whole account."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from kit_account import REGION, Answer
from left_behind import make_endpoint_config

from kit.searched_account import SearchedAccount

Kit = Callable[..., Answer]


@pytest.fixture
def aws(no_account: None, session: boto3.Session) -> Any:
    """Makes clients of an account without any deployment."""
    return session.client


def test_what_scaled_an_endpoint_is_left(aws: Any, kit: Kit) -> None:
    """Application Auto Scaling keeps the registration of an endpoint that is gone; another's is not the stage's."""
    make_endpoint_config(aws)
    for name in ("tck-dev-main", "another"):
        aws("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName="tck-dev-main")
        aws("application-autoscaling").register_scalable_target(
            ServiceNamespace="sagemaker",
            ResourceId=f"endpoint/{name}/variant/all",
            ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            MinCapacity=1,
            MaxCapacity=2,
        )
        aws("sagemaker").delete_endpoint(EndpointName=name)
    (found,) = (entry for entry in kit("residue", "--json").json["found"] if entry["kind"] == "scalable target")
    assert found["fate"] == "left"
    assert found["command"] == (
        "aws application-autoscaling deregister-scalable-target --service-namespace sagemaker"
        " --scalable-dimension sagemaker:variant:DesiredInstanceCount --resource-id endpoint/tck-dev-main/variant/all"
    )


@pytest.mark.parametrize(("status", "fate"), [("InProgress", "left"), ("Stopped", "stays")])
def test_a_labelling_job_that_runs_on_is_left(aws: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch, status: str, fate: str) -> None:
    """It asks people who are paid; the command stops it. One that has ended stays, as jobs of SageMaker do."""
    pages, client = SearchedAccount.pages, SearchedAccount.client
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:labeling-job/tck-dev-label-main-a"

    def listed(account: SearchedAccount, service: str, *rest: Any, **request: Any) -> Any:
        return [{"ResourceARN": arn}] if service == "resourcegroupstaggingapi" else pages(account, service, *rest, **request)

    def asked(account: SearchedAccount, service: str) -> Any:
        made = client(account, service)
        if service == "sagemaker":  # of which moto knows no labelling jobs
            made.describe_labeling_job = lambda LabelingJobName: {"LabelingJobStatus": status}
        return made

    monkeypatch.setattr(SearchedAccount, "pages", listed)
    monkeypatch.setattr(SearchedAccount, "client", asked)
    (found,) = kit("residue", "--json").json["found"]
    assert (found["kind"], found["name"], found["fate"]) == ("labelling job", "tck-dev-label-main-a", fate)
    assert found["command"] == ("aws sagemaker stop-labeling-job --labeling-job-name tck-dev-label-main-a" if fate == "left" else "")


def test_what_an_account_has_once_is_told_and_stays(aws: Any, kit: Kit) -> None:
    """Roles of the services that the kit uses and the policy by which its API's log is written: others may need them, too."""
    for service in ("batch", "lex"):
        aws("iam").create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
    for name in ("AWSLogDeliveryWrite20150319", "theirs"):
        aws("logs").put_resource_policy(policyName=name, policyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    answer = kit("residue", "--json")
    assert answer.status == 0
    found = [(entry["kind"], entry["name"], entry["fate"], entry["command"]) for entry in answer.json["found"]]
    assert [entry[0] for entry in found] == ["service-linked role", "log resource policy"]
    assert "batch" in found[0][1].lower()
    assert found[1][1:] == ("AWSLogDeliveryWrite20150319", "stays", "")
