"""What a file holds, told before anyone pays: facts, findings, and what would be refused."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from checked_files import GOOD, HEADER, SMALL, Checked, as_csv, sentence_about, topics
from hypothesis import given
from hypothesis import strategies as st

from contract.check import PREDICT, TRAIN, Request, check_table
from contract.check_facts import Quantiles
from contract.columns import LABEL_NAMES, TEXT_NAMES
from contract.errors import UserError


def test_a_good_training_file_has_facts_and_one_finding(checked: Checked) -> None:
    """Format, columns with the reason for their choice, rows, labels and lengths are told, and only their small number is blamed."""
    check = checked(gzip.compress(as_csv([HEADER.replace(",", ";"), *(row.replace(",", ";") for row in GOOD)])), name="a.csv.gz")
    facts = check.facts
    assert (check.is_refused, check.findings) == (False, SMALL)
    assert (facts.encoding, facts.delimiter, facts.is_compressed, facts.columns) == ("utf-8", "semicolon", True, ["claim", "category"])
    assert (facts.purpose, facts.text_column, facts.text_column_why) == (TRAIN, "claim", "known by its name")
    assert (facts.label_column, facts.label_column_why, facts.purpose_why) == (
        "category",
        "known by its name",
        "it has the column 'category'",
    )
    assert (facts.rows, facts.usable) == (20, 20)
    assert [(entry.label, entry.rows, entry.usable, entry.share) for entry in facts.labels] == [
        ("leak", 10, 10, 0.5),
        ("noise", 10, 10, 0.5),
    ]
    assert facts.words == Quantiles(4, 4, 4, 4)
    assert facts.characters == Quantiles(18, 18, 19, 19)


def test_a_file_without_a_label_is_checked_as_one_to_classify(checked: Checked) -> None:
    """No labels are asked for, and copies and empty texts are told in a prediction's words."""
    check = checked(["id,claim", "1,it leaks", "2,It  leaks", "3,", "4,it hums"])
    assert (check.facts.purpose, check.facts.usable, check.facts.purpose_why) == (PREDICT, 3, "no column has a label's name")
    assert not check.is_refused
    assert "rows 2 and 3. Each is classified" in sentence_about(check, "duplicates")
    assert "would come back without a label; the first is row 4" in sentence_about(check, "empty_texts")
    assert topics(check) == {"duplicates", "empty_texts"}


def test_the_purpose_can_be_named(checked: Checked) -> None:
    """A file with labels can be classified, and one whose label column has no known name be trained on."""
    assert checked([HEADER, *GOOD], Request(PREDICT)).facts.label_column == ""
    check = checked(["claim,verdict", *GOOD], Request(TRAIN))
    assert (check.facts.label_column, check.facts.label_column_why, check.facts.purpose_why) == (
        "verdict",
        "the only column left",
        "as asked for",
    )
    assert checked(["claim,id,verdict", "it leaks,1,a"], Request(label_column="verdict")).facts.label_column_why == "as asked for"


@pytest.mark.parametrize("name", [*TEXT_NAMES, *LABEL_NAMES])
def test_a_known_name_is_given_as_the_reason(checked: Checked, name: str) -> None:
    """Each name that the choice of columns knows, however it is written, is the reason for its choice."""
    written = name.upper().replace(" ", "_")
    facts = checked([f"{written},{'label' if name in TEXT_NAMES else 'text'}", "x,y"]).facts
    assert (facts.purpose, {facts.text_column_why, facts.label_column_why}) == (TRAIN, {"known by its name"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + b"\0" * 2000, "Excel workbook"),
        (b"id,a,b\n1,2,3\n", "no column that is known to hold the text"),
        (b"text,sentiment,category\na,b,c\n", "'sentiment', 'category'"),
        (b'text,label\na,b\n"c,d\n', "opened in row 3 is never closed"),
    ],
)
def test_what_would_be_refused_as_a_file_is_one_refusal(checked: Checked, content: bytes, message: str) -> None:
    """The sentence is the one that a job would give, and the check itself does not fail."""
    check = checked(content)
    assert check.is_refused
    assert message in sentence_about(check, "file")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A misspelt name has no facts."""
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv([HEADER, *GOOD]))
    for paths in ((tmp_path / "b.csv", None), (path, tmp_path / "b.csv")):
        with pytest.raises(UserError, match=r"There is no file '.*b\.csv'"):
            check_table(paths[0], Request(), paths[1])


def test_a_name_that_no_job_takes_is_refused(checked: Checked) -> None:
    """A good table in a file named .xlsx would wait for ever in the bucket if nobody said so."""
    assert "'claims.xlsx' would be refused for its name" in sentence_about(checked([HEADER, *GOOD], name="claims.xlsx"), "name")
    assert checked([HEADER, *GOOD], name="CLAIMS.TSV.GZ").findings == SMALL


def test_a_header_alone_is_refused(checked: Checked) -> None:
    """There is nothing to train on or to classify."""
    assert "refusal: 'claims.csv' has no rows" in sentence_about(checked([HEADER]), "rows")
    assert checked(["claim"]).is_refused


def test_a_second_file_that_cannot_be_read_is_an_error(checked: Checked) -> None:
    """To pass over it would look as if nothing had leaked."""
    with pytest.raises(UserError, match=r"'test\.csv'.*no column"):
        checked([HEADER, *GOOD], against=["a,b,c", "1,2,3"])


def test_the_json_form_is_plain(checked: Checked) -> None:
    """Scripts read it with any JSON parser, and it says first whether the file would be refused."""
    check = checked([HEADER, *GOOD, "a,b,c"])
    plain = json.loads(json.dumps(check.to_dict()))
    assert (plain["is_refused"], plain["rows"], plain["rejected"]["example"], plain["words"]["median"]) == (False, 21, [22], 4)
    assert plain["findings"][0]["severity"] == "warning"


def test_a_long_file_says_how_far_it_is(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    """`on_rows` hears of both files at a pace."""
    monkeypatch.setattr("contract.check.ROWS_BETWEEN_CALLS", 8)
    heard: list[int] = []
    checked([HEADER, *GOOD], Request(on_rows=heard.append), against=[HEADER, "x,y"])
    assert heard == [0, 0, 8, 16]


def test_many_reasons_do_not_fill_the_report(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in which every row is unreadable in its own way has a bounded list of reasons."""
    monkeypatch.setattr("contract.check_reading.MAX_REASONS", 2)
    check = checked([HEADER, *("," * width for width in range(2, 7)), *GOOD])
    assert list(check.facts.rejected_why.values()) == [3, 1, 1]


@given(st.lists(st.integers(1, 999), min_size=1))
def test_quantiles_are_those_of_the_sorted_lengths(lengths: list[int]) -> None:
    """Half and 19 of 20 of the texts are no longer than the figures say, and no smaller figure would do."""
    found = Quantiles.of(Counter(lengths))
    assert (found.smallest, found.largest) == (min(lengths), max(lengths))
    for share, value in ((0.5, found.median), (0.95, found.percentile_95)):
        assert sum(length <= value for length in lengths) >= share * len(lengths)
        assert sum(length < value for length in lengths) < share * len(lengths)


def test_lengths_beyond_a_thousand_keep_three_digits(checked: Checked) -> None:
    """Their counts would otherwise be as many as the texts."""
    assert checked(["claim", "x" * 12_345]).facts.characters == Quantiles(12_300, 12_300, 12_300, 12_300)
