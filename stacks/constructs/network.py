"""The networks in which jobs run: one of the kit's own, with or without a way to the internet, or one that exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Annotations, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.endpoints import BUCKET_ACTIONS, DOOR_ACTIONS, INTERFACE_SERVICES, LAYERS, OBJECT_ACTIONS, ZONES
from stacks.settings import Settings

ADDRESSES = "10.0.0.0/16"
HTTPS = 443
# what SageMaker does in a network of the account, on all resources as its documentation asks for
NETWORK_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


@dataclass(frozen=True)
class Network:
    """Where jobs run, and the security group that they run in: everything or HTTPS out, nothing in."""

    vpc: ec2.IVpc
    places: Sequence[ec2.ISubnet]
    jobs: ec2.ISecurityGroup

    @property
    def subnets(self) -> ec2.SubnetSelection:
        """The subnets as constructs take them."""
        return ec2.SubnetSelection(subnets=list(self.places))

    @property
    def required(self) -> dict[str, dict[str, Any]]:
        """The conditions under which SageMaker is asked to run something in this network, and in no other."""
        places = {"sagemaker:VpcSubnets": self.subnet_ids, "sagemaker:VpcSecurityGroupIds": [self.jobs.security_group_id]}
        # without the second one a request that names no network would match
        return {"ForAllValues:StringEquals": places, "Null": dict.fromkeys(places, "false")}

    @property
    def subnet_ids(self) -> list[str]:
        """The subnets as APIs take them."""
        return [subnet.subnet_id for subnet in self.places]


def prediction_network(scope: Construct, settings: Settings, *, buckets: Sequence[s3.IBucket]) -> Network:
    """Where the hosts of prediction jobs run; without internet they reach these buckets alone."""
    if settings.vpc_id:
        return _existing(scope, settings)
    if settings.is_endpoints_only:
        vpc = PrivateVpc(scope, "Network", buckets=buckets)
        vpc.reach_services()
        return vpc.network
    return PublicVpc(scope, "Network").network


def sagemaker_network(scope: Construct, settings: Settings, *, buckets: Sequence[s3.IBucket]) -> Network | None:
    """Where trainings and endpoints run, which without internet reach these buckets alone; None when SageMaker's own network does.

    Image and log travel outside of it; a container needs S3 alone, which costs nothing to reach.
    """
    if settings.vpc_id:
        return _existing(scope, settings)
    return PrivateVpc(scope, "Network", buckets=buckets).network if settings.is_endpoints_only else None


class PublicVpc(ec2.Vpc):
    """Public subnets without NAT, which would cost by the hour: hosts get a public address while they run, and nothing may come in.

    S3 is reached through a gateway endpoint, which costs nothing.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            max_azs=ZONES,
            nat_gateways=0,
            subnet_configuration=[ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=True)],
            gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
            restrict_default_security_group=False,  # it would take a function of CDK's with wide rights; nothing uses that group
        )
        jobs = ec2.SecurityGroup(self, "Hosts", vpc=self, description="Prediction hosts: everything out, nothing in")
        self.network = Network(self, self.public_subnets, jobs)


class PrivateVpc(ec2.Vpc):
    """Subnets without a way to the internet: no gateway to it, no NAT, no public address.

    S3 is reached by gateway, and there nothing but the kit's own buckets, whoever's credentials a request has.
    """

    def __init__(self, scope: Construct, construct_id: str, *, buckets: Sequence[s3.IBucket]) -> None:
        super().__init__(
            scope,
            construct_id,
            ip_addresses=ec2.IpAddresses.cidr(ADDRESSES),
            max_azs=ZONES,
            create_internet_gateway=False,
            subnet_configuration=[ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
            restrict_default_security_group=False,  # as above
        )
        self._data = self.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        _let_through(self._data, *BUCKET_ACTIONS, on=[bucket.bucket_arn for bucket in buckets])
        _let_through(self._data, *OBJECT_ACTIONS, on=[bucket.arn_for_objects("*") for bucket in buckets])
        self.network = Network(self, self.isolated_subnets, _https_only(self, "Jobs", self))

    def reach_services(self) -> None:
        """Add what a host of Batch needs: an interface in each zone for each service."""
        doors = ec2.SecurityGroup(self, "Doors", vpc=self, description="Interface endpoints: HTTPS from inside", allow_all_outbound=False)
        doors.add_ingress_rule(ec2.Peer.ipv4(ADDRESSES), ec2.Port.tcp(HTTPS), "from the hosts of jobs")
        stack = Stack.of(self)
        layers = stack.format_arn(service="s3", region="", account="", resource=LAYERS.format(region=stack.region), resource_name="*")
        _let_through(self._data, "s3:GetObject", on=[layers])
        for name in INTERFACE_SERVICES:
            door = self.add_interface_endpoint(
                "".join(part.capitalize() for part in name.replace(".", "-").split("-")),
                service=ec2.InterfaceVpcEndpointAwsService(name),
                subnets=self.network.subnets,
                security_groups=[doors],
                open=False,
            )
            if name in DOOR_ACTIONS:
                _let_through(door, *DOOR_ACTIONS[name], on=["*"], when={"StringEquals": {"aws:PrincipalAccount": stack.account}})


def _existing(scope: Construct, settings: Settings) -> Network:
    """The network that the settings name; nothing is looked up, and nothing is made in it but a security group."""
    vpc = ec2.Vpc.from_vpc_attributes(scope, "Network", vpc_id=settings.vpc_id, availability_zones=Stack.of(scope).availability_zones)
    subnets = []
    for number, subnet_id in enumerate(settings.subnets, start=1):
        subnet = ec2.Subnet.from_subnet_id(scope, f"Subnet{number}", subnet_id)
        Annotations.of(subnet).acknowledge_warning("@aws-cdk/aws-ec2:noSubnetRouteTableId", "Nobody asks for its route table.")
        subnets.append(subnet)
    return Network(vpc, subnets, _https_only(scope, "Jobs", vpc))


def _https_only(scope: Construct, construct_id: str, vpc: ec2.IVpc) -> ec2.SecurityGroup:
    group = ec2.SecurityGroup(scope, construct_id, vpc=vpc, description="Jobs: HTTPS out, nothing in", allow_all_outbound=False)
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "to AWS; the routes decide what else")
    return group


def _let_through(endpoint: ec2.VpcEndpoint, *actions: str, on: Sequence[str], when: dict[str, dict[str, str]] | None = None) -> None:
    """Add to the policy of an endpoint, which lets everything through as long as it has none."""
    endpoint.add_to_policy(iam.PolicyStatement(principals=[iam.AnyPrincipal()], actions=list(actions), resources=list(on), conditions=when))
