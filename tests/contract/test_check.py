"""What a file holds, told before anyone pays: facts, findings, and what would be refused."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.check import PREDICT, TRAIN, Check, Request, check_table
from contract.check_facts import Finding, Quantiles, Severity
from contract.check_findings import FEW_IN_ALL, FEW_ROWS, MAX_LABELS
from contract.check_reading import MAX_LABELS_COUNTED
from contract.columns import LABEL_NAMES, TEXT_NAMES
from contract.errors import UserError

Checked = Callable[..., Check]
AS_IT_COMES = Request()


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Write rows or bytes to a file and check it."""

    def checked(
        content: Sequence[str] | bytes, request: Request = AS_IT_COMES, name: str = "claims.csv", against: Sequence[str] = ()
    ) -> Check:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else _csv(content))
        other = None
        if against:
            other = tmp_path / "test.csv"
            other.write_bytes(_csv(against))
        return check_table(path, request, other)

    return checked


def _csv(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _about(check: Check, about: str) -> str:
    """The sentence of the one finding about something."""
    (finding,) = [finding for finding in check.findings if finding.about == about]
    return f"{finding.severity}: {finding.sentence}"


def _topics(check: Check) -> set[str]:
    return {finding.about for finding in check.findings}


GOOD = [f"text {label} number {number},{label}" for label in ("leak", "noise") for number in range(FEW_ROWS)]
HEADER = "claim,category"
SMALL = [  # what is said of them
    Finding(
        Severity.WARNING,
        "few_rows_in_all",
        "There are 20 usable rows. About 2 rows would be held out to measure the model with, and as many to steer the training:"
        " figures from so few are rough, and most answers would ask for a person. Add labelled rows.",
        20,
    )
]


def test_a_good_training_file_has_facts_and_one_finding(checked: Checked) -> None:
    """Format, columns with the reason for their choice, rows, labels and lengths are told, and only their small number is blamed."""
    check = checked(gzip.compress(_csv([HEADER.replace(",", ";"), *(row.replace(",", ";") for row in GOOD)])), name="a.csv.gz")
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
    assert "rows 2 and 3. Each is classified" in _about(check, "duplicates")
    assert "would come back without a label; the first is row 4" in _about(check, "empty_texts")
    assert _topics(check) == {"duplicates", "empty_texts"}


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
    assert message in _about(check, "file")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A misspelt name has no facts."""
    path = tmp_path / "a.csv"
    path.write_bytes(_csv([HEADER, *GOOD]))
    for paths in ((tmp_path / "b.csv", None), (path, tmp_path / "b.csv")):
        with pytest.raises(UserError, match=r"There is no file '.*b\.csv'"):
            check_table(paths[0], Request(), paths[1])


def test_enough_rows_are_not_warned_of(checked: Checked) -> None:
    """From some hundreds of rows on nothing is said of their number."""
    rows = [f"text {label} number {number},{label}" for label in ("leak", "noise") for number in range(FEW_IN_ALL // 2)]
    assert checked([HEADER, *rows]).findings == []
    assert _topics(checked([HEADER, *rows[1:]])) == {"few_rows_in_all"}


def test_a_name_that_no_job_takes_is_refused(checked: Checked) -> None:
    """A good table in a file named .xlsx would wait for ever in the bucket if nobody said so."""
    assert "'claims.xlsx' would be refused for its name" in _about(checked([HEADER, *GOOD], name="claims.xlsx"), "name")
    assert checked([HEADER, *GOOD], name="CLAIMS.TSV.GZ").findings == SMALL


def test_a_header_alone_is_refused(checked: Checked) -> None:
    """There is nothing to train on or to classify."""
    assert "refusal: 'claims.csv' has no rows" in _about(checked([HEADER]), "rows")
    assert checked(["claim"]).is_refused


def test_unusable_rows_are_counted_with_the_first_of_each_kind(checked: Checked) -> None:
    """Rows of another width, without text and without label are warned of, each with its remedy."""
    check = checked([HEADER, "a,b,c", "<br/> ,leak", "hums,", "x", "x,y,z", *GOOD])
    facts = check.facts
    assert (facts.rows, facts.usable) == (25, 20)
    assert facts.rejected_why == {"has 3 columns where the first row has 2": 2, "has 1 columns where the first row has 2": 1}
    assert "3 rows cannot be read" in _about(check, "rejected")
    assert "the first is row 2." in _about(check, "rejected")
    assert "1 row has no word in the column 'claim' and would be left out of the training; the first is row 3." in _about(
        check, "empty_texts"
    )
    assert "1 row has no label in the column 'category'" in _about(check, "unlabelled")
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
    assert "2 rows have the text and the same label of another row, for instance rows 2 and 3." in _about(check, "duplicates")
    assert "different label, for instance rows 4 and 5." in _about(check, "contradictory")


def test_texts_of_a_second_file_are_leaks(checked: Checked) -> None:
    """However they are written and labelled, and they no longer count as rows to train on."""
    check = checked(
        [HEADER, *GOOD, "Text  LEAK number 3,noise"], against=[HEADER, "text leak number 3,leak", "unseen,leak", ",leak", "a,b,c"]
    )
    assert (check.facts.leaked.rows, check.facts.leaked.example, check.facts.usable) == (2, (5,), 19)
    assert "2 rows have a text that is also in 'test.csv'; the first is row 5." in _about(check, "leaked")
    assert checked([HEADER, *GOOD], against=[HEADER, "unseen,leak"]).findings == SMALL


def test_a_second_file_that_cannot_be_read_is_an_error(checked: Checked) -> None:
    """To pass over it would look as if nothing had leaked."""
    with pytest.raises(UserError, match=r"'test\.csv'.*no column"):
        checked([HEADER, *GOOD], against=["a,b,c", "1,2,3"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([",leak", "hums,"], "No row has both a text and a label"),
        (["one,leak", "two,leak"], "There is one label only, 'leak'"),
        (["one,leak", "two,leak", "three,noise", "four,wear"], "Fewer than 2 usable rows have the label 'noise', 'wear'."),
        (["one,leak", "two,leak", "three,noise", "THREE,noise"], "Fewer than 2 usable rows have the label 'noise'."),
        ([f"text {number},label {number}" for number in range(MAX_LABELS + 1)], "'category' holds 1,001 different labels; at most 1,000"),
        ([f"text {number},label {number}" for number in range(MAX_LABELS_COUNTED + 9)], "10,000 or more different labels"),
    ],
)
def test_labels_that_no_classifier_can_learn_are_refused(checked: Checked, rows: list[str], message: str) -> None:
    """What a training would refuse after minutes is said at once."""
    check = checked([HEADER, *rows])
    assert check.is_refused
    assert message in _about(check, "labels")


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
    assert "Fewer than 10 usable rows have the label 'LEAK', 'Leak', 'wear'." in _about(check, "few_rows")
    assert "No row with the label 'lost' can be used" in _about(check, "lost_labels")
    assert "differ only in case or spaces and count as different: 'leak', 'LEAK', 'Leak'." in _about(check, "alike_labels")
    assert "'leak' has 70 usable rows, 'wear' only 2." in _about(check, "imbalance")
    assert not check.is_refused


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
    assert "2 rows have a cell that a spreadsheet would run" in _about(check, "formulas")


def test_columns_of_an_earlier_result_are_told(checked: Checked) -> None:
    """They stay, and the new ones get other names."""
    check = checked(["claim,predicted_label,confidence", "it hums,noise,0.9"])
    assert "'predicted_label', 'confidence'. The new ones would be named 'predicted_label_2'" in _about(check, "result_columns")


def test_odd_texts_are_told(checked: Checked) -> None:
    """Long texts, a column of single words and several languages each have a sentence."""
    assert "1 row has more than 400 words" in _about(checked(["claim", "word " * 401]), "long_texts")
    assert "Is it the right column?" in _about(checked(["text", "C0001", "C0002"]), "single_words")
    english, german = "the pump was not on, and it is loud", "die Pumpe war nicht an und das ist laut"
    check = checked(["claim", *(f'"{english} {number}"' for number in range(9)), f'"{german}"'])
    assert "look like English (90%), some like German (10%)" in _about(check, "languages")
    assert "languages" not in _topics(checked(["claim", f'"{english}"', "ok thanks", "123 456"]))


def test_windows_files_get_a_remark(checked: Checked) -> None:
    """A reader of other alphabets learns why letters are missing."""
    assert "Windows-1252" in _about(checked("claim\ngrößer\n".encode("cp1252")), "encoding")


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
