"""`kit doctor`: what is broken is named with its remedy, and what is well is said to be."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from kit_account import Answer, intercept
from kit_patient import SPOT_QUOTA, Patient
from pretended_functions import Functions

from contract.deployment import Function, alarm_name
from contract.events import ObjectCreated
from contract.records import START_ATTEMPTS, JobKind, JobStatus
from kit.doctor import CHECKS
from kit.quotas import vcpus

Kit = Callable[..., Answer]


def _found(kit: Kit, level: str) -> list[dict[str, str]]:
    return [finding for finding in kit("doctor", "--json").json if finding["level"] == level]


def test_a_healthy_deployment_is_well_in_every_respect(patient: Patient, kit: Kit) -> None:
    """Exit status 0 and nothing but `ok`, at least one for each check."""
    answer = kit("doctor", "--json")
    assert {finding["level"] for finding in answer.json} == {"ok"}
    assert len(answer.json) >= len(CHECKS)
    assert answer.status == 0
    assert "0 things broken, 0 things to look at." in kit("doctor").output


def test_without_a_deployment_that_is_what_is_broken(no_account: None, kit: Kit) -> None:
    """The one finding says how to deploy."""
    answer = kit("doctor", "--json")
    (finding,) = answer.json
    assert (answer.status, finding["level"]) == (1, "broken")
    assert "cdk deploy --all" in finding["sentence"]


def _forget_stack(patient: Patient) -> None:
    patient.account.session.client("cloudformation").delete_stack(StackName="tck-dev-monitoring")


def _forget_image(patient: Patient) -> None:
    images = [{"imageTag": "cpu-0123456789abcdef"}]
    patient.account.session.client("ecr").batch_delete_image(repositoryName="tck-dev", imageIds=images)


def _ring(patient: Patient) -> None:
    cloudwatch = patient.account.session.client("cloudwatch")
    name = alarm_name("dev", "charges")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription="Act now: 'kit cost'.",
        Namespace="n",
        MetricName="m",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="r")


def _old_bootstrap(patient: Patient) -> None:
    ssm = patient.account.session.client("ssm")
    ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="5", Type="String", Overwrite=True)


def _strand(patient: Patient) -> None:
    account = patient.account
    account.s3.put_object(Bucket=account.deployment.predict_bucket, Key="a.csv", Body=b"text\na\n")
    job = account.claim_latest(JobKind.PREDICT, "a.csv")
    account.ledger.move(job, JobStatus.RECEIVED, attempts=START_ATTEMPTS, message="Throttled.")


def _strand_at_once(patient: Patient) -> None:
    account = patient.account
    account.s3.put_object(Bucket=account.deployment.predict_bucket, Key="a.csv", Body=b"text\na\n")
    job = account.claim_latest(JobKind.PREDICT, "a.csv")
    account.ledger.move(job, JobStatus.RECEIVED, attempts=1, updated_at="2026-11-21T08:00:00.000+00:00")


def _bury(patient: Patient) -> None:
    event = ObjectCreated("b", "k", "v", 1, "0").to_event()
    Functions(patient.account.session).bury(Function.START_TRAINING, event)


def _disable(patient: Patient) -> None:
    patient.queue |= {"state": "DISABLED"}


def _misconfigure(patient: Patient) -> None:
    reason = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - The job needs more."
    patient.runnable.append({"jobName": "tck-dev-predict-a", "createdAt": (time.time() - 4000) * 1000, "statusReason": reason})


def _misconfigure_parts(patient: Patient) -> None:
    reason = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - The job needs more."
    patient.pending += [{"jobId": "join", "jobName": "tck-dev-predict-a", "createdAt": 0}]
    patient.pending += [{"jobId": "array", "jobName": "tck-dev-predict-a_shards", "createdAt": 0, "arrayProperties": {"size": 2}}]
    for index, seconds in enumerate((60, 4000)):
        part = {"jobId": f"array:{index}", "jobName": "tck-dev-predict-a_shards", "createdAt": (time.time() - seconds) * 1000}
        patient.parts.append({**part, "statusReason": reason})


def _no_vcpus(patient: Patient) -> None:
    patient.vcpus = {SPOT_QUOTA: 0.0}  # and none of its own for on-demand: AWS's default counts


def _no_training(patient: Patient) -> None:
    patient.training["ml.g4dn.xlarge for spot training job usage"] = 0.0


@pytest.mark.parametrize(
    ("harm", "what", "sentence", "remedy"),
    [
        (_forget_stack, "stack tck-dev-monitoring", "is missing", "cdk deploy --all"),
        (_old_bootstrap, "bootstrap", "version is 5", "cdk bootstrap"),
        (_forget_image, "image", "has no image 'cpu-0123456789abcdef'", "docs/runbook.md#a-missing-image"),
        (_no_vcpus, "machines for predictions, spot", "0 virtual CPUs", "All G and VT Spot Instance Requests"),
        (_no_training, "machines for trainings", "may run no ml.g4dn.xlarge", "'ml.g4dn.xlarge for spot training job usage'"),
        (_disable, "Batch queue", "q is DISABLED and VALID", "docs/runbook.md"),
        (_misconfigure, "job tck-dev-predict-a", "prediction_max_vcpus is smaller", "deploy again"),
        (_misconfigure_parts, "job tck-dev-predict-a_shards", "waited for a machine for 1 h 06 min", "deploy again"),
        (_bury, "dead letters", "1 event could not be handled by start_training", "'kit replay --dry-run'"),
        (_ring, "alarm tck-dev-charges", "It rings", "Act now: 'kit cost'."),
        (_strand, "job predict-a-", "was not started. Throttled.", "'kit retry predict-a-"),
        (_strand_at_once, "job predict-a-", "was not started. Whoever began to start it broke off", "'kit retry predict-a-"),
    ],
)
def test_what_is_broken_is_named_with_its_remedy(
    patient: Patient, kit: Kit, harm: Callable[[Patient], None], what: str, sentence: str, remedy: str
) -> None:
    """Exit status 1, and a person who has never seen the system knows what to do next."""
    harm(patient)
    assert kit("doctor").status == 1
    finding = _found(kit, "broken")[0]
    assert finding["what"].startswith(what)
    assert sentence in finding["sentence"]
    assert remedy in finding["remedy"]
    assert "'kit retry" not in finding["sentence"]


def _nobody(patient: Patient) -> None:
    sns = patient.account.session.client("sns")
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=patient.account.deployment.topic_arn)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


def _no_bootstrap(patient: Patient) -> None:
    patient.account.session.client("ssm").delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")


def _wait(patient: Patient) -> None:
    reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - none"
    patient.runnable.append({"jobName": "tck-dev-predict-a", "createdAt": (time.time() - 4000) * 1000, "statusReason": reason})


def _just_begun(patient: Patient) -> None:
    patient.runnable.append({"jobName": "tck-dev-predict-a", "createdAt": time.time() * 1000})


def _few_vcpus(patient: Patient) -> None:
    patient.vcpus[SPOT_QUOTA] = 4.0


def _no_spot(patient: Patient) -> None:
    patient.vcpus[SPOT_QUOTA] = 0.0


def _wait_for_a_model(patient: Patient) -> None:
    account = patient.account
    account.s3.put_object(Bucket=account.deployment.predict_bucket, Key="a.csv", Body=b"text\na\n")
    account.ledger.move(account.claim_latest(JobKind.PREDICT, "a.csv"), JobStatus.WAITING)


def _wait_in_vain(patient: Patient) -> None:
    _wait_for_a_model(patient)
    patient.account.add_model(1)
    patient.account.use(1)


def _unheard(patient: Patient) -> None:
    account = patient.account
    account.s3.put_object(Bucket=account.deployment.predict_bucket, Key="a.csv", Body=b"text\na\n")
    account.ledger.move(account.claim_latest(JobKind.PREDICT, "a.csv"), JobStatus.RUNNING, platform_id="b")
    patient.described = [{"jobId": "b", "status": "SUCCEEDED"}]


def _forbid(patient: Patient) -> None:
    patient.errors["DescribeAlarms"] = "AccessDenied"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_nobody, "Nobody is told"),
        (_no_bootstrap, "not prepared for deployments"),
        (_wait, "waited for a machine for 1 h 06 min: AWS has no free machine"),
        (_just_begun, "one is being started"),
        (_few_vcpus, "may use 4 virtual CPUs of this kind, the settings up to 8"),
        (_no_spot, "The other kind is used."),
        (_wait_for_a_model, "1 file of the classifier 'main' wait"),
        (_wait_in_vain, "1 file of the classifier 'main' waits although it has a model: the event that said so was lost"),
        (_unheard, "has ended, but the ledger does not know"),
        (_forbid, "could not be looked at: Your AWS account does not allow DescribeAlarms"),
    ],
)
def test_what_works_but_should_be_known_is_no_failure(patient: Patient, kit: Kit, change: Callable[[Patient], None], sentence: str) -> None:
    """Exit status 0: a script need not wake anybody; and a check that may not be made does not hold up the others."""
    change(patient)
    assert kit("doctor").status == 0
    (finding,) = _found(kit, "look")
    assert sentence in finding["sentence"]
    assert len(_found(kit, "ok")) >= len(CHECKS) - 1


@pytest.mark.parametrize(
    ("status", "level"),
    [("UPDATE_ROLLBACK_COMPLETE", "look"), ("UPDATE_IN_PROGRESS", "look"), ("ROLLBACK_COMPLETE", "broken"), ("DELETE_FAILED", "broken")],
)
def test_a_stack_that_is_half_deployed_is_told(
    patient: Patient, kit: Kit, monkeypatch: pytest.MonkeyPatch, status: str, level: str
) -> None:
    """What was taken back still works; what stands still does not mend itself."""

    def changed(before: Callable[..., Any], client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        answer = before(client, operation, given)
        if operation == "DescribeStacks" and given["StackName"] == "tck-dev-training":
            answer["Stacks"][0]["StackStatus"] = status
        return answer

    intercept(monkeypatch, changed)
    (finding,) = _found(kit, level)
    assert finding["what"] == "stack tck-dev-training"


@pytest.mark.parametrize(("instance_type", "number"), [("m6i.large", 2), ("g4dn.xlarge", 4), ("g5.2xlarge", 8), ("c6i.16xlarge", 64)])
def test_a_machine_has_as_many_cpus_as_its_size_says(instance_type: str, number: int) -> None:
    """The quota counts virtual CPUs, the settings name machines."""
    assert vcpus(instance_type) == number
