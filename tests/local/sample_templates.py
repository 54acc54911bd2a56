"""The templates of the small app, written by hand: its data, its work."""

from __future__ import annotations

from typing import Any

ASSETS = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
TAG = "cpu-0123456789ab"


def resource(kind: str, depends_on: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    """One resource of a template."""
    return {"Type": kind, "Properties": properties, **({"DependsOn": depends_on} if depends_on else {})}


def attribute(logical_id: str, name: str = "Arn") -> dict[str, Any]:
    """Fn::GetAtt."""
    return {"Fn::GetAtt": [logical_id, name]}


def ref(logical_id: str) -> dict[str, Any]:
    """Ref."""
    return {"Ref": logical_id}


def imported(name: str) -> dict[str, Any]:
    """Fn::ImportValue."""
    return {"Fn::ImportValue": name}


def function(handler: str, timeout: int = 20, **properties: Any) -> dict[str, Any]:
    """A Lambda function of the sample's code."""
    return resource(
        "AWS::Lambda::Function",
        Code={"S3Bucket": {"Fn::Sub": ASSETS}, "S3Key": "code.zip"},
        Handler=f"handler.{handler}",
        Runtime="python3.14",
        Role=attribute("Role"),
        Timeout=timeout,
        Environment={"Variables": {"RESULTS": imported("results"), "TAG": TAG}},
        **properties,
    )


def permission(function_id: str, rule_id: str) -> dict[str, Any]:
    """Lets a rule wake a function."""
    return resource(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        FunctionName=attribute(function_id),
        Principal="events.amazonaws.com",
        SourceArn=attribute(rule_id),
    )


def bucket() -> dict[str, Any]:
    """A bucket as the kit's stacks declare theirs."""
    rule = {
        "Id": "old",
        "Status": "Enabled",
        "Prefix": "_work/",
        "ExpirationInDays": 1,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
    }
    return resource(
        "AWS::S3::Bucket",
        VersioningConfiguration={"Status": "Enabled"},
        NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        BucketEncryption={"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
        LifecycleConfiguration={"Rules": [rule, {"Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]},
        CorsConfiguration={"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 60}]},
    )


def data_stack() -> dict[str, Any]:
    """Buckets, a table, a topic; exports for the other stack."""
    tls_only = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    buckets = {"Train": "train", "Predict": "predict", "Results": "results"}
    exports = {name: {"Value": ref(name), "Export": {"Name": export}} for name, export in buckets.items()}
    return {
        "Resources": {
            **{name: bucket() for name in buckets},
            **{
                f"{name}Policy": resource(
                    "AWS::S3::BucketPolicy", Bucket=ref(name), PolicyDocument={"Version": "2012-10-17", "Statement": [tls_only]}
                )
                for name in buckets
            },
            "Table": resource(
                "AWS::DynamoDB::Table",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "created_at")],
                BillingMode="PAY_PER_REQUEST",
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
                TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
                LocalSecondaryIndexes=[
                    {
                        "IndexName": "by_created",
                        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "created_at", "KeyType": "RANGE"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            ),
            "Key": resource(
                "AWS::KMS::Key",
                KeyPolicy={
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}],
                },
                Tags=[{"Key": "product", "Value": "sample"}],
            ),
            "Topic": resource("AWS::SNS::Topic"),
            "Alarm": resource("AWS::CloudWatch::Alarm", MetricName="Errors"),
        },
        "Outputs": {
            **exports,
            "Key": {"Value": ref("Key")},
            "Table": {"Value": ref("Table")},
            "Topic": {"Value": ref("Topic"), "Export": {"Name": "topic"}},
        },
    }


def rule_to(target: str, pattern: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """A rule with one target and the burial queue."""
    dead_letters = {"DeadLetterConfig": {"Arn": attribute("Buried")}}
    target_entry = {"Id": "target", "Arn": attribute(target) if target != "Topic" else imported("topic"), **dead_letters}
    woken_by: dict[str, Any] = {"EventPattern": pattern} if pattern else {}
    return resource("AWS::Events::Rule", None, Targets=[target_entry], **woken_by, **properties)


def work_stack() -> dict[str, Any]:
    """Functions, rules, queues, Batch, an image."""
    objects = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
    functions = {"Note": function("note"), "Submit": function("submit"), "Fail": function("fail"), "Look": function("look")}
    functions["Sleep"] = function("sleep", timeout=1)
    functions["Provide"] = function("provide")
    functions["Lost"] = function("note", timeout=20)
    functions["Lost"]["Properties"]["Handler"] = "nowhere.handle"
    functions["Fail"]["Properties"]["DeadLetterConfig"] = {"TargetArn": attribute("Buried")}
    functions["Note"]["Properties"]["LoggingConfig"] = {"LogGroup": ref("NoteLogs")}
    functions["Submit"]["Properties"]["Environment"]["Variables"] |= {
        "QUEUE": attribute("JobQueue", "JobQueueArn"),
        "DEFINITION": ref("Job"),
    }
    queues = {name: resource("AWS::SQS::Queue") for name in ("Buried", "States", "Ticks", "Told")}
    roles = {
        "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []}),
        "Profile": resource("AWS::IAM::InstanceProfile", Roles=[ref("Role")]),
    }
    command = ["predict", "--input", "Ref::input", "--output", "Ref::output"]
    network = {
        "Vpc": resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Subnet": resource("AWS::EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.0.0/24"),
        "Group": resource("AWS::EC2::SecurityGroup", VpcId=ref("Vpc"), GroupDescription="none"),
    }
    batch = {
        "Machines": resource(
            "AWS::Batch::ComputeEnvironment",
            Type="managed",
            ComputeResources={
                "Type": "SPOT",
                "MinvCpus": 0,
                "MaxvCpus": 4,
                "InstanceTypes": ["g4dn", "g5"],
                "InstanceRole": attribute("Profile"),
                "Subnets": [ref("Subnet")],
                "SecurityGroupIds": [attribute("Group", "GroupId")],
            },
        ),
        "JobQueue": resource(
            "AWS::Batch::JobQueue",
            Priority=1,
            ComputeEnvironmentOrder=[{"Order": 1, "ComputeEnvironment": attribute("Machines", "ComputeEnvironmentArn")}],
        ),
        "Job": resource(
            "AWS::Batch::JobDefinition",
            Type="container",
            Parameters={"output": "nowhere"},
            RetryStrategy={"Attempts": 3, "EvaluateOnExit": [{"Action": "RETRY", "OnExitCode": "75"}, {"Action": "EXIT", "OnReason": "*"}]},
            Timeout={"AttemptDurationSeconds": 600},
            ContainerProperties={
                "Image": {"Fn::Join": ["", [attribute("Images", "RepositoryUri"), f":{TAG}"]]},
                "Command": command,
                "Environment": [{"Name": "COLOUR", "Value": "green"}, {"Name": "SHAPE", "Value": "round"}],
                "ResourceRequirements": [{"Type": "VCPU", "Value": "1"}, {"Type": "MEMORY", "Value": "512"}],
                "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": ref("JobLogs")}},
            },
        ),
    }
    images = {
        "Images": resource("AWS::ECR::Repository", RepositoryName="sample", ImageTagMutability="IMMUTABLE"),
        "Build": resource(
            "AWS::CodeBuild::Project",
            ServiceRole=attribute("Role"),
            Source={"Type": "NO_SOURCE"},
            Artifacts={"Type": "NO_ARTIFACTS"},
            Environment={"EnvironmentVariables": [{"Name": "REPOSITORY", "Value": attribute("Images", "RepositoryUri")}]},
        ),
        "Image": resource("Custom::Image", ServiceToken=attribute("Provide"), Project=ref("Build"), Tag=TAG, Number=7, IsBroken=False),
    }
    rules = {
        "OnTrain": rule_to(
            "Note",
            {
                **objects,
                "detail": {"bucket": {"name": [imported("train")]}, "object": {"key": [{"anything-but": {"prefix": ["reserved/"]}}]}},
            },
        ),
        "OnPredict": rule_to("Submit", {**objects, "detail": {"bucket": {"name": [imported("predict")]}}}),
        "OnState": rule_to("States", {"source": ["aws.batch", "aws.sagemaker"]}),
        "OnTold": rule_to("Topic", {"source": ["sample"], "detail": {"kind": ["tell"]}}),
        "OnNote": rule_to("Note", {"source": ["sample"], "detail": {"kind": ["note"]}}),
        "OnForbidden": rule_to("Look", {"source": ["sample"], "detail": {"kind": ["forbidden"]}}),
        "OnFail": rule_to("Fail", {"source": ["sample"], "detail": {"kind": ["fail"]}}),
        "OnTick": rule_to("Ticks", ScheduleExpression="rate(1 minute)"),
    }
    permissions = {
        f"{name}Permission": permission(woken, name)
        for name, woken in {"OnTrain": "Note", "OnPredict": "Submit", "OnNote": "Note", "OnFail": "Fail"}.items()
    }
    messaging = {
        "Telling": resource(
            "AWS::SNS::Subscription", Protocol="sqs", TopicArn=imported("topic"), Endpoint=attribute("Told"), RawMessageDelivery=True
        ),
        "FailSettings": resource(
            "AWS::Lambda::EventInvokeConfig",
            FunctionName=ref("Fail"),
            Qualifier="$LATEST",
            MaximumRetryAttempts=1,
            DestinationConfig={"OnFailure": {"Destination": attribute("States")}},
        ),
    }
    logs = {name: resource("AWS::Logs::LogGroup", RetentionInDays=7) for name in ("NoteLogs", "JobLogs")}
    outputs = [*functions, *queues, "Job", "JobQueue", "Images", "NoteLogs", "JobLogs"]
    return {
        "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}},
        "Resources": {**images, **batch, **functions, **queues, **roles, **network, **rules, **permissions, **messaging, **logs},
        "Outputs": {
            **{name: {"Value": ref(name)} for name in outputs},
            "MadeNumber": {"Value": attribute("Image", "Number")},
            "Role": {"Value": attribute("Role")},
        },
    }
