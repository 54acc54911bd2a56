"""What the local cloud does with every CloudFormation type and property, and what it refuses.

Nothing is skipped in silence. A property is honoured (it has its effect), recorded (taken and
without effect here: it concerns rights, networks, machines, money or deletion) or refused. A type
that is only recorded is printed after every deployment. A type that stands nowhere fails it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.blazingtext import SENTENCE as BLAZINGTEXT

NOT_EVALUATED = (
    "IAM: every call is allowed; what a role would have to be allowed is written to calls.jsonl. But a rule needs the function's"
    " permission to wake it.",
    "Bucket policies: Deny statements with a condition are left out, for conditions are not evaluated (TLS only, encryption).",
    "Resource policies of queues, topics, repositories and keys are stored, never evaluated.",
    "KMS: nothing is encrypted at rest.",
    "Networks: subnets, routes, security groups and endpoints are stored; processes reach whatever this machine reaches.",
    "CloudFront: a server on this machine answers from the bucket, without TLS, HSTS and a cache.",
    "Machines: jobs are processes of this machine; memory, vCPUs, GPUs, users, read-only file systems and spot reclaims are not imposed.",
    "Tuning: a random search, one training after the other, none of them stopped early.",
    "Endpoints: one process each, at once; pauses, memory, concurrency, instances and their scaling are not imposed.",
    "Images: none is built; the image's command runs from this checkout, with this environment's packages.",
    f"{BLAZINGTEXT}.",
    "Lambda: Python functions run on Python 3.11, whatever their runtime says; memory limits are not imposed.",
    "Retries: pauses between deliveries and between attempts are seconds where AWS waits minutes or hours.",
    "Schedules never fire. Alarms, budgets and dashboards are not evaluated. Lifecycle rules and expiry never run.",
    "S3 puts 'Object Created' on the event bus and no other event. What a signed form demands is held; its signature is not.",
    "HTTP API: without TLS, for this machine alone. Routes, tokens, origins, throttling and the access log are as on AWS.",
    "User pool: no e-mail is sent, no password is forgotten or locked, and all pools sign with one key, which everybody knows.",
    "Deletion and updates of stacks: a deployment ends with its server.",
)

# Created as a record only: a Ref and an Arn, nothing behind them.
RECORDED_ONLY = frozenset(
    {
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::Budgets::Budget",
        "AWS::CDK::Metadata",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::EC2::FlowLog",
        "AWS::EC2::InstanceConnectEndpoint",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::QueryDefinition",
        "AWS::S3::StorageLens",
    }
)

# What something declared stands in for: CodeBuild, and custom resources whose handlers are Node functions.
STAND_INS = {
    "AWS::CodeBuild::Project": "a build builds nothing: it registers the image's tag in the repository",
    "Custom::ECRAutoDeleteImages": "nothing to do before a deletion",
    "Custom::S3AutoDeleteObjects": "nothing to do before a deletion",
    "Custom::VpcRestrictDefaultSG": "nothing to restrict: there is no network",
}


@dataclass(frozen=True)
class Coverage:
    """The properties of one type; `nested` names the keys allowed inside a property."""

    honoured: frozenset[str]
    recorded: frozenset[str] = frozenset()
    nested: Mapping[str, frozenset[str]] = field(default_factory=dict)


def _covers(honoured: str, recorded: str = "", **nested: str) -> Coverage:
    return Coverage(
        frozenset(honoured.split()), frozenset(recorded.split()), {name: frozenset(keys.split()) for name, keys in nested.items()}
    )


_JOB_CONTAINER = """Command Environment ExecutionRoleArn Image JobRoleArn LinuxParameters LogConfiguration MountPoints Privileged
    ReadonlyRootFilesystem ResourceRequirements Ulimits User Volumes Memory Vcpus FargatePlatformConfiguration NetworkConfiguration
    RuntimePlatform"""

TYPES: Mapping[str, Coverage] = {
    "AWS::ApiGatewayV2::Api": _covers(
        "CorsConfiguration Name ProtocolType",
        "Description Tags",
        CorsConfiguration="AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge",
    ),
    "AWS::ApiGatewayV2::Authorizer": _covers(
        "ApiId AuthorizerType IdentitySource JwtConfiguration Name", JwtConfiguration="Audience Issuer"
    ),
    "AWS::ApiGatewayV2::Integration": _covers("ApiId IntegrationType IntegrationUri PayloadFormatVersion", "TimeoutInMillis"),
    "AWS::ApiGatewayV2::Route": _covers("ApiId AuthorizationType AuthorizerId RouteKey Target"),
    "AWS::ApiGatewayV2::Stage": _covers(
        "AccessLogSettings ApiId AutoDeploy DefaultRouteSettings StageName",
        "Description Tags",
        DefaultRouteSettings="ThrottlingBurstLimit ThrottlingRateLimit DetailedMetricsEnabled",
    ),
    "AWS::Batch::ComputeEnvironment": _covers(
        "ComputeEnvironmentName ComputeResources ServiceRole State Type Tags", "ReplaceComputeEnvironment UpdatePolicy UnmanagedvCpus"
    ),
    "AWS::Batch::JobDefinition": _covers(
        "ContainerProperties JobDefinitionName Parameters PlatformCapabilities PropagateTags RetryStrategy Tags Timeout Type",
        "SchedulingPriority",
        ContainerProperties=_JOB_CONTAINER,
    ),
    "AWS::Batch::JobQueue": _covers(
        "ComputeEnvironmentOrder JobQueueName Priority State Tags", "JobStateTimeLimitActions SchedulingPolicyArn JobQueueType"
    ),
    "AWS::CloudFront::Distribution": _covers(
        "DistributionConfig",
        "Tags",
        DistributionConfig="Comment DefaultCacheBehavior DefaultRootObject Enabled HttpVersion IPV6Enabled Origins PriceClass",
    ),
    "AWS::CloudFront::ResponseHeadersPolicy": _covers(
        "ResponseHeadersPolicyConfig", ResponseHeadersPolicyConfig="Comment CustomHeadersConfig Name SecurityHeadersConfig"
    ),
    "AWS::CodeBuild::Project": _covers(
        "Artifacts Description Environment Name ServiceRole Source Tags TimeoutInMinutes",
        "Cache ConcurrentBuildLimit EncryptionKey LogsConfig QueuedTimeoutInMinutes VpcConfig",
    ),
    "AWS::Cognito::UserPool": _covers(
        "AdminCreateUserConfig Policies UserPoolName UserPoolTags UsernameAttributes UsernameConfiguration",
        """AccountRecoverySetting AutoVerifiedAttributes EmailVerificationMessage EmailVerificationSubject SmsVerificationMessage
        UserPoolTier VerificationMessageTemplate""",
    ),
    "AWS::Cognito::UserPoolClient": _covers(
        "ClientName ExplicitAuthFlows GenerateSecret ReadAttributes UserPoolId",
        """AccessTokenValidity AllowedOAuthFlowsUserPoolClient EnableTokenRevocation IdTokenValidity PreventUserExistenceErrors
        RefreshTokenValidity SupportedIdentityProviders TokenValidityUnits WriteAttributes""",
    ),
    "AWS::Cognito::UserPoolGroup": _covers("Description GroupName UserPoolId"),
    "AWS::DynamoDB::Table": _covers(
        """AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes
        PointInTimeRecoverySpecification ProvisionedThroughput SSESpecification TableName Tags TimeToLiveSpecification""",
        "ContributorInsightsSpecification OnDemandThroughput TableClass WarmThroughput",
    ),
    "AWS::EC2::InternetGateway": _covers("Tags"),
    "AWS::EC2::LaunchTemplate": _covers("LaunchTemplateData LaunchTemplateName TagSpecifications VersionDescription"),
    "AWS::EC2::Route": _covers(
        "DestinationCidrBlock GatewayId NatGatewayId RouteTableId VpcEndpointId", "DestinationIpv6CidrBlock EgressOnlyInternetGatewayId"
    ),
    "AWS::EC2::RouteTable": _covers("Tags VpcId"),
    "AWS::EC2::SecurityGroup": _covers("GroupDescription GroupName SecurityGroupEgress SecurityGroupIngress Tags VpcId"),
    "AWS::EC2::Subnet": _covers(
        "AvailabilityZone CidrBlock MapPublicIpOnLaunch Tags VpcId",
        "AssignIpv6AddressOnCreation Ipv6CidrBlock PrivateDnsNameOptionsOnLaunch",
    ),
    "AWS::EC2::SubnetRouteTableAssociation": _covers("RouteTableId SubnetId"),
    "AWS::EC2::VPC": _covers("CidrBlock EnableDnsHostnames EnableDnsSupport InstanceTenancy Tags"),
    "AWS::EC2::VPCEndpoint": _covers(
        "PolicyDocument PrivateDnsEnabled RouteTableIds SecurityGroupIds ServiceName SubnetIds Tags VpcEndpointType VpcId"
    ),
    "AWS::EC2::VPCGatewayAttachment": _covers("InternetGatewayId VpcId VpnGatewayId"),
    "AWS::ECR::Repository": _covers(
        "EncryptionConfiguration ImageScanningConfiguration ImageTagMutability RepositoryName Tags",
        "EmptyOnDelete LifecyclePolicy RepositoryPolicyText",
    ),
    "AWS::Events::Rule": _covers("Description EventBusName EventPattern Name RoleArn ScheduleExpression State Targets Tags"),
    "AWS::IAM::InstanceProfile": _covers("InstanceProfileName Path Roles"),
    "AWS::IAM::ManagedPolicy": _covers("Description Groups ManagedPolicyName Path PolicyDocument Roles Users"),
    "AWS::IAM::Policy": _covers("Groups PolicyDocument PolicyName Roles Users"),
    "AWS::IAM::Role": _covers(
        "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName Tags"
    ),
    "AWS::KMS::Alias": _covers("AliasName TargetKeyId"),
    "AWS::KMS::Key": _covers("Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion PendingWindowInDays Tags"),
    "AWS::Lambda::EventInvokeConfig": _covers("DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier"),
    "AWS::Lambda::Function": _covers(
        "Code DeadLetterConfig Description Environment FunctionName Handler LoggingConfig MemorySize PackageType Role Runtime Tags Timeout",
        """Architectures EphemeralStorage KmsKeyArn RecursiveLoop ReservedConcurrentExecutions RuntimeManagementConfig TracingConfig
        VpcConfig""",
        Code="S3Bucket S3Key ZipFile",
    ),
    "AWS::Lambda::Permission": _covers("Action FunctionName Principal SourceAccount SourceArn"),
    "AWS::Logs::LogGroup": _covers("LogGroupName RetentionInDays KmsKeyId Tags", "DataProtectionPolicy LogGroupClass"),
    "AWS::Logs::ResourcePolicy": _covers("PolicyDocument PolicyName"),
    "AWS::S3::Bucket": _covers(
        """BucketEncryption BucketName CorsConfiguration LifecycleConfiguration NotificationConfiguration PublicAccessBlockConfiguration
        Tags VersioningConfiguration""",
        "LoggingConfiguration MetricsConfigurations OwnershipControls",
        NotificationConfiguration="EventBridgeConfiguration",
    ),
    "AWS::S3::BucketPolicy": _covers("Bucket PolicyDocument"),
    "AWS::SNS::Subscription": _covers("Endpoint FilterPolicy Protocol RawMessageDelivery TopicArn", "Region"),
    "AWS::SNS::Topic": _covers("DisplayName KmsMasterKeyId Tags TopicName", "TracingConfig"),
    "AWS::SNS::TopicPolicy": _covers("PolicyDocument Topics"),
    "AWS::SQS::Queue": _covers(
        """DelaySeconds KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName
        ReceiveMessageWaitTimeSeconds RedrivePolicy SqsManagedSseEnabled Tags VisibilityTimeout""",
    ),
    "AWS::SQS::QueuePolicy": _covers("PolicyDocument Queues"),
    "AWS::SSM::Parameter": _covers("DataType Description Name Tier Type Value", "AllowedPattern Tags"),
}

TARGET_KEYS = frozenset({"Arn", "DeadLetterConfig", "Id", "Input", "RetryPolicy"})
TARGET_SERVICES = ("lambda", "sns", "sqs")


def problems(template: Mapping[str, Any]) -> Iterator[str]:
    """Every reason why a template cannot be deployed here, each naming the type and the logical id."""
    resources = template["Resources"]
    for logical_id, resource in resources.items():
        kind, properties = resource["Type"], resource.get("Properties") or {}
        where = f"{logical_id} ({kind})"
        if is_custom(kind):
            yield from _custom_problems(where, kind, properties, resources)
        elif kind in TYPES:
            yield from _property_problems(where, TYPES[kind], properties)
            if kind == "AWS::Events::Rule":
                yield from _target_problems(where, properties)
        elif kind not in RECORDED_ONLY:
            yield f"{where}: the local cloud does not support this resource type"


def recorded_only(template: Mapping[str, Any]) -> set[str]:
    """The types in a template of which only a record is made."""
    return {resource["Type"] for resource in template["Resources"].values()} & RECORDED_ONLY


def stand_ins(template: Mapping[str, Any]) -> set[str]:
    """The types in a template that a stand-in answers."""
    return {resource["Type"] for resource in template["Resources"].values()} & set(STAND_INS)


def is_custom(kind: str) -> bool:
    """Whether a type is a custom resource."""
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"


def _property_problems(where: str, coverage: Coverage, properties: Mapping[str, Any]) -> Iterator[str]:
    for name, value in properties.items():
        if name not in coverage.honoured | coverage.recorded:
            yield f"{where}: the local cloud does not support the property {name}"
        for key in value if name in coverage.nested and isinstance(value, Mapping) else ():
            if key not in coverage.nested[name]:
                yield f"{where}: the local cloud does not support the property {name}.{key}"


def _target_problems(where: str, properties: Mapping[str, Any]) -> Iterator[str]:
    for target in properties.get("Targets", []):
        for key in set(target) - TARGET_KEYS:
            yield f"{where}: the local cloud does not support {key} of a rule's target"
    if properties.get("EventBusName", "default") != "default":
        yield f"{where}: the local cloud has the default event bus only"


def _custom_problems(where: str, kind: str, properties: Mapping[str, Any], resources: Mapping[str, Any]) -> Iterator[str]:
    if kind in STAND_INS:
        return
    token = properties.get("ServiceToken")
    handler = token["Fn::GetAtt"][0] if isinstance(token, Mapping) and "Fn::GetAtt" in token else ""
    runtime = resources.get(handler, {}).get("Properties", {}).get("Runtime", "")
    if handler in resources and not str(runtime).startswith("python"):
        yield f"{where}: the local cloud runs Python handlers; {handler} wants {runtime or 'no known runtime'}, with no stand-in"
