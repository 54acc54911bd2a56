"""CodeBuild projects; what a build does here is in local.builds."""

from __future__ import annotations

from moto.codebuild.models import codebuild_backends

from local.host import Host
from local.resources.model import Made, Maker, Properties, lower_first


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    return {"AWS::CodeBuild::Project": Maker(lambda name, properties: _project(host, name, properties), "Name", frozenset({"Arn"}))}


def _project(host: Host, name: str, properties: Properties) -> Made:
    project = codebuild_backends[host.account][host.region].create_project(
        project_name=name,
        description=properties.get("Description"),
        project_source=lower_first(properties["Source"]),
        artifacts=lower_first(properties["Artifacts"]),
        environment=lower_first(properties["Environment"]),
        service_role=properties["ServiceRole"],
        tags=lower_first(properties.get("Tags", [])),
        cache=None,
        timeout=int(properties.get("TimeoutInMinutes", 60)),
        queued_timeout=None,
        source_version=None,
        logs_config=None,
        vpc_config=None,
    )
    return Made(name, {"Arn": project["arn"]})
