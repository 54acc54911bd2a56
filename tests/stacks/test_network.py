"""The networks of jobs: with a way to the internet, without one, and one that exists already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from assemblies import Assembly, assemble
from template_policies import allowances, listed, readable

from contract.deployment import TrainingSurroundings
from contract.errors import UserError
from stacks.cost import idle_usd
from stacks.endpoints import DOOR_ACTIONS, INTERFACE_SERVICES, MONTHLY_USD
from stacks.settings import Settings

VPC = "vpc-0123456789abcdef0"
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
WAYS_OUT = ("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::VPCGatewayAttachment")


@pytest.fixture(scope="module")
def inside(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The dev stage in a VPC that exists."""
    return assemble(checkout, tmp_path_factory.mktemp("inside") / "out", {"vpc_id": VPC, "subnet_ids": ",".join(SUBNETS)})


def _groups(assembly: Assembly, stack: str) -> dict[str, dict[str, Any]]:
    return {resource.logical_id: resource.properties for resource in assembly.resources("AWS::EC2::SecurityGroup", stack)}


def _only(values: Iterable[Any]) -> Any:
    """The one value that all have."""
    (value,) = {json.dumps(value, sort_keys=True) for value in values}
    return json.loads(value)


def _compute(assembly: Assembly, name: str) -> Any:
    """A property that all compute environments share."""
    return _only(one.properties["ComputeResources"][name] for one in assembly.resources("AWS::Batch::ComputeEnvironment"))


def _of_training(assembly: Assembly) -> tuple[Any, Any]:
    """Subnets and security group in the environment of start_training."""
    variables = assembly.only("AWS::Lambda::Function", starting="StartTraining").properties["Environment"]["Variables"]
    return variables["SUBNETS"], variables["SECURITY_GROUP"]


def test_nothing_may_come_in(assembly: Assembly) -> None:
    """No security group lets anything in, but the doors of the endpoints HTTPS from inside."""
    for logical_id, group in _groups(assembly, "Prediction").items():
        rules = group.get("SecurityGroupIngress", [])
        assert [(rule["CidrIp"], rule["FromPort"], rule["ToPort"]) for rule in rules] == (
            [("10.0.0.0/16", 443, 443)] if "Doors" in logical_id else []
        )


@pytest.mark.parametrize("stack", ["Training", "Prediction"])
def test_descriptions_have_no_letter_that_ec2_refuses(assembly: Assembly, stack: str) -> None:
    """An apostrophe is one, and the whole stack would fail with it; neither synth nor the linter tells."""
    for group in _groups(assembly, stack).values():
        rules = [*group.get("SecurityGroupIngress", []), *group["SecurityGroupEgress"]]
        for text in (group["GroupDescription"], *(rule["Description"] for rule in rules)):
            assert re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}", text), text


def test_by_default_hosts_have_public_addresses_and_nothing_costs_by_the_hour(dev: Assembly) -> None:
    """No NAT gateway; S3 is reached by a gateway endpoint, which is free."""
    assert [resource.kind for kind in WAYS_OUT[1:3] for resource in dev.resources(kind)] == []
    assert {endpoint.properties["VpcEndpointType"] for endpoint in dev.resources("AWS::EC2::VPCEndpoint")} == {"Gateway"}
    assert all(subnet.properties["MapPublicIpOnLaunch"] is True for subnet in dev.resources("AWS::EC2::Subnet"))


@pytest.mark.parametrize("stack", ["Training", "Prediction"])
def test_every_subnet_reaches_data_through_the_gateways(assembly: Assembly, stack: str) -> None:
    """The gateway endpoint stands in the route tables of all subnets of a network."""
    tables = {table.logical_id for table in assembly.resources("AWS::EC2::RouteTable", stack)}
    for endpoint in assembly.resources("AWS::EC2::VPCEndpoint", stack):
        if endpoint.properties["VpcEndpointType"] == "Gateway":
            assert {reference["Ref"] for reference in endpoint.properties["RouteTableIds"]} == tables


