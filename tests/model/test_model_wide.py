"""The wide part: subwords, features, fitting, and what prediction makes of the fitted weights."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from engine_samples import libraries
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import SIGNS, labelled

from model.kernel.encoder import KernelEncoder
from model.kernel.engine import KernelNewcomerRows
from model.text import subwords
from model.text.encoding import Encoder
from model.text.newcomers import Newcomers
from model.text.subwords import subwords_of
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.training import wide_fitting, wide_training
from model.training.rows import Examples
from model.training.spacy_rules import rules_of
from model.training.wide_features import Features
from model.training.wide_fitting import RECIPES, fit
from model.training.wide_training import MIN_DRAWN, WideTraining
from model.wide import ID_BITS, NewcomerRows, NumpyWide, WideWeights

BUCKETS = 2**16
LABELS = sorted(SIGNS)
KNOWN = Vocabulary(["a", "b", "é", "word"])


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), max_size=8))
def test_subwords_of_a_word_do_not_depend_on_the_others(words: list[str]) -> None:
    """All runs of 3 to 5 characters of the marked word, however many words are asked for at once."""
    found, starts = subwords_of(words, BUCKETS)
    assert len(found) == starts[-1]
    for number, word in enumerate(words):
        alone, _ = subwords_of([word], BUCKETS)
        assert found[starts[number] : starts[number + 1]].tolist() == alone.tolist()
        assert len(alone) == sum(max(len(word) + 2 - size + 1, 0) for size in (3, 4, 5))
    assert all(0 <= bucket < BUCKETS for bucket in found)


def test_many_words_are_hashed_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the sake of memory only."""
    words = ["brake", "", "squeals", "x", "radio", "Ärger", "下"]
    whole = subwords_of(words, BUCKETS)
    monkeypatch.setattr(subwords, "_WORDS_AT_ONCE", 3)
    for one, other in zip(whole, subwords_of(words, BUCKETS), strict=True):
        assert one.tolist() == other.tolist()


def test_words_of_one_stem_share_subwords() -> None:
    """An inflected or misspelt word falls into buckets of its relative, a stranger into none of them."""
    brake, brakes, radio = (set(subwords_of([word], BUCKETS)[0]) for word in ("brake", "brakes", "radio"))
    assert len(brake & brakes) > len(brake) / 2
    assert not brake & radio


def encoded(rows: list[tuple[str, str]], known_rows: int | None = None) -> tuple[Examples, Newcomers]:
    """Rows as examples, with a vocabulary of the frequent words of the first ones."""
    tokenizer = Tokenizer(rules_of())
    counts = Counter(chain.from_iterable(tokenizer(text) for _, text in rows[:known_rows]))
    newcomers = Newcomers(Vocabulary.most_frequent(counts, 1000, 2))
    sequences = Encoder(tokenizer, newcomers, 100)([text for _, text in rows]).sequences
    return Examples(sequences, np.array([LABELS.index(label) for label, _ in rows])), newcomers


def features_of(rows: list[tuple[str, str]]) -> tuple[Features, Examples, Newcomers]:
    """The features of rows."""
    examples, newcomers = encoded(rows)
    return (
        Features.of(examples.sequences, newcomers.all_words, newcomers.first_id, examples.labels, len(LABELS), len(rows)),
        examples,
        newcomers,
    )


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_what_gives_a_label_away_is_learnt(recipe: object) -> None:
    """Most of the rows that were not trained on are told apart by every recipe."""
    features, _, _ = features_of(labelled(300))
    rows = np.random.default_rng(0).permutation(300)
    fitted = fit(features.take(rows[:200]), recipe)  # type: ignore[arg-type]  # ids= needs the looser type
    right = fitted.logits(features.take(rows[200:])).argmax(axis=1) == features.labels[rows[200:]]
    assert right.mean() > 0.9


@pytest.mark.parametrize("labels", [2, 3])
def test_prediction_gives_the_logits_that_were_fitted(labels: int) -> None:
    """Folding the subwords of known words into their own weights changes no logit; newcomers keep theirs."""
    rows = [row for row in labelled(120) if row[0] in LABELS[:labels]]
    examples, newcomers = encoded(rows)
    features = Features.of(examples.sequences, newcomers.all_words, newcomers.first_id, examples.labels, labels, len(rows))
    fitted = fit(features, RECIPES[1])
    found = NumpyWide(fitted.to_weights(features), newcomers)(examples.sequences)
    assert found.shape == (len(rows), labels)
    assert np.abs(found - fitted.logits(features)).max() < 1e-4
    assert newcomers.since(0), "the sample has words that occur once"


