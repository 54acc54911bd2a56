"""Whether a device computes what the CPU computes: the network's outputs and gradients, side by side."""

from __future__ import annotations

from typing import Any

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
from mxnet import autograd

from contract.errors import AlgorithmError
from model.architecture import Architecture
from model.network import Network
from model.text.sequences import FloatArray

SIZES = Architecture(words=500, embedding_size=32, hidden_units=32, layers=1, is_bidirectional=True, labels=5)
LENGTHS = (1, 2, 7, 40, 40, 64)  # words of the texts
SPREAD = 0.2  # of the weights: gates open and close
TOLERANCE = 1e-3  # of cuDNN's sums, whose order is its own


def check_device(device: Any) -> float:
    """Run a batch forward and backward on the CPU and on an MXNet context; the largest difference.

    Raises AlgorithmError when they differ by more than rounding.
    """
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, SPREAD, shape).astype(np.float32) for name, shape in SIZES.weight_shapes().items()}
    ids = rng.integers(1, SIZES.words, (max(LENGTHS), len(LENGTHS)))
    of_cpu, of_device = (_outputs_and_gradients(context, weights, ids) for context in (mx.cpu(), device))
    difference = float(np.max([np.abs(one - other).max() for one, other in zip(of_cpu, of_device, strict=True)]))
    if not difference <= TOLERANCE:  # not a number is no agreement either
        raise AlgorithmError(
            f"{device} computes something else than the CPU: outputs or gradients differ by {difference:.2g}, and {TOLERANCE:g} is allowed."
            " Deploy with the accelerator 'cpu', or use another instance type, and report this with the job's log."
        )
    return difference


def _outputs_and_gradients(context: Any, weights: dict[str, FloatArray], ids: Any) -> list[FloatArray]:
    network = Network(SIZES)
    network.initialize(ctx=context)
    network.set_weights(weights)
    network.hybridize(static_alloc=True)
    with autograd.record():
        logits = network(mx.nd.array(ids, ctx=context), mx.nd.array(LENGTHS, ctx=context))
        loss = (logits**2).sum()
    loss.backward()
    return [logits.asnumpy(), *(parameter.grad(context).asnumpy() for parameter in network.collect_params().values())]
