"""Environments of processes: what one side writes, the other reads."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.container_environments import PredictionEnvironment, TrainingEnvironment
from contract.environment import Environment
from contract.errors import AlgorithmError
from contract.function_environments import StartTrainingEnvironment

CLASSES = sorted(Environment.__subclasses__(), key=lambda cls: cls.__name__)
OF_TYPE: dict[type, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
}
each_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


@each_class
@given(data=st.data())
def test_what_is_written_is_read(cls: type[Environment], data: st.DataObject) -> None:
    """Every value of every field comes back equal and of its type."""
    values = {name: data.draw(OF_TYPE[hint], label=name) for name, hint in get_type_hints(cls).items()}
    environment = cls(**values)
    variables = environment.to_env()
    assert all(isinstance(value, str) for value in variables.values())
    assert all(name == name.upper() for name in variables)
    assert cls.from_env({**variables, "PATH": "/usr/bin"}) == environment


@each_class
def test_every_missing_name_is_said_at_once(cls: type[Environment]) -> None:
    """One look at the log tells the whole difference between a stack and its function."""
    required = [field.name.upper() for field in fields(cls) if field.default is MISSING]
    if not required:
        assert cls.from_env({}) == cls()
        return
    with pytest.raises(AlgorithmError, match=f"environment of {cls.__name__}") as problem:
        cls.from_env({})
    assert [name for name in required if f"{name} is missing" not in str(problem.value)] == []


def test_bad_and_missing_values_are_said_together() -> None:
    """A bad number, a bad truth value and an absent name stand in one message."""
    variables = {name.upper(): "x" for name in StartTrainingEnvironment.names() if name != "stage"}
    with pytest.raises(AlgorithmError) as problem:
        StartTrainingEnvironment.from_env(variables)
    for part in ("STAGE is missing", "VOLUME_GIB='x' is no int", "IS_SPOT='x' is no bool", "USD_PER_HOUR='x' is no float"):
        assert part in str(problem.value)


@pytest.mark.parametrize("text", ["True", "1", "yes", ""])
def test_truth_is_written_in_one_way_only(text: str) -> None:
    """A truth value that merely looks like one is refused, for `"False"` would be true."""
    variables = {name.upper(): "1" for name in StartTrainingEnvironment.names()} | {"IS_SPOT": text}
    with pytest.raises(AlgorithmError, match=f"IS_SPOT='{text}' is no bool"):
        StartTrainingEnvironment.from_env(variables)


def test_containers_run_by_hand_without_variables() -> None:
    """A data scientist starts `train` and `predict` in an empty environment."""
    assert TrainingEnvironment.from_env({}).classifier == "main"
    assert PredictionEnvironment.from_env({}).model_version == 0


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a mapping the process's own variables are read."""
    monkeypatch.setenv("CLASSIFIER", "tone")
    assert TrainingEnvironment.from_env().classifier == "tone"
