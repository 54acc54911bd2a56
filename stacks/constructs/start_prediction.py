"""start_prediction: a file to classify was dropped, or a model came into use for which files waited."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.events import MODEL_PUBLISHED, OBJECT_CREATED, SOURCE
from contract.function_environments import StartPredictionEnvironment
from contract.ledger import BY_WAITING
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import EventRule
from stacks.constructs.prediction_job import PredictionJob
from stacks.constructs.prediction_queue import PredictionQueue
from stacks.grants import allow, grant_ledger_query, with_tags_of_stage
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT


class StartPrediction(EventFunction):
    """Submits jobs to the one queue, with the one definition."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        predict_bucket: s3.IBucket,
        results_bucket: s3.IBucket,
        records: Records,
        queue: PredictionQueue,
        job: PredictionJob,
    ) -> None:
        super().__init__(
            scope,
            "StartPrediction",
            source=ROOT / "lambda" / "start_prediction",
            settings=settings,
            environment=StartPredictionEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                results_bucket=results_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                job_queue=queue.arn,
                job_definition=job.definition_arn,
                image_tag=job.image.tag,
                commit=job.image.commit,
                accelerator=settings.accelerator,
                max_run_seconds=60 * settings.prediction_timeout_minutes,
                usd_per_hour=settings.prediction_usd_per_hour,
                text_column=settings.text_column,
                max_object_bytes=settings.prediction_max_object_gib * 1024**3,
                max_error=settings.promised_max_error_percent,
                shard_bytes=settings.prediction_shard_mib * 1024**2,
            ),
        )
        records.grant(self.role, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        grant_ledger_query(self.role, records.ledger, BY_WAITING)
        allow(self.role, "batch:SubmitJob", on=[queue.arn, job.definition_arn])
        allow(self.role, "batch:TagResource", on=[queue.any_job], when=with_tags_of_stage(settings.stage))
        allow(self.role, "batch:ListJobs", on=["*"])
        EventRule(
            self,
            "FileDropped",
            source="aws.s3",
            kind=OBJECT_CREATED,
            detail={"bucket": {"name": [predict_bucket.bucket_name]}},
            wakes=self,
        )
        EventRule(self, "ModelPublished", source=SOURCE, kind=MODEL_PUBLISHED, detail={"stage": [settings.stage]}, wakes=self)
