"""deploy_model: a classifier's current model changed, an endpoint's state did, or an hour has passed."""

from __future__ import annotations

import json

from aws_cdk import Stack
from aws_cdk import aws_events as events
from constructs import Construct

from contract.deployment import run_time_name
from contract.events import ENDPOINT_STATE_CHANGE, MODEL_PUBLISHED, SOURCE
from contract.function_environments import DeployModelEnvironment
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import EventRule, HourlyRule
from stacks.constructs.network import Network
from stacks.constructs.serving_role import ServingRole
from stacks.constructs.stored_image import StoredImage
from stacks.grants import (
    OF_SAGEMAKER,
    alarms_of_endpoints,
    alarms_of_scaling,
    allow,
    allow_to_stop_scaling,
    allow_to_tag_what_is_made,
    of_stage,
    scalable_targets,
    with_tags_of_stage,
)
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT

SCALES = "sagemaker.application-autoscaling.amazonaws.com"
SCALING_ROLE = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"  # the account's own, made when the first endpoint scales
MADE = {"endpoint": "Endpoint", "endpoint-config": "EndpointConfig", "model": "Model"}  # what it makes at run time, by its ARN's word


class DeployModel(EventFunction):
    """Brings each classifier's endpoint to its current model: with the first one it makes the endpoint."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        image: StoredImage,
        serving_role: ServingRole,
        network: Network | None,
        records: Records,
    ) -> None:
        super().__init__(
            scope,
            "DeployModel",
            source=ROOT / "lambda" / "deploy_model",
            settings=settings,
            environment=DeployModelEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                topic_arn=records.topic.topic_arn,
                image=image.uri,
                serving_role_arn=serving_role.role_arn,
                variant=json.dumps(settings.live_variant, sort_keys=True),
                least_instances=settings.live_min_instances if settings.live_instance_type else 0,
                most_instances=settings.live_max_instances if settings.live_instance_type else 0,
                subnets=",".join(network.subnet_ids) if network else "",
                security_group=network.jobs.security_group_id if network else "",
                max_error=settings.promised_max_error_percent,
            ),
        )
        stage = settings.stage
        arns = {
            word: Stack.of(self).format_arn(service="sagemaker", resource=word, resource_name=run_time_name(stage, "*")) for word in MADE
        }
        allow(self.role, "sagemaker:DescribeEndpoint", on=[arns["endpoint"]])
        allow(self.role, "sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint", on=[arns["endpoint"], arns["endpoint-config"]])
        allow(self.role, "sagemaker:CreateEndpointConfig", on=[arns["endpoint-config"]])
        allow(self.role, "sagemaker:CreateModel", on=[arns["model"]], when=network.required if network else None)
        allow_to_tag_what_is_made(self.role, stage, on=list(arns.values()))
        for word, kind in MADE.items():
            allow(self.role, f"sagemaker:Delete{kind}", on=[arns[word]], when=of_stage(stage))
        allow(self.role, "sagemaker:ListEndpointConfigs", "sagemaker:ListModels", on=["*"])
        to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        allow(self.role, "iam:PassRole", on=[serving_role.role_arn], when=to_sagemaker)
        allow_to_stop_scaling(self.role, self, stage, has_instances=bool(settings.live_instance_type))
        if settings.live_instance_type:
            self._allow_scaling(stage, endpoint=arns["endpoint"], config=arns["endpoint-config"])
        records.grant(self.role, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query")
        EventRule(self, "ModelPublished", source=SOURCE, kind=MODEL_PUBLISHED, detail={"stage": [stage]}, wakes=self)
        EventRule(
            self,
            "EndpointChanged",
            source="aws.sagemaker",
            kind=ENDPOINT_STATE_CHANGE,
            detail={"EndpointName": events.Match.prefix(run_time_name(stage, ""))},
            wakes=self,
        )
        HourlyRule(self, "Hourly", wakes=self)

    def _allow_scaling(self, stage: str, *, endpoint: str, config: str) -> None:
        """What instances take: that their number follows the requests, and that a move which fails is taken back."""
        actions = ("RegisterScalableTarget", "PutScalingPolicy")
        allow(self.role, *(f"application-autoscaling:{name}" for name in actions), on=[scalable_targets(self)], when=OF_SAGEMAKER)
        allow(self.role, "application-autoscaling:TagResource", on=[scalable_targets(self)], when=with_tags_of_stage(stage))
        allow(self.role, "cloudwatch:PutMetricAlarm", on=[alarms_of_endpoints(self, stage)])
        allow(self.role, "cloudwatch:TagResource", on=[alarms_of_endpoints(self, stage)], when=with_tags_of_stage(stage))
        allow(self.role, "cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", on=[alarms_of_scaling(self, stage)])
        allow(self.role, "sagemaker:DescribeEndpointConfig", on=[config])
        allow(self.role, "sagemaker:UpdateEndpointWeightsAndCapacities", on=[endpoint])
        name = f"aws-service-role/{SCALES}/{SCALING_ROLE}"
        role = Stack.of(self).format_arn(service="iam", region="", resource="role", resource_name=name)
        allow(self.role, "iam:CreateServiceLinkedRole", on=[role], when={"StringEquals": {"iam:AWSServiceName": SCALES}})
