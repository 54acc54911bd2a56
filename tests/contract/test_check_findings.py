"""What is said of a file's rows, labels and texts before anyone pays, each with its remedy."""

from __future__ import annotations

import pytest
from checked_files import GOOD, HEADER, SMALL, Checked, sentence_about, topics

from contract.check_facts import Severity
from contract.check_labels import FEW_IN_ALL
from contract.check_reading import MAX_LABELS_COUNTED
from contract.columns import MAX_LABELS


def test_enough_rows_are_not_warned_of(checked: Checked) -> None:
    """From some hundreds of rows on nothing is said of their number."""
    rows = [f"text {label} number {number},{label}" for label in ("leak", "noise") for number in range(FEW_IN_ALL // 2)]
    assert checked([HEADER, *rows]).findings == []
    assert topics(checked([HEADER, *rows[1:]])) == {"few_rows_in_all"}


def test_unusable_rows_are_counted_with_the_first_of_each_kind(checked: Checked) -> None:
    """Rows of another width, without text and without label are warned of, each with its remedy."""
    check = checked([HEADER, "a,b,c", "<br/> ,leak", "hums,", "x", "x,y,z", *GOOD])
    facts = check.facts
    assert (facts.rows, facts.usable) == (25, 20)
    assert facts.rejected_why == {"has 3 columns where the first row has 2": 2, "has 1 columns where the first row has 2": 1}
    assert "3 rows cannot be read" in sentence_about(check, "rejected")
    assert "the first is row 2." in sentence_about(check, "rejected")
    assert "1 row has no word in the column 'claim' and would be left out of the training; the first is row 3." in sentence_about(
        check, "empty_texts"
    )
    assert "1 row has no label in the column 'category'" in sentence_about(check, "unlabelled")
    assert [facts.rejected.example, facts.empty_texts.example, facts.unlabelled.example] == [(2,), (3,), (4,)]


def test_copies_and_contradictions_are_told_apart(checked: Checked) -> None:
    """Of copies one is used; of contradictory rows the majority's, and none when they tie, as a training does."""
    rows = ["same  text,leak", "Same<br>text,leak", "voted,noise", "VOTED,leak", "voted,noise", "tied,leak", "tied,noise"]
    check = checked([HEADER, *rows, *GOOD])
    facts = check.facts
    assert (facts.duplicates.rows, facts.duplicates.example) == (2, (2, 3))
    assert (facts.contradictory.rows, facts.contradictory.example) == (3, (4, 5))
    assert facts.usable == 22
    assert {entry.label: (entry.rows, entry.usable) for entry in facts.labels} == {"leak": (14, 11), "noise": (13, 11)}
    assert "2 rows have the text and the same label of another row, for instance rows 2 and 3." in sentence_about(check, "duplicates")
    assert "different label, for instance rows 4 and 5." in sentence_about(check, "contradictory")


def test_texts_of_a_second_file_are_leaks(checked: Checked) -> None:
    """However they are written and labelled, and they no longer count as rows to train on."""
    check = checked(
        [HEADER, *GOOD, "Text  LEAK number 3,noise"], against=[HEADER, "text leak number 3,leak", "unseen,leak", ",leak", "a,b,c"]
    )
    assert (check.facts.leaked.rows, check.facts.leaked.example, check.facts.usable) == (2, (5,), 19)
    assert "2 rows have a text that is also in 'test.csv'; the first is row 5." in sentence_about(check, "leaked")
    assert checked([HEADER, *GOOD], against=[HEADER, "unseen,leak"]).findings == SMALL


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([",leak", "hums,"], "No row has both a text and a label"),
        (["one,leak", "two,leak"], "There is one label only, 'leak'"),
        (["three,noise", "THREE,noise"], "There is one label only, 'noise'"),
        (["one,leak", "two,leak", "three,noise", "four,wear"], "and only 'leak' has so many. Fewer have 'noise', 'wear'."),
        (["one,leak", "two,wear"], "with 2 usable rows each, and none has so many. Fewer have 'leak', 'wear'. Add rows for each, or merge"),
        ([f"text {number},label {number}" for number in range(MAX_LABELS + 1)], "'category' holds 1,001 different labels; at most 1,000"),
        ([f"text {number},label {number}" for number in range(MAX_LABELS_COUNTED + 9)], "10,000 or more different labels"),
    ],
)
def test_labels_that_no_classifier_can_learn_are_refused(checked: Checked, rows: list[str], message: str) -> None:
    """What a training would refuse after minutes is said at once."""
    check = checked([HEADER, *rows])
    assert check.is_refused
    assert message in sentence_about(check, "labels")


