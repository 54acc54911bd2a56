"""What a training or prediction file holds, told before anyone pays for a job.

The file is read once, row by row, and of a row no more than a hash of its text is kept: a file of any length can be
checked. Which rows are left out and which files refused is what training and prediction do themselves; what depends on a
deployment, such as the largest size that it accepts, is told when the file is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from contract.check_facts import PREDICT, TRAIN, Check, Facts, Finding, Severity
from contract.check_findings import findings_about
from contract.check_reading import Reading
from contract.columns import LABEL_NAMES, TEXT_NAMES, Columns, choose_columns, is_one_of
from contract.drops import check_prediction_name
from contract.duplicates import BUCKETS, NO_LABEL, Group, TextIndex
from contract.encoding import DELIMITERS
from contract.errors import UserError
from contract.layout import DEFAULT_CLASSIFIER, Drop, is_manifest
from contract.manifest_table import ManifestTable
from contract.table import RejectedRow, Row, TableReader
from contract.texts import normal_form, text_key

__all__ = ["PREDICT", "TRAIN", "Check", "Request", "check_table"]

ROWS_BETWEEN_CALLS = 10_000


@dataclass(frozen=True)
class Request:
    """What to check a file for."""

    purpose: str = ""  # TRAIN or PREDICT; empty: a training file if the name of a column is one of a label's
    text_column: str = ""  # empty: recognised by its name
    label_column: str = ""  # likewise; naming one asks for a training file
    on_rows: Callable[[int], None] = lambda rows: None  # hears now and then how many rows have been read

    def open(self, path: Path) -> TableReader | ManifestTable:
        """A file of either kind. Raises UserError when it cannot be read as what its name says."""
        if not is_manifest(path.name):
            return TableReader(path, path.name)
        if self.purpose == PREDICT:
            check_prediction_name(Drop(DEFAULT_CLASSIFIER, path.name), "")
        return ManifestTable(path, path.name, self.label_column)

    def choose(self, reader: TableReader | ManifestTable) -> tuple[str, Columns]:
        """The purpose and the columns of a file. Raises UserError when they cannot be told."""
        if isinstance(reader, ManifestTable):
            return TRAIN, Columns(text=0, label=1)
        has_label = bool(self.label_column) or any(is_one_of(column, LABEL_NAMES) for column in reader.header)
        purpose = self.purpose or (TRAIN if has_label else PREDICT)
        return purpose, choose_columns(
            reader.header,
            reader.name,
            text_column=self.text_column,
            label_column=self.label_column if purpose == TRAIN else "",
            is_training=purpose == TRAIN,
        )

    def rows(self, reader: TableReader | ManifestTable) -> Iterator[Row | RejectedRow]:
        """All rows of a file, heard by `on_rows`."""
        for count, row in enumerate(reader):
            if count % ROWS_BETWEEN_CALLS == 0:
                self.on_rows(count)
            yield row


def check_table(path: Path, request: Request, against: Path | None = None) -> Check:
    """Tell what a file holds, and which of its texts `against`, a second file, has too.

    Raises UserError when there is no such file, or when the second one cannot be read.
    """
    for file in (path, against):
        if file is not None and not file.is_file():
            raise UserError(f"There is no file '{file}'.")
    facts = Facts(path.name, path.stat().st_size)
    with ExitStack() as stack:
        others = None
        if against is not None:
            facts.against = against.name
            others = stack.enter_context(TextIndex())
            _index(against, request, others)
        texts = stack.enter_context(TextIndex())
        try:
            _read(path, request, facts, texts, others)
        except UserError as error:
            return Check(facts, [Finding(Severity.REFUSAL, "file", str(error))])
    order = list(Severity)
    return Check(facts, sorted(findings_about(facts), key=lambda finding: order.index(finding.severity)))


def _index(path: Path, request: Request, texts: TextIndex) -> None:
    reader = request.open(path)
    _, columns = request.choose(reader)
    for row in request.rows(reader):
        if isinstance(row, Row) and (form := normal_form(row.fields[columns.text])):
            texts.add(text_key(form), row.number)


def _read(path: Path, request: Request, facts: Facts, texts: TextIndex, others: TextIndex | None) -> None:
    reader = request.open(path)
    facts.encoding, facts.delimiter = reader.format.encoding, DELIMITERS.get(reader.format.delimiter, "")
    facts.is_compressed, facts.columns = reader.format.is_gzip, reader.header
    facts.purpose, columns = request.choose(reader)
    _explain(facts, columns, request)
    reading = Reading(facts, columns, texts)
    for row in request.rows(reader):
        reading.take(row)
    reading.finish(_compare(facts, texts, others))


def _explain(facts: Facts, columns: Columns, request: Request) -> None:
    """Note what was chosen, and why."""

    def why(name: str, known: Sequence[str], wanted: str) -> str:
        if wanted:
            return "as asked for"
        return "known by its name" if is_one_of(name, known) else "the only column left"

    if is_manifest(facts.file):
        facts.text_column, facts.label_column = facts.columns
        facts.text_column_why, facts.label_column_why = "as in all manifests", "its annotation"
        facts.purpose_why = "as asked for" if request.purpose else "it is a manifest"
        return
    facts.text_column = facts.columns[columns.text]
    facts.text_column_why = why(facts.text_column, TEXT_NAMES, request.text_column)
    if columns.label is not None:
        facts.label_column = facts.columns[columns.label]
        facts.label_column_why = why(facts.label_column, LABEL_NAMES, request.label_column)
    if request.purpose:
        facts.purpose_why = "as asked for"
    else:
        facts.purpose_why = f"it has the column '{facts.label_column}'" if facts.label_column else "no column has a label's name"


def _compare(facts: Facts, texts: TextIndex, others: TextIndex | None) -> Counter[int]:
    """Note copies, contradictions and leaks; returns how many rows of each label are left to use."""
    usable: Counter[int] = Counter()
    for bucket in range(BUCKETS):
        leaked = others.keys(bucket) if others else frozenset()
        for group in texts.groups(bucket):
            label = next(iter(group.labels)) if group.rows == 1 else _settle(facts, group)
            if group.key in leaked:
                facts.leaked.add(next(iter(group.labels.values())).first[0], rows=group.rows)
            if facts.purpose == PREDICT:
                usable[NO_LABEL] += group.rows
            elif label is not None and group.key not in leaked:
                usable[label] += 1
    return usable


def _settle(facts: Facts, group: Group) -> int | None:
    """Note the copies and contradictions of one text; returns the label with the greatest sum of weights, None when they tie."""
    (label, most), *others = sorted(group.labels.items(), key=lambda entry: -entry[1].weight)
    is_tie = bool(others) and others[0][1].weight == most.weight
    if others:
        differing = min(entry.first[0] for _, entry in others)
        facts.contradictory.add(*sorted((most.first[0], differing)), rows=group.rows - (0 if is_tie else most.count))
    if is_tie:
        return None
    if most.count > 1:
        facts.duplicates.add(*most.first, rows=most.count - 1)
    return label
