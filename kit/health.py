"""Whether the deployment's parts are there and do their work."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from typing import Any

from contract.advice import about
from contract.deployment import alarm_name, stack_name
from contract.records import Job, JobStatus
from contract.wording import counted, duration
from kit.dead_letters import queues
from kit.deployment import Target, repository_and_tag
from kit.finding import SETTINGS, Finding, Level
from kit.follow import explain_stranded
from kit.platform_jobs import Forgotten, find_end

STACKS = ("storage", "registry", "training", "prediction", "monitoring")
OPTIONAL_STACKS = ("realtime", "labeling")  # which the settings may leave out
WORKING = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
ROLLED_BACK = ("UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE")
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = 6  # what the templates ask for
RECENT_JOBS = 1000
MAX_ASKED = 50  # running jobs of which SageMaker and Batch are asked, the oldest ones
PATIENCE_SECONDS = 900  # a machine is usually there by then
REASONS = {  # why Batch keeps a job waiting, by how its own reasons begin; then ours, and what to do
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE": (
        "the setting prediction_max_vcpus is smaller than what a job needs",
        "Raise it and deploy again.",
    ),
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT": (
        "no machine of the settings is large enough",
        "Choose larger ones (prediction_gpu_instance_types, prediction_cpu_instance_types) and deploy again.",
    ),
    "MISCONFIGURATION": ("the deployment is set up so that it can never run", "See docs/runbook.md#a-prediction-that-waits."),
    "CAPACITY": ("AWS has no free machine of these types at the moment", "It starts by itself; more instance types in the settings help."),
}


def check_stacks(target: Target) -> Iterator[Finding]:
    """All stacks are there and none is half deployed."""
    cloudformation = target.client("cloudformation")
    found = {name: _status(cloudformation, stack_name(target.stage, name)) for name in (*STACKS, *OPTIONAL_STACKS)}
    statuses = {name: status for name, status in found.items() if status or name in STACKS}
    for name, status in statuses.items():
        what = f"stack {stack_name(target.stage, name)}"
        if status in ROLLED_BACK:
            remedy = "See its events in CloudFormation, mend the cause, deploy again."
            yield Finding(what, Level.LOOK, "The last deployment failed and was taken back; it works as before.", remedy)
        elif status.endswith("_IN_PROGRESS"):
            yield Finding(what, Level.LOOK, f"It is being changed ({status}).", "Look again when that is over.")
        elif not status:
            yield Finding(what, Level.BROKEN, "It is missing.", "Deploy all stacks: 'cdk deploy --all'.")
        elif status not in WORKING:
            yield Finding(what, Level.BROKEN, f"It is in the state {status}.", "See its events in CloudFormation, then deploy again.")
    if set(statuses.values()) <= set(WORKING):
        yield Finding("stacks", Level.OK, f"all {len(statuses)} are deployed")


def _status(cloudformation: Any, name: str) -> str:
    """A stack's status; empty when there is none."""
    try:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except cloudformation.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return ""
        raise


