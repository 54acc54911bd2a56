"""The report: what it says, that it is one safe page, and that it stays small and readable for any model."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pytest
from report_page import Page

from contract.promise import PromiseCheck, share_of
from model.training.label_errors import find_label_errors
from model.training.report import Answers, DataShare, Findings, HeldOut, LearningCurve, write_report
from model.training.report.classes import MATRIX_LABELS, PAIRS_SHOWN, WORST_LABELS
from model.training.report.doubtful import MISTAKES_SHOWN
from model.training.report.findings import NO_LABEL
from model.training.report.markup import TEXT_CHARS
from model.training.rows import Contradiction

MOST_BYTES = 1_000_000


def reasons(needs_review: npt.NDArray[np.bool_]) -> list[str]:
    """Why rows ask for a review."""
    return np.where(needs_review, "low confidence", "").tolist()


def promises(usual: float | None) -> list[PromiseCheck]:
    """Each twice as strict as the next; the strictest cannot be made."""
    checks = {"1": (None, 0.0, 0, 0), "5": (usual, 0.0 if usual is None else 0.92, 90, 2), "10": (0.5, 1.0, 100, 10)}
    return [
        PromiseCheck(max_error=share_of(name), threshold=threshold, accepted_share=share, checked_rows=rows, checked_wrong=wrong)
        for name, (threshold, share, rows, wrong) in checks.items()
    ]


def held_out(rows: int, classes: int, seed: int = 0, texts: list[str] | None = None) -> HeldOut:
    """Test rows of a calibrated model: of the rows with a confidence of 0.8, about 80 in 100 are right."""
    rng = np.random.default_rng(seed)
    actual, confidence = rng.integers(0, classes, rows), rng.uniform(1 / classes, 1, rows)
    predicted = np.where(rng.random(rows) < confidence, actual, (actual + 1) % classes)
    return HeldOut(texts or [f"text number {row}" for row in range(rows)], actual, predicted, confidence, reasons(confidence < 0.7))


def findings(rows: int = 400, classes: int = 3, **changes: Any) -> Findings:
    """Findings of a training without anything unusual."""
    rng = np.random.default_rng(1)
    train = rng.integers(0, classes, 8 * rows)
    usual: dict[str, Any] = {
        "classifier": "main",
        "model_version": 3,
        "labels": [f"label {number}" for number in range(classes)],
        "test": held_out(rows, classes),
        "held_out": "10 % of the training rows",
        "review_threshold": 0.7,
        "promises": promises(0.7),
        "train_counts": np.bincount(train, minlength=classes),
        "validation_rows": rows,
        "dropped": {"no text": 2},
        "train_words": rng.integers(1, 600, 8 * rows),
        "max_tokens": 400,
        "unknown_share": 0.031,
        "epochs": LearningCurve([0.9, 0.5, 0.4], [0.8, 0.6, 0.7], [0.6, 0.7, 0.69], 2),
    }
    return Findings(**usual | changes)


def everything(rows: int = 400, classes: int = 3, **changes: Any) -> Findings:
    """Findings that fill every section."""
    usual = findings(rows, classes)
    rng = np.random.default_rng(2)
    probabilities = rng.dirichlet(np.ones(classes), rows).astype(np.float32)
    errors = find_label_errors(probabilities, usual.test.actual, usual.labels)
    other = np.where(rng.random(rows) < 0.5, usual.test.actual, usual.test.predicted)
    full: dict[str, Any] = {
        "current": Answers("the current model, v2", usual.test.predicted),
        "baselines": [Answers("TF-IDF with logistic regression", other)],
        "data_shares": [DataShare(100, 0.5), DataShare(200, 0.6)],
        "languages": {"English": 0.9, "German": 0.1},
        "label_errors": errors,
        "suspect_texts": [f"suspect {suspect.row}" for suspect in errors.suspects],
        "contradictions": [Contradiction("same text", {"label 0": 2, "label 1": 1})],
        "warnings": ["Something was odd."],
        "provenance": [("training file", "s3://train/claims.csv")],
    }
    return replace(usual, **full | changes)


def test_the_page_tells_the_figures_of_a_known_case() -> None:
    """Both summaries, the interval, the review and the current model, worked out by hand for a hundred rows."""
    actual = np.zeros(100, np.int64)
    actual[:40] = 1
    predicted = actual.copy()
    predicted[:10] = 0  # ten mistakes, two of them among the surest
    confidence = np.where(np.arange(100) < 8, 0.4, 0.9)
    current = actual.copy()
    current[2:20] = 0
    test = HeldOut(["x"] * 100, actual, predicted, confidence, reasons(confidence < 0.7))
    counts = np.array([600, 400])
    page = Page(write_report(findings(2, 2, test=test, train_counts=counts, current=Answers("the current model, v2", current)))).text
    for said in (
        "Of 100 texts that it has never seen, this model gives 90 the right label (between 83 and 94, as far as 100 texts can tell).",
        "For 8 of them it asks a person to look; of the others, 98 in 100 are right (between 92 and 99).",
        "Accuracy 90.0 % (Wilson 95 % interval 82.6 to 94.5 %)",
        "92.0 % need no review, 97.8 % of them are right",
        "The best baseline, always the most frequent label, has 60.0 %: this model has +30.0 points",
        "the current model, v2 gets 82.0 % right: this model has +8.0 points (95 % interval"
        " +0.8 to +14.9; McNemar's exact test, p = 0.039)",
        "On 12 rows only one of the two is right: this one on 10, the other on 2. Chance hardly explains that.",
        "label 1 100.0 % 75.0 % 0.857 40 400",
        "90 % confidence; threshold 0.700)",
        "1 % cannot be promised – –",
        "5 % (usual) 0.700 90.0 % 2.2 %",
        "low confidence 8.0 % 0.0 % (no review) 92.0 % 97.8 %",
    ):
        assert said in page, said


def test_nothing_is_said_about_rows_that_do_not_exist() -> None:
    """Where every row asks for a review, none of the others is right or wrong; and labels without a row have no score."""
    actual = np.array([0] * 40 + [1] * 10)
    test = HeldOut(["x"] * 50, actual, actual, np.full(50, 0.9), ["low confidence"] * 50)
    page = Page(write_report(findings(50, 3, test=test, review_threshold=None, promises=promises(None)))).text
    assert "It asks a person to look at all of them." in page
    assert "All need a review: these rows cannot vouch for any threshold that leaves at most 5 % wrong." in page
    assert "right among those – that need no review" in " ".join(page.split())
    assert "macro-F1 1.000 over the 2 of 3 labels that these rows or the answers have" in page


def test_the_same_findings_give_the_same_bytes() -> None:
    """Nothing in the page depends on the hour, the machine or what was drawn before."""
    assert write_report(everything()) == write_report(everything())


def test_the_page_is_whole_and_loads_nothing() -> None:
    """Tags nest, ids are unique, links lead to places on the page, and there is no script and nothing to fetch."""
    text = write_report(everything())
    page = Page(text)
    assert set(page.ids.values()) == {1}
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert not re.search(r"<script|<img|<link|@import|url\((?!#)|\bon\w+=", text)
    assert len(page.links) > 10


def test_every_section_is_there() -> None:
    """All that the findings hold is on the page, under a heading that the contents lead to."""
    text = write_report(everything())
    names = re.findall(r'<section id="(\w+)">', text)
    assert names == ["comparison", "confidence", "labels", "confusions", "mistakes", "suspects", "learning", "data", "provenance"]
    assert re.findall(r'<a href="#(\w+)">', text) == names
    said = Page(text).text
    for fact in (
        "Something was odd.",
        "same text",
        "label 0 2 times",
        "suspect ",
        "German 10.0 %",
        "s3://train/claims.csv",
        "no text 2",
        "3.1 % of the words",
    ):
        assert fact in said, fact


def test_plots_are_drawings_with_text_titles_and_the_colours_of_the_page() -> None:
    """Each is well-formed SVG whose letters are letters, which says what it is, and which is right in the dark too."""
    text = write_report(everything())
    drawings = re.findall(r"<figure>(<svg.*?</svg>)<figcaption>(.+?)</figcaption>", text, re.DOTALL)
    assert len(drawings) == 5
    for svg, caption in drawings:
        root = ElementTree.fromstring(svg.replace("<svg", '<svg xmlns:xlink="x"', 1))  # noqa: S314  # our own drawing
        assert root[0].tag == "title"
        assert root[0].text
        assert root.findall(".//text")
        assert len(caption) > 20
        assert not re.search(r":\s*#[0-9a-f]{3,6}|font-family", svg)
    assert "prefers-color-scheme: dark" in text


def test_texts_and_labels_run_nothing() -> None:
    """What came from a file is shown as it was written, wherever it stands."""
    evil = '<script>alert(1)</script> & "more" <i>it</i>'
    full = everything(
        labels=[evil, "b", "c"],
        classifier=evil,
        suspect_texts=[evil] * 400,
        contradictions=[Contradiction(evil, {evil: 1})],
        warnings=[evil],
        provenance=[(evil, evil)],
        current=Answers(evil, np.zeros(400, np.int64)),
        languages={evil: 1.0},
        dropped={evil: 1},
        held_out=evil,
    )
    text = write_report(replace(full, test=replace(full.test, texts=[evil] * 400)))
    assert "<script" not in text
    assert "<i>" not in text
    assert Page(text).text.count("alert(1)") > 20


def test_long_texts_keep_their_two_ends() -> None:
    """A book in a cell takes a few lines."""
    book = "once upon a time " + "and then " * 200_000 + "they lived happily"
    usual = findings()
    text = write_report(replace(usual, test=replace(usual.test, texts=[book] * 400)))
    quotes = re.findall(r"<blockquote dir=\"auto\">(.*?)</blockquote>", text)
    assert len(quotes) == MISTAKES_SHOWN
    for quote in quotes:
        assert quote.startswith("once upon")
        assert quote.endswith("happily")
        assert len(quote) <= TEXT_CHARS + 5


def test_mistakes_come_with_the_most_confident_first() -> None:
    """Each stands with its label, the answer and the confidence."""
    usual = findings()
    text = write_report(usual)
    shown = [float(found) for found in re.findall(r"answered <b dir=\"auto\">label \d</b> \(([\d.]+)\)", text)]
    assert shown == sorted(shown, reverse=True)
    wrong = usual.test.predicted != usual.test.actual
    assert shown[0] == pytest.approx(usual.test.confidence[wrong].max(), abs=0.006)


def test_few_labels_have_a_matrix_and_many_have_pairs() -> None:
    """Each cell of the matrix holds its count; beyond its size the most frequent confusions are listed."""
    few = findings(400, MATRIX_LABELS)
    text = write_report(few)
    cells = np.array([int(cell or 0) for cell in re.findall(r"<td[^>]*--share[^>]*>(\d*)</td>", text)]).reshape(MATRIX_LABELS, -1)
    expected = np.zeros_like(cells)
    np.add.at(expected, (few.test.actual, few.test.predicted), 1)
    assert (cells == expected).all()
    many = write_report(findings(3000, MATRIX_LABELS + 10))
    assert '"matrix"' not in many
    assert many.count("</td><td>label") == PAIRS_SHOWN
    assert f"The {WORST_LABELS} labels with the lowest F1" in many
    assert f"All {MATRIX_LABELS + 10} labels" in many


@pytest.mark.parametrize(("rows", "classes"), [(40, 2), (3000, 1000), (100_000, 2)])
def test_the_page_stays_small(rows: int, classes: int) -> None:
    """From forty rows to a great many and up to a thousand labels, it can be mailed and is quick to open."""
    text = write_report(everything(rows, classes))
    assert len(text.encode()) < MOST_BYTES
    Page(text)


def _changed(**changes: Any) -> Findings:
    usual = findings()
    return replace(usual, test=replace(usual.test, **changes))


SURE = np.ones(400)
ODD = {
    "all right": _changed(predicted=findings().test.actual),
    "all wrong": _changed(predicted=(findings().test.actual + 1) % 3),
    "all for review": _changed(review_reasons=["no text"] * 400),
    "none for review": _changed(review_reasons=[""] * 400),
    "all equally sure": _changed(confidence=SURE),
    "no answer at all": _changed(predicted=np.full(400, NO_LABEL), confidence=0 * SURE),
    "one row": findings(1, 2),
    "a label that only the test rows have": findings(train_counts=np.array([100, 100, 0])),
    "a threshold that nothing reaches": findings(review_threshold=None, promises=promises(None)),
    "a label without test rows": findings(labels=["a", "b", "c", "d"], train_counts=np.array([9, 9, 9, 9])),
    "one epoch": findings(epochs=LearningCurve([0.5], [0.5], [0.5], 1)),
    "no epoch": findings(epochs=LearningCurve([], [], [], 0)),
    "one-word texts": findings(train_words=np.ones(10, np.int64)),
    "nothing left out": findings(dropped={}),
    "the same answers": findings(current=Answers("the current model, v2", findings().test.predicted)),
    "no label errors": findings(label_errors=find_label_errors(np.eye(3, dtype=np.float32), np.arange(3), ["a", "b", "c"])),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_models_have_a_page_too(name: str) -> None:
    """No division by zero, no warning, no figure that is none."""
    page = Page(write_report(ODD[name]))
    assert not re.search(r"\bnan\b|\binf\b", page.text)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("all right", "this model gives 100 the right label (between 99 and 100, as far as 400 texts can tell)."),
        ("all right", "None: every test row was given its label."),
        ("all for review", "It asks a person to look at all of them."),
        ("none for review", "For hardly any it asks a person to look"),
        ("the same answers", "The two are right on the very same rows."),
        ("a label without test rows", "No test row has or was given: 'd'."),
        ("no label errors", "None among 3 rows"),
        ("nothing left out", "No row was left out."),
        ("no answer at all", "(no label)"),
    ],
)
def test_odd_models_are_described_in_fitting_words(name: str, sentence: str) -> None:
    """A sentence that is right for most models is not shown where it would be wrong."""
    assert sentence in Page(write_report(ODD[name])).text
