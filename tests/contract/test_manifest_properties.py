"""Properties that hold for every augmented manifest: what is written reads back, and no bytes break the reader."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import AlgorithmError, UserError
from contract.manifest import Annotation, DroppedLine, ManifestReader
from contract.manifest_writing import ManifestWriter

CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.one_of(st.text(CHARACTERS), st.text("&amp;lt#38 \n\r\u2028x"))
LABELS = st.text(CHARACTERS, min_size=1, max_size=20).filter(lambda label: label == label.strip())
CONFIDENCES = st.none() | st.floats(0, 1, exclude_min=True)
TOKENS = st.sampled_from(
    [b"{", b"}", b'"source"', b":", b'"a"', b",", b'"k-metadata"', b'"class-name"', b"0.5", b"\n", b"[", b"\xff", b"null", b"\x1f\x8b"]
)


@given(st.lists(st.tuples(TEXTS, LABELS, CONFIDENCES), min_size=1, max_size=6))
def test_what_is_written_reads_back(rows: list[tuple[str, str, float | None]]) -> None:
    """Whatever stands in a text: line breaks, quotation marks, entities once or twice encoded."""
    writer = ManifestWriter("kind", sorted({label for _, label, _ in rows}), "march")
    content = b"".join(writer.line(*row, "2026-11-22T10:00:00") for row in rows)
    assert content.count(b"\n") == len(rows)
    read = ManifestReader(io.BytesIO(content), "march.manifest")
    assert list(read) == [Annotation(number, *row) for number, row in enumerate(rows, 1)]
    assert read.attribute == "kind"


@given(st.one_of(st.binary(), st.lists(TOKENS, max_size=40).map(b"".join)))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    """They are rows, dropped lines or a refusal, and each line that is not blank is one of both."""
    try:
        reads = list(ManifestReader(io.BytesIO(content), "a.manifest"))
    except UserError:
        return
    assert len(reads) == sum(1 for line in content.split(b"\n") if line.strip())
    assert all(isinstance(read, Annotation | DroppedLine) for read in reads)


@pytest.mark.parametrize("attribute", ["", "a b", "-a", "kind-metadata", "kind-ref", "a" * 128])
def test_a_name_that_ground_truth_refuses_is_refused(attribute: str) -> None:
    """Ours could not be read in a chained job otherwise."""
    with pytest.raises(AlgorithmError, match="is no name"):
        ManifestWriter(attribute, ["a"], "march")


@pytest.mark.parametrize("confidence", [0.0, -0.5, 1.5, float("nan")])
def test_a_confidence_that_is_none_is_not_written(confidence: float) -> None:
    """0 would be read as none at all."""
    with pytest.raises(AlgorithmError, match="above 0"):
        ManifestWriter("kind", ["a"], "march").line("text", "a", confidence, "2026-11-22T10:00:00")


def test_half_a_character_costs_its_own_line() -> None:
    """A text that came so from somewhere is written, and dropped when it is read."""
    content = ManifestWriter("kind", ["a"], "march").line("\ud800", "a", None, "2026-11-22T10:00:00")
    (read,) = ManifestReader(io.BytesIO(content), "a.manifest")
    assert isinstance(read, DroppedLine)
