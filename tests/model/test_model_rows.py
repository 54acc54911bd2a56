"""Which rows are trained on, and which are held out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import labelled, tiny, write_csv

from contract.errors import UserError
from contract.hyperparameters import Hyperparameters
from model.training.rows import (
    CONTRADICTORY,
    DUPLICATE,
    LEAKED,
    NO_LABEL,
    NO_TEXT,
    RARE_LABEL,
    UNKNOWN_LABEL,
    UNREADABLE,
    Contradiction,
    Rows,
    check_classes,
    distinct,
    positions_of,
    read_rows,
    without,
)
from model.training.sets import Sets, TrainingFiles, read_sets
from model.training.split import Ranks, held_out, ranks

FILE = (Path("claims.csv"),)


def test_unusable_rows_are_counted_by_reason(tmp_path: Path) -> None:
    """Rows without text or label and rows of another width are left out, each under its reason."""
    path = write_csv(tmp_path / "a.csv", [(" x ", "good"), ("x", " <br/> "), ("", "text"), ("x", "too", "wide"), ("y", "fine")])
    dropped: Counter[str] = Counter()
    assert read_rows([path], tiny(), dropped) == Rows(["good", "fine"], ["x", "y"])
    assert dropped == {NO_TEXT: 1, NO_LABEL: 1, UNREADABLE: 1}


def test_what_is_too_long_for_a_label_is_refused(tmp_path: Path) -> None:
    """As `kit check` refuses it, with the row, before anything is learned."""
    path = write_csv(tmp_path / "a.csv", [("x", "one"), ("y" * 201, "two")])
    with pytest.raises(UserError, match=r"'a\.csv': the label in row 3 has 201 characters"):
        read_rows([path], tiny(), Counter())


def test_more_text_than_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the rows hold, for a gzip file tells by its size nothing of that; all files of a channel count together."""
    monkeypatch.setattr("model.training.rows.MAX_TEXT_CHARS", 10)
    small, large = write_csv(tmp_path / "a.csv", [("x", "12345")]), write_csv(tmp_path / "b.csv", [("y", "12345"), ("x", "6")])
    with pytest.raises(UserError, match=r"'b\.csv' has more text .* with row 3 it is more than 10 characters, after 2 usable rows"):
        read_rows([small, large], tiny(), Counter())
    assert len(read_rows([small, small], tiny(), Counter())) == 2


def test_the_text_column_is_remembered(tmp_path: Path) -> None:
    """That of the first training file, whatever the other channels call theirs: a prediction looks for it."""
    training, test = (
        write_csv(tmp_path / f"{name}.csv", [(label, f"{name} {label} {number}") for label in "xy" for number in range(9)], ("label", name))
        for name in ("Vorfall", "review")
    )
    assert read_sets(TrainingFiles((training,), test=(test,)), tiny()).text_column == "Vorfall"


def test_files_of_a_channel_are_read_one_after_the_other(tmp_path: Path) -> None:
    """Each file has its own column order."""
    first = write_csv(tmp_path / "a.csv", [("x", "one")])
    second = write_csv(tmp_path / "b.csv", [("two", "1", "y")], header=("review", "id", "sentiment"))
    assert read_rows([first, second], tiny(), Counter()) == Rows(["one", "two"], ["x", "y"])


def test_the_columns_of_the_settings_are_read(tmp_path: Path) -> None:
    """text_column and label_column win over names that are recognised."""
    path = write_csv(tmp_path / "a.csv", [("x", "no", "yes", "z")], header=("label", "text", "notes", "kind"))
    assert read_rows([path], tiny(text_column="notes", label_column="kind"), Counter()) == Rows(["yes"], ["z"])


