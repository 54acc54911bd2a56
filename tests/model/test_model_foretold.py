"""What a check foretells of a training file is what a training does with it."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import tiny, write_csv

from contract.check import TRAIN, Request, check_table
from contract.errors import UserError
from contract.manifest_writing import ManifestWriter
from model.training.rows import (
    CONTRADICTORY,
    DUPLICATE,
    NO_LABEL,
    NO_TEXT,
    RARE_LABEL,
    UNREADABLE,
    check_classes,
    distinct,
    read_rows,
    without,
    without_rare,
)

TEXTS = st.sampled_from(["it leaks", "It  leaks", "it<br/>leaks", "hums", "hums.", "刹车", "刹 车", " ", "<p>", "worn", "rust", "=1"])
LABELS = st.sampled_from(["leak", " leak ", "noise", "Noise", ""])
ROWS = st.lists(st.tuples(LABELS, TEXTS) | st.tuples(LABELS, TEXTS, TEXTS), max_size=25)
TEST_ROWS = st.lists(st.tuples(st.just("leak"), TEXTS), max_size=5)


ANNOTATIONS = st.lists(st.tuples(TEXTS, st.sampled_from(["leak", "noise"]), st.sampled_from([None, 0.1, 0.2, 0.3, 0.4, 0.7])), min_size=1)


@given(ROWS, TEST_ROWS)
@settings(deadline=None, max_examples=200)
def test_rows_and_refusals_are_those_of_a_training(rows: list[tuple[str, ...]], test: list[tuple[str, ...]]) -> None:
    """Every count, the usable rows of each label, and whether the file is refused for its labels."""
    with tempfile.TemporaryDirectory() as folder:
        _foretells(*(write_csv(Path(folder) / name, lines) for name, lines in (("train.csv", rows), ("test.csv", test))))


@given(ANNOTATIONS, TEST_ROWS)
@settings(deadline=None, max_examples=100)
def test_confidences_decide_for_a_check_as_for_a_training(
    annotations: list[tuple[str, str, float | None]], test: list[tuple[str, ...]]
) -> None:
    """Of a manifest's contradictory rows the same are kept, and sums of confidences tie for both or for neither."""
    writer = ManifestWriter("kind", ["leak", "noise"], "march")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.manifest"
        path.write_bytes(b"".join(writer.line(*annotation, "2026-11-22T10:00:00") for annotation in annotations))
        _foretells(path, write_csv(Path(folder) / "test.csv", test))


def _foretells(path: Path, other: Path) -> None:
    """A check and a training of the same rows come to the same."""
    check = check_table(path, Request(TRAIN), other)
    dropped: Counter[str] = Counter()
    kept = distinct(read_rows([path], tiny(), dropped), dropped, [])
    kept = without(kept, [read_rows([other], tiny(), Counter())], Counter())
    try:
        kept, _ = without_rare(kept, check_classes(kept, [path], 2, dropped), dropped)
        is_refused = False
    except UserError:
        is_refused = True
    facts = check.facts
    foretold = {
        UNREADABLE: facts.rejected.rows,
        NO_TEXT: facts.empty_texts.rows,
        NO_LABEL: facts.unlabelled.rows,
        DUPLICATE: facts.duplicates.rows,
        CONTRADICTORY: facts.contradictory.rows,
    }
    assert foretold == {reason: dropped[reason] for reason in foretold}
    assert check.is_refused == is_refused
    if not is_refused:
        assert sum(entry.rare for entry in facts.labels) == dropped[RARE_LABEL]
        assert facts.usable == len(kept)
        assert {entry.label: entry.usable for entry in facts.labels if entry.usable} == Counter(kept.labels)
