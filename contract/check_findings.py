"""The sentences of a check: what a person should know about a file, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from contract.check_facts import TRAIN, Facts, Finding, LabelCount, RowCount, Severity
from contract.check_reading import MAX_LABELS_COUNTED
from contract.columns import LEAST_LABELS, MAX_LABELS, MIN_ROWS
from contract.hyperparameters import Hyperparameters
from contract.layout import DEFAULT_CLASSIFIER, MANIFEST_SUFFIXES, TABLE_SUFFIXES, Drop, is_manifest
from contract.table import PREDICTION_COLUMNS, added_columns
from contract.texts import VAGUE
from contract.wording import counted

FEW_IN_ALL = 300  # a tenth of fewer says little
FEW_ROWS = 10  # of a label: with fewer, hardly one is held out
MAX_IMBALANCE = 20  # the most frequent label's rows by the rarest one's
MIXED_LANGUAGES = 0.05  # share of a second language worth a remark
LONG_SHARE = 0.01  # share of long texts worth a remark
MANY_LABELS, MANY_FITS = 100, 2_000_000  # labels, and rows times labels, from which the wide part of a model learns for minutes
SHOWN = 8  # labels, reasons or columns in a sentence
SHOWN_CHARS = 60  # of a label
OTHER_COLUMN = " Is it the right column? Another one is named with --label-column, here and by 'kit drop'."

NO_ROWS = RowCount()


def findings_about(facts: Facts) -> Iterator[Finding]:
    """What there is to say about a file that could be read to its end."""
    yield from _file(facts)
    yield from _unusable_rows(facts)
    yield from _copies(facts)
    if facts.purpose == TRAIN:
        yield from _labels(facts)
    yield from _texts(facts)
    yield from _cells(facts)


def _file(facts: Facts) -> Iterator[Finding]:
    suffixes = TABLE_SUFFIXES + (MANIFEST_SUFFIXES if facts.purpose == TRAIN else ())
    if not Drop(DEFAULT_CLASSIFIER, facts.file).has_suffix(suffixes):
        yield _refusal("name", f"'{facts.file}' would be refused for its name, which should end in {', '.join(suffixes)}. Rename it.")
    if not facts.rows:
        yield _refusal("rows", f"'{facts.file}' has no rows below the header. Add one row per text.")
    if facts.encoding == "cp1252":
        yield _remark(
            "encoding",
            "The file is read as Windows-1252, which is what Excel writes by default and knows Western European letters only."
            " If accents come out wrong, save it as 'CSV UTF-8 (comma delimited)'.",
        )


def _unusable_rows(facts: Facts) -> Iterator[Finding]:
    is_training = facts.purpose == TRAIN
    if facts.rejected.rows:
        if is_manifest(facts.file):
            sentence = (
                f"{counted(facts.rejected.rows, 'line')} without a label that can be used would be left out: {_reasons_of_lines(facts)}."
                " Have their texts labelled anew, if there are many."
            )
        else:
            reasons = "; ".join(f"{count:,} x {reason}" for reason, count in list(facts.rejected_why.items())[:SHOWN])
            sentence = (
                f"{counted(facts.rejected.rows, 'row')} cannot be read and would be left out ({reasons});"
                f" the first is row {_first(facts.rejected)}."
                " Mend them: a field that holds the delimiter, a line break or a quotation mark belongs in quotation marks."
            )
        yield _warning("rejected", sentence, facts.rejected)
    if facts.empty_texts.rows:
        fate = "would be left out of the training" if is_training else "would come back without a label"
        yield _warning(
            "empty_texts",
            f"{_have(facts.empty_texts)} no word in the column '{facts.text_column}' and {fate}; the first is row"
            f" {_first(facts.empty_texts)}. Fill in the text, or delete the row.",
            facts.empty_texts,
        )
    if facts.unlabelled.rows:
        yield _warning(
            "unlabelled",
            f"{_have(facts.unlabelled)} no label in the column '{facts.label_column}' and would be left out of the training;"
            f" the first is row {_first(facts.unlabelled)}. Fill in the label, or delete the row.",
            facts.unlabelled,
        )


def _reasons_of_lines(facts: Facts) -> str:
    """Why lines of a manifest are left out, each reason with its first line."""
    reasons = list(facts.rejected_why.items())[:SHOWN]
    return "; ".join(f"{count:,} x {reason}, the first is line {facts.rejected_first[reason]:,}" for reason, count in reasons)


def _copies(facts: Facts) -> Iterator[Finding]:
    is_training = facts.purpose == TRAIN
    if facts.duplicates.rows:
        same = " and the same label" if is_training else ""
        fate = "A training uses one of each." if is_training else "Each is classified; without the copies the job is shorter."
        yield _remark(
            "duplicates",
            f"{_have(facts.duplicates)} the text{same} of another row, for instance rows {_example(facts.duplicates)}. {fate}",
            facts.duplicates,
        )
    if facts.contradictory.rows:
        winner = "whose confidences add up to most" if facts.doubtful.rows else "that most rows of such a text have"
        yield _warning(
            "contradictory",
            f"{_have(facts.contradictory)} the text of another row but a different label, for instance rows"
            f" {_example(facts.contradictory)}. A training uses the label {winner}, and none where they tie."
            " Decide on one label for each text.",
            facts.contradictory,
        )
    if facts.doubtful.rows:
        yield _remark(
            "weights",
            f"{_have(facts.doubtful)} a label with a confidence below 1, the least {facts.least_weight:.2g}; the first is row"
            f" {_first(facts.doubtful)}. A training weighs such rows by it.",
            facts.doubtful,
        )
    if facts.leaked.rows:
        fate = " A training that is given both files leaves these rows out." if is_training else ""
        yield _warning(
            "leaked",
            f"{_have(facts.leaked)} a text that is also in '{facts.against}'; the first is row {_first(facts.leaked)}. A model looks better"
            f" than it is when it is measured on texts that it has learned.{fate} Delete them from one of the files.",
            facts.leaked,
        )


def _labels(facts: Facts) -> Iterator[Finding]:
    labels = [entry for entry in facts.labels if entry.usable]
    rare = [entry for entry in facts.labels if entry.rare]
    seen = len(labels) + len(rare)
    if facts.rows and not seen:
        if facts.rejected.rows == facts.rows and is_manifest(facts.file):
            sentence = f"No line has a label that can be used: {_reasons_of_lines(facts)}. Have the texts labelled anew."
        else:
            sentence = "No row has both a text and a label that could be used. Add labelled rows."
        yield _refusal("labels", sentence)
    elif seen > MAX_LABELS:
        number = f"{len(facts.labels):,}{' or more' if len(facts.labels) >= MAX_LABELS_COUNTED else ''}"
        yield _refusal(
            "labels",
            f"The column '{facts.label_column}' holds {number} different labels; at most {MAX_LABELS:,} are supported.{OTHER_COLUMN}",
        )
    elif seen == 1:
        yield _refusal(
            "labels", f"There is one label only, {_names(labels or rare)}; a classifier needs at least two. Add rows with others."
        )
    elif seen and len(labels) < LEAST_LABELS:
        yield _refusal(
            "labels",
            f"A classifier needs at least two labels with {MIN_ROWS} usable rows each, and {f'only {_names(labels)}' if labels else 'none'}"
            f" has so many. Fewer have {_names(rare)}. Add rows for each, or merge labels.{'' if labels else OTHER_COLUMN}",
        )
    if len(labels) >= LEAST_LABELS and seen <= MAX_LABELS:
        yield from _rare(rare, facts.usable)
        yield from _lost(facts.labels)
        yield from _balance(labels)
        yield from _alike(facts.labels)


def _rare(labels: Sequence[LabelCount], usable: int) -> Iterator[Finding]:
    if left_out := sum(entry.rare for entry in labels):
        yield _warning(
            "rare_labels",
            f"Fewer than {MIN_ROWS} usable rows have the label {_names(labels)}. A training would leave out {counted(left_out, 'row')}"
            " for that reason, and the model would not know such a label. Add rows for each, merge it with another label, or mend it"
            f" where it is a slip of the pen.{OTHER_COLUMN if left_out > usable else ''}",
            RowCount(left_out),
        )


def _lost(labels: Sequence[LabelCount]) -> Iterator[Finding]:
    if lost := [entry for entry in labels if not entry.usable and not entry.rare]:
        yield _warning(
            "lost_labels",
            f"No row with the label {_names(lost)} can be used, for its texts have other labels elsewhere or are left out as copies."
            " The model would not know it. Decide on one label for each text.",
            RowCount(sum(entry.rows for entry in lost)),
        )


def _balance(labels: Sequence[LabelCount]) -> Iterator[Finding]:
    usable = sum(entry.usable for entry in labels)
    if usable < FEW_IN_ALL:
        yield _warning(
            "few_rows_in_all",
            f"There are {counted(usable, 'usable row')}. About {counted(round(Hyperparameters.test_share * usable), 'row')} would be held"
            " out to measure the model with, and as many to steer the training: figures from so few are rough, and most answers"
            " would ask for a person. Add labelled rows.",
            RowCount(usable),
        )
    if few := [entry for entry in labels if entry.usable < FEW_ROWS]:
        yield _warning(
            "few_rows",
            f"Fewer than {FEW_ROWS} usable rows have the label {_names(few)}. Such a label is learned badly, and hardly a"
            " row is left to measure how well. Add rows, or merge it with another label.",
            RowCount(sum(entry.usable for entry in few)),
        )
    most, least = labels[0], labels[-1]
    if most.usable > MAX_IMBALANCE * least.usable:
        yield _remark(
            "imbalance",
            f"'{_short(most.label)}' has {most.usable:,} usable rows, '{_short(least.label)}' only {least.usable:,}. Look at the figures of"
            " each label in the report, not at the accuracy alone; rows of the rare labels help most.",
        )
    if len(labels) >= MANY_LABELS and usable * len(labels) >= MANY_FITS:
        yield _remark(
            "many_labels",
            f"A model learns each of the {len(labels):,} labels by itself, so a training takes minutes longer than with few labels. Merge"
            " labels that nobody needs apart.",
        )


def _alike(labels: Sequence[LabelCount]) -> Iterator[Finding]:
    """Labels that a person would take for the same."""
    spellings = defaultdict(list)
    for entry in labels:
        spellings["".join(entry.label.casefold().split())].append(entry)
    alike = [entries for entries in spellings.values() if len(entries) > 1]
    if alike:
        shown = "; ".join(_names(entries) for entries in alike[:SHOWN])
        yield _warning(
            "alike_labels",
            f"Some labels differ only in case or spaces and count as different: {shown}. Write them alike.",
            RowCount(sum(entry.rows for entries in alike for entry in entries)),
        )


def _texts(facts: Facts) -> Iterator[Finding]:
    texts = facts.rows - facts.rejected.rows - facts.empty_texts.rows
    if facts.words and facts.words.percentile_95 == 1:
        yield _warning(
            "single_words",
            f"Nearly all texts in the column '{facts.text_column}' are one word. Is it the right column? Another one is named with"
            " --text-column, here and by 'kit drop'.",
            RowCount(texts),
        )
    if facts.long_texts.rows > LONG_SHARE * texts:
        yield _remark(
            "long_texts",
            f"{_have(facts.long_texts)} more than {Hyperparameters.max_tokens} words. A part of the model reads only the beginning and the"
            " end of such a text; the hyperparameter max_tokens moves that bound, at a price in time.",
            facts.long_texts,
        )
    languages = [(name, share) for name, share in facts.languages.items() if share >= MIXED_LANGUAGES and name not in VAGUE]
    if len(languages) > 1:
        main, *others = [f"{name} ({share:.0%})" for name, share in languages]
        yield _remark(
            "languages",
            f"Most texts look like {main}, some like {', '.join(others[:SHOWN])}, roughly."
            " A model learns each language from its own rows only: see that there are enough of each.",
        )


def _cells(facts: Facts) -> Iterator[Finding]:
    if taken := [name for name in facts.columns if name in PREDICTION_COLUMNS]:
        names = ", ".join(f"'{name}'" for name in taken)
        fate = f" The new ones would be named '{added_columns(facts.columns)[0]}' and so on." if facts.purpose != TRAIN else ""
        yield _remark(
            "result_columns", f"The file holds columns of an earlier result of this kit: {names}.{fate} Delete them if they are old."
        )
    if facts.formulas.rows:
        yield _remark(
            "formulas",
            f"{_have(facts.formulas)} a cell that a spreadsheet would run as a formula; the first is row {_first(facts.formulas)}."
            " The kit runs nothing, but a spreadsheet may when somebody opens the file. By hand, 'python -m container predict"
            " --neutralise-all' disarms all cells of a result.",
            facts.formulas,
        )


def _refusal(about: str, sentence: str) -> Finding:
    return Finding(Severity.REFUSAL, about, sentence)


def _warning(about: str, sentence: str, count: RowCount) -> Finding:
    return Finding(Severity.WARNING, about, sentence, count.rows)


def _remark(about: str, sentence: str, count: RowCount = NO_ROWS) -> Finding:
    return Finding(Severity.REMARK, about, sentence, count.rows)


def _have(count: RowCount) -> str:
    return f"{counted(count.rows, 'row')} {'has' if count.rows == 1 else 'have'}"


def _first(count: RowCount) -> str:
    return f"{count.example[0]:,}"


def _example(count: RowCount) -> str:
    return " and ".join(f"{row:,}" for row in count.example)


def _names(labels: Sequence[LabelCount]) -> str:
    shown = ", ".join(f"'{_short(entry.label)}'" for entry in labels[:SHOWN])
    return shown if len(labels) <= SHOWN else f"{shown} and {len(labels) - SHOWN:,} more"


def _short(label: str) -> str:
    line = " ".join(label.split())
    return line if len(line) <= SHOWN_CHARS else f"{line[: SHOWN_CHARS - 1]}…"
