"""Which rows the benchmarks measure on."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from benchmarks.datasets import Dataset, Rows, find, joined, load, normalised, read, write_labelled, write_unlabelled


def _rows(count: int) -> Rows:
    return Rows(
        [f"text {number % (count // 2)}" for number in range(count)], ["ab"[number % 2] for number in range(count)], np.arange(count)
    )


def test_no_text_stands_on_both_sides() -> None:
    """A training row that repeats a test text would be learned by heart; case and white space make no other text."""
    rows = Rows(["Good  film"] * 5 + ["good film\n"] * 5 + [f"other {n}" for n in range(30)], ["a", "b"] * 20, np.arange(40))
    for seed in range(3):
        train, test = Dataset("some", rows, None).split(seed)
        assert len(test) == 8
        assert not set(map(normalised, train.texts)) & set(map(normalised, test.texts))


def test_a_split_depends_on_its_seed_alone() -> None:
    """The same rows at any time, others with another seed, each known by its number in the file."""
    dataset = Dataset("some", _rows(100), None)
    (_, first), (_, again), (_, other) = dataset.split(0), dataset.split(0), dataset.split(1)
    assert first.numbers.tolist() == again.numbers.tolist() != other.numbers.tolist()
    assert first.texts == [dataset.train.texts[number] for number in first.numbers]


def test_an_official_split_stays_as_it_is() -> None:
    """Published figures are about the official test rows, duplicates included."""
    train, test = _rows(10), _rows(4)
    assert Dataset("official", train, test).split(3) == (train, test)


def test_sets_are_found_in_both_layouts(tmp_path: Path) -> None:
    """As data/fetch.py lays them down, and as files beside each other, compressed or not."""
    write_labelled(_rows(4), tmp_path / "news" / "train.csv")
    write_labelled(_rows(2), tmp_path / "news" / "test.csv")
    for name in ("films_train.csv.gz", "films_dev.csv.gz", "tweets_train.csv.gz"):
        write_labelled(_rows(6), tmp_path / "plain.csv")
        (tmp_path / name).write_bytes(gzip.compress((tmp_path / "plain.csv").read_bytes()))
    names = {name: (train.name, test and test.name) for name, (train, test) in find(tmp_path).items()}
    assert names == {
        "news": ("train.csv", "test.csv"),
        "films": ("films_train.csv.gz", "films_dev.csv.gz"),
        "tweets": ("tweets_train.csv.gz", None),
    }
    assert [(dataset.name, len(dataset.train)) for dataset in load(tmp_path, ["films", "news"])] == [("films", 6), ("news", 4)]
    with pytest.raises(ValueError, match=r"No set songs there\. There are: news, films, tweets"):
        list(load(tmp_path, ["songs"]))


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Quotation marks, line breaks and accents arrive."""
    rows = Rows(['a "b",\nc', "é"], ["x", "y"], np.arange(2))
    write_labelled(rows, tmp_path / "train.csv")
    found = read(tmp_path / "train.csv")
    assert (found.texts, found.labels, found.numbers.tolist()) == (rows.texts, rows.labels, [0, 1])


def test_a_file_to_classify_repeats_its_texts(tmp_path: Path) -> None:
    """As many rows as wanted, numbered, without labels."""
    write_unlabelled(["a", "b"], tmp_path / "many.csv", 5)
    with (tmp_path / "many.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["id", "text"], ["0", "a"], ["1", "b"], ["2", "a"], ["3", "b"], ["4", "a"]]


def test_long_texts_are_joined_within_a_label() -> None:
    """A long text keeps the label of its parts; what does not fill one is left out."""
    found = joined(Rows(["1", "2", "3", "4", "5"], ["a", "b", "a", "b", "a"], np.arange(5)), 2)
    assert (found.texts, found.labels) == (["1 3", "2 4"], ["a", "b"])
