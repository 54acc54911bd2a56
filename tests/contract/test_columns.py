"""Which columns hold text and label, and what is said when that cannot be told."""

from __future__ import annotations

import pytest

from contract.columns import (
    LABEL_NAMES,
    MAX_CHARS,
    MAX_SHOWN,
    TEXT_NAMES,
    Columns,
    check_label,
    choose_columns,
    own_label_position,
    shown_column,
    shown_label,
    shown_labels,
)
from contract.errors import UserError


@pytest.mark.parametrize("name", TEXT_NAMES)
def test_a_known_text_name_is_recognised_among_others(name: str) -> None:
    """Each common name is found without a setting, in capitals, with underscores or hyphens too."""
    for written in (name, name.upper(), name.replace(" ", "_"), f" {name.replace(' ', '-').title()} "):
        assert choose_columns(["id", written, "date"], "a.csv", is_training=False) == Columns(1, None)


@pytest.mark.parametrize("name", LABEL_NAMES)
def test_a_known_label_name_is_recognised_among_others(name: str) -> None:
    """Each common name is found in a training file without a setting."""
    assert choose_columns(["id", "text", name.upper().replace(" ", "_")], "a.csv", is_training=True) == Columns(1, 2)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["label", "what was said"], Columns(1, 0)),
        (["what was said", "label"], Columns(0, 1)),
        (["verdict", "text"], Columns(1, 0)),
        (["text", "verdict"], Columns(0, 1)),
    ],
)
def test_of_two_training_columns_one_name_is_enough(header: list[str], expected: Columns) -> None:
    """When one of two columns is known, the other is what remains."""
    assert choose_columns(header, "a.csv", is_training=True) == expected


@pytest.mark.parametrize(
    "name",
    [
        "statement", "Beschwerde", "feedback_2024", "Customer comments", "customerFeedback", "Kundenfeedback", "Schadensbeschreibung",
        "Ru\u0308ckmeldung", "\ufeffDescription of the claim", "q3_open_text (de)", "feedback (2024)", "VERBATIM",
        "Fehlerbeschreibungen", "客户投诉内容",
        "Réclamation du client", "Descripción", "отзыв",
    ],
)  # fmt: skip
def test_a_single_column_is_the_text(name: str) -> None:
    """A file to classify with one column needs no name that is known: one that is made of words of names will do."""
    assert choose_columns([name], "a.csv", is_training=False) == Columns(0, None)


@pytest.mark.parametrize(
    "claim",
    [
        "It leaks water", "broken pump", "terrible", "Terrible", "defekt", "E13", "broken_pump", "快递上午来得太晚箱子压坏了", "箱子压坏了",
        "สินค้าเสียหาย", "no answer", "Frage", "problem", "text!", "Text fehlt", "Kontext", "complaint: terrible", "Pumpe 2024", "2024", "",
        "😀", "id    text    remark", "Claims of March",
        "feedback " * 20,
    ],
)  # fmt: skip
def test_a_file_without_a_header_loses_no_text(claim: str) -> None:
    """A first row of one column that may be somebody's text is not taken for a name, in any script, and not shown."""
    with pytest.raises(UserError, match=r"'a\.csv': the first row should hold the name.*may be a text") as refusal:
        choose_columns([claim], "a.csv", is_training=False)
    assert not claim or claim not in str(refusal.value)


def test_a_single_column_has_the_name_that_its_owner_says() -> None:
    """Whatever it is called, and nothing is shown when it is called otherwise: that may be a text."""
    assert choose_columns(["terrible"], "a.csv", text_column="Terrible", is_training=False) == Columns(0, None)
    with pytest.raises(UserError, match=r"no column 'said'.*Its only column has another name, or none") as refusal:
        choose_columns(["broken pump"], "a.csv", text_column="said", is_training=False)
    assert "pump" not in str(refusal.value)


def test_a_first_row_with_figures_is_not_shown() -> None:
    """A number or a date in it says that it is a row, and what stands beside them may be a text, however short."""
    for row in (["17", "broken pump"], ["broken pump", "2026-11-21", "x"], ["a", "12:30", "broken pump"]):
        with pytest.raises(UserError, match="reads like a row with a text") as refusal:
            choose_columns(row, "a.csv", is_training=False)
        assert "pump" not in str(refusal.value)


