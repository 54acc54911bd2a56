"""Builds images during the deployment, in CodeBuild: nobody needs Docker on their machine.

A ready construct exists for this, deploy-time-build. It was weighed and left, because it gives its build a managed policy
on every public repository and actions with wildcards, and because it pushes again under a tag that is there already,
which a repository with immutable tags refuses: the second deployment of an unchanged image would fail.
"""

from __future__ import annotations

import json

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from contract.function_environments import BuildImageEnvironment
from stacks.constructs.event_function import EventFunction
from stacks.constructs.event_rule import EventRule
from stacks.constructs.log_group import ProcessLogGroup
from stacks.grants import allow, grant_log_writing, service_of_account
from stacks.images import Image
from stacks.settings import Settings
from stacks.sources import ROOT, image_context

HANDLER = ROOT / "lambda" / "build_image"
RESOURCE_TYPE = "Custom::ContainerImage"
HOST_IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
BUILD_TIMEOUT = Duration.minutes(55)  # shorter than CloudFormation's patience, so that the build's own end is what is reported
ANSWER_TIMEOUT = Duration.minutes(60)
ENDED = ("SUCCEEDED", "FAILED", "FAULT", "STOPPED", "TIMED_OUT")

_BUILD = {
    "version": 0.2,
    "phases": {
        "build": {
            "on-failure": "ABORT",
            "commands": [
                "aws ecr get-login-password | docker login --username AWS --password-stdin ${REPOSITORY%%/*}",
                "aws s3 cp --only-show-errors ${CONTEXT} context.zip && unzip -q context.zip -d context",
                "docker build ${BUILD_OPTIONS} --provenance=false --file context/container/Dockerfile --tag ${REPOSITORY}:${TAG} context",
                "docker push ${REPOSITORY}:${TAG}",
            ],
        }
    },
}


class ImageBuilder(Construct):
    """A CodeBuild project that can build every image, and the function that starts it and answers for it."""

    def __init__(self, scope: Construct, construct_id: str, *, repository: ecr.IRepository, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._repository = repository
        with image_context() as folder:
            context = assets.Asset(self, "Context", path=str(folder))
        self.project = self._declare_project(context, settings)
        environment = BuildImageEnvironment(project=self.project.ref)
        self._starter = EventFunction(self, "Starter", source=HANDLER, environment=environment, settings=settings)
        self.provider = self._starter.function  # of the custom resources, CloudFormation's word for who answers for them
        allow(self._starter.role, "codebuild:StartBuild", on=[self.project.attr_arn])
        allow(self._starter.role, "ecr:DescribeImages", on=[repository.repository_arn])
        self._ended = EventRule(
            self,
            "BuildEnded",
            source="aws.codebuild",
            kind="CodeBuild Build State Change",
            detail={"project-name": [self.project.ref], "build-status": list(ENDED)},
            wakes=self._starter,
        )
        self._declared: list[CustomResource] = []

    def build(self, image: Image) -> CustomResource:
        """Declare that the image is in the repository; the deployment goes on when it is, with the next one first."""
        resource = CustomResource(
            self,
            image.accelerator.capitalize(),
            service_token=self.provider.function_arn,
            resource_type=RESOURCE_TYPE,
            service_timeout=ANSWER_TIMEOUT,
            properties={
                "Repository": self._repository.repository_name,
                "Tag": image.tag,
                "Accelerator": image.accelerator,
                "BuildArguments": image.build_arguments,
            },
        )
        # Without the rule the end of a quick build could go unheard. And one build after the other: a young account may run
        # one at a time, and a build that waits in CodeBuild's queue uses up the time in which its answer must come.
        resource.node.add_dependency(self._ended, *self._declared)
        self._declared.append(resource)
        return resource

    def _declare_project(self, context: assets.Asset, settings: Settings) -> codebuild.CfnProject:
        log_group = ProcessLogGroup(self, "BuildLogs", settings=settings)
        role = iam.Role(self, "BuildRole", assumed_by=service_of_account(self, "codebuild.amazonaws.com"))
        grant_log_writing(role, log_group)
        allow(role, "s3:GetObject", on=[context.bucket.arn_for_objects(context.s3_object_key)])
        allow(role, "ecr:GetAuthorizationToken", on=["*"])
        push = (
            "ecr:InitiateLayerUpload",
            "ecr:UploadLayerPart",
            "ecr:CompleteLayerUpload",
            "ecr:PutImage",
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",  # docker asks which manifests are there already
        )
        allow(role, *push, on=[self._repository.repository_arn])
        project = codebuild.CfnProject(
            self,
            "Project",
            description=f"Text Classification Kit, {settings.stage}: builds the container images",
            service_role=role.role_arn,
            artifacts=codebuild.CfnProject.ArtifactsProperty(type="NO_ARTIFACTS"),
            source=codebuild.CfnProject.SourceProperty(type="NO_SOURCE", build_spec=json.dumps(_BUILD, indent=1)),
            environment=codebuild.CfnProject.EnvironmentProperty(
                type="LINUX_CONTAINER",
                compute_type="BUILD_GENERAL1_MEDIUM",
                image=HOST_IMAGE,
                privileged_mode=True,  # the Docker daemon needs it
                environment_variables=[
                    codebuild.CfnProject.EnvironmentVariableProperty(name=name, value=value)
                    for name, value in {"REPOSITORY": self._repository.repository_uri, "CONTEXT": context.s3_object_url}.items()
                ],
            ),
            logs_config=codebuild.CfnProject.LogsConfigProperty(
                cloud_watch_logs=codebuild.CfnProject.CloudWatchLogsConfigProperty(status="ENABLED", group_name=log_group.log_group_name)
            ),
            timeout_in_minutes=BUILD_TIMEOUT.to_minutes(),
        )
        project.node.add_dependency(role.node.find_child("DefaultPolicy"))  # a build that starts before it would be denied
        return project
