"""The role of the prediction hosts themselves."""

from __future__ import annotations

from aws_cdk import Fn, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.grants import allow

CLUSTERS = ("AWSBatch-{}-*", "{}_Batch_*")  # names of the cluster of a compute environment


class HostRole(iam.Role):
    """What the ECS agent calls, and no more.

    Jobs of Batch share their host's network and could ask it for this role's credentials. AWS's managed policy for such
    hosts would also let them pull every image and write every log of the account; here the execution role does both.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
        allow(self, "ecs:DiscoverPollEndpoint", on=["*"])

    def join(self, *environments: batch.IComputeEnvironment) -> None:
        """Let hosts take part in the clusters of these compute environments, and in no other of the account.

        Batch makes a cluster for each and calls it after the environment: with its own service-linked role AWSBatch-NAME-UUID, by
        its managed policy BatchServiceRolePolicy, with a role of the account's NAME_Batch_UUID. A wrong name would keep all hosts out.
        """
        stack = Stack.of(self)
        names = [Fn.select(1, Fn.split("/", environment.compute_environment_arn)) for environment in environments]
        clusters = [
            stack.format_arn(service="ecs", resource="cluster", resource_name=form.format(name)) for name in names for form in CLUSTERS
        ]
        hosts = stack.format_arn(service="ecs", resource="container-instance", resource_name="*")
        allow(
            self,
            "ecs:RegisterContainerInstance",
            "ecs:DeregisterContainerInstance",
            "ecs:SubmitAttachmentStateChanges",
            "ecs:SubmitContainerStateChange",
            "ecs:SubmitTaskStateChange",
            on=clusters,
        )
        there = {"ArnLike": {"ecs:cluster": clusters}}
        allow(self, "ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState", on=[hosts], when=there)
        allow(self, "ecs:TagResource", on=[hosts], when={"StringEquals": {"ecs:CreateAction": "RegisterContainerInstance"}})
