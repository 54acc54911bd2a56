"""What is kept, and who could reach it."""

from __future__ import annotations

from typing import Any

import pytest
from assemblies import Assembly
from aws_cdk import App, assertions
from template_policies import listed

from contract.labelling_ledger import EXPIRY
from contract.layout import CHECKPOINTS_PREFIX, INPUTS_PREFIX, WORK_PREFIX
from contract.ledger import BY_CREATED, BY_WAITING
from stacks.application import compose, file_context

BUCKETS = ("Train", "Predict", "Results", "Models", "PageBucket")


def test_no_bucket_is_public(assembly: Assembly) -> None:
    """All four ways of making a bucket public are blocked, on every bucket."""
    buckets = list(assembly.resources("AWS::S3::Bucket"))
    assert len(buckets) == len(BUCKETS)
    for bucket in buckets:
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}


def test_every_bucket_and_queue_refuses_what_is_not_encrypted_in_transit(assembly: Assembly) -> None:
    """A request without TLS is denied by the policy of each bucket and each queue."""
    for kind, policy_kind, attribute in (
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
        ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"),
    ):
        protected = set()
        for policy in assembly.resources(policy_kind):
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                    protected |= {reference["Ref"] for reference in listed(policy.properties[attribute])}
        assert protected == {resource.logical_id for resource in assembly.resources(kind)}


