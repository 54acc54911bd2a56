"""What a check tells of an augmented manifest."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from contract.check import PREDICT, TRAIN, Request, check_table
from contract.check_facts import Severity
from contract.manifest_writing import ManifestWriter

FAILED = b'{"source": "t", "kind-metadata": {"failure-reason": "ClientError"}}\n'


def _manifest(path: Path, *others: bytes) -> Path:
    writer = ManifestWriter("kind", ["leak", "noise"], "march")
    lines = [writer.line(f"{label} number {at}", label, 0.8, "2026-11-22T10:00:00") for at in range(20) for label in ("leak", "noise")]
    path.write_bytes(gzip.compress(b"".join([*others, *lines])))
    return path


@pytest.mark.parametrize("purpose", ["", TRAIN])
def test_a_manifest_is_told_as_a_file_to_train_on(tmp_path: Path, purpose: str) -> None:
    """Its labels, its usable rows, and by their reasons the lines that a training would leave out."""
    check = check_table(_manifest(tmp_path / "a.manifest.gz", FAILED, b"{\n", FAILED), Request(purpose))
    facts = check.facts
    assert (facts.purpose, facts.text_column, facts.label_column, facts.delimiter) == (TRAIN, "source", "kind", "")
    assert (facts.rows, facts.usable, facts.is_compressed, check.is_refused) == (43, 40, True, False)
    assert {entry.label: entry.usable for entry in facts.labels} == {"leak": 20, "noise": 20}
    assert facts.rejected_why == {"failed annotation (has a 'failure-reason')": 2, "unreadable row (is no JSON)": 1}
    (finding,) = (finding for finding in check.findings if finding.about == "rejected")
    assert finding.sentence.startswith(
        "3 lines without a label that can be used would be left out: 2 x failed annotation (has a 'failure-reason'), the first is line 1;"
        " 1 x unreadable row (is no JSON), the first is line 2."
    )


def test_a_manifest_of_failures_alone_is_told_as_such(tmp_path: Path) -> None:
    """That labelled rows be added is no remedy for it."""
    path = tmp_path / "a.manifest"
    path.write_bytes(FAILED * 3)
    refusal = check_table(path, Request()).findings[0]
    assert refusal.severity == Severity.REFUSAL
    assert refusal.sentence == (
        "No line has a label that can be used: 3 x failed annotation (has a 'failure-reason'), the first is line 1. Have the texts labelled"
        " anew."
    )


def test_what_a_training_refuses_is_refused(tmp_path: Path) -> None:
    """Several annotations, unless one is named; and a manifest is nothing to classify."""
    both = b'{"source": "t", "kind-metadata": {"class-name": "leak"}, "mood-metadata": {"class-name": "sad"}}\n'
    path = _manifest(tmp_path / "a.manifest", both)
    (finding,) = check_table(path, Request()).findings
    assert (finding.severity, "more than one annotation" in finding.sentence) == (Severity.REFUSAL, True)
    assert not check_table(path, Request(label_column="kind")).is_refused
    (finding,) = check_table(path, Request(PREDICT)).findings
    assert "is a manifest, which trainings read" in finding.sentence


def test_texts_that_a_table_has_too_are_found(tmp_path: Path) -> None:
    """Between files of both kinds."""
    table = tmp_path / "test.csv"
    table.write_text("text,label\nLeak  number 3,leak\n")
    check = check_table(_manifest(tmp_path / "a.manifest"), Request(), table)
    assert (check.facts.leaked.rows, check.facts.usable) == (1, 39)


def test_confidences_weigh_contradictory_rows(tmp_path: Path) -> None:
    """One sure annotation outweighs two doubtful ones, as in a training, and the sentences say by what rows are weighed."""
    writer = ManifestWriter("kind", ["leak", "noise"], "march")
    annotations = [("it hums", "leak", 0.3), ("it hums", "leak", 0.2), ("It  hums", "noise", 0.9), ("it drips", "leak", None)]
    annotations += [("it leaks", "leak", None), ("it whirs", "noise", None)]
    path = tmp_path / "a.manifest"
    path.write_bytes(b"".join(writer.line(*annotation, "2026-11-22T10:00:00") for annotation in annotations))
    check = check_table(path, Request())
    assert {entry.label: entry.usable for entry in check.facts.labels} == {"noise": 2, "leak": 2}
    assert (check.facts.contradictory.rows, check.facts.doubtful.rows, check.facts.least_weight) == (2, 3, 0.2)
    sentences = {finding.about: finding.sentence for finding in check.findings}
    assert "the label whose confidences add up to most" in sentences["contradictory"]
    assert sentences["weights"] == (
        "3 rows have a label with a confidence below 1, the least 0.2; the first is row 1. A training weighs such rows by it."
    )
