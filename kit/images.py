"""Images of older deployments, which nothing uses any more and which cost by the gigabyte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contract.deployment import run_time_name
from contract.wording import counted
from kit.deployment import Target, repository_and_tag
from kit.finding import Finding, Level

GB = 1000**3


def check_old_images(target: Target) -> Iterator[Finding]:
    """Images in the repository that neither a stack nor a job definition nor a model names.

    The newest of each flavour counts as used: it is that of the deployment, or of one that is under way.
    """
    repository, deployed = repository_and_tag(target.deployment.training_image)
    images = list(_tagged(target, repository))
    newest = {_flavour(image): image["imageTags"][0] for image in sorted(images, key=lambda image: str(image["imagePushedAt"]))}
    used = {deployed, *newest.values(), *_of_jobs(target, repository), *_of_models(target), *_of_endpoints(target, repository)}
    old = [image for image in images if not used & {*image["imageTags"]}]
    if not old:
        yield Finding("old images", Level.OK, f"none of {len(images)}")
        return
    size_gb = sum(image.get("imageSizeInBytes", 0) for image in old) / GB
    names = " ".join(f"imageTag={image['imageTags'][0]}" for image in old)
    sentence = f"{counted(len(old), 'image')} of earlier deployments, which nothing uses: {size_gb:.1f} GB, billed by the month."
    remedy = f"Once no deployment is under way: aws ecr batch-delete-image --repository-name {repository} --image-ids {names}"
    yield Finding("old images", Level.LOOK, sentence, remedy)


def _tagged(target: Target, repository: str) -> Iterator[dict[str, Any]]:
    pages = target.client("ecr").get_paginator("describe_images").paginate(repositoryName=repository, filter={"tagStatus": "TAGGED"})
    for page in pages:
        yield from page["imageDetails"]


def _flavour(image: dict[str, Any]) -> str:
    return str(image["imageTags"][0]).partition("-")[0]


def _of_jobs(target: Target, repository: str) -> Iterator[str]:
    """Tags that job definitions name; what waits in the queue starts with one of them."""
    for page in target.client("batch").get_paginator("describe_job_definitions").paginate(status="ACTIVE"):
        for definition in page["jobDefinitions"]:
            found, tag = repository_and_tag(definition.get("containerProperties", {}).get("image", ""))
            if found == repository:
                yield tag


def _of_endpoints(target: Target, repository: str) -> Iterator[str]:
    """Tags from which endpoints serve; a serverless one pulls its image again after a pause."""
    sagemaker = target.client("sagemaker")
    for page in sagemaker.get_paginator("list_models").paginate(NameContains=run_time_name(target.stage, "")):
        for entry in page["Models"]:
            container = sagemaker.describe_model(ModelName=entry["ModelName"]).get("PrimaryContainer", {})
            found, tag = repository_and_tag(container.get("Image", ""))
            if found == repository:
                yield tag


def _of_models(target: Target) -> Iterator[str]:
    for classifier in target.ledger.classifiers():
        for model in target.ledger.models(classifier):
            yield model.image_tag
