"""Puts a file through the kit's own verbs and says what is wrong with what comes out; nothing when nothing is."""

from __future__ import annotations

import csv
import re
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from container.predict import Request as Prediction
from container.predict import predict
from contract.check import PREDICT, TRAIN, Request, check_table
from contract.check_facts import Check, Severity
from contract.container_environments import PredictionEnvironment
from contract.documents import Summary
from contract.encoding import DELIMITERS
from contract.errors import UserError
from contract.hyperparameters import Hyperparameters
from contract.table import PREDICTION_COLUMNS, REJECTED_COLUMNS, YES, added_columns, written_delimiter
from contract.wording import printable
from model.training.sets import TrainingFiles, read_sets
from tests.hostile.cases import Case, Refusal, Rows

MAX_SENTENCE_CHARS = 800
UNPLAIN = re.compile(r"Traceback|\b\w+(Error|Exception)\b|codec|\bself\b|\bNone\b|/tmp/|object at")
BY_NAME = {name: delimiter for delimiter, name in DELIMITERS.items()}

Problems = list[str]


def judge(case: Case, folder: Path, model: Path) -> Problems:
    """`kit check` and `predict` on a file to classify; `folder` is empty and the file's own."""
    path = _written(case, folder)
    return [
        f"{case.name}: {problem}" for problem in (*_guarded(_check, case, path), *_guarded(_predict, case, path, folder / "out", model))
    ]


def judge_training(case: Case, folder: Path) -> Problems:
    """`kit check` and what a training does before it learns: reading, choosing and cutting the rows."""
    path = _written(case, folder)
    return [f"{case.name}: {problem}" for problem in _guarded(_train, case, path)]


def _written(case: Case, folder: Path) -> Path:
    path = folder / case.file
    path.write_bytes(case.content)
    return path


def _guarded(judged: Callable[..., Iterator[str]], case: Case, *where: Path) -> Problems:
    """The problems, one of which is whatever nobody foresaw."""
    try:
        return list(judged(case, *where))
    except Exception:
        return [f"{judged.__name__.strip('_')}: {traceback.format_exc()}"]


def _check(case: Case, path: Path) -> Iterator[str]:
    checked = check_table(path, Request(PREDICT))
    if isinstance(case.expected, Refusal):
        yield from _refused(case, checked, case.expected.words)
    elif checked.is_refused:
        yield f"check: refused: {_refusals(checked)}"
    else:
        facts, expected = checked.facts, case.expected
        found = (facts.columns, facts.rows, facts.rejected.rows)
        wanted = (expected.header, len(expected.rows) + len(expected.rejected), len(expected.rejected))
        if found != wanted:
            yield f"check: found {str(found)[:300]} where {str(wanted)[:300]} was right"
        if sum(facts.rejected_why.values()) != facts.rejected.rows:
            yield "check: the reasons do not add up"


def _refused(case: Case, checked: Check, words: str) -> Iterator[str]:
    sentences = _refusals(checked)
    if not sentences:
        yield f"check: accepted, but should say '{words}'"
    elif not any(words in sentence for sentence in sentences):
        yield f"check: should say '{words}', says {sentences}"
    for sentence in sentences:
        yield from unplain(sentence)


def _refusals(checked: Check) -> list[str]:
    return [finding.sentence for finding in checked.findings if finding.severity == Severity.REFUSAL]


def unplain(sentence: str) -> Iterator[str]:
    """What a clerk could not read."""
    if UNPLAIN.search(sentence) or len(sentence) > MAX_SENTENCE_CHARS or not sentence.endswith((".", "?", ").")) or "\n" in sentence:
        yield f"not plain: {sentence[: 2 * MAX_SENTENCE_CHARS]}"


def _predict(case: Case, path: Path, out: Path, model: Path) -> Iterator[str]:
    try:
        summary = predict(Prediction(str(path), str(out), str(model), workers=1), PredictionEnvironment())
    except UserError as error:
        if isinstance(case.expected, Rows):
            yield f"predict: refused: {error}"
        elif case.expected.words not in str(error):
            yield f"predict: should say '{case.expected.words}', says: {error}"
        if printable(case.file) not in str(error):
            yield f"predict: does not name the file: {error}"
        yield from unplain(str(error))
        if [*out.iterdir()]:
            yield f"predict: refused, but left {[*out.iterdir()]}"
        return
    if isinstance(case.expected, Refusal):
        yield f"predict: accepted, but should say '{case.expected.words}'"
        return
    yield from _accounted(summary, case.expected)
    yield from _results(out, summary, case.expected)


def _accounted(summary: Summary, expected: Rows) -> Iterator[str]:
    """Rows in = rows out + rows rejected, and none is lost or made."""
    found = (summary.rows_in, summary.rows_out, summary.rows_rejected)
    wanted = (len(expected.rows) + len(expected.rejected), len(expected.rows), len(expected.rejected))
    if found != wanted:
        yield f"predict: counts {found} where {wanted} is right"
    if sum(summary.labels.values()) != summary.rows_out:
        yield "predict: the labels do not add up"


def _results(out: Path, summary: Summary, expected: Rows) -> Iterator[str]:
    """The files, as a stranger's parser reads them."""
    delimiter = written_delimiter(BY_NAME[summary.delimiter])
    header, *rows = _parsed(out / summary.results, delimiter)
    if header != [*expected.header, *added_columns(expected.header)]:
        yield f"predict: the header is {str(header)[:300]}"
    width = len(expected.header)
    if [row[:width] for row in rows] != expected.rows:
        yield "predict: the rows are not those of the file"
    if any(len(row) != width + len(PREDICTION_COLUMNS) for row in rows):
        yield "predict: a row has another width than the header"
    for row in rows:
        said = dict(zip(PREDICTION_COLUMNS, row[width:], strict=False))
        if not 0 <= float(said["confidence"]) <= 1 or (not said["predicted_label"] and said["needs_review"] != YES):
            yield f"predict: said {said}"
    numbers: list[int] = []
    if summary.rejected:
        names, *rejected = _parsed(out / summary.rejected, delimiter)
        numbers = [int(row[0]) for row in rejected]
        if tuple(names) != REJECTED_COLUMNS or not all(reason for _, reason, _ in rejected):
            yield "predict: the list of rejected rows is not what it should be"
    if numbers != list(expected.rejected):
        yield f"predict: rejected rows {numbers[:30]} where {list(expected.rejected)[:30]} is right"


def _parsed(path: Path, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter, strict=True))


def _train(case: Case, path: Path) -> Iterator[str]:
    checked = check_table(path, Request(TRAIN))
    try:
        sets = read_sets(TrainingFiles((path,)), Hyperparameters())
    except UserError as error:
        if isinstance(case.expected, Rows):
            yield f"train: refused: {error}"
        elif case.expected.words not in str(error):
            yield f"train: should say '{case.expected.words}', says: {error}"
        yield from unplain(str(error))
        if not checked.is_refused:
            yield f"train refuses what check accepts: {error}"
        for sentence in _refusals(checked):
            yield from unplain(sentence)
        return
    if isinstance(case.expected, Refusal):
        yield f"train: accepted, but should say '{case.expected.words}'"
    if checked.is_refused:
        yield f"check refuses what train accepts: {_refusals(checked)}"
    used = len(sets.train) + len(sets.validation) + len(sets.test)
    left_out = Counter(sets.dropped).total()
    if used + left_out != checked.facts.rows:
        yield f"train: {used} rows used and {left_out} left out of {checked.facts.rows}"
    if used != checked.facts.usable:
        yield f"train uses {used} rows where check counts {checked.facts.usable}"