def test_of_equal_texts_one_is_kept() -> None:
    """Copies go; of contradictory labels the majority's stays, and a tie leaves none."""
    rows = Rows(
        ["Same  text", "same<br>text", "voted", "voted", "Voted", "tied", "tied", "alone"],
        ["a", "a", "b", "a", "b", "a", "b", "a"],
    )
    dropped: Counter[str] = Counter()
    contradictions: list[Contradiction] = []
    assert distinct(rows, dropped, contradictions) == Rows(["Same  text", "voted", "alone"], ["a", "b", "a"])
    assert contradictions == [Contradiction("voted", {"b": 2, "a": 1}), Contradiction("tied", {"a": 1, "b": 1})]
    assert dropped == {DUPLICATE: 2, CONTRADICTORY: 3}


def test_no_text_stands_in_two_channels() -> None:
    """A training row whose text the test channel has is left out of the training."""
    dropped: Counter[str] = Counter()
    assert without(Rows(["One", "two"], ["a", "b"]), [Rows(["one "], ["b"])], dropped) == Rows(["two"], ["b"])
    assert dropped == {LEAKED: 1}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "'claims.csv' has no row with both a text and a label. Rows left out: 3 x no text."),
        (["a", "a"], "one label only, 'a'"),
        (["a", "a", "b", "c"], "two labels with 2 usable rows each, and only 'a' has so many. Fewer have 'b', 'c'. Rows left out: 3 x no"),
        ([f"once {number:02}" for number in range(20)], "and none has so many. Fewer have 'once 00', 'once 01'"),
        ([f"once {number:02}" for number in range(20)], "'once 09' and 10 more. Rows left out: 3 x no text. Add rows for each, or merge"),
        ([f"once {number:02}" for number in range(20)], "Is that the right column?"),
        ([f"label {number}" for number in range(1001)], "1001 different labels; at most 1000"),
    ],
)
def test_rows_that_no_classifier_can_be_trained_on_are_refused(labels: list[str], message: str) -> None:
    """The refusal names the file, the labels and what was left out."""
    with pytest.raises(UserError) as refusal:
        check_classes(Rows(labels, labels), FILE, 2, Counter({NO_TEXT: 3}))
    assert message in str(refusal.value)


def test_a_label_of_one_row_costs_its_row_alone(tmp_path: Path) -> None:
    """The row is counted and its label named; the sets are those of the file without it, and nobody else's row changes its place."""
    plain, slips = labelled(40), [("braeks", "a slip of the pen"), ("pant", "another one")]
    sets, without_slips = (
        read_sets(TrainingFiles((write_csv(tmp_path / name, rows),)), tiny())
        for name, rows in (("slips.csv", [slips[0], *plain, slips[1]]), ("plain.csv", plain))
    )
    assert (sets.train, sets.validation, sets.test) == (without_slips.train, without_slips.validation, without_slips.test)
    assert sets.labels == ["brakes", "paint", "radio"]
    assert sets.dropped == {RARE_LABEL: 2}
    warning, *others = sets.warnings
    assert warning.startswith("Fewer than 2 usable rows have the label 'braeks', 'pant': 2 rows left out of the training. Add rows")
    assert "right column" not in warning
    assert others == without_slips.warnings


def test_where_most_rows_have_labels_of_their_own_the_column_is_asked_for(tmp_path: Path) -> None:
    """A column of names is no column of labels, though some people write twice."""
    path = write_csv(tmp_path / "a.csv", [*labelled(30), *((f"name {number}", f"text of {number}") for number in range(31))])
    sets = read_sets(TrainingFiles((path,)), tiny())
    assert sets.dropped == {RARE_LABEL: 31}
    assert "'name 17' and 21 more: 31 rows left out" in sets.warnings[0]
    assert "Is that the right column?" in sets.warnings[0]


