"""`kit check`: what a person and a script get to see, and the exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kit_account import Answer

Kit = Callable[..., Answer]


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """A training file with an unreadable row."""
    path = tmp_path / "claims.csv"
    rows = [f"text {label} {number},{label}" for label in ("[bold]leak", "noise") for number in range(12)]
    path.write_text("\n".join(["claim,category", "a,b,c", *rows]), encoding="utf-8")
    return path


def test_a_person_reads_facts_labels_and_sentences(claims: Path, kit: Kit) -> None:
    """Everything stands on the screen, brackets in labels as they are, and a warning is no failure."""
    answer = kit("check", claims)
    assert answer.status == 0
    for words in (
        "claims.csv (1 kB, UTF-8, comma)",
        "a file for training: it has the column 'category'",
        "column 'claim', known by its name",
        "25, of which a training would use 24",
        "3 to 3 in a text",
        "[bold]leak",
        "50.0%",
        "1 row cannot be read",
        "A training would accept this file; 2 warnings.",
    ):
        assert words in answer.output


def test_a_script_reads_json(claims: Path, kit: Kit) -> None:
    """--json gives the same facts, all labels among them."""
    found = kit("check", claims, "--json").json
    assert (found["is_refused"], found["rows"], found["usable"], found["purpose"]) == (False, 25, 24, "train")
    assert [entry["usable"] for entry in found["labels"]] == [12, 12]


def test_a_label_of_one_row_is_a_warning(claims: Path, kit: Kit) -> None:
    """The file is accepted, and the row stands neither among those to use nor under a label without a number."""
    with claims.open("a", encoding="utf-8") as file:
        file.write("\nit creaks,niose")
    answer = kit("check", claims)
    assert (answer.status, "Fewer than 2 usable rows have the label 'niose'." in answer.output) == (0, True)
    assert "26, of which a training would use 24" in answer.output
    assert "A training would accept this file; 3 warnings." in answer.output


def test_what_would_be_refused_ends_with_2(tmp_path: Path, claims: Path, kit: Kit) -> None:
    """For a file that no job takes, for one that does not fit its purpose, and in JSON too."""
    book = tmp_path / "book.csv"
    book.write_bytes(b"PK\x03\x04" + b"\0" * 2000)
    answer = kit("check", book)
    assert (answer.status, "Excel workbook" in answer.output) == (2, True)
    assert "A job would refuse this file." in answer.output
    assert kit("check", book, "--json").json["is_refused"] is True
    answer = kit("check", claims, "--text-column", "said")
    assert (answer.status, "has no column 'said'" in answer.output) == (2, True)
    claims.write_text("claim\nit leaks\n", encoding="utf-8")
    assert kit("check", claims).status == 0
    assert kit("check", claims, "--to", "train").status == 2


def test_columns_purpose_and_a_second_file_can_be_named(tmp_path: Path, claims: Path, kit: Kit) -> None:
    """Each option reaches the check."""
    test = tmp_path / "test.csv"
    test.write_text("verdict,said\nnoise,text noise 3\n", encoding="utf-8")
    answer = kit("check", test, "--text-column", "said", "--label-column", "verdict", "--json").json
    assert (answer["text_column"], answer["label_column"]) == ("said", "verdict")
    test.write_text("label,text\nnoise,text noise 3\n", encoding="utf-8")
    assert kit("check", claims, "--against", test, "--json").json["leaked"]["rows"] == 1
    assert kit("check", claims, "--to", "predict", "--json").json["label_column"] == ""


def test_many_labels_are_cut_for_people_only(tmp_path: Path, kit: Kit) -> None:
    """A screen shows the most frequent ones and says how many are left."""
    path = tmp_path / "many.csv"
    path.write_text(
        "text,label\n" + "".join(f"t {label} {copy},label {label}\n" for label in range(30) for copy in range(2)), encoding="utf-8"
    )
    assert "and 10 labels more" in kit("check", path).output
    assert len(kit("check", path, "--json").json["labels"]) == 30


def test_a_missing_file_is_a_sentence(tmp_path: Path, kit: Kit) -> None:
    """A misspelt name is bad input."""
    answer = kit("check", tmp_path / "nothing.csv")
    assert (answer.status, "There is no file" in answer.errors) == (2, True)
