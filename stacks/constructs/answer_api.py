"""answer_api: the function behind the HTTP API."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from contract.deployment import ANSWER_API, function_name, run_time_name
from contract.events import SOURCE
from contract.function_environments import AnswerApiEnvironment
from contract.layout import CORRECTIONS_PREFIX, LABELLING_PREFIX, evaluation_key, report_key
from contract.ledger import BY_CREATED, BY_WAITING
from stacks.buckets import Buckets
from stacks.constructs.log_group import ProcessLogGroup
from stacks.grants import allow, grant_ledger, grant_ledger_query, grant_log_writing, grant_object_list, grant_objects
from stacks.records import Records
from stacks.settings import Settings
from stacks.sources import ROOT, lambda_source

TIMEOUT = Duration.seconds(29)  # API Gateway waits for thirty
MEMORY_MIB = 1769  # with which there is a whole CPU: somebody waits, and the end of the largest labelling job takes ten seconds of one
VALIDATION = "fastjsonschema"  # the package that holds requests against their schemas


class AnswerApi(Construct):
    """The function, its role and its log group. What it answers stands in contract/api.py."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, buckets: Buckets, records: Records) -> None:
        super().__init__(scope, construct_id)
        log_group = ProcessLogGroup(self, "Logs", settings=settings)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        grant_log_writing(self.role, log_group)
        environment = AnswerApiEnvironment(
            stage=settings.stage,
            ledger_table=records.ledger.table_name,
            train_bucket=buckets.train.bucket_name,
            predict_bucket=buckets.predict.bucket_name,
            results_bucket=buckets.results.bucket_name,
            models_bucket=buckets.models.bucket_name,
            max_prediction_bytes=settings.prediction_max_object_gib * 1024**3,
            retrain_after_corrections=settings.retrain_after_corrections,
        )
        with lambda_source(ROOT / "lambda" / ANSWER_API, packages=[VALIDATION]) as folder:
            self.function = lambda_.Function(
                self,
                "Function",
                function_name=function_name(settings.stage, ANSWER_API),
                description=f"{settings.stage}: answer the HTTP API",
                runtime=lambda_.Runtime.PYTHON_3_14,
                code=lambda_.Code.from_asset(str(folder)),
                handler="handler.handle",
                role=self.role,
                environment=environment.to_env(),
                memory_size=MEMORY_MIB,
                timeout=TIMEOUT,
                log_group=log_group,
            )
        self._grant(settings, buckets, records)

    def _grant(self, settings: Settings, buckets: Buckets, records: Records) -> None:
        stack = Stack.of(self)
        grant_ledger(self.role, records.ledger, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query")
        grant_ledger(self.role, records.ledger, "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")  # labelling jobs alone
        grant_ledger_query(self.role, records.ledger, BY_CREATED)
        grant_ledger_query(self.role, records.ledger, BY_WAITING)
        grant_objects(self.role, buckets.predict, "s3:PutObject")  # by whoever holds a form that it has signed
        grant_objects(self.role, buckets.train, "s3:PutObject")  # likewise, and a training file over itself, which trains anew
        grant_objects(self.role, buckets.train, "s3:GetObject", "s3:GetObjectVersion")
        grant_objects(self.role, buckets.train, "s3:DeleteObject", keys=f"{CORRECTIONS_PREFIX}*")
        grant_objects(self.role, buckets.train, "s3:DeleteObject", "s3:DeleteObjectVersion", keys=f"{LABELLING_PREFIX}*")
        allow(self.role, "s3:ListBucketVersions", on=[buckets.train.bucket_arn])
        grant_object_list(self.role, buckets.train)
        grant_objects(self.role, buckets.results, "s3:GetObject", "s3:GetObjectVersion")
        grant_object_list(self.role, buckets.results)
        grant_objects(self.role, buckets.models, "s3:GetObject", keys=evaluation_key("*"))
        grant_objects(self.role, buckets.models, "s3:GetObject", keys=report_key("*"))
        grant_object_list(self.role, buckets.models)
        endpoints = stack.format_arn(service="sagemaker", resource="endpoint", resource_name=run_time_name(settings.stage, "*"))
        allow(self.role, "sagemaker:InvokeEndpoint", on=[endpoints])
        default_bus = stack.format_arn(service="events", resource="event-bus", resource_name="default")
        allow(self.role, "events:PutEvents", on=[default_bus], when={"StringEquals": {"events:source": SOURCE}})