@pytest.mark.parametrize("is_training", [False, True])
def test_a_name_that_is_too_long_is_refused(is_training: bool) -> None:
    """It would not fit into records and messages; what a column is called that is not read does not matter."""
    padded = f"text{' ' * MAX_CHARS}"
    with pytest.raises(UserError, match=r"'a\.csv': the name of the text column in the first row has 204 characters; at most 200"):
        choose_columns([padded, "label"], "a.csv", is_training=is_training)
    assert choose_columns(["text", "label", "x" * 70_000], "a.csv", is_training=is_training).text == 0
    with pytest.raises(UserError, match="could be the text: 'text', 'text'") as refusal:
        choose_columns([padded + " " * 5000, padded], "a.csv", is_training=is_training)
    assert len(str(refusal.value)) < 300


def test_a_label_that_is_too_long_is_refused() -> None:
    """The sentence names the row and what to do, and does not quote what may be a text."""
    check_label("x" * MAX_CHARS, 2, "a.csv")
    with pytest.raises(UserError, match=r"'a\.csv': the label in row 1,234 has 201 characters.*--label-column NAME") as refusal:
        check_label("x" * (MAX_CHARS + 1), 1234, "a.csv")
    assert "xx" not in str(refusal.value)


def test_names_and_labels_are_shown_short_or_not_at_all() -> None:
    """What may be a text is in no message."""
    assert (shown_column("claim  text"), shown_label("late")) == ("the column 'claim text'", "'late'")
    text = "my machine has leaked since Tuesday"
    assert text not in shown_column(text) + shown_label(text)


def test_of_many_labels_the_first_are_shown_and_the_others_counted() -> None:
    """A message stays short, however many labels it is about."""
    assert [shown_labels(labels, 2) for labels in (["a", "b"], ["a", "b", "c"])] == ["'a', 'b'", "'a', 'b' and 1 more"]


@pytest.mark.parametrize("text", ["my machine has leaked since Tuesday", "Undichtigkeitsmeldungen-seit-Dienstag-abend"])
def test_what_may_be_somebodys_text_is_in_no_message(text: str) -> None:
    """A file without a header is refused, and its first row does not end up in logs and e-mails."""
    with pytest.raises(UserError, match="reads like a row with a text") as refusal:
        choose_columns(["17", text, "2026-11-21"], "a.csv", is_training=False)
    assert text not in str(refusal.value)


def test_a_file_to_classify_may_keep_its_label_column() -> None:
    """A held-out file with labels is classified by its text."""
    assert choose_columns(["label", "text"], "a.csv", is_training=False) == Columns(1, None)


def test_wanted_names_win_over_known_ones() -> None:
    """The settings decide, though other columns look right."""
    header = ["text", "label", "said", "kind"]
    chosen = choose_columns(header, "a.csv", text_column="said", label_column="kind", is_training=True)
    assert chosen == Columns(2, 3)


def test_a_wanted_label_is_not_mistaken_for_the_text() -> None:
    """The label column may have a name that texts have; the other known name is then the text, and no ambiguity is left."""
    chosen = choose_columns(["id", "review", "message"], "a.csv", label_column="message", is_training=True)
    assert chosen == Columns(1, 2)


def test_a_wanted_text_column_leaves_the_other_of_two_as_the_label() -> None:
    """The setting names the text, though the other column has a name that texts have."""
    assert choose_columns(["review", "said"], "a.csv", text_column="said", is_training=True) == Columns(1, 0)


def test_a_wanted_name_is_found_in_any_case_unless_one_is_written_exactly_so() -> None:
    """`Said` finds `SAID`; where both exist, the exact one is meant."""
    assert choose_columns(["id", "SAID", "x"], "a.csv", text_column="Said", is_training=False) == Columns(1, None)
    assert choose_columns(["SAID", "Said", "x"], "a.csv", text_column="Said", is_training=False) == Columns(1, None)


def test_a_wanted_name_that_is_missing_is_named_with_what_was_seen() -> None:
    """The message names the file, the setting's column and the columns that are there."""
    with pytest.raises(UserError, match=r"'a\.csv' has no column 'said'.*text column.*settings.*'id', 'text'"):
        choose_columns(["id", "text"], "a.csv", text_column="said", is_training=False)


