"""The sentences of a check: what a person should know about a file, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from contract.check_facts import TRAIN, Facts, Finding, RowCount
from contract.check_labels import findings_about_labels
from contract.check_wording import SHOWN, reasons_of_lines, refusal, remark, warning
from contract.hyperparameters import Hyperparameters
from contract.layout import DEFAULT_CLASSIFIER, MANIFEST_SUFFIXES, TABLE_SUFFIXES, Drop, is_manifest
from contract.table import PREDICTION_COLUMNS, added_columns
from contract.texts import VAGUE
from contract.wording import counted

MIXED_LANGUAGES = 0.05  # share of a second language worth a remark
LONG_SHARE = 0.01  # share of long texts worth a remark


def findings_about(facts: Facts) -> Iterator[Finding]:
    """What there is to say about a file that could be read to its end."""
    yield from _file(facts)
    yield from _unusable_rows(facts)
    yield from _copies(facts)
    if facts.purpose == TRAIN:
        yield from findings_about_labels(facts)
    yield from _texts(facts)
    yield from _cells(facts)


def _file(facts: Facts) -> Iterator[Finding]:
    suffixes = TABLE_SUFFIXES + (MANIFEST_SUFFIXES if facts.purpose == TRAIN else ())
    if not Drop(DEFAULT_CLASSIFIER, facts.file).has_suffix(suffixes):
        yield refusal("name", f"'{facts.file}' would be refused for its name, which should end in {', '.join(suffixes)}. Rename it.")
    if not facts.rows:
        yield refusal("rows", f"'{facts.file}' has no rows below the header. Add one row per text.")
    if facts.encoding == "cp1252":
        yield remark(
            "encoding",
            "The file is read as Windows-1252, which is what Excel writes by default and knows Western European letters only."
            " If accents come out wrong, save it as 'CSV UTF-8 (comma delimited)'.",
        )


def _unusable_rows(facts: Facts) -> Iterator[Finding]:
    is_training = facts.purpose == TRAIN
    if facts.rejected.rows:
        if is_manifest(facts.file):
            sentence = (
                f"{counted(facts.rejected.rows, 'line')} without a label that can be used would be left out: {reasons_of_lines(facts)}."
                " Have their texts labelled anew, if there are many."
            )
        else:
            reasons = "; ".join(f"{count:,} x {reason}" for reason, count in list(facts.rejected_why.items())[:SHOWN])
            sentence = (
                f"{counted(facts.rejected.rows, 'row')} cannot be read and would be left out ({reasons});"
                f" the first is row {_first(facts.rejected)}."
                " Mend them: a field that holds the delimiter, a line break or a quotation mark belongs in quotation marks."
            )
        yield warning("rejected", sentence, facts.rejected)
    if facts.empty_texts.rows:
        fate = "would be left out of the training" if is_training else "would come back without a label"
        yield warning(
            "empty_texts",
            f"{_have(facts.empty_texts)} no word in the column '{facts.text_column}' and {fate}; the first is row"
            f" {_first(facts.empty_texts)}. Fill in the text, or delete the row.",
            facts.empty_texts,
        )
    if facts.unlabelled.rows:
        yield warning(
            "unlabelled",
            f"{_have(facts.unlabelled)} no label in the column '{facts.label_column}' and would be left out of the training;"
            f" the first is row {_first(facts.unlabelled)}. Fill in the label, or delete the row.",
            facts.unlabelled,
        )


def _copies(facts: Facts) -> Iterator[Finding]:
    is_training = facts.purpose == TRAIN
    if facts.duplicates.rows:
        same = " and the same label" if is_training else ""
        fate = "A training uses one of each." if is_training else "Each is classified; without the copies the job is shorter."
        yield remark(
            "duplicates",
            f"{_have(facts.duplicates)} the text{same} of another row, for instance rows {_example(facts.duplicates)}. {fate}",
            facts.duplicates,
        )
    if facts.contradictory.rows:
        winner = "whose confidences add up to most" if facts.doubtful.rows else "that most rows of such a text have"
        yield warning(
            "contradictory",
            f"{_have(facts.contradictory)} the text of another row but a different label, for instance rows"
            f" {_example(facts.contradictory)}. A training uses the label {winner}, and none where they tie."
            " Decide on one label for each text.",
            facts.contradictory,
        )
    if facts.doubtful.rows:
        yield remark(
            "weights",
            f"{_have(facts.doubtful)} a label with a confidence below 1, the least {facts.least_weight:.2g}; the first is row"
            f" {_first(facts.doubtful)}. A training weighs such rows by it.",
            facts.doubtful,
        )
    if facts.leaked.rows:
        fate = " A training that is given both files leaves these rows out." if is_training else ""
        yield warning(
            "leaked",
            f"{_have(facts.leaked)} a text that is also in '{facts.against}'; the first is row {_first(facts.leaked)}. A model looks better"
            f" than it is when it is measured on texts that it has learned.{fate} Delete them from one of the files.",
            facts.leaked,
        )


def _texts(facts: Facts) -> Iterator[Finding]:
    texts = facts.rows - facts.rejected.rows - facts.empty_texts.rows
    if facts.words and facts.words.percentile_95 == 1:
        yield warning(
            "single_words",
            f"Nearly all texts in the column '{facts.text_column}' are one word. Is it the right column? Another one is named with"
            " --text-column, here and by 'kit drop'.",
            RowCount(texts),
        )
    if facts.long_texts.rows > LONG_SHARE * texts:
        yield remark(
            "long_texts",
            f"{_have(facts.long_texts)} more than {Hyperparameters.max_tokens} words. A part of the model reads only the beginning and the"
            " end of such a text; the hyperparameter max_tokens moves that bound, at a price in time.",
            facts.long_texts,
        )
    languages = [(name, share) for name, share in facts.languages.items() if share >= MIXED_LANGUAGES and name not in VAGUE]
    if len(languages) > 1:
        main, *others = [f"{name} ({share:.0%})" for name, share in languages]
        yield remark(
            "languages",
            f"Most texts look like {main}, some like {', '.join(others[:SHOWN])}, roughly."
            " A model learns each language from its own rows only: see that there are enough of each.",
        )


def _cells(facts: Facts) -> Iterator[Finding]:
    if taken := [name for name in facts.columns if name in PREDICTION_COLUMNS]:
        names = ", ".join(f"'{name}'" for name in taken)
        fate = f" The new ones would be named '{added_columns(facts.columns)[0]}' and so on." if facts.purpose != TRAIN else ""
        yield remark(
            "result_columns", f"The file holds columns of an earlier result of this kit: {names}.{fate} Delete them if they are old."
        )
    if facts.formulas.rows:
        yield remark(
            "formulas",
            f"{_have(facts.formulas)} a cell that a spreadsheet would run as a formula; the first is row {_first(facts.formulas)}."
            " The kit runs nothing, but a spreadsheet may when somebody opens the file. By hand, 'python -m container predict"
            " --neutralise-all' disarms all cells of a result.",
            facts.formulas,
        )


def _have(count: RowCount) -> str:
    return f"{counted(count.rows, 'row')} {'has' if count.rows == 1 else 'have'}"


def _first(count: RowCount) -> str:
    return f"{count.example[0]:,}"


def _example(count: RowCount) -> str:
    return " and ".join(f"{row:,}" for row in count.example)
