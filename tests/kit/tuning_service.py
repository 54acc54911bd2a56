"""SageMaker as `kit tune` sees it: it checks requests as botocore does, and its tunings are over at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient
from botocore.validate import ParamValidator
from kit_account import Account

from contract import blazingtext
from contract.hyperparameters import Hyperparameters
from contract.layout import parse_s3_uri
from model.training.blazingtext import told

TRIALS = (({"dropout": "0.3", "batch_size": "32"}, 0.91), ({"dropout": "0.51234", "batch_size": "64"}, 0.93))
ROWS_AND_LABELS = (15_800, 14)  # of the file, when BlazingText's lines are written


@dataclass
class SageMaker:
    """The service: it checks requests as botocore does, and its tunings are over at once."""

    account: Account
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: str = "Completed"
    breaks_off: BaseException | None = None  # whoever waits for one of its jobs
    signal: int = 0  # that comes while somebody waits
    steps: list[dict[str, Any]] = field(default_factory=list)  # what a tuning is before it ends
    trials: Any = TRIALS

    def answer(self, before: Callable[..., Any], client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        """One call."""
        if client.meta.service_model.service_name != "sagemaker":
            return before(client, operation, given)
        report = ParamValidator().validate(given, client.meta.service_model.operation_model(operation).input_shape)
        assert not report.has_errors(), report.generate_report()
        self.asked.append((operation, given))
        return getattr(self, f"_{operation}")(given)

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """What was asked of one operation."""
        return [given for name, given in self.asked if name == operation]

    def _CreateHyperParameterTuningJob(self, given: dict[str, Any]) -> Any:
        return {"HyperParameterTuningJobArn": "arn"}

    def _DescribeHyperParameterTuningJob(self, given: dict[str, Any]) -> Any:
        self._break_off()
        counts = {"Completed": len(self.trials), "InProgress": 0, "RetryableError": 0, "NonRetryableError": 1, "Stopped": 0}
        return {
            "HyperParameterTuningJobName": given["HyperParameterTuningJobName"],
            "HyperParameterTuningJobStatus": self.status,
            "HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxNumberOfTrainingJobs": 12}},
            "TrainingJobStatusCounters": counts,
            **(self.steps.pop(0) if self.steps else {}),
        }

    def _break_off(self) -> None:
        if self.breaks_off:
            raise self.breaks_off
        if self.signal:
            os.kill(os.getpid(), self.signal)

    def _StopHyperParameterTuningJob(self, given: dict[str, Any]) -> Any:
        return {}

    def _StopTrainingJob(self, given: dict[str, Any]) -> Any:
        return {}

    def _ListTrainingJobsForHyperParameterTuningJob(self, given: dict[str, Any]) -> Any:
        found = [{"TunedHyperParameters": {}, "FailureReason": "AlgorithmError: The file has one class only., exit code: 2"}]
        for tuned, value in self.trials:
            found.append(
                {"TunedHyperParameters": tuned, "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "m", "Value": value}}
            )
        return {"TrainingJobSummaries": found}

    def _CreateTrainingJob(self, given: dict[str, Any]) -> Any:
        bucket, key = parse_s3_uri(given["Environment"]["PREPARED_URI"])
        prepared = blazingtext.Prepared(told(Hyperparameters.from_strings(given["HyperParameters"])[0], *ROWS_AND_LABELS))
        self.account.s3.put_object(Bucket=bucket, Key=key, Body=prepared.to_json().encode())
        return {"TrainingJobArn": "arn"}

    def _DescribeTrainingJob(self, given: dict[str, Any]) -> Any:
        self._break_off()
        return {"TrainingJobName": given["TrainingJobName"], "TrainingJobStatus": "Completed"}
