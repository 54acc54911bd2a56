"""Images of earlier deployments, of which 'kit doctor' tells."""

from __future__ import annotations

import json
from collections.abc import Callable

from kit_account import REGION, Answer
from kit_patient import Patient

Kit = Callable[..., Answer]


def test_images_of_earlier_deployments_are_told_of(patient: Patient, kit: Kit) -> None:
    """Not those that a model, a job, an endpoint or the deployment names, nor the newest of a flavour: it may be about to be used."""
    session = patient.account.session
    tags = ["gpu-1", "gpu-2", "gpu-3", "gpu-4", "cpu-1", "cpu-2", "gpu-5"]
    for tag in tags:
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": [], "for": tag}
        session.client("ecr").put_image(repositoryName="tck-dev", imageManifest=json.dumps(manifest), imageTag=tag)
    patient.account.add_model(1, image_tag="gpu-1")
    session.client("batch").register_job_definition(
        jobDefinitionName="predict",
        type="container",
        containerProperties={"image": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/tck-dev:gpu-3", "memory": 128, "vcpus": 1},
    )
    session.client("sagemaker").create_model(
        ModelName="tck-dev-main-v1-01234567",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/serving",
        PrimaryContainer={"Image": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/tck-dev:cpu-1"},
    )
    (finding,) = (finding for finding in kit("doctor", "--json").json if finding["what"] == "old images")
    assert finding["level"] == "look"
    assert finding["sentence"].startswith("2 images of earlier deployments")
    assert finding["remedy"].endswith("batch-delete-image --repository-name tck-dev --image-ids imageTag=gpu-2 imageTag=gpu-4")
