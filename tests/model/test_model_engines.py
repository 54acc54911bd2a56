"""One model, several engines, the same answers."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import mxnet as mx  # type: ignore[import-untyped]  # MXNet ships no types
import numpy as np
import pytest
from engine_samples import WORDS, engines, kernels, learned, libraries, repetitive_sequences
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import architecture, random_sequences, random_weights

from contract.errors import PlatformError
from contract.hyperparameters import Hyperparameters
from model.architecture import Architecture
from model.engine import NumpyEngine
from model.forward import NumpyForward
from model.kernel.engine import KernelForward
from model.network import GluonForward, Network, contexts, pad
from model.text.newcomers import Newcomers
from model.text.sequences import Sequences
from model.text.vocabulary import PAD, SPECIAL, UNKNOWN
from model.wide import NumpyWide, WideWeights, terms_of

MOST = 20  # words that the network reads
HOSTILE_LENGTHS = [1, 1, 2, 3, MOST - 1, MOST, MOST + 1, 31, 32, 33, 5, 64, 100, 1, 7, 10_000, 4]
VARIANTS = [
    architecture(),
    architecture(is_bidirectional=False),
    architecture(layers=3),
    architecture(layers=2, is_bidirectional=False, labels=2, hidden_units=1),
    architecture(labels=60, embedding_size=1, hidden_units=33),
    architecture(hidden_units=64),
]
LEARNED = learned()
ENGINES = engines(LEARNED)
REFERENCE = ENGINES[0]


def gluon_network(sizes: Architecture, seed: int = 0, spread: float = 0.7) -> Network:
    """A network with random weights."""
    network = Network(sizes)
    network.initialize()
    network.set_weights(random_weights(sizes, seed, spread))
    network.hybridize(static_alloc=True)
    return network


@pytest.mark.parametrize("sizes", VARIANTS)
@pytest.mark.parametrize("spread", [0.3, 1.0])  # of more, or wider, or over longer texts it is chaotic: Gluon, too, strays from float64
def test_every_engine_equals_gluon(sizes: Architecture, spread: float) -> None:
    """On random weights and hostile lengths NumPy and each variant of the kernel give Gluon's logits."""
    sequences = random_sequences(HOSTILE_LENGTHS, sizes.words + 20)
    seen = sequences.head_and_tail(MOST).clamped(sizes.words)
    expected = GluonForward(gluon_network(sizes, spread=spread), mx.cpu())(seen)
    what = learned(sizes, MOST, spread)
    for engine in engines(what):
        assert np.abs(engine.deep(sequences) - expected).max() < 1e-4, engine.name
    assert np.abs(NumpyForward(sizes, what.weights, MOST, max_table_bytes=0)(sequences) - expected).max() < 1e-4


def test_every_engine_equals_gluon_as_it_is_shipped() -> None:
    """The same at the default sizes, over texts as long as the network reads and longer."""
    defaults = Hyperparameters()
    sizes = architecture(embedding_size=defaults.embedding_size, hidden_units=defaults.hidden_units, labels=77, words=300)
    most = defaults.max_tokens
    sequences = random_sequences([1, most - 1, most, most + 1, 5000, 2, 37], sizes.words + 20)
    expected = GluonForward(gluon_network(sizes, spread=0.3), mx.cpu())(sequences.head_and_tail(most).clamped(sizes.words))
    for engine in engines(learned(sizes, most, 0.3)):
        assert np.abs(engine.deep(sequences) - expected).max() < 1e-4, engine.name


def test_the_kernel_leaves_to_numpy_what_it_does_not_compute() -> None:
    """Several layers and tables beyond the bound are NumPy's; all others are the kernel's own."""
    assert [KernelForward.has_form_of(sizes, 16) for sizes in VARIANTS] == [True, True, False, False, True, True]
    large = architecture(words=2**21, hidden_units=8)
    assert [KernelForward.has_form_of(large, lanes) for lanes in (8, 16)] == [True, False]
    for engine in kernels(learned(VARIANTS[2])):
        assert isinstance(engine.deep, NumpyForward)
        assert "the network in numpy" in engine.name


@pytest.mark.parametrize("sizes", VARIANTS[:3])
def test_padding_and_company_change_nothing_in_gluon(sizes: Architecture) -> None:
    """A text's logits are the same alone, among others, and behind any words in its padding."""
    network = gluon_network(sizes)
    sequences = random_sequences(HOSTILE_LENGTHS, sizes.words).head_and_tail(MOST)
    ids, lengths = pad(sequences, np.arange(len(sequences)))
    together = network(mx.nd.array(ids), mx.nd.array(lengths)).asnumpy()
    rubbish = ids.copy()
    rubbish[np.arange(len(ids))[:, None] >= lengths] = sizes.words - 1
    assert np.abs(network(mx.nd.array(rubbish), mx.nd.array(lengths)).asnumpy() - together).max() < 1e-6
    for number in range(len(sequences)):
        alone = network(*map(mx.nd.array, pad(sequences, np.array([number])))).asnumpy()[0]
        assert np.abs(alone - together[number]).max() < 1e-5


