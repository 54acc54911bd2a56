"""Who may do what."""

from __future__ import annotations

import pytest
from assemblies import Assembly
from template_policies import allowances, listed

from contract.deployment import PRODUCT
from contract.events import SOURCE
from stacks.acknowledged import WILDCARDS

LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
REPOSITORY = "arn:ecr:repository/tck-<stage>"
TRAINING_JOBS = "arn:sagemaker:training-job/tck-<stage>-*"
BUCKETS = ("Train", "Predict", "Results", "Models")
HOSTED = {
    "training-job": "StopTrainingJob",
    "endpoint": "DeleteEndpoint",
    "endpoint-config": "DeleteEndpointConfig",
    "model": "DeleteModel",
}


def _of_function(name: str) -> set[tuple[str, str]]:
    return {*((action, f"<{name}Logs.Arn>") for action in LOGS), ("sqs:SendMessage", f"<{name}DeadLetters.Arn>")}


def _of_kit_function(name: str, *ledger_actions: str) -> set[tuple[str, str]]:
    ledger = {(f"dynamodb:{action}", "<Ledger.Arn>") for action in ledger_actions}
    return _of_function(name) | ledger | {("sns:Publish", "<Notifications>")}


def _pull() -> set[tuple[str, str]]:
    return {*((action, REPOSITORY) for action in PULL), ("ecr:GetAuthorizationToken", "*")}


def _of_step(*calls: tuple[str, str]) -> set[tuple[str, str]]:
    return {*((action, "<TearDownLogs.Arn>") for action in LOGS), ("cloudformation:DescribeStacks", "<AWS::StackId>"), *calls}


# what ends the run-time work of a stack, by stack
STEPS = {
    "Storage": _of_step(
        *(
            (f"s3:{action}", f"<{bucket}.Arn>")
            for action in ("ListBucketVersions", "ListBucketMultipartUploads", "GetBucketPolicy", "PutBucketPolicy")
            for bucket in BUCKETS
        ),
        *(
            (f"s3:{action}", f"<{bucket}.Arn>/*")
            for action in ("DeleteObject", "DeleteObjectVersion", "AbortMultipartUpload")
            for bucket in BUCKETS
        ),
    ),
    "Registry": _of_step(
        ("events:DisableRule", "<BuilderBuildEndedRule.Arn>"),
        ("lambda:PutFunctionConcurrency", "<BuilderStarterFunction.Arn>"),
        *((f"codebuild:{action}", "<BuilderProject.Arn>") for action in ("ListBuildsForProject", "BatchGetBuilds", "StopBuild")),
    ),
    "Training": _of_step(
        *(("events:DisableRule", f"<{rule}.Arn>") for rule in ("StartTrainingFileDroppedRule", "PublishModelTrainingEndedRule")),
        *(("lambda:PutFunctionConcurrency", f"<{function}.Arn>") for function in ("StartTrainingFunction", "PublishModelFunction")),
        *((f"sagemaker:List{kind}", "*") for kind in ("TrainingJobs", "Endpoints", "EndpointConfigs", "Models")),
        *(("sagemaker:ListTags", f"arn:sagemaker:{kind}/tck-<stage>-*") for kind in HOSTED),
        *((f"sagemaker:{action}", f"arn:sagemaker:{kind}/tck-<stage>-*") for kind, action in HOSTED.items()),
        ("logs:DescribeLogStreams", "arn:logs:log-group:/aws/sagemaker/TrainingJobs:*"),
        ("logs:DeleteLogStream", "arn:logs:log-group:/aws/sagemaker/TrainingJobs:log-stream:tck-<stage>-*"),
        ("logs:DescribeLogGroups", "arn:logs:log-group:*"),
        ("logs:DeleteLogGroup", "arn:logs:log-group:/aws/sagemaker/Endpoints/tck-<stage>-*"),
    ),
    "Prediction": _of_step(
        *(
            ("events:DisableRule", f"<{rule}.Arn>")
            for rule in ("StartPredictionFileDroppedRule", "StartPredictionModelPublishedRule", "ReportPredictionJobEndedRule")
        ),
        *(("lambda:PutFunctionConcurrency", f"<{function}.Arn>") for function in ("StartPredictionFunction", "ReportPredictionFunction")),
        *((f"batch:{action}", "*") for action in ("DescribeJobQueues", "ListJobs", "DescribeJobs")),
        ("batch:TerminateJob", "arn:batch:job/*"),
    ),
}