def test_without_internet_there_is_no_way_out(prod: Assembly) -> None:
    """No gateway, no NAT, no public address, no route but those of the endpoints; HTTPS is all that a job may send."""
    for kind in (*WAYS_OUT, "AWS::EC2::Route"):
        assert list(prod.resources(kind)) == []
    assert {subnet.properties["MapPublicIpOnLaunch"] for subnet in prod.resources("AWS::EC2::Subnet")} == {False}
    for stack in ("Training", "Prediction"):
        (jobs,) = (group for name, group in _groups(prod, stack).items() if "Jobs" in name)
        assert [(rule["CidrIp"], rule["FromPort"], rule["ToPort"]) for rule in jobs["SecurityGroupEgress"]] == [("0.0.0.0/0", 443, 443)]


def test_without_internet_hosts_reach_what_they_need(prod: Assembly) -> None:
    """An interface for each service in each zone, with private names, and the gateway for S3; jobs call no DynamoDB."""
    endpoints = [endpoint.properties for endpoint in prod.resources("AWS::EC2::VPCEndpoint", "Prediction")]
    interfaces = [one for one in endpoints if one["VpcEndpointType"] == "Interface"]
    assert {_service(one["ServiceName"]) for one in interfaces} == set(INTERFACE_SERVICES)
    assert all(one["PrivateDnsEnabled"] and len(one["SubnetIds"]) == 2 for one in interfaces)
    gateways = [one for one in endpoints if one["VpcEndpointType"] == "Gateway"]
    assert {_service(one["ServiceName"]) for one in gateways} == {"s3"}
    assert _compute(prod, "Subnets") == interfaces[0]["SubnetIds"]


def test_without_internet_data_go_to_the_kits_own_buckets_alone(prod: Assembly) -> None:
    """Whoever's credentials a request has, no other bucket is written or read; of others' only the layers of images are read."""
    own = {"Training": {"<Train.Arn>", "<Models.Arn>"}, "Prediction": {"<Predict.Arn>", "<Models.Arn>", "<Results.Arn>"}}
    for stack, buckets in own.items():
        (gateway,) = (one for one in prod.resources("AWS::EC2::VPCEndpoint", stack) if one.properties["VpcEndpointType"] == "Gateway")
        reached: dict[str, set[str]] = {}
        for statement in gateway.properties["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for resource in listed(statement["Resource"]):
                reached.setdefault(readable(resource, prod.stage), set()).update(listed(statement["Action"]))
        layers = reached.pop("arn:<AWS::Partition>:s3:::prod-<AWS::Region>-starport-layer-bucket/*", set())
        assert layers == ({"s3:GetObject"} if stack == "Prediction" else set())
        assert set(reached) == {*buckets, *(f"{bucket}/*" for bucket in buckets)}
        role = "JobRole" if stack == "Prediction" else "TrainingRole"
        called = {grant.action for grant in allowances(prod, stack) if grant.role == role and grant.action.startswith("s3:")}
        assert called
        assert called <= set().union(*reached.values())


def test_without_internet_logs_are_written_in_this_account_and_images_only_read(prod: Assembly) -> None:
    """A stranger's credentials open no log of the stranger's, and nobody's push an image."""
    doors = {_service(one.properties["ServiceName"]): one.properties for one in prod.resources("AWS::EC2::VPCEndpoint", "Prediction")}
    for name, actions in DOOR_ACTIONS.items():
        (statement,) = doors[name]["PolicyDocument"]["Statement"]
        assert set(listed(statement["Action"])) == set(actions)
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}
    execution = {grant.action for grant in allowances(prod, "Prediction") if grant.role == "JobExecutionRole"}
    assert execution == {action for actions in DOOR_ACTIONS.values() for action in actions}


def _service(name: Any) -> str:
    """`ecr.api` of com.amazonaws.REGION.ecr.api, which is written with the region's reference in the middle."""
    text = name if isinstance(name, str) else "".join(part if isinstance(part, str) else "REGION" for part in name["Fn::Join"][1])
    return text.partition("REGION.")[2]


def test_the_price_of_no_internet_is_the_one_that_the_setting_names(prod: Assembly) -> None:
    """The meaning of the setting, the templates and the price table say the same."""
    usd = sum(
        amount
        for name in ("Training", "Prediction")
        for logical_id, amount in idle_usd(prod.templates[name]).items()
        if prod.templates[name]["Resources"][logical_id]["Type"] == "AWS::EC2::VPCEndpoint"
    )
    assert usd == pytest.approx(MONTHLY_USD)
    meaning = Settings.__dataclass_fields__["is_endpoints_only"].metadata["meaning"]
    assert f"{MONTHLY_USD:.2f} USD a month" in meaning


