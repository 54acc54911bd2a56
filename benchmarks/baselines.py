"""The baselines that a text classifier must beat, each tuned on the training rows alone.

fastText (Joulin et al. 2017) at its defaults fails on small sets, so its settings are searched; TF-IDF with
logistic regression finds C by cross-validation; NB-LR, logistic regression on n-grams weighted by their
log-count ratios (Wang and Manning 2012), finds C and the rarest n-gram worth keeping on a slice.
All see the same words. N texts, F features, C labels.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote

import fasttext  # type: ignore[import-not-found]  # of the benchmarks' own environment
import joblib  # type: ignore[import-untyped]  # ships no types
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp  # type: ignore[import-untyped]  # likewise
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer  # type: ignore[import-untyped]  # likewise
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # likewise
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]  # likewise
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # likewise

from benchmarks.peers.words import words

Labels = npt.NDArray[np.str_]  # (N,)
Positions = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]

TUNING_SHARE = 0.2  # of the training rows, held out while settings are searched
FOLDS = 3
PREFIX = "__label__"
FEW_ROWS = 15_000  # fewer need more passes

fasttext.FastText.eprint = lambda *_: None  # it warns of a renamed class at every load


class Baseline(Protocol):
    """A classifier with its tuning; `settings` is what the tuning chose."""

    name: str
    settings: dict[str, Any]

    def fit(self, texts: Sequence[str], labels: Sequence[str], seed: int) -> None:
        """Tune on the training rows, then train on all of them."""
        ...

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The most probable label of each text."""
        ...


def seconds_to_fit(baseline: Baseline, texts: Sequence[str], labels: Sequence[str], seed: int) -> float:
    """Fit on one core, where threads that wait for each other cannot spoil the figure; returns how long it took."""
    started = time.perf_counter()
    with threadpool_limits(limits=1):
        baseline.fit(texts, labels, seed)
    return time.perf_counter() - started


class FastText:
    """fastText, its settings searched round by round on a slice, each round from the best of the one before.

    `has_fixed_shape` keeps width 20 and word pairs, the small and quick model.
    """

    name = "fastText, tuned"

    def __init__(self, has_fixed_shape: bool = False) -> None:
        self.settings: dict[str, Any] = {"wordNgrams": 2, "dim": 20, "minn": 0, "maxn": 0, "bucket": 1_000_000}
        self._has_fixed_shape = has_fixed_shape

    def _rounds(self, rows: int) -> Iterator[list[dict[str, Any]]]:
        yield [{"lr": rate, "epoch": passes} for rate in (0.2, 0.5, 1.0) for passes in (5, 10, 25, 50)[: 4 if rows < FEW_ROWS else 3]]
        if not self._has_fixed_shape:
            yield [{"wordNgrams": longest} for longest in (1, 3)]
            yield [{"minn": low, "maxn": high} for low, high in ((2, 5), (3, 6))]
            yield [{"dim": width} for width in (10, 50, 100)]

    def fit(self, texts: Sequence[str], labels: Sequence[str], seed: int) -> None:
        """Search, then train on everything."""
        lines = np.array([f"{PREFIX}{quote(label)} {' '.join(words(text))}" for text, label in zip(texts, labels, strict=True)], object)
        rest, held = _slice(len(lines), seed)
        texts_held, labels_held = [texts[at] for at in held], [labels[at] for at in held]
        best_hits = -1
        for candidates in self._rounds(len(lines)):
            start = self.settings
            for change in candidates:
                model = _fasttext(lines[rest], start | change)
                hits = sum(map(str.__eq__, _answers(model, texts_held), labels_held))
                if hits > best_hits:
                    best_hits, self.settings = hits, start | change
        self._model = _fasttext(lines[np.concatenate([held, rest])], self.settings | {"seed": seed})

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The most probable label of each text."""
        return _answers(self._model, texts)

    def save(self, path: Path) -> None:
        """Write fastText's own format."""
        self._model.save_model(str(path))