ROLES = {
    "StartTrainingRole": _of_kit_function("StartTraining", "GetItem", "PutItem", "UpdateItem")
    | {
        ("s3:GetObject", "<Train.Arn>/*"),
        ("s3:GetObjectVersion", "<Train.Arn>/*"),
        ("s3:ListBucket", "<Train.Arn>"),
        ("s3:PutObject", "<Models.Arn>/inputs/*"),
        ("sagemaker:CreateTrainingJob", TRAINING_JOBS),
        ("sagemaker:AddTags", TRAINING_JOBS),
        ("iam:PassRole", "<TrainingRole.Arn>"),
    },
    "PublishModelRole": _of_kit_function("PublishModel", "GetItem", "PutItem", "UpdateItem")
    | {
        ("sagemaker:DescribeTrainingJob", TRAINING_JOBS),
        ("s3:GetObject", "<Models.Arn>/models/*/evaluation.json"),
        ("s3:ListBucket", "<Models.Arn>"),
        ("events:PutEvents", "arn:events:event-bus/default"),
    },
    "StartPredictionRole": _of_kit_function("StartPrediction", "GetItem", "PutItem", "UpdateItem", "Query")
    | {
        ("dynamodb:Query", "<Ledger.Arn>/index/*"),
        ("batch:SubmitJob", "<Queue.JobQueueArn>"),
        ("batch:SubmitJob", "<JobDefinition>"),
        ("batch:TagResource", "arn:batch:job/*"),
        ("batch:ListJobs", "*"),
    },
    "ReportPredictionRole": _of_kit_function("ReportPrediction", "GetItem", "UpdateItem")
    | {("s3:GetObject", "<Results.Arn>/*"), ("s3:ListBucket", "<Results.Arn>"), ("batch:TerminateJob", "arn:batch:job/*")},
    "TrainingRole": _pull()
    | {
        ("s3:GetObject", "<Models.Arn>/inputs/*"),
        ("s3:GetObject", "<Models.Arn>/models/*"),
        ("s3:GetObject", "<Models.Arn>/checkpoints/*"),
        ("s3:PutObject", "<Models.Arn>/models/*"),
        ("s3:PutObject", "<Models.Arn>/checkpoints/*"),
        ("s3:ListBucket", "<Models.Arn>"),
        ("logs:CreateLogGroup", "arn:logs:log-group:/aws/sagemaker/TrainingJobs:*"),
        ("logs:DescribeLogStreams", "arn:logs:log-group:/aws/sagemaker/TrainingJobs:*"),
        *((action, "arn:logs:log-group:/aws/sagemaker/TrainingJobs:log-stream:tck-<stage>-*") for action in LOGS),
        ("cloudwatch:PutMetricData", "*"),
    },
    "JobRole": {
        ("s3:GetObject", "<Predict.Arn>/*"),
        ("s3:GetObjectVersion", "<Predict.Arn>/*"),
        ("s3:ListBucket", "<Predict.Arn>"),
        ("s3:GetObject", "<Models.Arn>/models/*"),
        ("s3:ListBucket", "<Models.Arn>"),
        ("s3:GetObject", "<Results.Arn>/*"),
        ("s3:PutObject", "<Results.Arn>/*"),
        ("s3:DeleteObject", "<Results.Arn>/*"),
        ("s3:DeleteObjectVersion", "<Results.Arn>/*"),
        ("s3:AbortMultipartUpload", "<Results.Arn>/*"),
        ("s3:ListBucket", "<Results.Arn>"),
    },
    "JobExecutionRole": _pull() | {(action, "<JobLogs.Arn>") for action in LOGS},
    "QueueHostRole": {
        ("ecs:DiscoverPollEndpoint", "*"),
        ("ecs:RegisterContainerInstance", "arn:ecs:cluster/*"),
        ("ecs:DeregisterContainerInstance", "arn:ecs:cluster/*"),
        ("ecs:SubmitAttachmentStateChanges", "arn:ecs:cluster/*"),
        ("ecs:SubmitContainerStateChange", "arn:ecs:cluster/*"),
        ("ecs:SubmitTaskStateChange", "arn:ecs:cluster/*"),
        ("ecs:Poll", "arn:ecs:container-instance/*"),
        ("ecs:StartTelemetrySession", "arn:ecs:container-instance/*"),
        ("ecs:UpdateContainerInstancesState", "arn:ecs:container-instance/*"),
        ("ecs:TagResource", "arn:ecs:container-instance/*"),
    },
    "BuilderStarterRole": _of_function("BuilderStarter")
    | {("codebuild:StartBuild", "<BuilderProject.Arn>"), ("ecr:DescribeImages", "<Repository.Arn>")},
    "BuilderBuildRole": {
        *((action, "<BuilderBuildLogs.Arn>") for action in LOGS),
        ("s3:GetObject", "the build context"),
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchCheckLayerAvailability", "<Repository.Arn>"),
        ("ecr:InitiateLayerUpload", "<Repository.Arn>"),
        ("ecr:UploadLayerPart", "<Repository.Arn>"),
        ("ecr:CompleteLayerUpload", "<Repository.Arn>"),
        ("ecr:PutImage", "<Repository.Arn>"),
    },
    "TearDownRole": set[tuple[str, str]]().union(*STEPS.values()),  # one in each stack
}


