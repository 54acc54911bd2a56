"""PredictionStack: a dropped file comes back classified."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.environment import ReportPredictionEnvironment, StartPredictionEnvironment
from contract.events import BATCH_STATE_CHANGE, MODEL_PUBLISHED, OBJECT_CREATED, SOURCE
from contract.layout import WORK_PREFIX
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import EventRule
from stacks.constructs.image_repository import repository_name
from stacks.constructs.network import Network
from stacks.constructs.prediction_job import PredictionJob
from stacks.constructs.prediction_queue import PredictionQueue
from stacks.grants import allow, grant_object_list, grant_objects
from stacks.images import Image
from stacks.kit_stack import KitStack
from stacks.prices import usd_per_hour
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT

LAMBDA_TIMEOUT = Duration.seconds(90)  # shorter than contract.ledger.LEASE_SECONDS


class PredictionStack(KitStack):
    """Predict bucket → start_prediction → Batch queue → job → report_prediction."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        image: Image,
        predict_bucket: s3.IBucket,
        results_bucket: s3.IBucket,
        models_bucket: s3.IBucket,
        records: Records,
    ) -> None:
        super().__init__(scope, "prediction", settings=settings, description="prediction jobs")
        repository = ecr.Repository.from_repository_name(self, "Repository", repository_name(settings.stage))
        network = Network(self, "Network")
        queue = PredictionQueue(self, "Queue", network=network, settings=settings).queue
        job = PredictionJob(
            self,
            "Job",
            repository=repository,
            image_tag=image.tag,
            predict_bucket=predict_bucket,
            models_bucket=models_bucket,
            results_bucket=results_bucket,
            settings=settings,
        )
        price = usd_per_hour(settings.prediction_instance_types[0], is_spot=settings.is_prediction_spot)

        start_prediction = EventFunction(
            self,
            "StartPrediction",
            source=ROOT / "lambda" / "start_prediction",
            timeout=LAMBDA_TIMEOUT,
            settings=settings,
            environment=StartPredictionEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                results_bucket=results_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                job_queue=queue.job_queue_arn,
                job_definition=job.definition.job_definition_arn,
                image_tag=image.tag,
                commit=image.commit,
                accelerator=settings.accelerator,
                usd_per_hour=price,
                text_column=settings.text_column,
                max_object_bytes=settings.prediction_max_object_gib * 1024**3,
            ),
        )
        ledger_calls = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query")
        records.grant(start_prediction.role, *ledger_calls)
        allow(start_prediction.role, "batch:SubmitJob", on=[queue.job_queue_arn, job.definition.job_definition_arn])
        jobs = self.format_arn(service="batch", resource="job", resource_name="*")
        allow(start_prediction.role, "batch:TagResource", on=[jobs])
        allow(start_prediction.role, "batch:ListJobs", on=["*"])
        EventRule(
            self,
            "FileDropped",
            source="aws.s3",
            kind=OBJECT_CREATED,
            detail={
                "bucket": {"name": [predict_bucket.bucket_name]},
                "object": {"key": events.Match.anything_but_prefix(WORK_PREFIX)},
            },
            wakes=start_prediction,
        )
        EventRule(
            self,
            "ModelPublished",
            source=SOURCE,
            kind=MODEL_PUBLISHED,
            detail={"stage": [settings.stage]},
            wakes=start_prediction,
        )

        report_prediction = EventFunction(
            self,
            "ReportPrediction",
            source=ROOT / "lambda" / "report_prediction",
            timeout=LAMBDA_TIMEOUT,
            settings=settings,
            environment=ReportPredictionEnvironment(
                stage=settings.stage,
                ledger_table=records.ledger.table_name,
                results_bucket=results_bucket.bucket_name,
                topic_arn=records.topic.topic_arn,
                usd_per_hour=price,
            ),
        )
        grant_objects(report_prediction.role, results_bucket, "s3:GetObject")
        grant_object_list(report_prediction.role, results_bucket)
        records.grant(report_prediction.role, "dynamodb:GetItem", "dynamodb:UpdateItem")
        EventRule(
            self,
            "JobEnded",
            source="aws.batch",
            kind=BATCH_STATE_CHANGE,
            detail={"jobQueue": [queue.job_queue_arn], "status": ["SUCCEEDED", "FAILED"]},
            wakes=report_prediction,
        )

        self.put_out(job_queue_arn=queue.job_queue_arn, prediction_usd_per_hour=str(price))
