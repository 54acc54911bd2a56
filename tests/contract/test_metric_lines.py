"""Metrics: each line is read by its own regex and by no other."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.metrics import METRICS, metric_definitions, metric_line


@given(st.sampled_from(METRICS), st.floats(-1e6, 1e6))
def test_each_line_is_read_by_its_own_definition_alone(name: str, value: float) -> None:
    """SageMaker finds every value under its own name, inside a longer line of a log too."""
    line = f"2026-11-21 08:00:00 INFO {metric_line(name, value)} (epoch 3)"
    found = {definition["Name"]: re.findall(definition["Regex"], line) for definition in metric_definitions()}
    assert {key: values for key, values in found.items() if values} == {name: [f"{value:.6f}"]}


def test_a_metric_that_no_definition_reads_cannot_be_printed() -> None:
    """A misspelt name fails at once instead of vanishing from the console."""
    with pytest.raises(KeyError, match="test:accuracies"):
        metric_line("test:accuracies", 1.0)


def test_definitions_fit_the_service() -> None:
    """SageMaker takes at most 40 definitions, with names that differ."""
    names = [definition["Name"] for definition in metric_definitions()]
    assert names == list(METRICS)
    assert len(set(names)) == len(names) <= 40
