"""Which services of AWS are let in: by the trust policies of roles, and by the policies of queues, topic and key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assemblies import Assembly
from template_policies import listed, readable, without_hash

# Who assumes each role. Of Lambda and EC2 AWS documents no key that names whom they work for; both take only roles of their own
# account, and iam:PassRole guards these.
TRUSTED = {
    "StartTrainingRole": "lambda",
    "PublishModelRole": "lambda",
    "StartPredictionRole": "lambda",
    "ReportPredictionRole": "lambda",
    "DeployModelRole": "lambda",
    "CollectPostsRole": "lambda",
    "BuilderStarterRole": "lambda",
    "PublishPageRole": "lambda",
    "AnswerApiRole": "lambda",
    "TearDownRole": "lambda",
    "QueueHostRole": "ec2",
    "TrainingRole": "sagemaker",
    "LabelingRole": "sagemaker",
    "ServingRole": "sagemaker",
    "JobRole": "ecs-tasks",
    "JobExecutionRole": "ecs-tasks",
    "BuilderBuildRole": "codebuild",
}
WITHOUT_SOURCE = ("lambda", "ec2")
OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def let_in(assembly: Assembly, *kinds: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What the policies of such resources let in: the resource, the service, and the statement."""
    for resource in assembly.resources():
        if resource.kind in kinds:
            document = resource.properties["KeyPolicy" if resource.kind == "AWS::KMS::Key" else "PolicyDocument"]
            for statement in document["Statement"]:
                if statement["Effect"] == "Allow" and "Service" in statement["Principal"]:
                    for service in listed(statement["Principal"]["Service"]):
                        name = service if isinstance(service, str) else "".join(str(part) for part in service["Fn::Join"][1])
                        yield resource.logical_id, name.partition(".")[0], statement


def test_each_role_is_assumed_by_one_service_for_this_account(assembly: Assembly) -> None:
    """By the one that runs it and no other; those that can say for whom they work must say: for this account."""
    roles = list(assembly.resources("AWS::IAM::Role"))
    left_out = set() if "Labeling" in assembly.stacks else {"CollectPostsRole", "LabelingRole"}
    assert {without_hash(role.logical_id) for role in roles} == set(TRUSTED) - left_out
    for role in roles:
        (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
        service = TRUSTED[without_hash(role.logical_id)]
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"
        assert statement.get("Condition") == (None if service in WITHOUT_SOURCE else OF_THIS_ACCOUNT)


def test_the_topic_lets_in_those_who_publish_and_nobody_else(assembly: Assembly) -> None:
    """Alarms, the budget, and rules if one had the topic for its target: each service let in uses it, each that uses it is let in."""
    uses = {
        "cloudwatch": any("AlarmActions" in alarm.properties for alarm in assembly.resources("AWS::CloudWatch::Alarm")),
        "budgets": any(
            subscriber["SubscriptionType"] == "SNS"
            for budget in assembly.resources("AWS::Budgets::Budget")
            for notification in budget.properties["NotificationsWithSubscribers"]
            for subscriber in notification["Subscribers"]
        ),
        "events": any(
            "Notifications" in str(target["Arn"])
            for rule in assembly.resources("AWS::Events::Rule")
            for target in rule.properties["Targets"]
        ),
    }
    found = list(let_in(assembly, "AWS::SNS::TopicPolicy"))
    assert {service for _, service, _ in found} == {service for service, is_used in uses.items() if is_used}
    assert all(statement["Condition"] == OF_THIS_ACCOUNT for _, _, statement in found)


def test_the_key_lets_in_publishers_and_the_logs_it_encrypts(prod: Assembly) -> None:
    """What a service may do with the customer key it does for this account, and the topic's publishers are those of the topic."""
    publishers = {service for _, service, _ in let_in(prod, "AWS::SNS::TopicPolicy")}
    services = {service for _, service, _ in let_in(prod, "AWS::KMS::Key")}
    assert publishers <= services
    assert services - publishers <= {"logs"}
    for _, service, statement in let_in(prod, "AWS::KMS::Key"):
        if service in publishers:
            assert statement["Condition"] == OF_THIS_ACCOUNT
            assert set(listed(statement["Action"])) == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_a_queue_takes_letters_from_the_rules_of_its_function(assembly: Assembly) -> None:
    """Each rule that has a queue for undelivered events may write to that one, and nobody else may."""
    allowed = {
        (readable(queue, assembly.stage), readable(statement["Condition"]["ArnEquals"]["aws:SourceArn"], assembly.stage))
        for policy in assembly.resources("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for queue in listed(statement["Resource"])
    }
    wanted = {
        (readable(target["DeadLetterConfig"]["Arn"], assembly.stage), f"<{without_hash(rule.logical_id)}.Arn>")
        for rule in assembly.resources("AWS::Events::Rule")
        for target in rule.properties["Targets"]
    }
    assert allowed == wanted
    assert {service for _, service, _ in let_in(assembly, "AWS::SQS::QueuePolicy")} == {"events"}


def test_no_other_policy_lets_a_service_in(assembly: Assembly) -> None:
    """Policies of buckets only refuse, but for the page's (test_page.py); what else has a policy stands in the tests above."""
    with_policy = {resource.kind for resource in assembly.resources() if {"PolicyDocument", "KeyPolicy"} & {*resource.properties}}
    known = {"AWS::IAM::Policy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::KMS::Key", "AWS::S3::BucketPolicy"}
    assert with_policy - known - {"AWS::EC2::VPCEndpoint"} == set()
    assert [name[:-8] for name, _, _ in let_in(assembly, "AWS::S3::BucketPolicy")] == ["PageBucketPolicy"]
    images = assembly.only("AWS::ECR::Repository").properties
    assert "RepositoryPolicyText" not in images