def check_bootstrap(target: Target) -> Iterator[Finding]:
    """The account is prepared for deployments in this region."""
    ssm = target.client("ssm")
    remedy = "Run 'cdk bootstrap' before the next deployment."
    try:
        version = int(ssm.get_parameter(Name=BOOTSTRAP_PARAMETER)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        yield Finding("bootstrap", Level.LOOK, "The account is not prepared for deployments in this region, or under another name.", remedy)
        return
    if version < BOOTSTRAP_VERSION:
        yield Finding("bootstrap", Level.BROKEN, f"Its version is {version}; the templates need {BOOTSTRAP_VERSION}.", remedy)
    else:
        yield Finding("bootstrap", Level.OK, f"version {version}")


def check_image(target: Target) -> Iterator[Finding]:
    """The image that jobs run is in the repository."""
    ecr = target.client("ecr")
    repository, tag = repository_and_tag(target.deployment.training_image)
    try:
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
        sentence = f"The repository '{repository}' has no image '{tag}', so no job can start."
        yield Finding("image", Level.BROKEN, sentence, "Have it built again: see docs/runbook.md#a-missing-image.")
    else:
        yield Finding("image", Level.OK, f"{repository}:{tag}")


def check_notifications(target: Target) -> Iterator[Finding]:
    """Somebody is told of results, failures and alarms."""
    topic = target.deployment.topic_arn
    pages = target.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [(entry["Endpoint"], entry["SubscriptionArn"]) for page in pages for entry in page["Subscriptions"]]
    pending = [address for address, arn in found if arn == "PendingConfirmation"]
    confirmed = [address for address, arn in found if arn.startswith("arn:")]  # of one that unsubscribed it is "Deleted" for some days
    lost = [address for address in _addresses(target) if address not in {*pending, *confirmed}]
    for address in pending:
        remedy = f"Follow the link in 'AWS Notification - Subscription Confirmation'; after 48 hours: {_subscription(topic, address)}"
        yield Finding("notifications", Level.BROKEN, f"{address} has not confirmed and hears nothing.", remedy)
    for address in lost:
        sentence = f"{address} of the settings hears nothing: it did not confirm within 48 hours, or unsubscribed."
        remedy = f"{_subscription(topic, address)} To deploy again changes nothing, for the template is the same."
        yield Finding("notifications", Level.LOOK if confirmed else Level.BROKEN, sentence, remedy)
    if confirmed:
        yield Finding("notifications", Level.OK, f"{counted(len(confirmed), 'subscription')} confirmed")
    elif not (pending or lost):
        remedy = f"Set notification_email in cdk.json ({SETTINGS}) and deploy. Or by hand: {_subscription(topic, 'ADDRESS')}"
        yield Finding("notifications", Level.LOOK, "Nobody is told of results, failures and alarms.", remedy)


def _addresses(target: Target) -> list[str]:
    """Those that the settings name: what CloudFormation deployed, whether or not it is still there."""
    cloudformation = target.client("cloudformation")
    template = cloudformation.get_template(StackName=stack_name(target.stage, "storage"))["TemplateBody"]
    resources = template["Resources"].values()
    return [resource["Properties"]["Endpoint"] for resource in resources if resource["Type"] == "AWS::SNS::Subscription"]


def _subscription(topic: str, address: str) -> str:
    command = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {shlex.quote(address)}"
    return f"'{command}', then follow the link in the message."


def check_queue(target: Target) -> Iterator[Finding]:
    """The queue takes jobs, and Batch can start machines for it."""
    batch = target.client("batch")
    (queue,) = batch.describe_job_queues(jobQueues=[target.deployment.job_queue_arn])["jobQueues"]
    arns = [entry["computeEnvironment"] for entry in queue["computeEnvironmentOrder"]]
    environments = batch.describe_compute_environments(computeEnvironments=arns)["computeEnvironments"]
    bad = [thing for thing in (queue, *environments) if (thing["state"], thing["status"]) != ("ENABLED", "VALID")]
    for thing in bad:
        name = thing.get("computeEnvironmentName") or thing["jobQueueName"]
        sentence = f"{name} is {thing['state']} and {thing['status']}: {thing.get('statusReason') or 'Batch gives no reason'}."
        yield Finding("Batch queue", Level.BROKEN, sentence, "See docs/runbook.md#a-prediction-that-waits.")
    if not bad:
        yield Finding("Batch queue", Level.OK, f"takes jobs, for {counted(len(environments), 'kind')} of machines")


def check_waiting(target: Target) -> Iterator[Finding]:
    """Prediction jobs that wait for a machine, and why; of a file in parts the part that has waited longest."""
    batch, queue_arn = target.client("batch"), target.deployment.job_queue_arn
    jobs = _listed_jobs(batch, jobQueue=queue_arn, jobStatus="RUNNABLE")
    for array in _listed_jobs(batch, jobQueue=queue_arn, jobStatus="PENDING"):  # a queue does not list the parts of its arrays
        if "arrayProperties" in array:
            parts = _listed_jobs(batch, arrayJobId=array["jobId"], jobStatus="RUNNABLE")
            jobs += sorted(parts, key=lambda part: int(part["createdAt"]))[:1]
    for job in jobs:
        seconds = time.time() - job["createdAt"] / 1000
        reason = job.get("statusReason", "")
        cause, remedy = _cause(reason, seconds)
        level = Level.BROKEN if reason.startswith("MISCONFIGURATION") else Level.LOOK
        yield Finding(f"job {job['jobName']}", level, f"It has waited for a machine for {duration(seconds)}: {cause}.", remedy)
    if not jobs:
        yield Finding("jobs that wait for a machine", Level.OK, "none")


def _listed_jobs(batch: Any, **where: str) -> list[dict[str, Any]]:
    return [job for page in batch.get_paginator("list_jobs").paginate(**where) for job in page["jobSummaryList"]]


def _cause(reason: str, seconds: float) -> tuple[str, str]:
    for sign, cause in REASONS.items():
        if reason.startswith(sign):
            return cause
    if reason:
        return f"Batch says '{reason.rstrip('.')}'", "See docs/runbook.md#a-prediction-that-waits."
    if seconds < PATIENCE_SECONDS:
        return "one is being started", "It goes on by itself."
    return "Batch does not say why", "See docs/runbook.md#a-prediction-that-waits."


def check_dead_letters(target: Target) -> Iterator[Finding]:
    """Events that no function could handle."""
    counts = {queue.function: queue.count() for queue in queues(target)}
    for function, count in counts.items():
        if count:
            sentence = f"{counted(count, 'event')} could not be handled by {function}."
            remedy = "'kit replay --dry-run' shows why; 'kit replay' hands them over again."
            yield Finding("dead letters", Level.BROKEN, sentence, remedy)
    if not any(counts.values()):
        yield Finding("dead letters", Level.OK, f"none in {counted(len(counts), 'queue')}")


def check_alarms(target: Target) -> Iterator[Finding]:
    """Alarms that ring."""
    pages = target.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=alarm_name(target.stage, ""))
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
    ringing = [alarm for alarm in alarms if alarm["StateValue"] == "ALARM"]
    for alarm in ringing:
        yield Finding(f"alarm {alarm['AlarmName']}", Level.BROKEN, "It rings.", alarm.get("AlarmDescription", ""))
    if not ringing:
        yield Finding("alarms", Level.OK, f"none of {len(alarms)} rings")