def test_every_role_is_allowed_exactly_what_its_code_calls(dev: Assembly) -> None:
    """No role may do less or more than the calls that are listed for it, and no role is missing from the list."""
    found = set()
    for role, action, resource, _ in allowances(dev):
        is_context = resource.startswith("arn:<AWS::Partition>:s3:::cdk-") and resource.endswith(".zip")
        found.add((role, action, "the build context" if is_context else resource))
    expected = {(role, *call) for role, calls in ROLES.items() for call in calls}
    assert found - expected == set()
    assert expected - found == set()


def test_no_policy_allows_a_whole_service(assembly: Assembly) -> None:
    """No statement allows `*` or `service:*`, be it in an identity policy or in a policy of a bucket, queue, topic or key."""
    statements = [
        (resource.logical_id, statement)
        for resource in assembly.resources()
        for name in ("PolicyDocument", "KeyPolicy")
        if name in resource.properties
        for statement in resource.properties[name]["Statement"]
    ]
    assert statements
    offending = [
        (holder, action)
        for holder, statement in statements
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        if action == "*" or action.endswith(":*")
    ]
    assert offending == []


def test_no_managed_policy_is_attached(assembly: Assembly) -> None:
    """Nothing is allowed by a policy that does not stand in the templates."""
    assert [role.logical_id for role in assembly.resources("AWS::IAM::Role") if role.properties.get("ManagedPolicyArns")] == []


def test_every_wildcard_has_a_reason(assembly: Assembly) -> None:
    """A resource with a wildcard is allowed only with the actions for which the table of reasons lists it."""
    explained = {(action, row.resource) for row in WILDCARDS for action in row.actions}
    found = {(action, resource) for _, action, resource, _ in allowances(assembly) if "*" in resource}
    assert found <= explained


def test_every_reason_is_needed(dev: Assembly) -> None:
    """The table of reasons holds nothing that no policy uses."""
    explained = {(action, row.resource) for row in WILDCARDS for action in row.actions}
    found = {(action, resource) for _, action, resource, _ in allowances(dev) if "*" in resource}
    assert explained <= found
    assert all(row.reason for row in WILDCARDS)


def test_broad_calls_are_held_by_conditions(assembly: Assembly) -> None:
    """Roles are passed to SageMaker only, jobs stopped, events and metrics put only where they are the kit's own or SageMaker's."""
    conditions = {(role, action): condition for role, action, _, condition in allowances(assembly)}
    assert conditions["StartTrainingRole", "iam:PassRole"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    of_this_stage = {"StringEquals": {"aws:ResourceTag/product": PRODUCT, "aws:ResourceTag/stage": assembly.stage}}
    assert conditions["ReportPredictionRole", "batch:TerminateJob"] == of_this_stage
    for action in ("batch:TerminateJob", *(f"sagemaker:{action}" for action in HOSTED.values())):
        assert conditions["TearDownRole", action] == of_this_stage
    assert conditions["PublishModelRole", "events:PutEvents"] == {"StringEquals": {"events:source": SOURCE}}
    assert conditions["TrainingRole", "cloudwatch:PutMetricData"] == {
        "StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}
    }


def test_the_customer_key_opens_only_for_those_who_use_the_data(prod: Assembly) -> None:
    """With a customer key, exactly the roles that touch data may use it; none of the others is given it."""
    users = {role for role, action, resource, _ in allowances(prod) if action.startswith("kms:") and resource == "<Key.Arn>"}
    assert users == {"StartTrainingRole", "PublishModelRole", "StartPredictionRole", "ReportPredictionRole", "TrainingRole", "JobRole"}


def test_without_a_customer_key_nobody_calls_kms(dev: Assembly) -> None:
    """The default needs no key permissions at all."""
    assert [allowance for allowance in allowances(dev) if allowance.action.startswith("kms:")] == []


def test_no_bucket_policy_allows_anything(assembly: Assembly) -> None:
    """Who may reach a bucket stands in the roles; the bucket itself only refuses."""
    statements = [
        statement
        for policy in assembly.resources("AWS::S3::BucketPolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
    ]
    assert statements
    assert {statement["Effect"] for statement in statements} == {"Deny"}


@pytest.mark.parametrize("stack", STEPS)
def test_each_step_is_allowed_what_there_is_to_end_in_its_stack(dev: Assembly, stack: str) -> None:
    """The role of a stack's own step has no right that another stack's needs."""
    found = {(action, resource) for role, action, resource, _ in allowances(dev, stack) if role == "TearDownRole"}
    assert found == STEPS[stack]


def test_where_data_stays_no_step_may_delete_it(prod: Assembly) -> None:
    """In prod the steps may stop jobs and delete endpoints, and not one may touch an object or a log."""
    actions = {action for role, action, _, _ in allowances(prod) if role == "TearDownRole"}
    assert "sagemaker:StopTrainingJob" in actions
    assert {action for action in actions if action.startswith(("s3:", "logs:"))} == set(LOGS)