def test_a_label_of_one_row_refuses_nothing(checked: Checked) -> None:
    """Its row is told and counts as none to train on, copies of one text being one row; where most rows go, the column is asked for."""
    check = checked([HEADER, *GOOD, "hums,niose", "HUMS,niose", "creaks,wear"])
    assert sentence_about(check, "rare_labels").startswith(
        "warning: Fewer than 2 usable rows have the label 'niose', 'wear'. A training would leave out 2 rows"
    )
    assert (check.is_refused, check.facts.usable, check.facts.rows) == (False, 20, 23)
    assert [(entry.label, entry.rows, entry.usable, entry.rare) for entry in check.facts.labels[2:]] == [
        ("niose", 2, 0, 1),
        ("wear", 1, 0, 1),
    ]
    assert topics(check) == {"rare_labels", "few_rows_in_all", "duplicates"}
    assert "right column" not in sentence_about(check, "rare_labels")
    names = checked([HEADER, *GOOD, *(f"text {number},name {number}" for number in range(21))])
    assert "Is it the right column?" in sentence_about(names, "rare_labels")


def test_doubtful_labels_are_warned_of(checked: Checked) -> None:
    """Rare labels, labels without a usable row, labels that differ in case only and a great imbalance each have a sentence."""
    many = [f"more about leaks {number},leak" for number in range(60)]
    check = checked(
        [
            HEADER,
            *GOOD,
            *many,
            "rare one,wear",
            "rare two,wear",
            "cap one,Leak",
            "cap two, LEAK ",
            "cap three,LEAK",
            "cap four,Leak",
            "tied,lost",
            "tied,noise",
        ]
    )
    assert "Fewer than 10 usable rows have the label 'LEAK', 'Leak', 'wear'." in sentence_about(check, "few_rows")
    assert "No row with the label 'lost' can be used" in sentence_about(check, "lost_labels")
    assert "differ only in case or spaces and count as different: 'leak', 'LEAK', 'Leak'." in sentence_about(check, "alike_labels")
    assert "'leak' has 70 usable rows, 'wear' only 2." in sentence_about(check, "imbalance")
    assert not check.is_refused


@pytest.mark.parametrize(("labels", "rows", "is_told"), [(100, 20_000, True), (100, 19_900, False), (50, 45_000, False)])
def test_labels_that_take_long_to_learn_are_told_of(checked: Checked, labels: int, rows: int, *, is_told: bool) -> None:
    """Where labels are many and rows, too, a person knows beforehand that the training takes minutes longer."""
    check = checked([HEADER, *(f"text number {number},about {number % labels}" for number in range(rows))])
    assert ("many_labels" in topics(check)) == is_told
    assert not check.is_refused
    if is_told:
        assert f"learns each of the {labels} labels by itself" in sentence_about(check, "many_labels")


def test_the_gravest_finding_comes_first(checked: Checked) -> None:
    """A person who reads one line reads the one that matters."""
    check = checked([HEADER, "=1+1,leak", ",leak", "hums,leak"])
    assert [finding.severity for finding in check.findings] == sorted(
        (finding.severity for finding in check.findings), key=list(Severity).index
    )
    assert check.findings[0].about == "labels"


def test_cells_that_a_spreadsheet_would_run_are_told(checked: Checked) -> None:
    """In any column; a number is none."""
    check = checked(["id,claim", "-1,hums", "2,=cmd()", "@3,leaks"])
    assert (check.facts.formulas.rows, check.facts.formulas.example) == (2, (3,))
    assert "2 rows have a cell that a spreadsheet would run" in sentence_about(check, "formulas")


def test_columns_of_an_earlier_result_are_told(checked: Checked) -> None:
    """They stay, and the new ones get other names."""
    check = checked(["claim,predicted_label,confidence", "it hums,noise,0.9"])
    assert "'predicted_label', 'confidence'. The new ones would be named 'predicted_label_2'" in sentence_about(check, "result_columns")


def test_odd_texts_are_told(checked: Checked) -> None:
    """Long texts, a column of single words and several languages each have a sentence."""
    assert "1 row has more than 400 words" in sentence_about(checked(["claim", "word " * 401]), "long_texts")
    assert "Is it the right column?" in sentence_about(checked(["text", "C0001", "C0002"]), "single_words")
    english, german = "the pump was not on, and it is loud", "die Pumpe war nicht an und das ist laut"
    check = checked(["claim", *(f'"{english} {number}"' for number in range(9)), f'"{german}"'])
    assert "look like English (90%), some like German (10%)" in sentence_about(check, "languages")
    assert "languages" not in topics(checked(["claim", f'"{english}"', "ok thanks", "123 456"]))


def test_windows_files_get_a_remark(checked: Checked) -> None:
    """A reader of other alphabets learns why letters are missing."""
    assert "Windows-1252" in sentence_about(checked("claim\ngrößer\n".encode("cp1252")), "encoding")
