"""A training job ended: record its model, let the gate decide, and say so. By the hour: ask for ends that nobody told of.

Every step may be repeated: an event delivered twice, or a crash between two steps, ends the same way.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import boto3
from gate import Decision, decide

from contract.blazingtext import CHANNEL as BLAZINGTEXT
from contract.deployment import TrainingStep, run_of, training_step_name, training_step_of
from contract.errors import AlgorithmError, PlatformError, UserError
from contract.evaluations import Evaluation
from contract.events import SCHEDULED, ModelPublished, TrainingJobState
from contract.function_environments import PublishModelEnvironment
from contract.layout import evaluation_key
from contract.ledger import Ledger
from contract.notices import Notices
from contract.records import Job, JobKind, JobStatus, Model, ModelStatus
from contract.review_ledger import ReviewLedger
from contract.rounds import each
from contract.training_failures import said_by_container
from contract.wording import counted

STOPPED = {
    "MaxRuntimeExceeded": "The training took longer than allowed and was stopped. Use fewer epochs or rows, or raise the setting"
    " training_max_run_minutes.",
    "MaxWaitTimeExceeded": "No machine was free for the training in time. If it happens often, set is_training_spot to false.",
    "Stopped": "The training was stopped by hand.",
}

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("publish_model")


@dataclass(frozen=True)
class Surroundings:
    """What the steps need."""

    environment: PublishModelEnvironment
    ledger: Ledger
    reviews: ReviewLedger
    notices: Notices


def handle(event: dict[str, Any], context: object) -> None:
    """Parse the event and act on the job's present state."""
    environment = PublishModelEnvironment.from_env()
    table = boto3.resource("dynamodb").Table(environment.ledger_table)
    ledger = Ledger(table)
    notices = Notices(environment.stage, ledger, boto3.client("sns"), environment.topic_arn)
    around = Surroundings(environment, ledger, ReviewLedger(table), notices)
    if event.get("detail-type") == SCHEDULED:
        around.notices.catch_up(ledger.untold(JobKind.TRAIN))
        each([job.platform_id for job in ledger.running(JobKind.TRAIN)], lambda name: _look(name, around))
    else:
        _look(TrainingJobState.from_event(event).name, around)


def _look(name: str, around: Surroundings) -> None:
    """Act on the present state of a training job. What follows on a step that ended well, start_training starts."""
    step = training_step_of(name)[1]
    run = run_of(around.environment.stage, name)
    if run is None:
        return
    try:
        job = around.ledger.job(run.job_id)
    except UserError:
        log.info("%s is in no ledger: it was not started by a dropped file", name)
        return
    if job.run != run.number:
        log.info("job %s was started anew since: run %d is of no interest any more", job.job_id, run.number)
        return
    if job.is_final:
        log.info("job %s is %s already", job.job_id, job.status)
        around.notices.announce(job)
        return
    description = boto3.client("sagemaker").describe_training_job(TrainingJobName=name)
    try:
        if description["TrainingJobStatus"] == "Completed":
            if step is None:
                _completed(job, name, description, around)
        elif description["TrainingJobStatus"] in ("Failed", "Stopped"):
            status, message = _why(description, step)
            _fail(job, status, message, around, **_expense(name, description, around.environment))
    except AlgorithmError as error:
        _fail(job, JobStatus.FAILED, str(error), around)


def _fail(job: Job, status: JobStatus, message: str, around: Surroundings, **expense: Any) -> None:
    """A training without a model has learned nothing of the answers of reviews: they wait for the next one."""
    around.reviews.give_answers_back(job.classifier, job.job_id)
    around.notices.end(job, status, message=message, **expense)


def _completed(job: Job, name: str, description: dict[str, Any], around: Surroundings) -> None:
    ledger = around.ledger
    evaluation = _read_evaluation(around.environment.models_bucket, name)
    model = _model(job, description, evaluation)
    ledger.add_model(model)
    decision = _decide(job, model, evaluation, ledger)
    current = ledger.current(job.classifier)
    if decision.is_published and current and current.version == model.version:  # a person may have replaced it since
        entry = ModelPublished(around.environment.stage, model.classifier, model.version, model.artifact_uri).to_entry()
        if boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]:
            raise PlatformError(f"Model v{model.version} is in use, but EventBridge did not take the event that says so.")
    ledger.set_model_status(model, ModelStatus.PUBLISHED if decision.is_published else ModelStatus.KEPT, decision.reason)
    around.notices.end(
        job,
        JobStatus.DONE,
        message=f"Model v{model.version}. {decision.reason}{decision.advice}",
        details=_details(evaluation),
        rows_in=evaluation.train_rows + evaluation.validation_rows + model.held_out_rows + sum(evaluation.dropped.values()),
        **_expense(name, description, around.environment),
    )


def _read_evaluation(bucket: str, name: str) -> Evaluation:
    s3 = boto3.client("s3")
    try:
        body = s3.get_object(Bucket=bucket, Key=evaluation_key(name))["Body"].read()
    except s3.exceptions.NoSuchKey as error:
        raise AlgorithmError(f"Training job {name} ended well but left no {evaluation_key(name)}. Please report this.") from error
    return Evaluation.from_json(body)