@pytest.mark.parametrize("is_training", [False, True])
def test_two_texts_are_refused_with_both_names(is_training: bool) -> None:
    """Guessing would classify the wrong column in silence."""
    with pytest.raises(UserError, match=r"'a\.csv'.*more than one column that could be the text: 'Review', 'message'.*--text-column NAME"):
        choose_columns(["Review", "label", "message"], "a.csv", is_training=is_training)


def test_two_labels_are_refused_with_both_names() -> None:
    """Sentiment and category in one file need a setting."""
    with pytest.raises(UserError, match=r"could be the label: 'sentiment', 'category'.*--label-column NAME"):
        choose_columns(["text", "sentiment", "category"], "a.csv", is_training=True)


def test_two_texts_and_no_label_are_refused() -> None:
    """Of two columns that both look like the text, neither is taken for the label."""
    with pytest.raises(UserError, match="could be the text: 'text', 'review'"):
        choose_columns(["text", "review"], "a.csv", is_training=True)


def test_a_name_that_occurs_twice_is_refused() -> None:
    """Two columns of the same name cannot be told apart, not even by a setting: none is advised."""
    with pytest.raises(UserError, match=r"'text', 'text'\. Rename all but one of them\.$"):
        choose_columns(["text", "text"], "a.csv", is_training=False)
    with pytest.raises(UserError, match=r"'said', 'said'\. Rename all but one of them\.$"):
        choose_columns(["said", "said"], "a.csv", text_column="said", is_training=False)


@pytest.mark.parametrize(("is_training", "what"), [(False, "text"), (True, "label")])
def test_unknown_columns_are_refused_with_the_names_seen(is_training: bool, what: str) -> None:
    """The message shows the names, and how to name the right one."""
    with pytest.raises(UserError, match=rf"no column that is known to hold the {what}.*'id', 'a', 'b'.*--{what}-column NAME"):
        choose_columns(["id", "a", "b"], "a.csv", is_training=is_training)


def test_both_columns_of_a_training_file_are_asked_for_at_once() -> None:
    """Who mends one is not told of the other afterwards, and learns how to name them for a single file."""
    with pytest.raises(UserError) as refusal:
        choose_columns(["id", "a", "b"], "a.csv", is_training=True)
    assert str(refusal.value) == (
        "'a.csv' has no column that is known to hold the label and none for the text. Its columns are 'id', 'a', 'b'. Rename the right ones"
        " to 'label' and 'text', or name them when you check or send the file ('kit drop FILE --label-column NAME"
        " --text-column NAME')."
    )


def test_columns_are_known_in_other_languages() -> None:
    """A clerk names columns in the language of the claims."""
    for header in (["Beschreibung", "Kategorie"], ["texte", "Catégorie"], ["文本", "类别"]):
        assert choose_columns(header, "a.csv", is_training=True) == Columns(0, 1)


def test_a_wide_header_is_not_shown_whole() -> None:
    """A sentence for a person stays readable for a file of a thousand columns."""
    with pytest.raises(UserError, match=rf"'c{MAX_SHOWN - 1}' and more") as refusal:
        choose_columns([f"c{number}" for number in range(1000)], "a.csv", is_training=False)
    assert f"'c{MAX_SHOWN}'" not in str(refusal.value)


def test_one_column_cannot_be_both() -> None:
    """Settings that name the same column twice are refused."""
    with pytest.raises(UserError, match="'said' cannot be both text and label"):
        choose_columns(["said", "x"], "a.csv", text_column="said", label_column="said", is_training=True)


@pytest.mark.parametrize(
    ("header", "position"),
    [
        (["text", "Claim-Category"], 1),
        (["category", "text"], 0),
        (["text", "category", "label"], None),
        (["text", "remark"], None),
        (["category"], None),
    ],
    ids=["after", "before", "two", "none", "the text itself"],
)
def test_the_submitters_own_category_is_known_by_its_columns_name(header: list[str], position: int | None) -> None:
    """As a label column is; where two could be it, neither is, and a text is no category."""
    text = header.index("text") if "text" in header else 0
    assert own_label_position(header, text) == position