def _fasttext(lines: Sequence[str], settings: dict[str, Any]) -> Any:
    """A model of lines that are shuffled: fastText reads them in their order."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        return fasttext.train_supervised(file.name, thread=1, verbose=0, **settings)


def _answers(model: Any, texts: Sequence[str]) -> list[str]:
    answers, _ = model.predict([" ".join(words(text)) for text in texts])
    return [unquote(answer[0].removeprefix(PREFIX)) if answer else "" for answer in answers]


class TfidfLogistic:
    """TF-IDF of words and pairs, multinomial logistic regression."""

    name = "TF-IDF + LR"
    penalties = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)  # C, from strong to weak

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self._vectorizer = TfidfVectorizer(
            tokenizer=words, token_pattern=None, lowercase=False, ngram_range=(1, 2), min_df=2, sublinear_tf=True
        )

    def fit(self, texts: Sequence[str], labels: Sequence[str], seed: int) -> None:
        """Find C by cross-validation, up to the first that does worse than the one before."""
        features, targets = self._vectorizer.fit_transform(texts), np.array(labels)
        folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(features, targets))
        best_hits = -1
        for penalty in self.penalties:
            models = [(self._model(features[rest], targets[rest], penalty), held) for rest, held in folds]
            hits = sum(int((model.predict(features[held]) == targets[held]).sum()) for model, held in models)
            if hits <= best_hits:
                break
            best_hits, self.settings = hits, {"C": penalty}
        self._regression = self._model(features, targets, self.settings["C"])

    @staticmethod
    def _model(features: Any, targets: Labels, penalty: float) -> Any:
        return LogisticRegression(C=penalty, max_iter=1000, tol=1e-5).fit(features, targets)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The most probable label of each text."""
        return list(map(str, self._regression.predict(self._vectorizer.transform(texts))))

    def save(self, path: Path) -> None:
        """Write the vectorizer and the regression."""
        joblib.dump((self._vectorizer, self._regression), path)


class NaiveBayesLogistic:
    """Binary 1-3-grams times their log-count ratios, one logistic regression for each label against the rest."""

    name = "NB-LR"
    penalties = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
    least_rows = (1, 2)  # in which an n-gram must stand

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self._counter = CountVectorizer(
            tokenizer=words, token_pattern=None, lowercase=False, ngram_range=(1, 3), binary=True, dtype=np.float32
        )

    def fit(self, texts: Sequence[str], labels: Sequence[str], seed: int) -> None:
        """Find C, up to the first that does clearly worse, and the rarest n-gram worth keeping."""
        features, targets = self._counter.fit_transform(texts), np.array(labels)
        rest, held = _slice(len(targets), seed)
        best = -1.0
        for least in self.least_rows:
            kept = _frequent(features[rest], least)
            train, test = features[rest][:, kept], features[held][:, kept]
            best_here = -1.0
            for penalty in self.penalties:
                names, *weights = _one_against_rest(train, targets[rest], penalty)
                accuracy = float((names[_decided(test, *weights)] == targets[held]).mean())
                if accuracy > best:
                    best, self.settings = accuracy, {"C": penalty, "least rows": least}
                best_here = max(best_here, accuracy)
                if accuracy < best_here - 0.003:  # noise of a small slice is less
                    break
        self._kept = _frequent(features, self.settings["least rows"])
        self._names, *self._weights = _one_against_rest(features[:, self._kept], targets, self.settings["C"])

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The most probable label of each text."""
        return list(map(str, self._names[_decided(self._counter.transform(texts)[:, self._kept], *self._weights)]))


def _slice(rows: int, seed: int) -> tuple[Positions, Positions]:
    """Shuffled positions of the rows to train on, and of those to tune on."""
    order = np.random.default_rng(seed).permutation(rows)
    cut = int(rows * TUNING_SHARE)
    return order[cut:], order[:cut]


def _frequent(features: Any, least: int) -> Positions:
    return np.flatnonzero(np.bincount(features.indices, minlength=features.shape[1]) >= least)


def _one_against_rest(features: Any, targets: Labels, penalty: float) -> tuple[Labels, FloatArray, FloatArray]:
    """The labels, (F, C) weights with the ratios in them and (C,) biases; of two labels one regression serves both."""
    names = np.unique(targets)
    weights, biases = [], []
    for name in names if len(names) > 2 else names[1:]:  # noqa: PLR2004  # two labels
        is_it = targets == name
        inside, outside = (np.asarray(features[some].sum(axis=0)).ravel() + 1.0 for some in (is_it, ~is_it))
        ratio = np.log((inside / inside.sum()) / (outside / outside.sum())).astype(np.float32)
        model = LogisticRegression(C=penalty, solver="liblinear", tol=1e-3).fit(features @ sp.diags(ratio), is_it)
        weights.append(model.coef_[0] * ratio)
        biases.append(model.intercept_[0])
    if len(weights) < len(names):
        weights, biases = [-weights[0], weights[0]], [-biases[0], biases[0]]
    return names, np.stack(weights, axis=1).astype(np.float32), np.array(biases, np.float32)


def _decided(features: Any, weights: FloatArray, biases: FloatArray) -> Positions:
    return np.asarray((features @ weights + biases).argmax(axis=1))


BASELINES: tuple[type[Baseline], ...] = (FastText, TfidfLogistic, NaiveBayesLogistic)
