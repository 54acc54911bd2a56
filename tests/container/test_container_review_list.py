"""The review list: which rows come into it, and that nothing but the rows decides."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from container_cases import Ended, names_in, summary_in, table_bytes
from hypothesis import given
from hypothesis import strategies as st

from contract.review_list import MAX_OTHER_CHARS, MAX_TEXT_CHARS, MOST_BYTES, MOST_ROWS, ReviewKind, ReviewRow, read_review_list
from model.confidence import Classified
from model.review_picks import BlockPicks, Pick, Picker, Picks

Predict = Callable[..., Ended]
LABELS = ["leak", "noise", "rust"]
DOUBTFUL, DISAGREES, SPOT_CHECK = ReviewKind


def said(confidence: Sequence[float], is_doubtful: Sequence[bool], best: Sequence[int] | None = None) -> Classified:
    """What a model says about as many rows; the second label gets what is left."""
    shares, places = np.array(confidence, np.float64), np.array(best or [0] * len(confidence), np.int64)
    reasons = ["low confidence" if doubt else "" for doubt in is_doubtful]
    return cast(
        Classified,
        SimpleNamespace(best=places, second=(places + 1) % 3, confidence=shares, second_confidence=1 - shares, reasons=reasons),
    )


def listed(*blocks: BlockPicks) -> list[ReviewRow]:
    """The list that is made of blocks, each of a hundred rows."""
    picks = Picks()
    for number, block in enumerate(blocks):
        for pick in block.picks:
            picks.add(pick, 100 * number)
        picks.own_labels += block.own_labels
        picks.own_labels_known += block.own_labels_known
        picks.own_labels_differing += block.own_labels_differing
    return read_review_list(b"".join(picks.lines()))


def pick(texts: Sequence[str], answers: Classified, own: Sequence[str] | None = None, version: str = "v2") -> BlockPicks:
    """Picks among rows with an id, a text and, perhaps, the submitter's own category."""
    rows = [[str(number), text, *([own[number]] if own else [])] for number, text in enumerate(texts)]
    return Picker(LABELS, 2 if own else None, version)(rows, texts, [",".join(row) for row in rows], answers)


def test_doubtful_rows_come_first_and_the_closest_call_before_all() -> None:
    """What teaches most is where the best two labels are nearly even; rows that nobody need look at are spot checks."""
    rows = listed(pick(["clear", "even", "doubtful"], said([0.9, 0.5, 0.7], [False, True, True])))
    assert [(row.text, row.kind, row.value, row.row) for row in rows] == [
        ("even", DOUBTFUL, 1.0, 2),
        ("doubtful", DOUBTFUL, 0.6, 3),
        ("clear", SPOT_CHECK, 0.0, 1),
    ]
    assert rows[1] == ReviewRow(
        row=3,
        text="doubtful",
        predicted_label="leak",
        confidence=0.7,
        second_label="noise",
        second_confidence=0.3,
        review_reason="low confidence",
        kind=DOUBTFUL,
        own_label="",
        value=0.6,
    )


def test_a_text_is_asked_about_once() -> None:
    """However it is written, and it is the first row that has it; nobody is asked about a row without a text."""
    answers = said([0.6, 0.6, 0.0], [True, True, True], best=[0, 0, -1])
    rows = listed(pick(["The  pump LEAKS", "the pump leaks", ""], answers))
    assert [(row.row, row.text) for row in rows] == [(1, "The  pump LEAKS")]


def test_a_category_of_the_submitters_own_is_set_against_a_confident_model() -> None:
    """The surest contradiction first; a doubtful row is no contradiction, and another spelling or an unknown category neither."""
    texts = [f"text {number}" for number in range(400)]
    own = ["noise", "LEAK ", "rust", "noise", "flood"] + ["leak"] * 395
    confidence = [0.8, 0.9, 0.95, 0.55, 0.9] + [0.9] * 395
    rows = listed(pick(texts, said(confidence, [False, False, False, True, False] + [False] * 395), own))
    drawn = [row.row for row in rows if row.kind == SPOT_CHECK]
    assert {(row.row, row.own_label) for row in rows if row.own_label != "leak"} <= {(1, "noise"), (3, "rust"), (4, "noise"), (5, "flood")}
    against = [(row.row, row.own_label, row.value) for row in rows if row.kind == DISAGREES]
    assert against == [entry for entry in ((3, "rust", 0.95), (1, "noise", 0.8)) if entry[0] not in drawn]
    assert len(drawn) == MOST_ROWS[SPOT_CHECK]


