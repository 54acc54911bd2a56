"""SageMaker endpoints: `serve` as a process, moved from one configuration to the next without an interruption."""

from __future__ import annotations

import io
import tarfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_app import Inbox, eventually
from sample_templates import TAG

from contract.events import ENDPOINT_STATE_CHANGE
from local.cloud import Cloud

NAMES = iter(range(1000))


def configured(cloud: Cloud, content: str, image: str = "") -> str:
    """The name of a new endpoint configuration, whose model holds this text."""
    sagemaker, name, bucket = cloud.session().client("sagemaker"), f"model-{next(NAMES)}", cloud.outputs["Results"]
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as archive:
        entry = tarfile.TarInfo("name")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content.encode()))
    cloud.session().client("s3").put_object(Bucket=bucket, Key=f"{name}.tar.gz", Body=body.getvalue())
    container = {
        "Image": image or f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com/{cloud.outputs['Images']}:{TAG}",
        "ModelDataUrl": f"s3://{bucket}/{name}.tar.gz",
    }
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=cloud.outputs["Role"], PrimaryContainer=container)
    variant = {"VariantName": "all", "ModelName": name, "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name


def created(cloud: Cloud, config: str) -> str:
    """The name of a new endpoint."""
    name = f"endpoint-of-{config}"
    cloud.session().client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config)
    return name


def settled(cloud: Cloud, name: str) -> Any:
    """The endpoint once nothing is under way."""
    sagemaker = cloud.session().client("sagemaker")
    return eventually(
        lambda: found if (found := sagemaker.describe_endpoint(EndpointName=name))["EndpointStatus"] in ("InService", "Failed") else None
    )


def asked(cloud: Cloud, name: str, body: str) -> str:
    """What the endpoint answers."""
    runtime = cloud.session().client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType="text/plain", Accept="text/csv")
    assert answer["ContentType"] == "text/csv"
    return str(answer["Body"].read().decode())


@pytest.fixture(scope="module")
def endpoint(cloud: Cloud) -> str:
    """One in service."""
    name = created(cloud, configured(cloud, "first"))
    assert settled(cloud, name)["EndpointStatus"] == "InService"
    return name


def test_the_model_answers(cloud: Cloud, endpoint: str, inbox: Inbox) -> None:
    """In the type that was asked for; how it came to be was told."""
    assert asked(cloud, endpoint, "hello") == "first: hello"
    for status in ("CREATING", "IN_SERVICE"):
        (event,) = eventually(partial(inbox.bodies, "States", EndpointName=endpoint, EndpointStatus=status))
        assert event["detail-type"] == ENDPOINT_STATE_CHANGE


def test_what_the_container_refuses_is_an_error_of_the_model(cloud: Cloud, endpoint: str) -> None:
    """With the container's own status and words."""
    runtime = cloud.session().client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as raised:
        runtime.invoke_endpoint(EndpointName=endpoint, Body="nonsense", ContentType="text/plain")
    assert raised.value.response["OriginalStatusCode"] == 400
    assert raised.value.response["OriginalMessage"] == "first: nonsense"


def test_another_configuration_takes_over(cloud: Cloud) -> None:
    """It goes on answering meanwhile, and names the new configuration when that serves."""
    name, sagemaker = created(cloud, configured(cloud, "blue")), cloud.session().client("sagemaker")
    assert settled(cloud, name)["EndpointStatus"] == "InService"
    green = configured(cloud, "green")
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=green)
    assert asked(cloud, name, "x") in ("blue: x", "green: x")
    assert settled(cloud, name)["EndpointConfigName"] == green
    assert asked(cloud, name, "x") == "green: x"


def test_a_model_that_is_not_healthy_does_not_take_over(cloud: Cloud) -> None:
    """A new endpoint has failed, one that serves goes on; both say why."""
    failed = settled(cloud, created(cloud, configured(cloud, "sick")))
    assert failed["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in failed["FailureReason"]
    config = configured(cloud, "well")
    name = created(cloud, config)
    settled(cloud, name)
    cloud.session().client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=configured(cloud, "sick"))
    left = settled(cloud, name)
    assert (left["EndpointStatus"], left["EndpointConfigName"]) == ("InService", config)
    assert asked(cloud, name, "x") == "well: x"


def test_only_images_of_the_deployment_are_served(cloud: Cloud) -> None:
    """Another one cannot be pulled."""
    failed = settled(cloud, created(cloud, configured(cloud, "first", "docker.io/library/debian:latest")))
    assert failed["EndpointStatus"] == "Failed"
    assert "CannotPullContainerError" in failed["FailureReason"]


def test_what_does_not_exist_is_not_found(cloud: Cloud, endpoint: str) -> None:
    """An endpoint that nobody made, or that was deleted; a second one of a name."""
    sagemaker, runtime = cloud.session().client("sagemaker"), cloud.session().client("sagemaker-runtime")
    with pytest.raises(ClientError, match="not found"):
        runtime.invoke_endpoint(EndpointName="nobody", Body="x")
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.update_endpoint(EndpointName="nobody", EndpointConfigName=configured(cloud, "x"))
    with pytest.raises(ClientError, match="already existing"):
        sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=configured(cloud, "x"))
    gone = created(cloud, configured(cloud, "gone"))
    settled(cloud, gone)
    sagemaker.delete_endpoint(EndpointName=gone)
    with pytest.raises(ClientError, match="not found"):
        runtime.invoke_endpoint(EndpointName=gone, Body="x")


def test_one_that_is_deleted_while_it_starts_never_serves(cloud: Cloud, state: Path) -> None:
    """Its process is ended as soon as it would be healthy."""
    name = created(cloud, configured(cloud, "too late"))
    cloud.session().client("sagemaker").delete_endpoint(EndpointName=name)
    eventually(lambda: not list((state / "scratch" / "endpoints").glob(f"{name}*")))
    with pytest.raises(ClientError, match="not found"):
        asked(cloud, name, "x")
