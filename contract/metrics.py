"""The metrics that a training prints and the regexes by which SageMaker reads them from the log."""

from __future__ import annotations

import re

TUNED = "model:accuracy"  # of the whole model on the validation rows: by it hyperparameters are compared
METRICS = (
    "train:loss",
    "validation:loss",
    "validation:accuracy",
    "wide:accuracy",
    TUNED,
    "test:accuracy",
    "test:macro_f1",
    "champion:accuracy",
    "majority:accuracy",
)


def metric_line(name: str, value: float) -> str:
    """The line that carries one metric; raises KeyError for a name that no regex reads."""
    if name not in METRICS:
        raise KeyError(name)
    return f"metric {name}={value:.6f}"


def metric_definitions() -> list[dict[str, str]]:
    """SageMaker's MetricDefinitions for all metrics."""
    return [{"Name": name, "Regex": rf"metric {re.escape(name)}=([0-9.eE+-]+)"} for name in METRICS]
