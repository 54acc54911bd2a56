"""Labels that are probably wrong: planted ones are found, right ones are left alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from model.training import label_errors
from model.training.label_errors import find_label_errors

LABELS = ["leak", "noise", "wear", "paint"]
Planted = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.bool_]]


def planted(rows: int, share: float, seed: int = 0) -> Planted:
    """Probabilities of a fairly good model, the labels of a file, and which of these are wrong.

    Wear is taken for paint twice as often as any other label is mistaken.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(LABELS), rows)
    logits = rng.normal(0, 1, (rows, len(LABELS)))
    logits[np.arange(rows), truth] += 4
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    is_wrong = rng.random(rows) < np.where(truth == LABELS.index("wear"), 2 * share, share)
    given = np.where(is_wrong, (truth + 1) % len(LABELS), truth)
    return probabilities.astype(np.float32), given, is_wrong


def test_planted_errors_are_found() -> None:
    """Of 6 % wrong labels most are suspected, hardly a right one is, and the estimate is near the truth."""
    probabilities, given, is_wrong = planted(4000, 0.05)
    found = find_label_errors(probabilities, given, LABELS, most=4000)
    suspected = np.zeros(len(given), np.bool_)
    suspected[[suspect.row for suspect in found.suspects]] = True
    assert (suspected & is_wrong).sum() > 0.7 * is_wrong.sum()
    assert (suspected & is_wrong).sum() > 0.9 * suspected.sum()
    assert found.estimated_share == pytest.approx(is_wrong.mean(), abs=0.02)
    assert found.pairs[0][:2] == ("paint", "wear")
    assert found.count == len(found.suspects)


def test_the_first_suspects_are_the_surest() -> None:
    """Whoever reads only the top of the list reads errors, each with the label that the row should have."""
    probabilities, given, is_wrong = planted(4000, 0.05)
    found = find_label_errors(probabilities, given, LABELS, most=50)
    assert len(found.suspects) == 50
    assert found.count > 50
    assert is_wrong[[suspect.row for suspect in found.suspects]].mean() > 0.95
    margins = [suspect.suggested_probability - suspect.given_probability for suspect in found.suspects]
    assert margins == sorted(margins, reverse=True)
    assert all(LABELS.index(suspect.suggested) == (given[suspect.row] - 1) % len(LABELS) for suspect in found.suspects[:10])


def test_right_labels_are_left_alone() -> None:
    """Where all labels are right hardly one is suspected."""
    probabilities, given, _ = planted(4000, 0.0)
    found = find_label_errors(probabilities, given, LABELS)
    assert found.count < 0.03 * len(given)
    assert found.estimated_share < 0.03


def test_a_case_worked_out_by_hand() -> None:
    """The averages are 0.8 and 0.7; the second row votes for the other label, the fourth for none."""
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.95, 0.05], [0.6, 0.4], [0.0, 1.0]], np.float32)
    given = np.array([0, 0, 0, 1, 1])  # own probabilities 0.9, 0.2, 0.95 and 0.4, 1.0: averages 0.683 and 0.7
    found = find_label_errors(probabilities, given, ["a", "b"])
    assert [(suspect.row, suspect.given, suspect.suggested) for suspect in found.suspects] == [(1, "a", "b")]
    assert found.suspects[0].reason == "reads like 'b' (0.80), not like 'a' (0.20, where such rows have 0.68 on average)"
    assert found.pairs == [("a", "b", 1)]
    # Two of the three votes of `a` are for `a`, all of `b` for `b`: of 3 + 2 rows 1 is estimated to be wrong.
    assert found.estimated_share == pytest.approx(1 / 5)


def test_a_label_that_no_row_has_is_never_suggested() -> None:
    """However likely a model finds it."""
    probabilities = np.array([[0.1, 0.0, 0.9], [0.2, 0.1, 0.7]], np.float32)
    assert find_label_errors(probabilities, np.array([0, 0]), ["a", "b", "c"]).count == 0


def test_a_label_that_a_model_is_always_unsure_of_is_not_blamed() -> None:
    """Its rows are measured by what such rows get, not by a fixed bound."""
    probabilities = np.array([[0.6, 0.4]] * 5 + [[0.9, 0.1]] * 5, np.float32)
    assert find_label_errors(probabilities, np.array([1] * 5 + [0] * 5), ["sure", "unsure"]).count == 0


def test_portions_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are compared in portions for the sake of memory only."""
    probabilities, given, _ = planted(500, 0.1)
    whole = find_label_errors(probabilities, given, LABELS)
    monkeypatch.setattr(label_errors, "VALUES_AT_ONCE", 7)
    assert find_label_errors(probabilities, given, LABELS) == whole


def test_shapes_that_do_not_fit_are_refused() -> None:
    """A slip of the caller must not blame the wrong rows."""
    probabilities, given, _ = planted(10, 0.1)
    with pytest.raises(ValueError, match="do not fit"):
        find_label_errors(probabilities, given[:9], LABELS)
    with pytest.raises(ValueError, match="do not fit"):
        find_label_errors(probabilities, given, LABELS[:3])
