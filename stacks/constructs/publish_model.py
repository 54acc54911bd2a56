"""publish_model: a training job ended, or ended without anybody's hearing of it."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.deployment import run_time_name
from contract.events import SOURCE, TRAINING_STATE_CHANGE
from contract.function_environments import PublishModelEnvironment
from contract.layout import evaluation_key
from contract.ledger import BY_WAITING
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import EventRule, HourlyRule
from stacks.grants import allow, grant_ledger_query, grant_object_list, grant_objects
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT


class PublishModel(EventFunction):
    """The gate: reads the evaluation, records the model and, when it is the better one, says so by ModelPublished."""

    def __init__(self, scope: Construct, *, settings: Settings, models_bucket: s3.IBucket, records: Records) -> None:
        super().__init__(
            scope,
            "PublishModel",
            source=ROOT / "lambda" / "publish_model",
            settings=settings,
            environment=PublishModelEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                models_bucket=models_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                usd_per_billed_hour=settings.training_usd_per_hour_on_demand,
            ),
        )
        stack = Stack.of(self)
        jobs = stack.format_arn(service="sagemaker", resource="training-job", resource_name=run_time_name(settings.stage, "*"))
        allow(self.role, "sagemaker:DescribeTrainingJob", on=[jobs])
        grant_objects(self.role, models_bucket, "s3:GetObject", keys=evaluation_key("*"))
        grant_object_list(self.role, models_bucket)
        records.grant(self.role, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        grant_ledger_query(self.role, records.ledger, BY_WAITING)
        default_bus = stack.format_arn(service="events", resource="event-bus", resource_name="default")
        allow(self.role, "events:PutEvents", on=[default_bus], when={"StringEquals": {"events:source": SOURCE}})
        HourlyRule(self, "Hourly", wakes=self)
        EventRule(
            self,
            "TrainingEnded",
            source="aws.sagemaker",
            kind=TRAINING_STATE_CHANGE,
            detail={
                "TrainingJobName": events.Match.prefix(run_time_name(settings.stage, "")),
                "TrainingJobStatus": ["Completed", "Failed", "Stopped"],
            },
            wakes=self,
        )
