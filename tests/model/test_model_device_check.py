"""The check of a GPU, here with the CPU in its place."""

from __future__ import annotations

from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import pytest

from contract.errors import AlgorithmError
from model.training import device_check
from model.training.device_check import check_device


def test_the_cpu_agrees_with_itself() -> None:
    """Two runs on one device differ in nothing."""
    assert check_device(mx.cpu()) == 0


@pytest.mark.parametrize("wrong", [0.1, float("nan")])
def test_a_device_that_errs_is_told(monkeypatch: pytest.MonkeyPatch, wrong: float) -> None:
    """A difference beyond rounding, or no number at all, is an error that names the device."""
    compute = device_check._outputs_and_gradients

    def erring(context: Any, *arguments: Any) -> Any:
        found = compute(context, *arguments)
        if context == mx.cpu(1):
            found[-1] += wrong
        return found

    monkeypatch.setattr(device_check, "_outputs_and_gradients", erring)
    with pytest.raises(AlgorithmError, match=r"cpu\(1\) computes something else than the CPU"):
        check_device(mx.cpu(1))
