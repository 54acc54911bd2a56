"""The fleet that predicts: what it is made of, when it costs, and what reaches it."""

from __future__ import annotations

from assemblies import Assembly

from stacks.settings import GPU_FAMILIES, Settings


def test_the_fleet_scales_to_zero_and_not_beyond_its_cap(assembly: Assembly) -> None:
    """Nothing runs while no job waits, and of spot as of on-demand machines no more can than the settings say."""
    for environment in assembly.resources("AWS::Batch::ComputeEnvironment"):
        resources = environment.properties["ComputeResources"]
        assert resources["MinvCpus"] == 0
        assert "DesiredvCpus" not in resources
        assert resources["MaxvCpus"] == Settings.of(assembly.stage).prediction_max_vcpus


def test_gpu_hosts_have_a_gpu_that_the_image_can_use_and_its_driver(dev: Assembly) -> None:
    """The families are pinned, `optimal` is not among them, and the host image is the one with NVIDIA's driver."""
    environments = list(dev.resources("AWS::Batch::ComputeEnvironment"))
    assert environments
    for environment in environments:
        resources = environment.properties["ComputeResources"]
        assert {name.split(".")[0] for name in resources["InstanceTypes"]} <= set(GPU_FAMILIES)
        assert [image["ImageType"] for image in resources["Ec2Configuration"]] == ["ECS_AL2023_NVIDIA"]


def test_cpu_hosts_have_no_gpu(prod: Assembly) -> None:
    """With accelerator=cpu neither the host image nor the job asks for one: no GPU quota is needed."""
    for environment in prod.resources("AWS::Batch::ComputeEnvironment"):
        resources = environment.properties["ComputeResources"]
        assert not {name.split(".")[0] for name in resources["InstanceTypes"]} & {*GPU_FAMILIES, "optimal"}
        assert [image["ImageType"] for image in resources["Ec2Configuration"]] == ["ECS_AL2023"]
    job = prod.only("AWS::Batch::JobDefinition").properties["ContainerProperties"]
    assert {entry["Type"] for entry in job["ResourceRequirements"]} == {"VCPU", "MEMORY"}


def test_spare_capacity_comes_first_and_on_demand_in_the_same_queue(dev: Assembly, prod: Assembly) -> None:
    """The queue tries spot, then on-demand; without spot there is only the latter."""

    def order(assembly: Assembly) -> list[str]:
        queue = assembly.only("AWS::Batch::JobQueue").properties
        entries = sorted(queue["ComputeEnvironmentOrder"], key=lambda entry: int(entry["Order"]))
        kinds = {
            entry.logical_id: entry.properties["ComputeResources"]["Type"] for entry in assembly.resources("AWS::Batch::ComputeEnvironment")
        }
        return [kinds[entry["ComputeEnvironment"]["Fn::GetAtt"][0]] for entry in entries]

    assert order(dev) == ["SPOT", "EC2"]
    assert order(prod) == ["EC2"]


def test_compute_environments_can_be_replaced(assembly: Assembly) -> None:
    """They have no name of their own, and follow every change of the launch template."""
    for environment in assembly.resources("AWS::Batch::ComputeEnvironment"):
        assert "ComputeEnvironmentName" not in environment.properties
        version = environment.properties["ComputeResources"]["LaunchTemplate"]["Version"]
        assert version["Fn::GetAtt"][1] == "LatestVersionNumber"


def test_a_job_that_finds_no_host_is_cancelled(assembly: Assembly) -> None:
    """For each cause to which Batch can bind an action a job stuck in RUNNABLE ends after the time of the settings.

    For all others one rule by the hour wakes report_prediction; see test_rules.py.
    """
    actions = assembly.only("AWS::Batch::JobQueue").properties["JobStateTimeLimitActions"]
    assert {action["Reason"] for action in actions} == {
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    }
    limit = 60 * Settings.of(assembly.stage).runnable_limit_minutes
    assert all((action["State"], action["Action"], action["MaxTimeSeconds"]) == ("RUNNABLE", "CANCEL", limit) for action in actions)


def test_only_a_reclaimed_host_is_a_reason_to_try_again(assembly: Assembly) -> None:
    """A job that failed by itself would fail again: every other end is final."""
    strategy = assembly.only("AWS::Batch::JobDefinition").properties["RetryStrategy"]
    first, *others = strategy["EvaluateOnExit"]
    assert first == {"Action": "RETRY", "OnStatusReason": "Host EC2*"}
    assert others == [{"Action": "EXIT", "OnReason": "*"}]
    assert strategy["Attempts"] == Settings.of(assembly.stage).prediction_attempts


def test_a_job_has_an_end(assembly: Assembly) -> None:
    """A job that hangs is stopped after the time of the settings."""
    timeout = assembly.only("AWS::Batch::JobDefinition").properties["Timeout"]["AttemptDurationSeconds"]
    assert timeout == 60 * Settings.of(assembly.stage).prediction_timeout_minutes


def test_the_container_has_the_parameters_of_the_seam(assembly: Assembly) -> None:
    """start_prediction gives input, output and model; the command hands each of them on."""
    job = assembly.only("AWS::Batch::JobDefinition").properties["ContainerProperties"]
    assert job["Command"] == ["predict", "--input", "Ref::input", "--output", "Ref::output", "--model", "Ref::model"]


def test_the_container_can_write_only_where_it_must(assembly: Assembly) -> None:
    """Not root, a read-only file system, a small /tmp in memory and one scratch folder; no privileges."""
    job = assembly.only("AWS::Batch::JobDefinition").properties["ContainerProperties"]
    assert job["User"] == "1000"
    assert job["ReadonlyRootFilesystem"] is True
    assert "Privileged" not in job
    assert [entry["ContainerPath"] for entry in job["LinuxParameters"]["Tmpfs"]] == ["/tmp"]  # noqa: S108  # a path inside the container
    assert [entry["ContainerPath"] for entry in job["MountPoints"]] == ["/scratch"]
    assert {entry["Name"]: entry["Value"] for entry in job["Environment"]}["TMPDIR"] == "/scratch"


def test_a_gpu_job_takes_one_gpu(dev: Assembly) -> None:
    """Without the requirement Batch would hand out the GPU to nobody."""
    job = dev.only("AWS::Batch::JobDefinition").properties["ContainerProperties"]
    assert {"Type": "GPU", "Value": "1"} in job["ResourceRequirements"]


def test_hosts_guard_their_credentials_and_disks(assembly: Assembly) -> None:
    """Instance metadata needs a token and stays on the host; disks are encrypted and go with the host."""
    data = assembly.only("AWS::EC2::LaunchTemplate").properties["LaunchTemplateData"]
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    (disk,) = data["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True
    assert disk["Ebs"]["DeleteOnTermination"] is True
    assert disk["Ebs"]["VolumeSize"] == Settings.of(assembly.stage).prediction_volume_gib