def test_without_internet_trainings_run_in_such_a_network_too(dev: Assembly, prod: Assembly) -> None:
    """start_training hands its subnets and its security group to SageMaker; otherwise it names none."""
    assert _of_training(dev) == ("", "")
    subnets, group = _of_training(prod)
    private = {subnet.logical_id for subnet in prod.resources("AWS::EC2::Subnet", "Training")}
    assert {part["Ref"] for part in subnets["Fn::Join"][1] if isinstance(part, dict)} == private
    assert group["Fn::GetAtt"][0] in _groups(prod, "Training")
    assert list(dev.resources("AWS::EC2::VPC", "Training")) == []


def test_without_internet_endpoints_run_on_instances_in_such_a_network(dev: Assembly, prod: Assembly) -> None:
    """deploy_model hands its subnets and its security group to SageMaker; serverless endpoints have none."""
    variables = {
        one.stage: one.only("AWS::Lambda::Function", starting="DeployModel").properties["Environment"]["Variables"] for one in (dev, prod)
    }
    assert (variables["dev"]["SUBNETS"], variables["dev"]["SECURITY_GROUP"], variables["dev"]["LEAST_INSTANCES"]) == ("", "", "0")
    private = {subnet.logical_id for subnet in prod.resources("AWS::EC2::Subnet", "Realtime")}
    subnets = variables["prod"]["SUBNETS"]["Fn::Join"][1]
    assert {part["Ref"] for part in subnets if isinstance(part, dict)} == private
    assert variables["prod"]["SECURITY_GROUP"]["Fn::GetAtt"][0] in _groups(prod, "Realtime")
    assert (variables["prod"]["LEAST_INSTANCES"], variables["prod"]["MOST_INSTANCES"]) == ("1", "4")
    assert json.loads(variables["prod"]["VARIANT"]) == {"InstanceType": "ml.c5.large", "InitialInstanceCount": 1}


def test_a_training_by_hand_is_told_the_same(assembly: Assembly) -> None:
    """The output that `kit train` reads names the network and the keys that start_training uses."""

    def text(value: Any) -> str:
        parts = value["Fn::Join"][1] if isinstance(value, dict) and "Fn::Join" in value else [value]
        return "".join(part if isinstance(part, str) else json.dumps(part) for part in parts)

    output = text(assembly.templates["Training"]["Outputs"]["TrainingSurroundings"]["Value"])
    variables = assembly.only("AWS::Lambda::Function", starting="StartTraining").properties["Environment"]["Variables"]
    for name in TrainingSurroundings.__dataclass_fields__:
        assert f'"{name}": "{text(variables[name.upper()])}"' in output


def test_in_an_existing_vpc_nothing_is_made_but_security_groups(inside: Assembly) -> None:
    """Its subnets are used as they are named, for predictions and trainings."""
    made = {resource.kind for resource in inside.resources() if resource.kind.startswith("AWS::EC2::")}
    assert made == {"AWS::EC2::SecurityGroup", "AWS::EC2::LaunchTemplate"}
    for stack in ("Training", "Prediction"):
        assert [group["VpcId"] for group in _groups(inside, stack).values()] == [VPC]
    assert _compute(inside, "Subnets") == list(SUBNETS)
    assert _of_training(inside)[0] == ",".join(SUBNETS)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"vpc_id": VPC}, "vpc_id and subnet_ids belong together"),
        ({"subnet_ids": SUBNETS[0]}, "vpc_id and subnet_ids belong together"),
        ({"vpc_id": "mine", "subnet_ids": SUBNETS[0]}, "vpc_id='mine'"),
        ({"vpc_id": VPC, "subnet_ids": "subnet-1, subnet-2"}, "subnet_ids='subnet-1, subnet-2'"),
        ({"vpc_id": VPC, "subnet_ids": SUBNETS[0], "is_endpoints_only": "true"}, "is_endpoints_only makes a network of its own"),
        ({"is_endpoints_only": "true"}, "is_endpoints_only does not hold serverless endpoints: choose a live_instance_type"),
        ({"live_instance_type": "ml.c5.large", "live_min_instances": "3"}, "live_min_instances is more than live_max_instances"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(given: dict[str, str], words: str) -> None:
    """In a sentence, before anything is synthesized."""
    with pytest.raises(UserError) as caught:
        Settings.of("dev", given)
    assert words in str(caught.value)
