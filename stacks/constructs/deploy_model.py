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
from stacks.constructs.serving_role import ServingRole
from stacks.constructs.stored_image import StoredImage
from stacks.grants import allow, of_stage
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT

MADE = {"endpoint": "Endpoint", "endpoint-config": "EndpointConfig", "model": "Model"}  # what it makes at run time, by its ARN's word


class DeployModel(EventFunction):
    """Brings each classifier's endpoint to its current model: with the first one it makes the endpoint."""

    def __init__(self, scope: Construct, *, settings: Settings, image: StoredImage, serving_role: ServingRole, records: Records) -> None:
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
            ),
        )
        stage = settings.stage
        arns = {
            word: Stack.of(self).format_arn(service="sagemaker", resource=word, resource_name=run_time_name(stage, "*")) for word in MADE
        }
        allow(self.role, "sagemaker:DescribeEndpoint", on=[arns["endpoint"]])
        allow(self.role, "sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint", on=[arns["endpoint"], arns["endpoint-config"]])
        allow(self.role, "sagemaker:CreateEndpointConfig", on=[arns["endpoint-config"]])
        allow(self.role, "sagemaker:CreateModel", on=[arns["model"]])
        allow(self.role, "sagemaker:AddTags", on=list(arns.values()))
        for word, kind in MADE.items():
            allow(self.role, f"sagemaker:Delete{kind}", on=[arns[word]], when=of_stage(stage))
        allow(self.role, "sagemaker:ListEndpointConfigs", "sagemaker:ListModels", on=["*"])
        to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        allow(self.role, "iam:PassRole", on=[serving_role.role_arn], when=to_sagemaker)
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