def check_ledger(target: Target) -> Iterator[Finding]:
    """Jobs that were never started, and files that wait for a model."""
    jobs = list(target.ledger.jobs(RECENT_JOBS))
    stranded = [job for job in jobs if job.is_stranded(time.time())]
    for job in stranded:
        why, remedy = explain_stranded(job)
        yield Finding(f"job {job.job_id}", Level.BROKEN, f"It was not started. {why}", remedy)
    longest = [job for job in jobs if job.status == JobStatus.RUNNING][-MAX_ASKED:]
    unheard = [job for job in longest if _has_ended(target, job)]
    for job in unheard:
        sentence = "It has ended, but the ledger does not know."
        remedy = f"If that lasts for minutes, 'kit retry {job.job_id}' tells it once more."
        yield Finding(f"job {job.job_id}", Level.LOOK, sentence, remedy)
    for classifier, waiting in _waiting(jobs).items():
        files = f"{counted(len(waiting), 'file')} of the classifier '{classifier}' {'waits' if len(waiting) == 1 else 'wait'}"
        if target.ledger.current(classifier) is None:
            yield Finding(
                "files that wait",
                Level.LOOK,
                f"{files} for its first model.",
                f"Drop a labelled file for it: {about('kit drop FILE --to train', classifier)}.",
            )
        else:
            sentence = f"{files} although it has a model: the event that said so was lost, or is still being handled."
            remedy = f"'kit replay', or 'kit retry {waiting[0].job_id}' for one file."
            yield Finding("files that wait", Level.LOOK, sentence, remedy)
    if not stranded and not unheard:
        yield Finding("jobs", Level.OK, f"every one of the last {len(jobs)} was started, waits or has ended")


def _has_ended(target: Target, job: Job) -> bool:
    try:
        return find_end(target, job) is not None
    except Forgotten:
        return True


def _waiting(jobs: list[Job]) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in jobs:
        if job.status == JobStatus.WAITING:
            found.setdefault(job.classifier, []).append(job)
    return found
