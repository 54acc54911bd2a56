"""Whether the account may start the machines that the deployment asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from contract.deployment import Function, function_name
from contract.function_environments import StartTrainingEnvironment
from kit.deployment import Target
from kit.finding import SETTINGS, Finding, Level

# of EC2, by whether the machines have GPUs and whether they are spare capacity; each counts virtual CPUs
EC2_QUOTAS = {
    (True, False): ("L-DB2E81BA", "Running On-Demand G and VT instances"),
    (True, True): ("L-3819A6DF", "All G and VT Spot Instance Requests"),
    (False, False): ("L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"),
    (False, True): ("L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"),
}
LARGE_VCPUS, XLARGE_VCPUS = 2, 4  # of an instance called `large` and one called `xlarge`; `2xlarge` is twice that
ASK = "Ask for more in Service Quotas, {service}: '{name}'. That takes hours to days."


def check_quotas(target: Target) -> Iterator[Finding]:
    """Both services' quotas, one finding for each kind of machine."""
    quotas = target.client("service-quotas")
    yield from _predictions(target, quotas)
    yield _training(target, quotas)


def _predictions(target: Target, quotas: Any) -> Iterator[Finding]:
    """Of the compute environments, for spot and on-demand: jobs run when one of them may start a machine at all."""
    batch = target.client("batch")
    (queue,) = batch.describe_job_queues(jobQueues=[target.deployment.job_queue_arn])["jobQueues"]
    arns = [entry["computeEnvironment"] for entry in queue["computeEnvironmentOrder"]]
    environments = batch.describe_compute_environments(computeEnvironments=arns)["computeEnvironments"]
    rows = [_prediction(environment["computeResources"], quotas) for environment in environments]
    is_some_usable = any(finding.level != Level.BROKEN for finding in rows)
    for finding in rows:
        is_spare = finding.level == Level.BROKEN and is_some_usable
        yield Finding(finding.what, Level.LOOK, f"{finding.sentence} The other kind is used.", finding.remedy) if is_spare else finding


def _prediction(resources: dict[str, Any], quotas: Any) -> Finding:
    types, most = resources["instanceTypes"], int(resources["maxvCpus"])
    is_gpu, is_spot = types[0].startswith("g"), resources["type"] == "SPOT"
    code, name = EC2_QUOTAS[is_gpu, is_spot]
    allowed, least = _ec2_value(quotas, code), min(vcpus(kind) for kind in types)
    what = f"machines for predictions, {'spot' if is_spot else 'on-demand'}"
    remedy = ASK.format(service="Amazon EC2", name=name)
    if allowed < least:
        sentence = f"The account may use {allowed:.0f} virtual CPUs of this kind; the smallest of {', '.join(types)} has {least}."
        instead = f" Or set accelerator to cpu in cdk.json ({SETTINGS}) and deploy." if is_gpu else ""
        return Finding(what, Level.BROKEN, sentence, f"{remedy}{instead}")
    if allowed < most:
        return Finding(what, Level.LOOK, f"The account may use {allowed:.0f} virtual CPUs of this kind, the settings up to {most}.", remedy)
    return Finding(what, Level.OK, f"up to {most} virtual CPUs; the account may use {allowed:.0f}")


def _ec2_value(quotas: Any, code: str) -> float:
    """The account's quota, or AWS's default where the account has none of its own."""
    try:
        return float(quotas.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"])
    except quotas.exceptions.NoSuchResourceException:
        return float(quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"])


def vcpus(instance_type: str) -> int:
    """How many virtual CPUs an instance has, by its size: `g4dn.2xlarge` has 8."""
    size = instance_type.rsplit(".", 1)[-1]
    match = re.fullmatch(r"(\d*)xlarge", size)
    return int(match[1] or 1) * XLARGE_VCPUS if match else LARGE_VCPUS


def _training(target: Target, quotas: Any) -> Finding:
    """Of the training instance, as the function that starts trainings asks for it; SageMaker's quotas are known by name alone."""
    name = function_name(target.stage, Function.START_TRAINING)
    described = target.client("lambda").get_function_configuration(FunctionName=name)
    wanted = StartTrainingEnvironment.from_env(described["Environment"]["Variables"])
    quota = f"{wanted.instance_type} for {'spot ' if wanted.is_spot else ''}training job usage"
    what, remedy = "machines for trainings", ASK.format(service="Amazon SageMaker", name=quota)
    value = next((entry["Value"] for entry in _sagemaker_quotas(quotas) if entry["QuotaName"] == quota), None)
    if value is None:
        return Finding(what, Level.LOOK, f"Service Quotas lists no '{quota}' in this region.", "Choose another training instance type.")
    if value < 1:
        return Finding(what, Level.BROKEN, f"The account may run no {wanted.instance_type} for training: '{quota}' is {value:.0f}.", remedy)
    return Finding(what, Level.OK, f"'{quota}' is {value:.0f}")


def _sagemaker_quotas(quotas: Any) -> Iterator[dict[str, Any]]:
    for page in quotas.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker"):
        yield from page["Quotas"]
