"""The network of the prediction jobs."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

ZONES = 2  # all that a stack without a fixed region can name; Batch looks for capacity in both


class Network(ec2.Vpc):
    """Public subnets without NAT, which would cost by the hour: hosts get a public address while they run, and nothing may come in.

    S3 and DynamoDB are reached through gateway endpoints, which cost nothing. `hosts` is the security group for hosts.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            max_azs=ZONES,
            nat_gateways=0,
            subnet_configuration=[ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=True)],
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "DynamoDb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
            restrict_default_security_group=False,  # it would take a function of CDK's with wide rights; nothing uses that group
        )
        self.hosts = ec2.SecurityGroup(
            self, "Hosts", vpc=self, description="Prediction hosts: everything out, nothing in", allow_all_outbound=True
        )