@pytest.mark.parametrize("at_once", [2**21, 1])
def test_threads_change_no_weight(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many learn at the same time, labels together or one by one, the model is the same to the last bit."""
    features, *_ = features_of(labelled(90))
    monkeypatch.setattr(wide_fitting, "VALUES_AT_ONCE", at_once)
    made = []
    for threads in (1, 3):
        monkeypatch.setattr(wide_fitting.os, "sched_getaffinity", lambda _, threads=threads: range(threads))
        made.append(fit(features, RECIPES[0]))
    assert made[0].term_weights.shape[1] == len(LABELS)
    for name in ("term_weights", "subword_weights", "bias"):
        assert np.array_equal(getattr(made[0], name), getattr(made[1], name))


def test_terms_of_a_single_text_are_left_out() -> None:
    """What stands in one text only says nothing about others."""
    features, _, _ = features_of(labelled(90))
    assert features.most_telling().terms.sum(axis=0).min() >= 2
    together = features.keys[features.keys >> ID_BITS > 0]
    assert len(together), "the sample has runs that occur twice"


def wide_part_of(rows: list[tuple[str, str]]) -> tuple[WideTraining, Examples, Examples]:
    """The wide part learned from three quarters of the rows, these rows, and the others, on which its recipe was chosen."""
    order = np.random.default_rng(1).permutation(len(rows))
    examples, newcomers = encoded([rows[at] for at in order])
    learnt = len(rows) * 3 // 4
    training, validation = (
        Examples(examples.sequences.take(part), examples.labels[part]) for part in (np.arange(learnt), np.arange(learnt, len(rows)))
    )
    wide = WideTraining(training, validation, validation.sequences, newcomers.all_words, newcomers.first_id, len(LABELS))
    return wide, training, validation


def test_few_validation_rows_are_joined_by_the_training_rows_out_of_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calibration sees logits of fits that did not learn the row: right no more often than chance where labels are a matter of chance."""
    given = np.random.default_rng(0).choice(LABELS, 400)
    rows = [(str(label), text) for label, (_, text) in zip(given, labelled(400), strict=True)]
    wide, training, validation = wide_part_of(rows)
    judged = wide.judged()
    assert np.array_equal(judged.labels, np.concatenate([training.labels, validation.labels]))
    learnt = wide.fitted.logits(wide.features.take(wide.training)).argmax(axis=1) == training.labels
    assert learnt.mean() > 0.9
    assert judged.accuracy < 0.5
    monkeypatch.setattr(wide_training, "ENOUGH_ROWS", len(validation.labels))
    assert wide.judged() is wide.validated


def test_of_very_many_rows_a_part_is_drawn_from_each_label(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rare label keeps some rows, the others keep their proportions, and what was drawn can be traced to the training rows."""
    rows = [*labelled(2000, signs={"paint": SIGNS["paint"], "radio": SIGNS["radio"]}), *labelled(80, signs={"brakes": SIGNS["brakes"]})]
    monkeypatch.setattr(wide_training, "MAX_IDS", 5_000)
    wide, training, _ = wide_part_of(rows)
    assert len(training.sequences.ids) > 15_000
    assert len(training.sequences.take(wide.rows).ids) < 7_000
    counts = np.bincount(training.labels[wide.rows])
    assert counts[0] == MIN_DRAWN
    assert abs(counts[1] / counts[2] - 1) < 0.2
    assert np.array_equal(wide.features.labels[wide.training], training.labels[wide.rows])
    assert wide.validated.accuracy > 0.9


def test_with_many_labels_the_recipes_are_compared_on_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is used in the end has learned from all rows all the same."""
    rows = labelled(1200)
    whole, _, _ = wide_part_of(rows)
    monkeypatch.setattr(wide_training, "MAX_ROWS_TIMES_LABELS", 600)
    bounded, training, _ = wide_part_of(rows)
    assert (whole.is_quick, bounded.is_quick) == (True, False)
    assert len(bounded.training) == len(training.labels)
    assert bounded.fitted.term_weights.shape != fit(bounded.features.take(bounded.training[:600]), bounded.recipe).term_weights.shape
    again = fit(bounded.features.take(bounded.training), bounded.recipe)
    assert np.array_equal(bounded.fitted.term_weights, again.term_weights)
    assert bounded.validated.accuracy >= whole.validated.accuracy - 0.05


def test_the_recipe_is_chosen_by_the_validation_rows_and_fitted_to_them_too() -> None:
    """The chosen recipe has the most validation rows right; its final weights differ from those of the training rows alone."""
    wide, _, validation = wide_part_of(labelled(60))
    fits = [fit(wide.features.take(wide.training), recipe) for recipe in RECIPES]
    right = [(fitted.logits(wide.features.take(wide.validation)).argmax(axis=1) == validation.labels).mean() for fitted in fits]
    assert wide.recipe == RECIPES[int(np.argmax(right))]
    assert wide.validated.accuracy == max(right)
    alone, both = wide.fitted.to_weights(wide.features), wide.weights()
    assert not np.array_equal(alone.bias, both.bias)


def test_the_test_rows_have_no_influence() -> None:
    """Whatever stands in them, the weights are the same, bit for bit."""
    rows = labelled(80)
    strange = [(label, f"{text} {number} never-seen-{number} neverseen{number}x{number}") for number, (label, text) in enumerate(rows * 30)]
    found = []
    for others in (rows[:3], strange):
        examples, newcomers = encoded([*rows, *others], len(rows))
        parts = [examples.sequences.take(part) for part in np.split(np.arange(len(examples.labels)), [60, 80])]
        learnt, chosen = Examples(parts[0], examples.labels[:60]), Examples(parts[1], examples.labels[60:80])
        wide = WideTraining(learnt, chosen, parts[2], newcomers.all_words, newcomers.first_id, len(LABELS))
        found.append(wide.weights().to_arrays())
    assert [name for name in found[0] if not np.array_equal(found[0][name], found[1][name])] == []


def test_forgotten_newcomers_get_new_ids_and_weights() -> None:
    """After the newcomers start anew, an id stands for another word, and the wide part follows."""
    features, _, _ = features_of(labelled(90))
    weights = fit(features, RECIPES[1]).to_weights(features)
    newcomers = Newcomers(Vocabulary([f"w{number}" for number in range(features.known_words - 2)]))
    encode, wide = Encoder(Tokenizer(rules_of()), newcomers, 100), NumpyWide(weights, newcomers)

    def logits(text: str) -> np.ndarray:
        return wide(encode([text]).sequences)[0]

    first, second = logits("brakepads"), logits("radiostations")
    newcomers.forget()
    encode.forget()
    assert np.array_equal(logits("radiostations"), second)
    assert np.array_equal(logits("brakepads"), first)
    assert not np.array_equal(first, second)


@given(
    st.lists(
        st.text(st.sampled_from(list("abcé刹😀\ud800ß'")) | st.characters(), min_size=1, max_size=12), min_size=1, max_size=20, unique=True
    )
)
@settings(deadline=None, max_examples=200)
def test_newcomers_have_the_rows_of_their_subwords(words: list[str]) -> None:
    """What the subwords of a word add up to is the same in C and in NumPy, whatever its characters."""
    random, labels, buckets = np.random.default_rng(1), 3, 64
    none = WideWeights.nothing()
    squares, weights = random.random(buckets, np.float32), random.standard_normal((buckets, labels), np.float32)
    wide = replace(none, bias=np.zeros(labels, np.float32), subword_squares=squares, subword_weights=weights)
    numbered = Newcomers(KNOWN)
    new = [word for word in words if numbered.id(word) >= numbered.first_id]
    expected = NewcomerRows(wide, numbered)
    expected.update()
    for library in libraries():
        encoder = KernelEncoder(library, rules_of(), KNOWN, 7)
        found = KernelNewcomerRows(library, wide, encoder.newcomers)
        for some in (new[: len(new) // 2], new):  # those of before keep their rows
            assert [encoder.newcomers.id(word) for word in some] == [numbered.id(word) for word in some]
            found.update()
        assert found.count == expected.count == len(new)
        assert np.allclose(found.squares[: len(new)], expected.squares[: len(new)], atol=1e-4)
        assert np.allclose(found.weights[: len(new)], expected.weights[: len(new)], atol=1e-4)
