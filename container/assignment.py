"""What a prediction is to do, and what its summary says that it did."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from container.batch import Tally
from container.inputs import Input, input_name
from container.results import Destination
from contract.columns import choose_columns, is_one_of, own_label_position
from contract.container_environments import PredictionEnvironment
from contract.documents import Summary
from contract.encoding import DELIMITERS
from contract.errors import UserError
from contract.promise import check_max_error
from contract.shards import Assignment
from contract.table import TableReader
from model.classifier import Classifier


def assign(
    table: TableReader, classifier: Classifier, environment: PredictionEnvironment, found: Input, *, source: str, model: str
) -> Assignment:
    """Which column of the table is classified by which model; `source` and `model` are their addresses. Raises UserError."""
    learned = classifier.text_column if any(is_one_of(column, (classifier.text_column,)) for column in table.header) else ""
    wanted = found.text_column or environment.text_column or learned
    columns = choose_columns(table.header, table.name, text_column=wanted, is_training=False)
    return Assignment(
        input=source,
        input_version=found.version,
        format=asdict(table.format),
        header=table.header,
        header_number=table.header_number,
        text_position=columns.text,
        classifier=classifier.provenance.classifier,
        model=model,
        model_version=f"v{environment.model_version or classifier.model_version}",
        is_explained=found.is_explained,
        training_object=classifier.provenance.training_object,
        training_object_version=classifier.provenance.training_object_version,
        own_position=own_label_position(table.header, columns.text),
        promise=asdict(classifier.promise(check_max_error(found.max_error or environment.max_error))),
    )


def write_review(tally: Tally, path: Path) -> Path | None:
    """The review list as a file; None when no row comes into it."""
    lines = tally.picks.lines()
    path.write_bytes(b"".join(lines))
    return path if lines else None


def summarize(
    task: Assignment,
    environment: PredictionEnvironment,
    tally: Tally,
    target: Destination,
    *,
    has_review: bool,
    engine: str,
    started_at: str,
    seconds: float,
) -> Summary:
    """The summary of what was done in so many seconds of a machine. Raises UserError when there was nothing to do."""
    if not tally.rows_in:
        raise UserError(f"'{input_name(task.input)}' has no rows below the header. Add the rows to classify and drop it again.")
    return Summary(
        job_id=environment.job_id,
        classifier=task.classifier,
        input=task.input,
        input_version=task.input_version,
        input_sequencer=environment.input_sequencer,
        results=target.results_name,
        results_version="",  # known when it is published
        rejected=target.rejected_name if tally.rows_rejected else "",
        rejected_version="",  # as above
        rows_in=tally.rows_in,
        rows_out=tally.rows_out,
        rows_rejected=tally.rows_rejected,
        rows_to_review=tally.rows_to_review,
        labels=dict(tally.labels.most_common()),
        encoding=task.table.encoding,
        delimiter=DELIMITERS[task.table.delimiter],
        text_column=task.header[task.text_position],
        model_version=task.model_version,
        model=task.model,
        training_object=task.training_object,
        training_object_version=task.training_object_version,
        image_tag=environment.image_tag,
        commit=environment.commit,
        engine=engine,
        started_at=started_at,
        seconds=round(seconds, 3),
        cost_usd=round(seconds / 3600 * environment.usd_per_hour, 6),
        review=target.review_name if has_review else "",
        own_column=task.header[task.own_position] if task.own_position is not None and tally.picks.has_own else "",
        rows_differing=tally.picks.own_labels_differing if tally.picks.has_own else 0,
        promise=asdict(task.promised.outcome(tally.rows_out - tally.rows_to_review, tally.rows_out)),
    )