def test_every_bucket_is_versioned_and_its_old_versions_expire(assembly: Assembly) -> None:
    """Events name object versions, so versions must exist; neither they nor broken uploads pile up."""
    for bucket in assembly.resources("AWS::S3::Bucket"):
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}
        rules = bucket.properties["LifecycleConfiguration"]["Rules"]
        assert any("NoncurrentVersionExpiration" in rule and "AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_work_inputs_and_checkpoints_expire(assembly: Assembly) -> None:
    """What is only needed while a job runs does not stay; models do."""
    expiring = {
        bucket.logical_id[:-8]: {
            rule.get("Prefix", "") for rule in bucket.properties["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule
        }
        for bucket in assembly.resources("AWS::S3::Bucket")
    }
    assert WORK_PREFIX in expiring["Results"]
    assert expiring["Models"] == {INPUTS_PREFIX, CHECKPOINTS_PREFIX}


def test_events_come_from_the_buckets_that_people_drop_into(assembly: Assembly) -> None:
    """EventBridge is on by the native property there and nowhere else, and no helper function sets notifications."""
    sending = {
        bucket.logical_id[:-8] for bucket in assembly.resources("AWS::S3::Bucket") if "NotificationConfiguration" in bucket.properties
    }
    assert sending == {"Train", "Predict"}
    for name in sending:
        bucket = assembly.only("AWS::S3::Bucket", starting=name)
        assert bucket.properties["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert list(assembly.resources("Custom::S3BucketNotifications")) == []


def test_data_is_encrypted_by_the_customer_key_when_there_is_one(dev: Assembly, prod: Assembly) -> None:
    """With the option, buckets, ledger and topic lie under the key; without it, buckets still lie under S3's."""

    def algorithms(assembly: Assembly) -> set[str]:
        rules = [
            bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            for bucket in assembly.resources("AWS::S3::Bucket", "Storage")  # all but the page's, whose files everybody may read
        ]
        return {rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for (rule,) in rules}

    assert algorithms(dev) == {"AES256"}
    assert list(dev.resources("AWS::KMS::Key")) == []
    assert algorithms(prod) == {"aws:kms"}
    key = prod.only("AWS::KMS::Key")
    assert key.properties["EnableKeyRotation"] is True
    arn = {"Fn::GetAtt": [key.logical_id, "Arn"]}
    assert prod.only("AWS::DynamoDB::Table").properties["SSESpecification"]["KMSMasterKeyId"] == arn
    assert prod.only("AWS::SNS::Topic").properties["KmsMasterKeyId"] in (arn, {"Ref": key.logical_id})


def test_the_ledger_has_the_layout_of_the_contract(assembly: Assembly) -> None:
    """Keys, both indexes, payment on demand, point-in-time recovery, and what expires does."""
    table = assembly.only("AWS::DynamoDB::Table").properties
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [("pk", "HASH"), ("sk", "RANGE")]
    sort_keys = {index["IndexName"]: index["KeySchema"][1]["AttributeName"] for index in table["LocalSecondaryIndexes"]}
    assert sort_keys == {BY_CREATED: "created_at", BY_WAITING: "waiting_since"}
    assert all(index["Projection"] == {"ProjectionType": "ALL"} for index in table["LocalSecondaryIndexes"])
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["TimeToLiveSpecification"] == {"AttributeName": EXPIRY, "Enabled": True}


def test_only_services_of_this_account_may_publish(assembly: Assembly) -> None:
    """The topic's own policy lets in two services, for this account only, and refuses what is not encrypted in transit."""
    statements = assembly.only("AWS::SNS::TopicPolicy").properties["PolicyDocument"]["Statement"]
    (allowed,) = (statement for statement in statements if statement["Effect"] == "Allow")
    assert set(allowed["Principal"]["Service"]) == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    (denied,) = (statement for statement in statements if statement["Effect"] == "Deny")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_mail_is_sent_only_when_somebody_asked_for_it(dev: Assembly, prod: Assembly) -> None:
    """The address is optional, and the given one is subscribed."""
    assert list(dev.resources("AWS::SNS::Subscription")) == []
    assert prod.only("AWS::SNS::Subscription").properties["Endpoint"] == "ops@example.com"


def test_dev_leaves_nothing_behind(dev: Assembly) -> None:
    """Every resource goes with its stack: images are deleted with it, and no log group is left to chance."""
    retained = {resource.logical_id for resource in dev.resources() if resource.body.get("DeletionPolicy", "Delete") != "Delete"}
    assert retained == set()
    assert dev.only("AWS::ECR::Repository").properties["EmptyOnDelete"] is True
    assert dev.only("AWS::DynamoDB::Table").properties["DeletionProtectionEnabled"] is False


@pytest.mark.parametrize(
    ("kind", "policy"),
    [
        ("AWS::S3::Bucket", "RetainExceptOnCreate"),
        ("AWS::KMS::Key", "RetainExceptOnCreate"),
        ("AWS::ECR::Repository", "RetainExceptOnCreate"),
        ("AWS::DynamoDB::Table", "Retain"),
        ("AWS::Logs::LogGroup", "Retain"),
    ],
)
def test_prod_retains_data(prod: Assembly, kind: str, policy: str) -> None:
    """Deleting the stacks does not delete data, the key that opens it, images or logs; a creation that failed leaves no empty ones."""
    resources = [resource for resource in prod.resources(kind) if not resource.logical_id.startswith("PageBucket")]  # which holds no data
    assert resources
    assert {resource.body["DeletionPolicy"] for resource in resources} == {policy}
    assert {resource.body["UpdateReplacePolicy"] for resource in resources} == {"Retain"}


def test_a_first_deployment_of_prod_can_be_taken_back(prod: Assembly) -> None:
    """What is deleted when a creation fails lets itself be deleted: the repository with the one image that was built already."""
    assert prod.only("AWS::ECR::Repository").properties["EmptyOnDelete"] is True
    for resource in prod.resources():
        if resource.body.get("DeletionPolicy") == "RetainExceptOnCreate":
            assert not resource.properties.get("DeletionProtectionEnabled", False)


def test_giving_data_up_changes_every_stack_that_has_some(dev: Assembly) -> None:
    """CloudFormation does not take up a changed deletion policy alone: some property of each such stack changes with it."""
    templates = []
    for given in ("false", "true"):
        app = App(context=file_context() | {"stage": "prod", "is_removed_with_stack": given}, analytics_reporting=False)
        compose(app)
        templates.append({name: _resources(app, name) for name in dev.stacks})
    kept, given_up = templates
    retaining = {name for name, bodies in kept.items() if any(body.get("DeletionPolicy", "Delete") != "Delete" for body in bodies.values())}
    assert retaining == {"Storage", "Registry", "Training", "Prediction", "Realtime"}
    for name in retaining:
        assert [body.get("Properties") for body in kept[name].values()] != [body.get("Properties") for body in given_up[name].values()]


def _resources(app: App, stack: str) -> dict[str, Any]:
    template = assertions.Template.from_stack(app.node.find_child(stack))  # type: ignore[arg-type]  # it is the stack of that name
    resources: dict[str, Any] = template.to_json()["Resources"]
    return resources


def test_prod_refuses_to_be_deleted_by_accident(dev: Assembly, prod: Assembly) -> None:
    """All stacks of prod have termination protection, those of dev have not."""

    def protections(assembly: Assembly) -> list[bool]:
        artifacts = assembly.manifest["artifacts"].values()
        return [
            artifact["properties"].get("terminationProtection", False)
            for artifact in artifacts
            if artifact["type"] == "aws:cloudformation:stack"
        ]

    assert protections(prod) == [True] * len(prod.stacks)
    assert protections(dev) == [False] * len(dev.stacks)