def test_held_out_rows_with_a_label_that_too_few_rows_had_are_strangers(tmp_path: Path) -> None:
    """In a channel it is like any label that the model does not know; where all held-out rows are given, one row of a label is enough."""
    training = write_csv(tmp_path / "a.csv", [*labelled(60), ("pant", "rust on the pant")])
    given = write_csv(tmp_path / "b.csv", [*labelled(9, seed=1), ("pant", "more rust")])
    tested = read_sets(TrainingFiles((training,), test=(given,)), tiny())
    assert (tested.dropped, tested.test.labels.count("pant")) == ({RARE_LABEL: 1}, 1)
    assert "No training row has the labels 'pant' of the test channel" in tested.warnings[-1]
    validated = read_sets(TrainingFiles((training,), validation=(given,)), tiny())
    assert (validated.dropped, "pant" in validated.validation.labels) == ({RARE_LABEL: 1, UNKNOWN_LABEL: 1}, False)
    other = write_csv(tmp_path / "c.csv", [("radio", "hardly a sound")])
    assert "pant" in read_sets(TrainingFiles((training,), (given,), (other,)), tiny()).labels


def random_ranks(count: int, seed: int) -> Ranks:
    """(N,) as good as those of texts."""
    return np.random.default_rng(seed).integers(0, 2**64, count, np.uint64)


@given(st.lists(st.integers(2, 40), min_size=2, max_size=30), st.floats(0.01, 0.5), st.integers(0, 5))
@settings(deadline=None)
def test_every_label_stays_in_training_and_something_is_held_out(counts: list[int], share: float, seed: int) -> None:
    """Down to two rows a label: two cuts leave each label a training row, and neither cut is empty."""
    labels = np.repeat(np.arange(len(counts)), counts)
    order = random_ranks(len(labels), seed)
    is_test = held_out(labels, share, order)
    left = labels[~is_test]
    is_validation = held_out(left, share, order[~is_test])
    assert is_test.any()
    assert is_validation.any()
    assert set(left[~is_validation]) == set(range(len(counts)))


def test_each_label_gives_about_its_share() -> None:
    """Also of a file sorted by label."""
    labels = np.repeat([0, 1, 2], [7000, 2000, 1000])
    counts = np.bincount(labels[held_out(labels, 0.1, random_ranks(len(labels), 1))])
    expected = np.array([700, 200, 100])
    assert (np.abs(counts - expected) < 3 * np.sqrt(expected)).all()


def test_a_text_that_was_held_out_stays_held_out_when_the_file_grows() -> None:
    """However the rows are spread over the labels: those held out of the grown file hold all from before, and none that was learned."""
    rng = np.random.default_rng(3)
    labels = [f"label {number}" for number in range(77)]
    chances = rng.dirichlet(np.full(77, 3.0))
    pairs = [(f"text number {number}", labels[rng.choice(77, p=chances)]) for number in range(6000)]

    def test_texts(used: list[tuple[str, str]]) -> set[str]:
        rows = Rows([text for text, _ in used], [label for _, label in used])
        is_out = held_out(positions_of(rows.labels, labels), 0.1, ranks(rows, "test"))
        return {rows.texts[at] for at in np.flatnonzero(is_out)}

    small, grown = test_texts(pairs[:2000]), test_texts(pairs[::-1])
    assert small < grown
    assert grown & {text for text, _ in pairs[:2000]} == small
    assert 400 < len(grown) < 800


def test_of_many_rows_a_smaller_share_is_held_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as many rows as are enough give twice as many held-out ones, and none that the smaller file taught."""

    def sets_of(rows: int) -> Sets:
        path = write_csv(tmp_path / "claims.csv", labelled(rows))
        return read_sets(TrainingFiles((path,)), Hyperparameters())

    monkeypatch.setattr("model.training.sets.ENOUGH_ROWS", 500)
    small, large = sets_of(500), sets_of(2000)
    assert len(large.test) < 3 * len(small.test)
    assert len(large.validation) < 3 * len(small.validation)
    assert not set(large.test.texts) & set(small.train.texts)
    assert (
        large.held_out == f"{100 * len(large.test) / sum(map(len, (large.train, large.validation, large.test))):.2g}% of the training rows"
    )


def test_samples_can_be_told_apart() -> None:
    """The made-up rows that other tests train on hold no text twice."""
    assert len({text for _, text in labelled(300)}) == 300
