"""SageMaker's hyperparameter tuning jobs: a random search over the same ranges, one training job after the other.

Whatever strategy was asked for, and without stopping a training that looks hopeless: a laptop tries a few.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import HyperParameterTuningJob

from local.host import Host

POLL_SECONDS = 0.2
_ENDED = {"Completed": "Completed", "Failed": "NonRetryableError", "Stopped": "Stopped"}  # a training's status, and where it is counted
_OF_A_TRAINING = (
    "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime", "TrainingJobStatus", "FailureReason",
)  # fmt: skip
_MANY_TIMES = 100.0  # a range whose end is that much more than its beginning is searched by orders of magnitude

log = logging.getLogger(__name__)


class LocalTuningJob(HyperParameterTuningJob):
    """moto's record of a tuning job, with the truth about its state."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # moto invents a completed job with a best training of its own.
        self.hyper_parameter_tuning_job_status = "InProgress"
        self.hyper_parameter_tuning_end_time = None  # type: ignore[assignment]  # moto knows no job that has not ended
        self.training_job_status_counters = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
        self.objective_status_counters = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)
        self._best: dict[str, Any] | None = None
        self.best_training_job = self.OverallBestTrainingJob = None  # type: ignore[assignment]  # nor one without a training
        self.tuning_job_completion_details = None  # type: ignore[assignment]  # as above
        self.consumed_resources = {"RuntimeInSeconds": 0}
        self.trials: list[dict[str, Any]] = []
        self.is_stop_asked = threading.Event()

    @property
    def since_best(self) -> int:
        """How many trainings came after the best one."""
        names = [trial["TrainingJobName"] for trial in self.trials]
        return len(names) - 1 - names.index(self._best["TrainingJobName"]) if self._best else len(names)

    def end(self, status: str, reason: str = "") -> None:
        """Change to a last status."""
        self.hyper_parameter_tuning_end_time = self.last_modified_time = datetime.now(UTC)
        self.failure_reason = reason
        self.hyper_parameter_tuning_job_status = status

    def add(self, trial: dict[str, Any], seconds: float, *, is_minimized: bool) -> None:
        """Count a training that has ended; it is the best one when its objective is."""
        self.trials.append(trial)
        self.training_job_status_counters[_ENDED[trial["TrainingJobStatus"]]] += 1
        self.objective_status_counters[trial["ObjectiveStatus"]] += 1
        self.consumed_resources["RuntimeInSeconds"] += round(seconds)
        succeeded = [each for each in self.trials if each["ObjectiveStatus"] == "Succeeded"]
        if succeeded:
            self._best = (min if is_minimized else max)(
                succeeded, key=lambda each: float(each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
            )
            self.best_training_job = self._best


class TuningJobs:
    """Runs tuning jobs by the trainings that they create."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def check(self, request: Mapping[str, Any]) -> None:
        """Refuse what the local cloud cannot run."""
        if not request.get("TrainingJobDefinition") or request.get("WarmStartConfig"):
            raise ValidationError("The local cloud tunes by one TrainingJobDefinition, and without a warm start.")
        if not request["HyperParameterTuningJobConfig"]["ResourceLimits"].get("MaxNumberOfTrainingJobs"):
            raise ValidationError("The local cloud needs MaxNumberOfTrainingJobs to know when a tuning ends.")

    def start(self, job: LocalTuningJob) -> None:
        """Run a job that has been created."""
        name = job.hyper_parameter_tuning_job_name
        threading.Thread(target=self._run, args=(job,), daemon=True, name=f"tune-{name}").start()

    def _run(self, job: LocalTuningJob) -> None:
        try:
            self._search(job)
        except Exception as error:
            log.exception("tuning job %s", job.hyper_parameter_tuning_job_name)
            job.end("Failed", f"InternalServerError: the local cloud failed: {type(error).__name__}: {error}")

    def _search(self, job: LocalTuningJob) -> None:
        settings = job.hyper_parameter_tuning_job_config
        limits = settings["ResourceLimits"]
        deadline = time.monotonic() + float(limits.get("MaxRuntimeInSeconds") or math.inf)
        patience = _patience(settings)
        rng = random.Random(settings.get("RandomSeed", 0))  # noqa: S311  # the search is to be the same again
        for number in range(1, int(limits["MaxNumberOfTrainingJobs"]) + 1):
            if job.is_stop_asked.is_set() or time.monotonic() > deadline or job.since_best >= patience:
                break
            self._try(job, f"{job.hyper_parameter_tuning_job_name}-{number:03d}", sample(settings.get("ParameterRanges") or {}, rng))
        if job.is_stop_asked.is_set():
            job.end("Stopped")
        elif job.objective_status_counters["Succeeded"]:
            job.end("Completed")
        else:
            job.end("Failed", "No training job succeeded.")

    def _try(self, job: LocalTuningJob, name: str, tuned: dict[str, str]) -> None:
        objective = job.hyper_parameter_tuning_job_config["HyperParameterTuningJobObjective"]
        definition = dict(job.training_job_definition or {})
        static = definition.pop("StaticHyperParameters", None) or {}
        own = {"_tuning_objective_metric": objective["MetricName"]}
        sagemaker, started = self._host.client("sagemaker"), time.monotonic()
        job.training_job_status_counters["InProgress"] = 1
        hyperparameters = {**static, **tuned, **own}
        sagemaker.create_training_job(**definition, TrainingJobName=name, HyperParameters=hyperparameters, Tags=job.tags or [])
        while (found := sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] not in _ENDED:
            if job.is_stop_asked.wait(POLL_SECONDS) and found["TrainingJobStatus"] == "InProgress":
                sagemaker.stop_training_job(TrainingJobName=name)
        job.training_job_status_counters["InProgress"] = 0
        job.add(_trial(found, tuned, objective), time.monotonic() - started, is_minimized=objective["Type"] == "Minimize")


def _patience(settings: Mapping[str, Any]) -> float:
    """After how many trainings without a better one the search ends."""
    criteria = settings.get("TuningJobCompletionCriteria") or {}
    return float((criteria.get("BestObjectiveNotImproving") or {}).get("MaxNumberOfTrainingJobsNotImproving") or math.inf)


def sample(ranges: Mapping[str, Any], rng: random.Random) -> dict[str, str]:
    """A value from each range, as the strings that a training gets."""
    return {
        **{each["Name"]: str(round(_between(each, rng))) for each in ranges.get("IntegerParameterRanges") or []},
        **{each["Name"]: repr(_between(each, rng)) for each in ranges.get("ContinuousParameterRanges") or []},
        **{each["Name"]: rng.choice(each["Values"]) for each in ranges.get("CategoricalParameterRanges") or []},
    }


def _between(bounds: Mapping[str, Any], rng: random.Random) -> float:
    low, high, scaling = float(bounds["MinValue"]), float(bounds["MaxValue"]), bounds.get("ScalingType", "Auto")
    if scaling == "Auto":
        scaling = "Logarithmic" if 0 < low * _MANY_TIMES <= high else "Linear"
    if scaling == "Logarithmic":
        return min(max(math.exp(rng.uniform(math.log(low), math.log(high))), low), high)
    if scaling == "ReverseLogarithmic":
        return 1 - math.exp(rng.uniform(math.log(1 - high), math.log(1 - low)))
    return rng.uniform(low, high)


def _trial(found: Mapping[str, Any], tuned: dict[str, str], objective: Mapping[str, str]) -> dict[str, Any]:
    """A training as the list of a tuning job's trainings names it."""
    values = [metric["Value"] for metric in found.get("FinalMetricDataList", []) if metric["MetricName"] == objective["MetricName"]]
    names = (
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingStartTime",
        "TrainingEndTime",
        "TrainingJobStatus",
        "FailureReason",
    )
    trial = {name: found[name] for name in names if name in found} | {"TunedHyperParameters": tuned}
    if not values or found["TrainingJobStatus"] != "Completed":
        return trial | {"ObjectiveStatus": "Failed"}
    return trial | {
        "ObjectiveStatus": "Succeeded",
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": objective["MetricName"], "Value": values[-1]},
    }