def _model(job: Job, description: dict[str, Any], evaluation: Evaluation) -> Model:
    new, old = evaluation.challenger_score, evaluation.champion_score
    fresh, corrected = evaluation.fresh_reviews, evaluation.corrections
    fresh_champion = fresh.champion_score if fresh else None
    return Model(
        classifier=job.classifier,
        version=job.model_version,
        status=ModelStatus.KEPT,
        artifact_uri=description["ModelArtifacts"]["S3ModelArtifacts"],
        job_id=job.job_id,
        training_object=f"s3://{job.bucket}/{job.key}",
        training_object_version=job.object_version,
        image_tag=description["AlgorithmSpecification"]["TrainingImage"].rsplit(":", 1)[-1],
        created_at=job.created_at,
        accuracy=new.accuracy,
        macro_f1=new.macro_f1,
        champion_version=evaluation.champion_version,
        champion_accuracy=old.accuracy if old else 0.0,
        held_out_rows=new.rows,
        corrections=corrected.rows if corrected else 0,
        corrected_by=corrected.people if corrected else 0,
        fresh_rows=fresh.challenger_score.rows if fresh else 0,
        fresh_accuracy=fresh.challenger_score.accuracy if fresh else 0.0,
        champion_fresh_accuracy=fresh_champion.accuracy if fresh_champion else 0.0,
        labels=list(evaluation.labels),
        engine=evaluation.engine,
    )


def _decide(job: Job, model: Model, evaluation: Evaluation, ledger: Ledger) -> Decision:
    """The gate's decision, carried out; one that was carried out before stands."""
    current = ledger.current(job.classifier)
    if current and model.version in (current.version, *current.history):
        return Decision(True, ledger.model(job.classifier, model.version).message or "Published.")
    decision = decide(evaluation, model.version, current, job.classifier)
    ledger.set_model_status(model, ModelStatus.KEPT, decision.reason)
    if decision.is_published and ledger.make_current(model, by="gate", before=current) is None:
        raise PlatformError(f"Another model of classifier '{job.classifier}' came into use at this moment; the gate decides anew.")
    return decision


def _details(evaluation: Evaluation) -> str:
    left_out = [f"Left out: {counted(count, 'row')} ({reason})." for reason, count in evaluation.dropped.items() if count]
    return "\n".join([*filter(None, [evaluation.engine_sentence]), *left_out, *evaluation.warnings])


def _expense(name: str, description: dict[str, Any], environment: PublishModelEnvironment) -> dict[str, float]:
    """How long the training waited for its machines, and what it took and cost, all of its jobs together, however it ended."""
    sagemaker = boto3.client("sagemaker")
    earlier = [sagemaker.describe_training_job(TrainingJobName=before) for before in _earlier(name, description)]
    parts = [_expense_of(entry, environment) for entry in (*earlier, description)]
    return {figure: sum(part[figure] for part in parts) for figure in parts[0]}


def _earlier(name: str, description: dict[str, Any]) -> list[str]:
    """The jobs of the same training before this one."""
    training, step = training_step_of(name)
    if step is None and not any(channel["ChannelName"] == BLAZINGTEXT for channel in description.get("InputDataConfig", [])):
        return []
    return [training_step_name(training, before) for before in TrainingStep][: list(TrainingStep).index(step) if step else None]


def _expense_of(description: dict[str, Any], environment: PublishModelEnvironment) -> dict[str, float]:
    started = description.get("TrainingStartTime")
    queued_seconds = (started - description["CreationTime"]).total_seconds() if started else 0.0
    seconds = float(description.get("TrainingTimeInSeconds") or 0)
    billed_seconds = float(description.get("BillableTimeInSeconds") or seconds)
    cost = billed_seconds / 3600 * environment.usd_per_billed_hour
    return {"queued_seconds": queued_seconds, "seconds": seconds, "cost_usd": cost}


def _why(description: dict[str, Any], step: TrainingStep | None) -> tuple[JobStatus, str]:
    """Why there is no model, in the words of the container or ours."""
    if description["TrainingJobStatus"] == "Stopped":
        return JobStatus.FAILED, STOPPED.get(description.get("SecondaryStatus", ""), STOPPED["Stopped"])
    reason = description.get("FailureReason", "")
    said = said_by_container(reason)
    if step == TrainingStep.BLAZINGTEXT:  # the exit codes of AWS's container are not ours
        sentence = (said.sentence if said else reason).rstrip(". ") or "it gave no reason"
        return JobStatus.FAILED, f"BlazingText could not train: {sentence}. The kit's own engine may: leave out the hyperparameter engine."
    if said is None:
        reason = reason.rstrip(". ") or "it gave no reason"
        return JobStatus.FAILED, f"SageMaker could not train: {reason}."
    if said.sentence and said.exit_status == UserError.exit_status:
        return JobStatus.REFUSED, said.sentence
    return JobStatus.FAILED, said.sentence or f"The training ended with exit code {said.exit_status} and gave no reason."
