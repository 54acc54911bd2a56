"""SageMaker training jobs that run as processes of this machine."""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.sagemaker.exceptions import ResourceInUseException, ValidationError
from moto.sagemaker.models import FakeTrainingJob

from contract.events import TRAINING_STATE_CHANGE
from contract.layout import parse_s3_uri, s3_uri
from local.batch_jobs import Publish
from local.child import Child
from local.host import Host
from local.images import CannotPull, built_in_metrics, command_for
from local.logs import LogStream, follow, log_file
from local.training_tree import CheckpointSync, NoData, download, failure_reason, pack, prepare

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
SYNC_SECONDS = 5.0  # between copies of the checkpoints
DEFAULT_RUNTIME_SECONDS = 86_400
TURN_SECONDS = 0.2  # after which a job that waits for its turn looks whether it is to be stopped
LOG_SECONDS = 10.0  # to read the last lines of a container that has ended

_OUTCOMES = {
    "Completed": "Training job completed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded the maximum, and it was stopped",
}

log = logging.getLogger(__name__)


class LocalTrainingJob(FakeTrainingJob):
    """moto's record of a training job, with the truth about its state."""

    def __init__(self, **settings: Any) -> None:
        metrics = (settings["algorithm_specification"] or {}).get("MetricDefinitions")
        super().__init__(**settings)
        # moto invents a completed training with a metric of its own.
        self.algorithm_specification.pop("MetricDefinitions", None)
        if metrics:
            self.algorithm_specification["MetricDefinitions"] = metrics
        self.training_job_status = "InProgress"
        self.secondary_status = "Starting"
        self.secondary_status_transitions: list[dict[str, Any]] = []
        self.final_metric_data_list: list[dict[str, Any]] = []
        self.training_start_time = None  # type: ignore[assignment]  # moto knows no job that has not begun
        self.training_end_time = None  # type: ignore[assignment]  # as above
        self.billable_time_in_seconds: int | None = None
        self.training_time_in_seconds: int | None = None
        self.failure_reason: str | None = None
        self.environment: dict[str, str] = {}
        self.model_artifacts = None  # type: ignore[assignment]  # there is none before it is uploaded

    def move_to(self, status: str, secondary: str, message: str = "") -> None:
        """Change the status."""
        now = datetime.now(UTC)
        if self.secondary_status_transitions:
            self.secondary_status_transitions[-1]["EndTime"] = now
        self.secondary_status_transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        self.training_job_status, self.secondary_status, self.last_modified_time = status, secondary, now

    def detail(self) -> dict[str, Any]:
        """The detail of a state change event: the shape of DescribeTrainingJob, times in milliseconds."""
        described = {**self.response_object, "Tags": {tag["Key"]: tag["Value"] for tag in self.tags}}
        return {name: _for_event(value) for name, value in described.items()}


@dataclass
class _Run:
    """A job under way."""

    job: LocalTrainingJob
    is_stop_asked: threading.Event = field(default_factory=threading.Event)


