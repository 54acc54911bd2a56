"""deploy_model: whatever woke it, the endpoint comes to serve the current model, once, and the owner hears how it went."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from deployed_functions import Deployed, Event
from hosted_models import Hosted

from contract.errors import PlatformError
from contract.events import MODEL_PUBLISHED, SCHEDULED
from contract.hosting import Live, LiveStatus, is_hosted_name
from contract.live_ledger import LiveLedger

NAME = "tck-dev-main"
HOURLY: Event = {"detail-type": SCHEDULED, "detail": {}}


@pytest.fixture
def hosted(deployed: Deployed) -> Hosted:
    """SageMaker without any endpoint."""
    return Hosted.around(deployed)


def publish(deployed: Deployed, version: int, classifier: str = "main") -> Event:
    """Put a model in use; the event of it."""
    model = deployed.add_model(version, classifier)
    detail = {"stage": "dev", "classifier": classifier, "version": version, "artifact_uri": model.artifact_uri}
    return {"detail-type": MODEL_PUBLISHED, "detail": detail}


def live(classifier: str = "main") -> Live:
    """The ledger's record."""
    found = LiveLedger(boto3.resource("dynamodb").Table("ledger")).get(classifier)
    assert found
    return found


def serve(deployed: Deployed, hosted: Hosted, version: int) -> None:
    """Publish a model and let its endpoint come up."""
    deployed.invoke("deploy_model", publish(deployed, version))
    deployed.invoke("deploy_model", hosted.finish(NAME))