@pytest.mark.parametrize("sizes", VARIANTS)
def test_order_and_company_change_no_bit(sizes: Architecture) -> None:
    """In NumPy and in the kernel a text's logits are the same bits alone, in any order, and among any others."""
    lengths = [*HOSTILE_LENGTHS, *np.random.default_rng(2).integers(1, 60, 90).tolist()]
    sequences = repetitive_sequences(lengths, len(WORDS) + SPECIAL)
    orders = [np.random.default_rng(seed).permutation(len(sequences)) for seed in range(3)]
    for engine in engines(learned(sizes, MOST)):
        for part in (engine.wide, engine.deep):
            expected = part(sequences)
            for order in (*orders, orders[0][:50], orders[1][:17], *np.arange(20)[:, None]):
                assert np.array_equal(part(sequences.take(order)), expected[order]), engine.name


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.integers(0, 99), st.integers(1, 70))
@settings(deadline=None, max_examples=40)
def test_batching_changes_no_bit_of_the_kernel(lengths: list[int], seed: int, words: int) -> None:
    """However texts are cut into batches, each variant of the kernel gives the same bits."""
    sequences = repetitive_sequences(lengths, words + 1, seed)
    for engine in ENGINES[1:]:
        for part in (engine.wide, engine.deep):
            alone = [part(sequences.take(np.array([number])))[0] for number in range(len(lengths))]
            assert np.array_equal(part(sequences), np.array(alone))


def naive_wide(wide: WideWeights, sequences: Sequences) -> list[np.ndarray]:
    """The wide part by its definition, one text and one term at a time."""
    logits = []
    for number in range(len(sequences)):
        ids = sequences.take(np.array([number])).ids.tolist()
        runs = {tuple(ids[at : at + size]) for size in (1, 2, 3) for at in range(len(ids) - size + 1)}
        keys = [sum(word << 21 * place for place, word in enumerate(reversed(run))) for run in runs if min(run) > UNKNOWN]
        found = np.isin(wide.terms, keys)
        length = np.sqrt(wide.squares[found].sum(dtype=np.float64))
        logits.append(wide.weights[found].sum(axis=0, dtype=np.float64) / length + wide.bias if found.any() else wide.bias)
    return logits


def test_the_wide_part_is_what_its_definition_says() -> None:
    """Distinct known terms, vectors of length 1, nothing across an unknown word or another text."""
    sequences = repetitive_sequences(HOSTILE_LENGTHS, len(WORDS) + SPECIAL)
    expected = np.array(naive_wide(LEARNED.wide, sequences))
    for engine in ENGINES:
        assert np.abs(engine.wide(sequences) - expected).max() < 1e-5, engine.name


def test_tens_of_thousands_of_terms_lose_no_digits() -> None:
    """A long text all of whose terms speak for the same label has the logits of the definition, the same bits alone and in company."""
    sequences = random_sequences([60_000, 5, 700], len(WORDS) + SPECIAL)
    terms = np.unique(terms_of(sequences, len(WORDS) + SPECIAL)[0])
    squares = np.full(len(terms), 7.1, np.float32)  # equal, as those of rare terms are: what is rounded off adds up
    weights = np.full((len(terms), 3), [0.7, 0.3, 0.1], np.float32)
    wide = replace(LEARNED.wide, terms=terms, squares=squares, weights=weights)
    expected = np.array(naive_wide(wide, sequences))
    assert len(terms) > 30_000
    for engine in engines(replace(LEARNED, wide=wide)):
        found = engine.wide(sequences)
        assert np.abs(found - expected).max() < 3e-5, engine.name
        assert np.array_equal(engine.wide(sequences.take(np.array([1, 0]))), found[[1, 0]]), engine.name


@pytest.mark.parametrize("labels", [2, 3, 77])
def test_a_text_without_a_known_term_has_the_bias(labels: int) -> None:
    """Unknown words, padding, or a model without any term: what is left is the bias."""
    what = learned(architecture(labels=labels))
    nothing = Sequences(np.array([UNKNOWN, UNKNOWN, PAD, 9999, UNKNOWN], np.int32), np.array([2, 3], np.int32))
    empty = replace(what.wide, terms=what.wide.terms[:0], squares=what.wide.squares[:0], weights=what.wide.weights[:0])
    for engine in (*engines(what), *engines(replace(what, wide=empty))):
        assert np.array_equal(engine.wide(nothing), [what.wide.bias] * 2)