def test_labels_that_differ_in_case_only_are_told_apart() -> None:
    """A category is the label that is written so; case is passed over only where one label alone has that form."""
    labels, own = ["Brakes", "brakes", "rust"], ["Brakes", "brakes", "BRAKES", "Rust", "brakes"]
    rows = [[f"text {number}", category] for number, category in enumerate(own)]
    answers = said([0.9] * 5, [False] * 5, best=[0, 1, 0, 2, 0])
    found = Picker(labels, 1, "v2")(rows, [text for text, _ in rows], ["|".join(row) for row in rows], answers)
    assert (found.own_labels, found.own_labels_known, found.own_labels_differing) == (5, 4, 1)
    assert [one.row.row for one in found.picks if one.row.kind == DISAGREES] == [5]
    assert {one.row.row: one.row.own_label for one in found.picks if one.row.kind == SPOT_CHECK} == dict(
        enumerate(["Brakes", "brakes", "BRAKES", "rust", "brakes"], start=1)
    )


def test_a_column_that_holds_something_else_contradicts_nobody() -> None:
    """A column with the name of one with labels, whose values are mostly none of the model's, is left alone."""
    rows = listed(pick(["a", "b", "c"], said([0.9, 0.9, 0.6], [False, False, True]), ["rust", "PX-12", "PX-14"]))
    assert {row.kind for row in rows} == {DOUBTFUL, SPOT_CHECK}
    assert {row.own_label for row in rows} == {""}


@given(st.integers(0, 2**32), st.integers(1, 7), st.integers(1, 3))
def test_blocks_processes_and_shards_change_nothing(seed: int, blocks: int, processes: int) -> None:
    """Whoever sees which rows, in whatever portions, the list is that of all rows seen at once; so it is with few places, too."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    count = 40 * blocks
    texts = [f"text {chance.randrange(60)}" for _ in range(count)]
    confidence = [chance.choice((0.5, 0.6, 0.7, 0.8, 0.9)) for _ in range(count)]
    doubtful = [share < 0.7 for share in confidence]
    own = [chance.choice(LABELS) for _ in range(count)]
    rows = [[text, label] for text, label in zip(texts, own, strict=True)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.review_picks.MOST_ROWS", dict.fromkeys(ReviewKind, 5))
        pickers = [Picker(LABELS, 1, "v2") for _ in range(processes)]
        parts, whole = Picks(), Picks()
        for block in range(blocks):
            part = slice(40 * block, 40 * block + 40)
            found = chance.choice(pickers)(rows[part], texts[part], [*map("|".join, rows[part])], said(confidence[part], doubtful[part]))
            for each in found.picks:
                parts.add(Pick.from_line(each.to_line()), 40 * block)
        for at in range(count):
            for each in Picker(LABELS, 1, "v2")(
                [rows[at]], [texts[at]], ["|".join(rows[at])], said([confidence[at]], [doubtful[at]])
            ).picks:
                whole.add(each, at)
        assert list(parts) == list(whole)


def test_spot_checks_are_as_good_as_drawn_by_chance() -> None:
    """Rows that differ in a digit alone: in each tenth of the file about as many are drawn, and the first drawn are spread likewise."""
    texts = [f"claim number {number:05}" for number in range(20_000)]
    rows = [row.row for row in listed(pick(texts, said([0.9] * len(texts), [False] * len(texts))))]
    assert len(rows) == MOST_ROWS[SPOT_CHECK]
    for drawn in (rows, rows[:100]):
        counts = np.bincount([(row - 1) * 10 // len(texts) for row in drawn], minlength=10)
        expected = len(drawn) / 10
        assert ((counts - expected) ** 2 / expected).sum() < 27.9  # chi-square with nine degrees of freedom, p = 0.001


def test_another_model_draws_other_rows() -> None:
    """People's answers to the rows drawn before were learned since; no more of them are drawn again than chance would have it."""
    texts = [f"claim number {number:05}" for number in range(20_000)]
    answers = said([0.9] * len(texts), [False] * len(texts))
    draws = [{row.row for row in listed(pick(texts, answers, version=f"v{version}"))} for version in range(1, 21)]
    again = [len(drawn & before) for number, drawn in enumerate(draws) for before in draws[:number]]
    assert max(again) <= 10  # two are expected, of 200 out of 20,000 each
    assert 1.5 < sum(again) / len(again) < 2.5


