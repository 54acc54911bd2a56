"""report_prediction: a prediction job ended, perhaps without anybody's hearing of it, or never starts."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.events import BATCH_STATE_CHANGE
from contract.function_environments import ReportPredictionEnvironment
from contract.ledger import BY_WAITING
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import EventRule, HourlyRule
from stacks.constructs.prediction_queue import PredictionQueue
from stacks.grants import allow, grant_ledger_query, grant_object_list, grant_objects, of_stage
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT


class ReportPrediction(EventFunction):
    """Reads summary or failure, writes the ledger and tells the owner; by the hour it ends what no machine takes and asks for ends."""

    def __init__(
        self, scope: Construct, *, settings: Settings, results_bucket: s3.IBucket, records: Records, queue: PredictionQueue
    ) -> None:
        super().__init__(
            scope,
            "ReportPrediction",
            source=ROOT / "lambda" / "report_prediction",
            settings=settings,
            environment=ReportPredictionEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                results_bucket=results_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                job_queue=queue.arn,
                runnable_limit_seconds=60 * settings.runnable_limit_minutes,
                usd_per_hour=settings.prediction_usd_per_hour,
            ),
        )
        grant_objects(self.role, results_bucket, "s3:GetObject")
        grant_object_list(self.role, results_bucket)
        records.grant(self.role, "dynamodb:GetItem", "dynamodb:UpdateItem")
        grant_ledger_query(self.role, records.ledger, BY_WAITING)
        allow(self.role, "batch:TerminateJob", on=[queue.any_job], when=of_stage(settings.stage))
        allow(self.role, "batch:ListJobs", "batch:DescribeJobs", on=["*"])
        HourlyRule(self, "Hourly", wakes=self)
        EventRule(
            self,
            "JobEnded",
            source="aws.batch",
            kind=BATCH_STATE_CHANGE,
            detail={"jobQueue": [queue.arn], "status": ["SUCCEEDED", "FAILED"]},
            wakes=self,
        )