def test_the_first_model_makes_the_endpoint(deployed: Deployed, hosted: Hosted) -> None:
    """Model, configuration and endpoint carry the stage's tags and the classifier's; the artifact is the model's."""
    event = publish(deployed, 1)
    deployed.invoke("deploy_model", event)
    (model,), (config,), (endpoint,) = hosted.models.values(), hosted.configs.values(), hosted.endpoints.values()
    assert model["PrimaryContainer"]["ModelDataUrl"] == event["detail"]["artifact_uri"]
    assert config["ProductionVariants"] == [
        {"VariantName": "all", "ModelName": model["ModelName"], "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
    ]
    assert endpoint["EndpointConfigName"] == config["EndpointConfigName"] == model["ModelName"]
    for made in (model, config, endpoint):
        tags = {tag["Key"]: tag["Value"] for tag in made["Tags"]}
        assert tags == {"product": "text-classification-kit", "stage": "dev", "classifier": "main"}
    assert (live().status, deployed.messages()) == (LiveStatus.STARTING, [])
    deployed.invoke("deploy_model", hosted.finish(NAME))
    assert (live().status, live().version) == (LiveStatus.SERVING, 1)
    assert deployed.messages() == ["Live: classifier 'main'\n\nModel v1 answers now."]


def test_the_next_model_takes_over_and_the_one_before_is_put_away(deployed: Deployed, hosted: Hosted) -> None:
    """Only when it serves: until then what it would go back to is needed."""
    serve(deployed, hosted, 1)
    deployed.invoke("deploy_model", publish(deployed, 2))
    assert len(hosted.models) == len(hosted.configs) == 2
    deployed.invoke("deploy_model", hosted.finish(NAME))
    assert [*hosted.models] == [*hosted.configs] == [live().name]
    assert (live().status, live().version) == (LiveStatus.SERVING, 2)


def test_what_another_classifier_serves_with_stays(deployed: Deployed, hosted: Hosted) -> None:
    """Also where its name begins as the configurations of this one do."""
    for classifier in ("main-v2", "main-vendor", "main"):
        deployed.invoke("deploy_model", publish(deployed, 1, classifier))
        deployed.invoke("deploy_model", hosted.finish(f"tck-dev-{classifier}"))
    assert sorted(hosted.models) == sorted(hosted.configs) == sorted(live(name).name for name in ("main", "main-v2", "main-vendor"))
    assert all(is_hosted_name(f"tck-dev-{name}", live(name).name) for name in ("main", "main-v2", "main-vendor"))


def test_events_that_come_twice_or_late_change_nothing(deployed: Deployed, hosted: Hosted) -> None:
    """What counts is which model is current, and what the endpoint serves."""
    first = publish(deployed, 1)
    deployed.invoke("deploy_model", first)
    deployed.invoke("deploy_model", first)
    event = hosted.finish(NAME)
    deployed.invoke("deploy_model", event)
    deployed.invoke("deploy_model", event)
    serve(deployed, hosted, 2)
    deployed.invoke("deploy_model", first)
    deployed.invoke("deploy_model", HOURLY)
    assert live().version == 2
    assert len(deployed.requests("CreateEndpoint")) == len(deployed.requests("UpdateEndpoint")) == 1
    assert len(deployed.messages()) == 2


def test_a_model_that_does_not_come_up_is_told_and_not_tried_again_by_itself(deployed: Deployed, hosted: Hosted) -> None:
    """The one before goes on; another try is a person's to ask for, or comes with another image."""
    serve(deployed, hosted, 1)
    event = publish(deployed, 2)
    deployed.invoke("deploy_model", event)
    failed = hosted.finish(NAME, reason="The container did not pass the ping health check.")
    for each in (failed, failed, HOURLY):
        deployed.invoke("deploy_model", each)
    assert live().status == LiveStatus.FAILED
    assert deployed.messages()[1:] == [
        "Not live: classifier 'main'\n\nModel v2 did not come up behind the endpoint: The container did not pass the ping health check."
        " The model before it goes on answering. 'kit promote 2' tries once more."
    ]
    deployed.invoke("deploy_model", event)
    assert len(deployed.requests("UpdateEndpoint")) == 2


def test_a_first_endpoint_that_failed_is_replaced(deployed: Deployed, hosted: Hosted) -> None:
    """It can only be deleted."""
    deployed.invoke("deploy_model", publish(deployed, 1))
    deployed.invoke("deploy_model", hosted.finish(NAME, reason="No room"))
    assert "Model v1 did not come up behind the endpoint: No room. 'kit promote 1' tries once more." in deployed.messages()[0]
    deployed.invoke("deploy_model", publish(deployed, 2))
    assert hosted.endpoints[NAME]["EndpointStatus"] == "Creating"
    deployed.invoke("deploy_model", hosted.finish(NAME))
    assert (live().status, live().version) == (LiveStatus.SERVING, 2)


def test_the_command_that_tries_again_names_the_classifier(deployed: Deployed, hosted: Hosted) -> None:
    """Without the name it would put another classifier's model in use."""
    deployed.invoke("deploy_model", publish(deployed, 1, "tone"))
    deployed.invoke("deploy_model", hosted.finish("tck-dev-tone", reason="No room"))
    assert "'kit promote 1 --classifier tone' tries once more." in deployed.messages()[0]


def test_another_image_is_caught_up_with_by_the_hour(deployed: Deployed, hosted: Hosted) -> None:
    """Every classifier's endpoint is moved to it."""
    serve(deployed, hosted, 1)
    deployed.invoke("deploy_model", HOURLY, IMAGE="123456789012.dkr.ecr.eu-central-1.amazonaws.com/tck-dev:cpu-ffffffffffff")
    assert hosted.endpoints[NAME]["EndpointStatus"] == "Updating"


def test_while_an_endpoint_changes_nobody_touches_it(deployed: Deployed, hosted: Hosted) -> None:
    """Its end is an event of its own, at which the newest model is taken."""
    serve(deployed, hosted, 1)
    deployed.invoke("deploy_model", publish(deployed, 2))
    deployed.invoke("deploy_model", publish(deployed, 3))
    assert len(deployed.requests("UpdateEndpoint")) == 1
    deployed.invoke("deploy_model", hosted.finish(NAME))
    deployed.invoke("deploy_model", hosted.finish(NAME))
    assert (live().status, live().version) == (LiveStatus.SERVING, 3)


def test_what_sagemaker_refuses_is_told(deployed: Deployed, hosted: Hosted) -> None:
    """A quota, for instance; other troubles are for the next try."""
    event = publish(deployed, 1)
    deployed.fail("CreateEndpoint", "ThrottlingException")
    with pytest.raises(ClientError, match="Throttling"):
        deployed.invoke("deploy_model", event)
    deployed.fail("CreateEndpoint", "ThrottlingException")
    with pytest.raises(PlatformError):
        deployed.invoke("deploy_model", HOURLY)  # which nobody asked for, and which tries again all the same
    deployed.fail("CreateEndpoint", "ResourceLimitExceeded")
    deployed.invoke("deploy_model", HOURLY)
    assert live().status == LiveStatus.FAILED
    assert deployed.messages() == ["Not live: classifier 'main'\n\nModel v1 cannot be put behind the endpoint: pretended"]


INSTANCES = {
    "VARIANT": '{"InstanceType": "ml.c5.large", "InitialInstanceCount": 2}',
    "LEAST_INSTANCES": "2",
    "MOST_INSTANCES": "5",
    "SUBNETS": "subnet-1,subnet-2",
    "SECURITY_GROUP": "sg-1",
}
TARGET = f"endpoint/{NAME}/variant/all"


def serve_on_instances(deployed: Deployed, hosted: Hosted, version: int) -> None:
    """The same on instances in a network of the account."""
    deployed.invoke("deploy_model", publish(deployed, version), **INSTANCES)
    deployed.invoke("deploy_model", hosted.finish(NAME), **INSTANCES)


def test_instances_follow_the_requests_in_the_network_of_the_settings(deployed: Deployed, hosted: Hosted) -> None:
    """The container runs in the subnets, and once it serves its number is between the bounds."""
    deployed.invoke("deploy_model", publish(deployed, 1), **INSTANCES)
    (model,), (config,) = hosted.models.values(), hosted.configs.values()
    assert model["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    assert config["ProductionVariants"][0]["InstanceType"] == "ml.c5.large"
    assert hosted.scaled == {}
    deployed.invoke("deploy_model", hosted.finish(NAME), **INSTANCES)
    assert hosted.scaled == {TARGET: (2, 5)}
    assert live().status == LiveStatus.SERVING


def test_a_single_failed_request_takes_no_move_back(deployed: Deployed, hosted: Hosted) -> None:
    """The alarm asks for a share of the requests, more than a minute long, and has time to go off while the new instances bake."""
    serve_on_instances(deployed, hosted, 1)
    deployed.invoke("deploy_model", publish(deployed, 2), **INSTANCES)
    (alarm,) = hosted.alarms.values()
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocation5XXErrors", "Average")
    assert 0 < alarm["Threshold"] < 1
    assert alarm["EvaluationPeriods"] == alarm["DatapointsToAlarm"] > 1
    (update,) = deployed.requests("UpdateEndpoint")
    routing = update["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert alarm["Period"] * (alarm["EvaluationPeriods"] + 1) <= routing["WaitIntervalInSeconds"]


def test_a_move_on_instances_is_guarded(deployed: Deployed, hosted: Hosted) -> None:
    """New instances stand beside the old ones, as many as there are by now, and an alarm takes the move back; nothing scales meanwhile."""
    serve_on_instances(deployed, hosted, 1)
    deployed.invoke("deploy_model", publish(deployed, 2), **INSTANCES)
    (update,) = deployed.requests("UpdateEndpoint")
    assert update["RetainAllVariantProperties"] is True
    assert update["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"
    assert update["DeploymentConfig"]["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": f"{NAME}-errors"}]}
    assert hosted.scaled == {}
    deployed.invoke("deploy_model", hosted.finish(NAME), **INSTANCES)
    assert hosted.scaled == {TARGET: (2, 5)}


def test_bounds_are_held_by_the_hour(deployed: Deployed, hosted: Hosted) -> None:
    """A target that is known takes other bounds and no tags, which it has since it was new; and what is left over is put away."""
    serve_on_instances(deployed, hosted, 1)
    left = "tck-dev-main-v9-01234567"
    for most in ("5", "6"):
        hosted.models[left] = {}
        deployed.invoke("deploy_model", HOURLY, **INSTANCES | {"MOST_INSTANCES": most})
        assert hosted.scaled == {TARGET: (2, int(most))}
        assert left not in hosted.models
    assert deployed.requests("RegisterScalableTarget")[0]["Tags"]["classifier"] == "main"


def test_an_endpoint_that_cannot_scale_is_an_error(deployed: Deployed, hosted: Hosted) -> None:
    """Trying without tags hides no other refusal."""
    serve_on_instances(deployed, hosted, 1)
    for _ in range(2):
        deployed.fail("RegisterScalableTarget", "ValidationException")
    with pytest.raises(PlatformError):
        deployed.invoke("deploy_model", HOURLY, **INSTANCES)


def test_a_move_that_was_taken_back_leaves_an_endpoint_that_scales(deployed: Deployed, hosted: Hosted) -> None:
    """What served before goes on as it did."""
    serve_on_instances(deployed, hosted, 1)
    deployed.invoke("deploy_model", publish(deployed, 2), **INSTANCES)
    deployed.invoke("deploy_model", hosted.finish(NAME, reason="An alarm went off"), **INSTANCES)
    assert live().status == LiveStatus.FAILED
    assert hosted.scaled == {TARGET: (2, 5)}


def test_a_serverless_endpoint_moves_to_instances(deployed: Deployed, hosted: Hosted) -> None:
    """In place and without a guard, of which serverless endpoints know none."""
    serve(deployed, hosted, 1)
    deployed.invoke("deploy_model", HOURLY, **INSTANCES)
    deployed.invoke("deploy_model", hosted.finish(NAME), **INSTANCES)
    assert len(deployed.requests("CreateEndpoint")) == 1
    assert hosted.scaled == {TARGET: (2, 5)}


def test_instances_make_way_for_a_serverless_endpoint(deployed: Deployed, hosted: Hosted) -> None:
    """SageMaker cannot change one into the other: it is made anew, and nothing that scaled or watched is left."""
    serve_on_instances(deployed, hosted, 1)
    serve_on_instances(deployed, hosted, 2)
    deployed.invoke("deploy_model", HOURLY)
    deployed.invoke("deploy_model", hosted.finish(NAME))
    assert (live().status, live().version) == (LiveStatus.SERVING, 2)
    assert (hosted.scaled, hosted.alarms) == ({}, {})
    assert len(deployed.requests("CreateEndpoint")) == 2


def test_an_endpoint_that_was_deleted_by_hand_leaves_nothing_that_scales(deployed: Deployed, hosted: Hosted) -> None:
    """Its registration and its alarm would stay for ever; the owner is told once what makes it anew."""
    for version in (1, 2):
        serve_on_instances(deployed, hosted, version)
    hosted.endpoints.clear()
    for _ in range(2):
        deployed.invoke("deploy_model", HOURLY, **INSTANCES)
    assert (hosted.scaled, hosted.alarms, live().status) == ({}, {}, LiveStatus.FAILED)
    (message,) = deployed.messages()[2:]
    assert "there is no endpoint any more" in message


def test_another_promise_moves_the_endpoint(deployed: Deployed, hosted: Hosted) -> None:
    """The container hears of it from its model's environment, which cannot be changed."""
    serve(deployed, hosted, 1)
    deployed.invoke("deploy_model", HOURLY, MAX_ERROR="2")
    deployed.invoke("deploy_model", hosted.finish(NAME), MAX_ERROR="2")
    (model,) = hosted.models.values()
    assert model["PrimaryContainer"]["Environment"] == {"MAX_ERROR": "2"}


def test_endpoints_of_others_are_none_of_its_business(deployed: Deployed, hosted: Hosted) -> None:
    """An event of an endpoint without a classifier of ours does nothing."""
    for name in ("another", "tck-dev-unknown"):
        deployed.invoke("deploy_model", {"detail-type": "SageMaker Endpoint State Change", "detail": {"EndpointName": name}})
    assert hosted == Hosted()
