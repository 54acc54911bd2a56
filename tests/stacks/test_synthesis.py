"""The program that `cdk` runs, and what it writes."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import aws_cdk
import pytest
from assemblies import Assembly, assemble, synthesize
from aws_cdk import App
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.deployment import Deployment, output_name, stack_name
from contract.errors import UserError
from contract.tags import PRODUCT
from stacks.application import compose, file_context, settings_of
from stacks.settings import Settings
from stacks.sources import ROOT


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_sources_give_the_same_bytes(checkout: Path, dev: Assembly, tmp_path: Path) -> None:
    """A second synthesis writes the same files with the same content, without network, credentials or region."""
    again = assemble(checkout, tmp_path / "out", {})
    first, second = _content(dev.folder), _content(again.folder)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_a_mistyped_setting_stops_the_synthesis_with_a_sentence(checkout: Path, tmp_path: Path) -> None:
    """The person at the command line sees the valid names, not a traceback."""
    done = synthesize(checkout, tmp_path / "out", {"acelerator": "cpu"})
    assert done.returncode == 1
    assert "did you mean 'accelerator'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_tools_own_context_is_no_setting() -> None:
    """What `cdk` puts into the context for itself is not mistaken for a mistyped setting."""
    context = file_context() | {"aws:cdk:enable-path-metadata": True, "cli-telemetry": False, "accelerator": "cpu"}
    assert settings_of(context) == Settings.of("dev", {"accelerator": "cpu"})


@pytest.mark.parametrize(
    ("given", "stage", "meant"),
    [
        ({"dev": {"notification_email": "a@b.c"}}, "dev", {"notification_email": "a@b.c"}),
        ({"dev": {"notification_email": "a@b.c"}}, "prod", {}),
        ({"accelerator": "cpu", "prod": {"is_customer_key": True}}, "prod", {"accelerator": "cpu", "is_customer_key": True}),
        ({"prediction_max_vcpus": "16", "dev": {"prediction_max_vcpus": 64}}, "dev", {"prediction_max_vcpus": 16}),
    ],
)
def test_settings_are_kept_in_the_file_for_one_stage_or_for_both(given: dict[str, Any], stage: str, meant: dict[str, Any]) -> None:
    """What cdk.json holds under a stage's name is for that stage alone; what stands by itself, as `-c` puts it, goes first."""
    app = App(context=file_context() | given | {"stage": stage}, analytics_reporting=False)
    assert settings_of(app.node.get_all_context()) == Settings.of(stage, meant)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"dev": {"acelerator": "cpu"}}, "did you mean 'accelerator'?"), ({"dev": "cpu"}, "'dev' in the context should be an object")],
)
def test_a_mistyped_setting_of_a_stage_is_refused(given: dict[str, Any], words: str) -> None:
    """Nothing in the file passes in silence either."""
    with pytest.raises(UserError) as caught:
        settings_of(file_context() | given)
    assert words in str(caught.value)


def test_templates_are_bound_to_no_account_or_region(assembly: Assembly) -> None:
    """One assembly deploys anywhere."""
    artifacts = assembly.manifest["artifacts"].values()
    environments = {artifact["environment"] for artifact in artifacts if artifact["type"] == "aws:cloudformation:stack"}
    assert environments == {"aws://unknown-account/unknown-region"}


def test_stacks_and_outputs_are_those_of_the_contract(assembly: Assembly) -> None:
    """Each stack has its name and puts out exactly what the contract lists for it, besides CDK's own exports."""
    for name in assembly.stacks:
        artifact = assembly.manifest["artifacts"][name]
        assert artifact["properties"]["stackName"] == stack_name(assembly.stage, name.lower())
        outputs = {key for key in assembly.templates[name].get("Outputs", {}) if not key.startswith("ExportsOutput")}
        assert outputs == {output_name(entry) for entry in Deployment.outputs_of(name.lower())}


def test_everything_that_can_be_tagged_is(assembly: Assembly) -> None:
    """Product and stage stand on every resource that has tags, and on those that cost."""
    kinds = set()
    for resource in assembly.resources():
        if "Tags" in resource.properties:
            kinds.add(resource.kind)
            tags = resource.properties["Tags"]
            found = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
            assert found["product"] == PRODUCT
            assert found["stage"] == assembly.stage
    assert kinds >= {
        "AWS::S3::Bucket",
        "AWS::DynamoDB::Table",
        "AWS::Batch::ComputeEnvironment",
        "AWS::ECR::Repository",
        "AWS::Lambda::Function",
    }


def test_all_recommended_feature_flags_are_on() -> None:
    """cdk.json has every flag that this version of the CDK recommends; only cross-stack references stay strong."""
    (bundle,) = (Path(aws_cdk.__file__).parent / "_jsii").glob("aws-cdk-lib*.tgz")
    with tarfile.open(bundle) as archive:
        recommended = archive.extractfile("package/recommended-feature-flags.json")
        assert recommended is not None
        expected = json.load(recommended) | {"@aws-cdk/core:defaultCrossStackReferences": "strong"}
    assert {name: value for name, value in file_context().items() if name.startswith("@")} == expected


def test_cross_stack_references_are_exports(assembly: Assembly) -> None:
    """Weak references need a function that the local cloud does not know."""
    assert "Fn::GetStackOutput" not in json.dumps(assembly.templates)


def test_stacks_meet_through_storage_only(assembly: Assembly) -> None:
    """No stack imports from Training or Prediction, so that no cycle can grow."""
    text = json.dumps([assembly.templates[name] for name in assembly.stacks])
    for name in ("training", "prediction", "registry"):
        assert f"{stack_name(assembly.stage, name)}:ExportsOutput" not in text


def test_templates_pass_cfn_lint(assembly: Assembly) -> None:
    """No error and no warning.

    W3005 is left out: CDK writes dependencies twice, as a reference and as DependsOn. And W6001: with a customer key an output tells
    `kit train` its ARN, which the stack imports for start_training anyway; the output itself is no export.
    """
    templates = [str(assembly.folder / f"{name}.template.json") for name in assembly.stacks]
    program = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run(
        [str(program), "--ignore-checks", "W3005", "W6001", "--", *templates], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_finding_of_the_security_checks_stops_the_synthesis(tmp_path: Path) -> None:
    """cdk-nag runs over the composed app: a bucket without TLS, added here, is refused."""
    app = App(outdir=str(tmp_path), context=file_context(), analytics_reporting=False)
    compose(app)
    training = app.node.find_child("Training")
    assert isinstance(training, Construct)
    s3.Bucket(training, "Careless")
    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()


def test_the_tools_of_node_are_pinned_without_addresses() -> None:
    """Exactly one version of the command line, which can read this assembly, and of axe, and a lock file that names no host."""
    package = json.loads((ROOT / "package.json").read_text())
    assert package["private"] is True
    assert package["devDependencies"] == {"aws-cdk": "2.1148.1", "axe-core": "4.14.1"}
    lock = (ROOT / "package-lock.json").read_text()
    assert "http" not in lock
    assert json.loads(lock)["packages"]["node_modules/aws-cdk"]["version"] == "2.1148.1"