NEW = ["brakepads", "radiostation", "brakepad's", "squeaky", "über-loud", "x", "pédale", "刹"]
TEXTS = st.lists(st.lists(st.sampled_from([*WORDS, *NEW]), max_size=12).map(" ".join), min_size=1, max_size=8)


@given(TEXTS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_newcomers_count_by_their_subwords_in_whatever_order_they_come(texts: list[str], random: Random) -> None:
    """A text's wide logits are the same bits whichever texts an engine met before, and the same in all engines."""
    expected = REFERENCE.wide(REFERENCE.encode(texts).sequences)
    order = random.sample(range(len(texts)), len(texts))
    for engine in ENGINES:
        before = engine.wide(engine.encode(texts).sequences)
        assert np.abs(before - expected).max() < 1e-5, engine.name
        engine.encode.newcomers.forget()
        getattr(engine.encode, "_slow", engine.encode).forget()
        again = engine.wide(engine.encode([texts[at] for at in order]).sequences)
        assert np.array_equal(again, before[order]), engine.name


def test_memory_for_the_wide_part_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are taken in portions, one text at least, and the portions change nothing."""
    sequences = repetitive_sequences(HOSTILE_LENGTHS, len(WORDS) + SPECIAL)
    expected = REFERENCE.wide(sequences)
    for most in (1, 100, 10**6):
        monkeypatch.setattr("model.wide.CHUNK_VALUES", most)
        assert np.array_equal(NumpyWide(LEARNED.wide, Newcomers(LEARNED.vocabulary))(sequences), expected)


def test_hostile_ids_stay_inside_the_tables() -> None:
    """An id that no vocabulary has counts as unknown, wherever it points."""
    ids = np.array([-1, -(2**31), 2**31 - 1, 2**21, 37, 36, 5], np.int32)
    sane = np.array([1, 1, 1, 1, 1, 36, 5], np.int32)
    lengths = np.array([4, 3], np.int32)
    for engine in ENGINES[1:]:
        assert np.array_equal(engine.deep(Sequences(ids, lengths)), engine.deep(Sequences(sane, lengths)))
        assert np.array_equal(engine.wide(Sequences(ids[:5], lengths[:1] + 1)), [LEARNED.wide.bias])


@pytest.mark.parametrize("lengths", [[3, 3], [8], [0, 7], [-1, 8], [2**31 - 1, 8]])
def test_lengths_that_do_not_add_up_are_refused(lengths: list[int]) -> None:
    """The kernel reads exactly the ids that are there."""
    sequences = Sequences(np.full(7, 2, np.int32), np.array(lengths, np.int32))
    for engine in ENGINES[1:]:
        for part in (engine.wide, engine.deep):
            with pytest.raises(ValueError, match="do not add up"):
                part(sequences)


def test_wide_arrays_of_several_sizes_are_refused() -> None:
    """A wide part that contradicts itself never reaches the kernel."""
    wide = LEARNED.wide
    with pytest.raises(ValueError, match="not of one size"):
        kernels(replace(LEARNED, wide=replace(wide, terms=wide.terms[1:])))


def test_no_texts_give_nothing() -> None:
    """An empty batch is no error in any engine."""
    for engine in ENGINES:
        encoded = engine.encode([])
        assert (len(encoded.sequences), len(encoded.is_unknown)) == (0, 0)
        assert engine.wide(encoded.sequences).shape == engine.deep(encoded.sequences).shape == (0, 3)
    assert GluonForward(gluon_network(architecture()), mx.cpu())(random_sequences([], 9)).shape == (0, 3)


def test_engines_say_which_they_are() -> None:
    """The names in summary.json tell NumPy from the kernel and its variants."""
    assert [engine.name for engine in kernels(LEARNED)] == [f"kernel {library.variant}" for library in libraries()]
    assert NumpyEngine(LEARNED).name.startswith("numpy ")


def test_weights_return_from_the_network_as_they_went_in() -> None:
    """What the artifact holds and what the network computes with are the same numbers."""
    sizes = architecture(layers=2)
    weights = gluon_network(sizes).to_weights()
    assert {name: value.shape for name, value in weights.items()} == sizes.weight_shapes()
    for name, value in random_weights(sizes).items():
        assert np.array_equal(weights[name], value)


def test_a_gpu_that_is_not_there_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for a GPU on a host without one fails instead of falling back."""
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 0)
    with pytest.raises(PlatformError, match="asked for a GPU, found none"):
        contexts("gpu")


def test_all_gpus_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a host with four GPUs a training gets four devices."""
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 4)
    assert [str(device) for device in contexts("gpu")] == ["gpu(0)", "gpu(1)", "gpu(2)", "gpu(3)"]
