"""One network, two engines, the same answers."""

from __future__ import annotations

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
import pytest
from model_samples import architecture, random_sequences, random_weights

from contract.errors import PlatformError
from model.architecture import Architecture
from model.forward import NumpyForward
from model.network import GluonForward, Network, contexts, pad

HOSTILE_LENGTHS = [1, 1, 2, 3, 15, 16, 17, 31, 32, 33, 5, 64, 100, 1, 7]
VARIANTS = [
    architecture(),
    architecture(is_bidirectional=False),
    architecture(layers=3),
    architecture(layers=2, is_bidirectional=False, labels=2, hidden_units=1),
    architecture(labels=60, embedding_size=1, hidden_units=33),
]


def gluon_network(sizes: Architecture, seed: int = 0, spread: float = 0.7) -> Network:
    """A network with random weights."""
    network = Network(sizes)
    network.initialize()
    network.set_weights(random_weights(sizes, seed, spread))
    network.hybridize(static_alloc=True)
    return network


@pytest.mark.parametrize("sizes", VARIANTS)
@pytest.mark.parametrize("spread", [0.3, 1.0])  # beyond it a network is chaotic: both engines stray from float64
def test_numpy_equals_gluon(sizes: Architecture, spread: float) -> None:
    """On random weights and hostile lengths the two engines give the same logits."""
    sequences = random_sequences(HOSTILE_LENGTHS, sizes.words)
    expected = GluonForward(gluon_network(sizes, spread=spread), mx.cpu())(sequences)
    weights = random_weights(sizes, spread=spread)
    assert np.abs(NumpyForward(sizes, weights)(sequences) - expected).max() < 1e-4
    assert np.abs(NumpyForward(sizes, weights, max_table_bytes=0)(sequences) - expected).max() < 1e-4


@pytest.mark.parametrize("sizes", VARIANTS[:3])
def test_padding_and_company_change_nothing_in_gluon(sizes: Architecture) -> None:
    """A text's logits are the same alone, among others, and behind any words in its padding."""
    network = gluon_network(sizes)
    sequences = random_sequences(HOSTILE_LENGTHS, sizes.words)
    ids, lengths = pad(sequences, np.arange(len(sequences)))
    together = network(mx.nd.array(ids), mx.nd.array(lengths)).asnumpy()
    rubbish = ids.copy()
    rubbish[np.arange(len(ids))[:, None] >= lengths] = sizes.words - 1
    assert np.abs(network(mx.nd.array(rubbish), mx.nd.array(lengths)).asnumpy() - together).max() < 1e-6
    for number in range(len(sequences)):
        alone = network(*map(mx.nd.array, pad(sequences, np.array([number])))).asnumpy()[0]
        assert np.abs(alone - together[number]).max() < 1e-5


def test_order_and_batching_change_nothing_in_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text's logits do not depend on its place or on the size of the batches."""
    sizes = architecture(layers=2)
    forward, sequences = NumpyForward(sizes, random_weights(sizes)), random_sequences(HOSTILE_LENGTHS, sizes.words)
    expected = forward(sequences)
    order = np.random.default_rng(1).permutation(len(sequences))
    for batch_size in (1, 2, 7):
        monkeypatch.setattr("model.forward.BATCH_SIZE", batch_size)
        assert np.abs(forward(sequences.take(order)) - expected[order]).max() < 1e-5


def test_weights_return_from_the_network_as_they_went_in() -> None:
    """What the artifact holds and what the network computes with are the same numbers."""
    sizes = architecture(layers=2)
    weights = gluon_network(sizes).to_weights()
    assert {name: value.shape for name, value in weights.items()} == sizes.weight_shapes()
    for name, value in random_weights(sizes).items():
        assert np.array_equal(weights[name], value)


def test_no_texts_give_no_logits() -> None:
    """An empty batch is no error in either engine."""
    sizes, nothing = architecture(), random_sequences([], 9)
    assert NumpyForward(sizes, random_weights(sizes))(nothing).shape == (0, 3)
    assert GluonForward(gluon_network(sizes), mx.cpu())(nothing).shape == (0, 3)


def test_a_gpu_that_is_not_there_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for a GPU on a host without one fails instead of falling back."""
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 0)
    with pytest.raises(PlatformError, match="asked for a GPU, found none"):
        contexts("gpu")


def test_all_gpus_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a host with four GPUs a training gets four devices."""
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 4)
    assert [str(device) for device in contexts("gpu")] == ["gpu(0)", "gpu(1)", "gpu(2)", "gpu(3)"]
