"""One hyperparameter tuning job of SageMaker: its request, and what becomes of it.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning.html
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contract.errors import PlatformError, UserError
from contract.training_failures import said_by_container
from contract.training_request import TrainingRequest
from contract.wording import counted, duration, usd
from kit import printing
from kit.tuning_ranges import Range, to_api

MAX_NAME = 32  # characters of a tuning job's name; the trainings' names continue it
POLL_SECONDS = 2.0
LEAST_SECONDS = 600  # of a training: its machine starts, fetches the image and reads before it learns anything
DIGITS = 6  # of seconds and cents that count: what is less comes of binary fractions
LEAST_PATIENCE = 3  # trainings without a better one, after which SageMaker may end a tuning; it takes no fewer
SEED = 17
_LAST = ("Completed", "Failed", "Stopped")  # of a tuning's statuses


@dataclass(frozen=True)
class Budget:
    """What a tuning may cost, by the list price of its machine on demand: that of a spot machine moves, and some are left for none."""

    usd: float
    trials: int
    usd_per_hour: float
    has_lines: bool = False  # a job before the trials writes the lines that they read

    @property
    def trainings(self) -> int:
        """How many jobs are paid for."""
        return self.trials + self.has_lines

    def seconds(self, most: int) -> int:
        """How long each training may run, so that all of them stay within the budget. Raises UserError when that is too short."""
        least = min(LEAST_SECONDS, most)
        affordable = round(3600 * self.usd / (self.trainings * self.usd_per_hour), DIGITS) if self.usd_per_hour else float(most)
        if affordable < least:
            needed = math.ceil(round(100 * least * self.trainings * self.usd_per_hour / 3600, DIGITS)) / 100
            raise UserError(
                f"{usd(self.usd)} are too little for {self._counted()}: each could run for {duration(affordable)}, and needs"
                f" {duration(least)}. Allow more (--budget {needed:.2f}), or fewer trainings (--trainings)."
            )
        return int(min(affordable, most))

    def sentence(self, seconds: int) -> str:
        """What trainings of at most so many seconds come to."""
        most = self.trainings * seconds / 3600 * self.usd_per_hour
        return f"At most {self._counted()}, none longer than {duration(seconds)}: by list prices at most {most:.2f} USD."

    def _counted(self) -> str:
        trials = counted(self.trials, "training")
        return f"{trials} and the job before, which writes the lines for BlazingText" if self.has_lines else trials


@dataclass(frozen=True)
class Trial:
    """A training of the job that has ended well."""

    tuned: dict[str, str]
    accuracy: float  # on the validation rows


@dataclass(frozen=True)
class Tuned:
    """What came of a tuning job."""

    name: str
    trials: Sequence[Trial]  # the best first
    failed: int


def request_of(request: TrainingRequest, ranges: Sequence[Range], metric: str, *, trainings: int, at_once: int) -> dict[str, Any]:
    """CreateHyperParameterTuningJob for trainings that are all like `request` but for the `ranges`.

    It ends early when many trainings in a row were no better, and a training that looks hopeless is stopped where its metric tells so.
    """
    definition = request.to_api()
    tags = definition.pop("Tags")
    return {
        "HyperParameterTuningJobName": definition.pop("TrainingJobName"),
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "RandomSeed": SEED,
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": metric},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": trainings, "MaxParallelTrainingJobs": min(at_once, trainings)},
            "ParameterRanges": to_api(ranges),
            "TrainingJobEarlyStoppingType": "Auto",
            "TuningJobCompletionCriteria": {
                "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": max(LEAST_PATIENCE, trainings // 2)}
            },
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": _without(definition.pop("HyperParameters"), [each.name for each in ranges]),
            **definition,
        },
        "Tags": tags,
    }


def wait(sagemaker: Any, name: str) -> dict[str, Any]:
    """The description of a tuning that has ended; whoever interrupts this stops it, for it costs money.

    A line tells each training that has ended, and why the first one failed: they mostly fail for one reason.
    """
    started = time.monotonic()
    told, has_failed = "", False
    with printing.following(f"{name} starts") as (spin, say):
        try:
            while True:
                found: dict[str, Any] = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
                news = _progress(found)
                if news != told:
                    told = news
                    say(f"{name}: {news}")
                if found["TrainingJobStatusCounters"]["NonRetryableError"] and not has_failed:
                    has_failed = True
                    say(f"{name}: a first training has failed.{_first_failure(sagemaker, name)}")
                if found["HyperParameterTuningJobStatus"] in _LAST:
                    return found
                spin(f"{name}: {news} ({duration(time.monotonic() - started)})")
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
            printing.say(f"The tuning {name} is being stopped. SageMaker needs some minutes to stop its trainings, too.")
            raise


def _progress(found: dict[str, Any]) -> str:
    """How far a tuning is, in words."""
    counts, status = found["TrainingJobStatusCounters"], found["HyperParameterTuningJobStatus"]
    trainings = found["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    ended = sum(counts[kind] for kind in ("Completed", "NonRetryableError", "Stopped"))
    best = _value(found.get("BestTrainingJob") or {})
    score = "" if best is None else f", the best is right on {best:.1%}"
    stopping = "; it is being stopped, and ends with those under way" if status == "Stopping" else ""
    return f"{ended} of {counted(trainings, 'training')} done{score}{stopping}"


def outcome(sagemaker: Any, ended: dict[str, Any]) -> Tuned:
    """What came of a tuning that has ended, before its time or not. Raises PlatformError when none of its trainings has."""
    name, status = ended["HyperParameterTuningJobName"], ended["HyperParameterTuningJobStatus"]
    tuned = Tuned(name, _trials(sagemaker, name), ended["TrainingJobStatusCounters"]["NonRetryableError"])
    reason = ended.get("FailureReason") or f"its status is {status}"
    if not tuned.trials:
        raise PlatformError(f"The tuning {name} found nothing: {reason}{_first_failure(sagemaker, name)}")
    if status != "Completed":
        printing.say(f"The tuning {name} ended early ({reason}): {counted(len(tuned.trials), 'training')} had been done.")
    return tuned


def _trials(sagemaker: Any, name: str) -> list[Trial]:
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(HyperParameterTuningJobName=name)
    found = [
        Trial(each["TunedHyperParameters"], value)
        for page in pages
        for each in page["TrainingJobSummaries"]
        if (value := _value(each)) is not None
    ]
    return sorted(found, key=lambda trial: trial.accuracy, reverse=True)


def _value(training: dict[str, Any]) -> float | None:
    metric = training.get("FinalHyperParameterTuningJobObjectiveMetric")
    return float(metric["Value"]) if metric else None


def _first_failure(sagemaker: Any, name: str) -> str:
    """Why the first one of the trainings that failed did, in its own words."""
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(HyperParameterTuningJobName=name)
    reasons = (each.get("FailureReason") for page in pages for each in page["TrainingJobSummaries"])
    reason = next(filter(None, reasons), "")
    said = said_by_container(reason)
    return f" A training said: {said.sentence if said and said.sentence else reason}" if reason else ""


def _without(entries: dict[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: value for name, value in entries.items() if name not in names}
