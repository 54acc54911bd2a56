"""The step that ends what a stack made at run time, before CloudFormation deletes what the stack declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import ArnFormat, CustomResource, Duration, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.deployment import ENDPOINT_LOGS, TRAINING_LOGS, run_time_name
from contract.function_environments import TearDownEnvironment
from stacks.constructs.event_function import TIMEOUT as FUNCTION_TIMEOUT
from stacks.constructs.labeling_role import LabelingRole
from stacks.constructs.log_group import ProcessLogGroup
from stacks.constructs.prediction_queue import PredictionQueue
from stacks.grants import allow, allow_to_stop_scaling, grant_log_writing, of_stage
from stacks.settings import Settings
from stacks.sources import ROOT, lambda_source

HANDLER = ROOT / "lambda" / "tear_down"
RESOURCE_TYPE = "Custom::TearDown"
TIMEOUT = Duration.minutes(15)  # Lambda's longest; the function answers before it
ANSWER_TIMEOUT = Duration.minutes(20)  # then CloudFormation gives up, should there be no answer at all
SETTLING_SECONDS = FUNCTION_TIMEOUT.to_seconds() + 15.0  # an invocation may go on so long; then what Lambda needs to hear of the silence
MEMORY_MIB = 1024  # it also decides how much of a CPU there is for reading long lists of versions
TUNING_ACTIONS = ("StopHyperParameterTuningJob", "DeleteHyperParameterTuningJob")
TRAINING_LISTS = ("ListTrainingJobs", "ListHyperParameterTuningJobs")


class TearDown(Construct):
    """A custom resource that is made last and therefore deleted first. Declare it at the end of a stack.

    On deletion its function disables the stack's rules and the functions that they wake, stops the jobs of `queue`, the
    builds of `project`, the labelling jobs that a role of the stack is for and, with `has_trainings`, the stage's training jobs,
    with `has_endpoints` deletes its endpoints and models, and, where data goes with its stack, logs of SageMaker and all that is
    in `buckets`. Functions `answering` for other custom resources go on: CloudFormation asks them to delete these when the step
    is over, and waits for their answer.
    """

    def __init__(
        self,
        scope: Stack,
        *,
        settings: Settings,
        answering: Sequence[lambda_.Function] = (),
        queue: PredictionQueue | None = None,
        project: codebuild.CfnProject | None = None,
        buckets: Sequence[s3.IBucket] = (),
        has_trainings: bool = False,
        has_endpoints: bool = False,
    ) -> None:
        declared = list(scope.node.children)
        rules = [found for found in scope.node.find_all() if isinstance(found, events.CfnRule)]
        spared = {f"{function.node.path}/Resource" for function in answering}
        functions = [found for found in scope.node.find_all() if isinstance(found, lambda_.CfnFunction) and found.node.path not in spared]
        has_labelling_jobs = any(isinstance(found, LabelingRole) for found in declared)
        super().__init__(scope, "TearDown")
        self._stage = settings.stage
        self._stack = scope
        emptied = buckets if settings.is_removed_with_stack else ()
        environment = TearDownEnvironment(
            stage=settings.stage,
            rules=",".join(rule.ref for rule in rules),
            functions=",".join(function.ref for function in functions),
            settling_seconds=SETTLING_SECONDS if functions and (queue or has_trainings or has_endpoints) else 0.0,
            job_queue=queue.arn if queue else "",
            build_project=project.ref if project else "",
            buckets=",".join(bucket.bucket_name for bucket in emptied),
            has_trainings=has_trainings,
            has_endpoints=has_endpoints,
            has_labelling_jobs=has_labelling_jobs,
            is_log_deleted=(has_trainings or has_endpoints) and settings.is_removed_with_stack,
        )
        function = self._function(environment, settings)
        allow(self._role, "cloudformation:DescribeStacks", on=[scope.stack_id])
        if rules:
            allow(self._role, "events:DisableRule", on=[rule.attr_arn for rule in rules])
        if functions:
            allow(self._role, "lambda:PutFunctionConcurrency", on=[function.attr_arn for function in functions])
        if queue:
            allow(self._role, "batch:DescribeJobQueues", "batch:ListJobs", "batch:DescribeJobs", on=["*"])
            allow(self._role, "batch:TerminateJob", on=[queue.any_job], when=of_stage(self._stage))
        if project:
            allow(self._role, "codebuild:ListBuildsForProject", "codebuild:BatchGetBuilds", "codebuild:StopBuild", on=[project.attr_arn])
        if has_trainings:
            self._grant_sagemaker({"training-job": ["StopTrainingJob"], "hyper-parameter-tuning-job": TUNING_ACTIONS}, TRAINING_LISTS)
            if environment.is_log_deleted:
                self._grant_training_logs()
        if has_labelling_jobs:
            self._grant_sagemaker({"labeling-job": ["StopLabelingJob"]}, ("ListLabelingJobs",))
        if has_endpoints:
            kinds = {"endpoint": ["DeleteEndpoint"], "endpoint-config": ["DeleteEndpointConfig"], "model": ["DeleteModel"]}
            self._grant_sagemaker(kinds, ("ListEndpoints", "ListEndpointConfigs", "ListModels"))
            allow_to_stop_scaling(self._role, self._stack, self._stage, has_instances=bool(settings.live_instance_type))
            allow(self._role, "application-autoscaling:DescribeScalableTargets", on=["*"])
            if environment.is_log_deleted:
                self._grant_endpoint_logs()
        for bucket in emptied:
            self._grant_emptying(bucket)

        step = CustomResource(
            self, "Step", service_token=function.function_arn, resource_type=RESOURCE_TYPE, service_timeout=ANSWER_TIMEOUT
        )
        step.node.add_dependency(*declared, self._role, self._logs, function)

    def _function(self, environment: TearDownEnvironment, settings: Settings) -> lambda_.Function:
        self._logs = ProcessLogGroup(self, "Logs", settings=settings)
        self._role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        grant_log_writing(self._role, self._logs)
        # CloudFormation takes up a changed deletion policy only together with another change in the stack: here is one
        data = "with its data" if settings.is_removed_with_stack else "but not its data"
        with lambda_source(HANDLER) as folder:
            return lambda_.Function(
                self,
                "Function",
                description=f"{settings.stage}: tear down {self._stack.stack_name}, {data}",
                runtime=lambda_.Runtime.PYTHON_3_14,
                code=lambda_.Code.from_asset(str(folder)),
                handler="handler.handle",
                role=self._role,
                environment=environment.to_env(),
                memory_size=MEMORY_MIB,
                timeout=TIMEOUT,
                log_group=self._logs,
            )

    def _grant_sagemaker(self, kinds: Mapping[str, Sequence[str]], lists: Sequence[str]) -> None:
        """Allow the actions on each kind of thing, which is named as in ARNs, where it is the stage's."""

        def named(resource: str) -> str:
            return self._stack.format_arn(service="sagemaker", resource=resource, resource_name=run_time_name(self._stage, "*"))

        allow(self._role, *(f"sagemaker:{name}" for name in lists), on=["*"])
        allow(self._role, "sagemaker:ListTags", on=[named(resource) for resource in kinds])
        for resource, actions in kinds.items():
            allow(self._role, *(f"sagemaker:{name}" for name in actions), on=[named(resource)], when=of_stage(self._stage))

    def _grant_training_logs(self) -> None:
        training = self._log_group(TRAINING_LOGS)
        allow(self._role, "logs:DescribeLogStreams", on=[f"{training}:*"])
        allow(self._role, "logs:DeleteLogStream", on=[f"{training}:log-stream:{run_time_name(self._stage, '*')}"])

    def _grant_endpoint_logs(self) -> None:
        allow(self._role, "logs:DescribeLogGroups", on=[self._log_group("*")])
        allow(self._role, "logs:DeleteLogGroup", on=[self._log_group(f"{ENDPOINT_LOGS}{run_time_name(self._stage, '*')}")])

    def _log_group(self, name: str) -> str:
        return self._stack.format_arn(service="logs", resource="log-group", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME)

    def _grant_emptying(self, bucket: s3.IBucket) -> None:
        grants = ("s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketPolicy", "s3:PutBucketPolicy")
        allow(self._role, *grants, on=[bucket.bucket_arn])
        allow(self._role, "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload", on=[bucket.arn_for_objects("*")])
