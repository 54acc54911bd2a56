"""The images: where they lie, and that nothing names one that is not there."""

from __future__ import annotations

import json
from typing import Any

from assemblies import Assembly

from contract.deployment import stack_name


def _images(assembly: Assembly) -> dict[str, dict[str, Any]]:
    return {resource.properties["Accelerator"]: resource.properties for resource in assembly.resources("Custom::ContainerImage")}


def test_tags_never_move_and_images_are_scanned(assembly: Assembly) -> None:
    """A tag in a ledger record means the same image for ever."""
    repository = assembly.only("AWS::ECR::Repository").properties
    assert repository["RepositoryName"] == f"tck-{assembly.stage}"
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}


def test_no_image_that_a_record_names_can_expire(assembly: Assembly) -> None:
    """The lifecycle rules select untagged images only, and what a record names has a tag."""
    policy = json.loads(assembly.only("AWS::ECR::Repository").properties["LifecyclePolicy"]["LifecyclePolicyText"])
    assert {rule["selection"]["tagStatus"] for rule in policy["rules"]} == {"untagged"}


def test_the_images_are_there_before_anything_names_them(assembly: Assembly) -> None:
    """Training and Prediction are deployed after Registry, whose end waits for the builds."""
    artifacts = assembly.manifest["artifacts"]
    assert "Registry" in artifacts["Training"]["dependencies"]
    assert "Registry" in artifacts["Prediction"]["dependencies"]


def test_no_stack_imports_from_the_registry(assembly: Assembly) -> None:
    """Tags are plain strings: an export in use could not be updated by the next image."""
    assert f"{stack_name(assembly.stage, 'registry')}:Exports" not in json.dumps(assembly.templates)
    assert "Outputs" not in assembly.templates["Registry"]


def test_jobs_name_the_image_that_was_built_for_their_accelerator(dev: Assembly, prod: Assembly) -> None:
    """Training, its function, the prediction job and its function all have the tag that Registry builds."""
    for assembly, accelerator in ((dev, "gpu"), (prod, "cpu")):
        tag = _images(assembly)[accelerator]["Tag"]
        assert tag.startswith(f"{accelerator}-")
        uri = f"/tck-{assembly.stage}:{tag}"
        assert uri in json.dumps(assembly.only("AWS::Batch::JobDefinition").properties["ContainerProperties"]["Image"])
        assert uri in json.dumps(assembly.templates["Training"]["Outputs"]["TrainingImage"])
        for name in ("StartTraining", "StartPrediction"):
            variables = assembly.only("AWS::Lambda::Function", starting=f"{name}Function").properties["Environment"]["Variables"]
            assert variables["IMAGE_TAG"] == tag
            assert variables["ACCELERATOR"] == accelerator


def test_a_cpu_deployment_builds_no_gpu_image(dev: Assembly, prod: Assembly) -> None:
    """CUDA is neither built nor stored where nobody asked for it."""
    assert set(_images(dev)) == {"gpu", "cpu"}
    assert set(_images(prod)) == {"cpu"}


def test_a_build_can_be_answered_before_it_starts(assembly: Assembly) -> None:
    """Each image waits for the rule that hears the end of its build, and for no longer than CloudFormation does."""
    (rule,) = assembly.resources("AWS::Events::Rule", "Registry")
    for image in assembly.resources("Custom::ContainerImage"):
        assert rule.logical_id in image.body["DependsOn"]
        project = assembly.only("AWS::CodeBuild::Project").properties
        assert 60 * project["TimeoutInMinutes"] < int(image.properties["ServiceTimeout"]) <= 3600


def test_builds_do_not_wait_for_each_other_in_codebuild(dev: Assembly) -> None:
    """An account may run one at a time, and what waits in the queue loses the time for its answer: the second is asked for later."""
    images = {image.properties["Accelerator"]: image for image in dev.resources("Custom::ContainerImage")}
    assert images["gpu"].logical_id in images["cpu"].body["DependsOn"]
    assert images["cpu"].logical_id not in images["gpu"].body["DependsOn"]


def test_the_build_gets_what_its_commands_use(assembly: Assembly) -> None:
    """Every variable of the build's commands is set by the project or by the function that starts it."""
    project = assembly.only("AWS::CodeBuild::Project").properties
    commands = " ".join(json.loads(project["Source"]["BuildSpec"])["phases"]["build"]["commands"])
    declared = {entry["Name"] for entry in project["Environment"]["EnvironmentVariables"]}
    assert declared == {"REPOSITORY", "CONTEXT"}
    used = {part.split("}")[0].split("%")[0] for part in commands.split("${")[1:]}
    assert used == declared | {"TAG", "BUILD_OPTIONS"}
