"""Which command an image stands for: the kit's own image runs as a process of this machine, and one takes the place of BlazingText's."""

from __future__ import annotations

import re
import sys

from moto.ecr.models import ecr_backends

from contract import blazingtext
from contract.blazingtext import ACCOUNTS, REPOSITORY
from local.host import Host

_URI = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+):(?P<tag>[^:@]+)")
BLAZINGTEXT_METRICS = [{"Name": blazingtext.TUNED, "Regex": r"#validation_accuracy: ([0-9.]+)"}]
_MANIFEST = '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {"size": 0}, "tag": "%s"}'


class CannotPull(Exception):
    """The image is not there; the message is the one that ECS and SageMaker show."""


def command_for(host: Host, image: str) -> tuple[str, ...]:
    """The command that the image's entry point is here. Raises CannotPull for any image but the deployed ones and BlazingText's."""
    match = _URI.fullmatch(image)
    if _is_blazingtext(match):
        return (sys.executable, "-m", "local.blazingtext")
    if match is None or match["account"] != host.account:
        raise CannotPull(f"CannotPullContainerError: pull access denied for {image}: the local cloud knows its own repositories only")
    repository = ecr_backends[host.account][host.region].repositories.get(match["repository"])
    if repository is None:
        raise CannotPull(f"CannotPullContainerError: repository {match['repository']} does not exist")
    if not any(match["tag"] in entry.image_tags for entry in repository.images):
        raise CannotPull(f"CannotPullContainerError: {image}: not found")
    return host.entry_point


def built_in_metrics(image: str) -> list[dict[str, str]]:
    """The metrics that SageMaker reads from the log of an algorithm of its own, whose requests define none."""
    return BLAZINGTEXT_METRICS if _is_blazingtext(_URI.fullmatch(image)) else []


def _is_blazingtext(match: re.Match[str] | None) -> bool:
    return match is not None and match["account"] == ACCOUNTS.get(match["region"]) and match["repository"] == REPOSITORY


def register(host: Host, repository: str, tag: str) -> None:
    """Let an image of this tag exist; one that exists is kept, as tags are immutable."""
    backend = ecr_backends[host.account][host.region]
    if not any(tag in entry.image_tags for entry in backend.repositories[repository].images):
        backend.put_image(repository_name=repository, image_manifest=_MANIFEST % tag, image_tag=tag)