class TrainingJobs:
    """Runs training jobs, `concurrency` at a time."""

    def __init__(self, host: Host, publish: Publish, concurrency: int) -> None:
        self._host = host
        self._publish = publish
        self._slots = threading.BoundedSemaphore(concurrency)
        self._runs: dict[str, _Run] = {}

    def check(self, request: Mapping[str, Any], existing: Mapping[str, Any]) -> None:
        """Refuse what SageMaker would refuse, and what the local cloud cannot run."""
        name = request["TrainingJobName"]
        if name in existing:
            raise ResourceInUseException(f"Training job names must be unique within an AWS account and region; {name} exists already.")
        for channel in request.get("InputDataConfig") or []:
            source = channel["DataSource"].get("S3DataSource", {})
            mode = channel.get("InputMode") or request["AlgorithmSpecification"].get("TrainingInputMode")
            if source.get("S3DataType") != "S3Prefix" or mode != "File" or _is_wrapped(channel):
                raise ValidationError(
                    f"The local cloud reads uncompressed S3Prefix channels in File mode only, unlike {channel['ChannelName']}."
                )
        if request["AlgorithmSpecification"].get("ContainerEntrypoint"):
            raise ValidationError("The local cloud starts the image's own entry point only.")
        if int(request["ResourceConfig"].get("InstanceCount", 1)) > 1:
            raise ValidationError("The local cloud trains on one instance only.")
        stopping = request.get("StoppingCondition") or {}
        if request.get("EnableManagedSpotTraining") and int(stopping.get("MaxWaitTimeInSeconds", 0)) < int(
            stopping.get("MaxRuntimeInSeconds", DEFAULT_RUNTIME_SECONDS)
        ):
            raise ValidationError("MaxWaitTimeInSeconds must be present and at least MaxRuntimeInSeconds for managed spot training.")

    def start(self, job: LocalTrainingJob, request: Mapping[str, Any]) -> None:
        """Run a job that has been created."""
        run = _Run(job)
        self._runs[job.training_job_name] = run
        self._announce(job, "InProgress", "Starting", "Starting the training job")
        threading.Thread(target=self._train, args=(run, dict(request)), daemon=True, name=f"train-{job.training_job_name}").start()

    def stop(self, name: str) -> None:
        """StopTrainingJob."""
        run = self._runs.get(name)
        if run is None:
            raise ValidationError(f"Requested resource not found: training job {name}.")
        if run.job.training_job_status != "InProgress":
            raise ValidationError(f"The request was rejected because the training job is in status {run.job.training_job_status}.")
        self._announce(run.job, "Stopping", "Stopping", "Stopping the training job")
        run.is_stop_asked.set()

    def _train(self, run: _Run, request: Mapping[str, Any]) -> None:
        job = run.job
        try:
            with self._slot(run) as is_free:
                if is_free:
                    self._train_in_slot(run, request)
                else:
                    self._end(job, "Stopped", "Stopped", "Training job stopped")
        except (CannotPull, NoData) as error:
            reason = str(error) if isinstance(error, NoData) else f"ClientError: Cannot pull the training image. {error}"
            self._fail(job, reason)
        except Exception as error:
            log.exception("training job %s", job.training_job_name)
            self._fail(job, f"InternalServerError: the local cloud failed: {type(error).__name__}: {error}")

    @contextlib.contextmanager
    def _slot(self, run: _Run) -> Iterator[bool]:
        """Wait for a turn; yields False as soon as a job that has none yet is to be stopped."""
        while not run.is_stop_asked.is_set():
            if self._slots.acquire(timeout=TURN_SECONDS):
                try:
                    yield not run.is_stop_asked.is_set()
                finally:
                    self._slots.release()
                return
        yield False

    def _train_in_slot(self, run: _Run, request: Mapping[str, Any]) -> None:
        job = run.job
        prefix = command_for(self._host, job.algorithm_specification.get("TrainingImage", ""))
        folder = self._host.scratch("training", job.training_job_name)
        s3 = self._host.client("s3")
        try:
            self._announce(job, "InProgress", "Downloading", "Downloading input data")
            prepare(folder / "ml", request, s3)
            checkpoints = self._checkpoints(request, folder / "ml", s3)
            status, outcome = self._run_container(run, request, prefix, folder)
            if checkpoints:
                checkpoints.finish()
            if outcome == "Completed" and status != 0:
                self._fail(job, failure_reason(folder / "ml", status))
                return
            self._announce(job, job.training_job_status, "Uploading", "Uploading generated training model")
            self._upload(job, s3, folder, folder / "ml")
            self._end(job, "Completed" if outcome == "Completed" else "Stopped", outcome, _OUTCOMES[outcome])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run_container(self, run: _Run, request: Mapping[str, Any], prefix: Sequence[str], folder: Path) -> tuple[int, str]:
        """The container's exit status, and how the job ended: a key of _OUTCOMES."""
        job, root = run.job, folder / "ml"
        name, specification = job.training_job_name, request["AlgorithmSpecification"]
        stream = LogStream(self._host, LOG_GROUP, f"{name}/algo-1", log_file(self._host, "training", name))
        metrics = _Metrics(specification.get("MetricDefinitions") or built_in_metrics(specification["TrainingImage"]))
        job.training_start_time = datetime.now(UTC)
        self._announce(job, "InProgress", "Training", "Training image download completed. Training in progress.")
        child = self._host.children.start(
            [*prefix, *(specification.get("ContainerArguments") or ["train"]), "--root", str(root)],
            environment={
                **(request.get("Environment") or {}),
                **self._host.container_environment(folder, job.role_arn),  # last: no setting of a job may open a way to a real account
                "SAGEMAKER_BASE_DIR": str(root),
                "TRAINING_JOB_NAME": name,
                "TRAINING_JOB_ARN": job.arn,
            },
            folder=folder,
        )
        reader = follow(child.process.stdout, stream.write, metrics.read) if child.process.stdout else None
        ended = self._await(run, child, request)
        if reader:
            reader.join(LOG_SECONDS)
        job.training_end_time = datetime.now(UTC)
        seconds = max(1, round((job.training_end_time - job.training_start_time).total_seconds()))
        job.billable_time_in_seconds = job.training_time_in_seconds = seconds
        job.final_metric_data_list = metrics.final()
        return ended

    def _checkpoints(self, request: Mapping[str, Any], root: Path, s3: Any) -> CheckpointSync | None:
        """Bring earlier checkpoints and begin to copy new ones."""
        settings = request.get("CheckpointConfig")
        if not settings:
            return None
        download(s3, settings["S3Uri"].rstrip("/") + "/", root / "checkpoints", is_optional=True)
        return CheckpointSync(s3, root / "checkpoints", settings["S3Uri"], SYNC_SECONDS)

    def _await(self, run: _Run, child: Child, request: Mapping[str, Any]) -> tuple[int, str]:
        """Wait for the end, or bring it about; as `_run_container` returns it."""
        limit = int((request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds") or DEFAULT_RUNTIME_SECONDS)
        deadline = time.monotonic() + limit
        while child.is_running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(0.1)
            if run.is_stop_asked.is_set():
                return child.terminate(), "Stopped"
            if time.monotonic() > deadline:
                return child.terminate(), "MaxRuntimeExceeded"
        return child.wait(), "Completed"

    def _upload(self, job: LocalTrainingJob, s3: Any, folder: Path, root: Path) -> None:
        """The model and the other output, each as one archive, where the request says."""
        bucket, prefix = parse_s3_uri(job.output_data_config["S3OutputPath"].rstrip("/") + "/")
        for content, name in ((root / "model", "model.tar.gz"), (root / "output" / "data", "output.tar.gz")):
            if pack(content, folder / name):
                key = f"{prefix}{job.training_job_name}/output/{name}"
                s3.upload_file(str(folder / name), bucket, key)
                if content.name == "model":
                    job.model_artifacts = {"S3ModelArtifacts": s3_uri(bucket, key)}

    def _fail(self, job: LocalTrainingJob, reason: str) -> None:
        job.failure_reason = reason
        self._end(job, "Failed", "Failed", "Training job failed")

    def _end(self, job: LocalTrainingJob, status: str, secondary: str, message: str) -> None:
        self._runs.pop(job.training_job_name, None)
        self._announce(job, status, secondary, message)

    def _announce(self, job: LocalTrainingJob, status: str, secondary: str, message: str) -> None:
        job.move_to(status, secondary, message)
        self._publish("aws.sagemaker", TRAINING_STATE_CHANGE, job.detail(), [job.arn])


class _Metrics:
    """Reads metrics from log lines by the job's definitions."""

    def __init__(self, definitions: list[dict[str, str]]) -> None:
        self._patterns = [(entry["Name"], re.compile(entry["Regex"])) for entry in definitions]
        self._last: dict[str, tuple[float, datetime]] = {}

    def read(self, line: str) -> None:
        for name, pattern in self._patterns:
            if match := pattern.search(line):
                with contextlib.suppress(ValueError):  # matched, but no number: SageMaker skips it too
                    self._last[name] = (float(match[1]), datetime.now(UTC))

    def final(self) -> list[dict[str, Any]]:
        return [{"MetricName": name, "Value": value, "Timestamp": at} for name, (value, at) in self._last.items()]


def _is_wrapped(channel: Mapping[str, Any]) -> bool:
    """Whether SageMaker would unpack or wrap a channel's objects."""
    return any((channel.get(name) or "None") != "None" for name in ("CompressionType", "RecordWrapperType"))


def _for_event(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {name: _for_event(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_for_event(entry) for entry in value]
    return value