def test_the_list_has_bounds() -> None:
    """Rows, bytes and the length of a text: the whole list is one answer of the API, and one screen shows one row."""
    texts = [f"{number} " + "é" * (MAX_TEXT_CHARS - 10 if number else MAX_TEXT_CHARS) for number in range(100)]
    picks = Picks()
    for each in pick(texts, said([0.6] * 100, [True] * 100)).picks:
        picks.add(each)
    lines = picks.lines()
    assert MOST_BYTES * 0.9 < sum(map(len, lines)) <= MOST_BYTES
    assert all(len(row.text) <= MAX_TEXT_CHARS for row in read_review_list(b"".join(lines)))
    long = [f"{number} " + "é" * MAX_TEXT_CHARS for number in range(3)]
    assert pick(long, said([0.6, 0.9, 0.9], [True, False, False]), ["leak", "leak", "noise"]).picks == []
    short = pick([f"text {number}" for number in range(2000)], said([0.6] * 1000 + [0.9] * 1000, [True] * 1000 + [False] * 1000))
    kinds = [row.kind for row in listed(short)]
    assert (kinds.count(DOUBTFUL), kinds.count(SPOT_CHECK)) == (MOST_ROWS[DOUBTFUL], MOST_ROWS[SPOT_CHECK])


def test_the_longer_it_looks_the_fewer_it_picks() -> None:
    """A worker does not send what it knows to come too late: of a long file next to nothing is sent."""
    picker = Picker(LABELS, None, "v2")
    chance = random.Random(1)  # noqa: S311  # no secret
    sent = []
    for block in range(40):
        texts = [f"{block} {number}" for number in range(500)]
        confidence = [chance.random() for _ in texts]
        sent.append(len(picker([[text] for text in texts], texts, texts, said(confidence, [share < 0.7 for share in confidence])).picks))
    assert sum(sent[-10:]) < sum(sent[:10]) / 2
    clear = [f"clear {number}" for number in range(1000)]
    assert len(pick(clear, said([0.9] * 1000, [False] * 1000)).picks) == MOST_ROWS[SPOT_CHECK]  # of the first block, too


def test_a_file_by_hand_gets_its_list(predict: Predict, tmp_path: Path) -> None:
    """Beside the results in the folder, named by the summary; what a run before it left is replaced, or taken away."""
    source = tmp_path / "claims.csv"
    header = ["number", "text", "category", "note"]
    late, hum = ["A-1", "the parcel came late", "=defect", " "], ["A-2", "the motor hums and stops", "=defect", "n" * 200]
    source.write_bytes(table_bytes([header, late, hum]))
    assert predict(source, tmp_path / "out").status == 0
    summary = summary_in(tmp_path / "out")
    assert summary.review == "claims_review.jsonl"
    rows = read_review_list((tmp_path / "out" / summary.review).read_bytes())
    assert {(row.row, row.text, row.own_label) for row in rows} == {
        (1, "the parcel came late", "=defect"),
        (2, "the motor hums and stops", "=defect"),
    }
    others = {row.row: row.others for row in rows}
    assert others == {1: [["number", "A-1"]], 2: [["number", "A-2"], ["note", "n" * MAX_OTHER_CHARS]]}
    source.write_bytes(b"text,category\nragged\n")
    assert predict(source, tmp_path / "out").status == 0
    assert names_in(tmp_path / "out") == ["claims_rejected.csv", "claims_results.csv", "summary.json"]
    assert summary_in(tmp_path / "out").review == ""


def test_hostile_characters_survive_the_list() -> None:
    """Line ends of every kind and halves of characters stay in one line, and come back."""
    text = "line\nbreak\r\x85\u2028 \ud800 \x00"
    (row,) = listed(pick([text], cast(Any, said([0.6], [True]))))
    assert row.text == text
