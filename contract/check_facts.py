"""What a check says about a file: the facts, and the findings that a person should know."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

TRAIN, PREDICT = "train", "predict"


class Severity(StrEnum):
    """What a finding means; the gravest first."""

    REFUSAL = "refusal"  # training or prediction would refuse the file
    WARNING = "warning"  # it would be used, but not as its owner may think
    REMARK = "remark"  # good to know


@dataclass(frozen=True)
class Finding:
    """One plain sentence or two: what there is, and what to do about it."""

    severity: Severity
    about: str  # one word for scripts
    sentence: str
    rows: int = 0  # how many rows it is about; 0 when it is about the file


@dataclass
class RowCount:
    """How many rows have something in common, and which come first."""

    rows: int = 0
    example: tuple[int, ...] = ()  # one row, or some that belong together; a spreadsheet's numbers: the header is row 1

    def add(self, *example: int, rows: int = 1) -> None:
        """Count more rows; the first example stays."""
        self.rows += rows
        self.example = min(self.example, example) if self.example else example


@dataclass(frozen=True)
class Quantiles:
    """How long texts are; exact up to 1,000, beyond that to three digits."""

    smallest: int
    median: int
    percentile_95: int
    largest: int

    @classmethod
    def of(cls, counts: Counter[int]) -> Self:
        """From the number of texts of each length, of which there is one at least."""
        lengths = [length for length, _ in sorted(counts.items())]
        found = {}
        for share in (0.5, 0.95):
            seen = 0
            for length in lengths:
                seen += counts[length]
                if seen >= share * counts.total():
                    found[share] = length
                    break
        return cls(lengths[0], found[0.5], found[0.95], lengths[-1])


@dataclass(frozen=True)
class LabelCount:
    """How often a label occurs."""

    label: str
    rows: int
    usable: int  # rows that a training would use
    share: float  # of all usable rows
    rare: int = 0  # rows that a training would leave out, for the label has too few of them


@dataclass
class Facts:
    """What a file holds; of a file that cannot be read, only what was found before that showed."""

    file: str
    size_bytes: int
    purpose: str = ""  # TRAIN or PREDICT
    purpose_why: str = ""
    encoding: str = ""
    delimiter: str = ""  # comma, semicolon, tab or pipe; empty of a manifest
    is_compressed: bool = False
    columns: list[str] = field(default_factory=list)
    text_column: str = ""
    text_column_why: str = ""
    label_column: str = ""
    label_column_why: str = ""
    rows: int = 0  # below the header, readable or not
    usable: int = 0  # rows that a training would use, or a prediction classify
    rejected: RowCount = field(default_factory=RowCount)
    rejected_why: dict[str, int] = field(default_factory=dict)  # rows by reason, the most frequent first
    rejected_first: dict[str, int] = field(default_factory=dict)  # the first row of each reason
    empty_texts: RowCount = field(default_factory=RowCount)
    unlabelled: RowCount = field(default_factory=RowCount)
    duplicates: RowCount = field(default_factory=RowCount)  # the text of another row; the same label where there are labels
    contradictory: RowCount = field(default_factory=RowCount)  # the text of another row, another label
    doubtful: RowCount = field(default_factory=RowCount)  # a label with a confidence below 1, by which a training weighs its row
    least_weight: float = 1.0
    leaked: RowCount = field(default_factory=RowCount)  # a text that the file `against` has too
    against: str = ""
    formulas: RowCount = field(default_factory=RowCount)  # a cell that a spreadsheet would run
    long_texts: RowCount = field(default_factory=RowCount)  # more words than the default of max_tokens
    labels: list[LabelCount] = field(default_factory=list)  # the most frequent first
    words: Quantiles | None = None  # of a text, as white space parts them
    characters: Quantiles | None = None
    languages: dict[str, float] = field(default_factory=dict)  # roughly, shares of a sample of the texts


@dataclass(frozen=True)
class Check:
    """The facts about a file and the findings, the gravest first."""

    facts: Facts
    findings: list[Finding]

    @property
    def is_refused(self) -> bool:
        """Whether training or prediction would refuse the file."""
        return any(finding.severity == Severity.REFUSAL for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The form for scripts: plain values only."""
        return {"is_refused": self.is_refused, **asdict(self.facts), "findings": [asdict(finding) for finding in self.findings]}
