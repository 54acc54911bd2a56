"""Where prediction jobs wait for a host: spare capacity first, then on-demand, from zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import Duration, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from stacks.constructs.host_role import HostRole
from stacks.constructs.network import Network
from stacks.settings import Settings


class PredictionQueue(Construct):
    """The queue and its compute environments.

    They are never named, so that CloudFormation can replace them. A job that finds no host within the limit of the
    settings is cancelled by Batch, for the reasons to which it can bind an action; for all others report_prediction does.
    """

    def __init__(self, scope: Construct, construct_id: str, *, network: Network, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._network = network
        self._host_role = HostRole(self, "HostRole")
        self._hosts = self._launch_template()
        kinds: Sequence[tuple[str, bool]] = [("Spot", True), ("OnDemand", False)] if settings.is_prediction_spot else [("OnDemand", False)]
        environments = [self._compute_environment(name, is_spot=is_spot) for name, is_spot in kinds]
        self._host_role.join(*environments)
        queue = batch.JobQueue(
            self,
            "Queue",
            compute_environments=[
                batch.OrderedComputeEnvironment(compute_environment=environment, order=order)
                for order, environment in enumerate(environments, start=1)
            ],
            job_state_time_limit_actions=[
                batch.JobStateTimeLimitAction(reason=reason, max_time=Duration.minutes(settings.runnable_limit_minutes))
                for reason in batch.JobStateTimeLimitActionsReason
            ],
        )
        self.arn = queue.job_queue_arn
        self.any_job = Stack.of(self).format_arn(service="batch", resource="job", resource_name="*")

    def _compute_environment(self, name: str, *, is_spot: bool) -> batch.ManagedEc2EcsComputeEnvironment:
        settings = self._settings
        image_type = batch.EcsMachineImageType.ECS_AL2023_NVIDIA if settings.is_gpu else batch.EcsMachineImageType.ECS_AL2023
        strategy = batch.AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED if is_spot else batch.AllocationStrategy.BEST_FIT_PROGRESSIVE
        environment = batch.ManagedEc2EcsComputeEnvironment(
            self,
            name,
            vpc=self._network.vpc,
            vpc_subnets=self._network.subnets,
            security_groups=[self._network.jobs],
            instance_types=[ec2.InstanceType(instance_type) for instance_type in settings.prediction_instance_types],
            use_optimal_instance_classes=False,  # "optimal" would add families without GPU
            images=[batch.EcsMachineImage(image_type=image_type)],
            instance_role=self._host_role,
            launch_template=self._hosts,
            spot=is_spot,
            allocation_strategy=strategy,
            minv_cpus=0,
            maxv_cpus=settings.prediction_max_vcpus,
            update_to_latest_image_version=True,
        )
        resource = cast(batch.CfnComputeEnvironment, environment.node.default_child)
        # without it Batch would keep to the template's first version for ever
        resource.add_property_override("ComputeResources.LaunchTemplate.Version", self._hosts.latest_version_number)
        return environment

    def _launch_template(self) -> ec2.LaunchTemplate:
        """IMDSv2 only, one hop, and an encrypted disk of the size that the settings ask for."""
        settings = self._settings
        return ec2.LaunchTemplate(
            self,
            "Hosts",
            require_imdsv2=True,
            http_put_response_hop_limit=1,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",  # the root disk of Amazon Linux 2023
                    volume=ec2.BlockDeviceVolume.ebs(
                        settings.prediction_volume_gib, volume_type=ec2.EbsDeviceVolumeType.GP3, encrypted=True, delete_on_termination=True
                    ),
                )
            ],
        )
