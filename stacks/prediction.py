"""PredictionStack: a dropped file comes back classified."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.network import prediction_network
from stacks.constructs.prediction_job import PredictionJob
from stacks.constructs.prediction_queue import PredictionQueue
from stacks.constructs.report_prediction import ReportPrediction
from stacks.constructs.start_prediction import StartPrediction
from stacks.constructs.stored_image import StoredImage
from stacks.constructs.tear_down import TearDown
from stacks.images import Image
from stacks.kit_stack import KitStack
from stacks.records import Records
from stacks.settings import Settings


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
        network = prediction_network(self, settings, buckets=(predict_bucket, models_bucket, results_bucket))
        queue = PredictionQueue(self, "Queue", network=network, settings=settings)
        job = PredictionJob(self, "Job", image=StoredImage(self, "Image", image=image, settings=settings), settings=settings)
        job.grant_data(predict_bucket=predict_bucket, models_bucket=models_bucket, results_bucket=results_bucket)
        StartPrediction(
            self,
            settings=settings,
            predict_bucket=predict_bucket,
            results_bucket=results_bucket,
            records=records,
            queue=queue,
            job=job,
        )
        ReportPrediction(self, settings=settings, results_bucket=results_bucket, records=records, queue=queue)
        TearDown(self, settings=settings, queue=queue)
        self.put_out(job_queue_arn=queue.arn, prediction_usd_per_hour=str(settings.prediction_usd_per_hour))
