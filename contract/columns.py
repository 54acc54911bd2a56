"""Which column holds the text and which the label: named in the settings, or known by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from contract.errors import UserError
from contract.only_column import is_name, visible
from contract.wording import did_you_mean, shortened

TEXT_NAMES = (
    "text",
    "review",
    "claim",
    "description",
    "body",
    "message",
    "comment",
    "complaint",
    "content",
    "sentence",
    "tweet",
    "claim text",
    "claim description",
    "review text",
    "ticket text",
    "utterance",
    "beschreibung",
    "nachricht",
    "kommentar",
    "texte",
    "texto",
    "testo",
    "文本",
)
LABEL_NAMES = (
    "label",
    "sentiment",
    "category",
    "class",
    "target",
    "intent",
    "topic",
    "claim category",
    "airline sentiment",
    "kategorie",
    "klasse",
    "catégorie",
    "categoría",
    "categoria",
    "类别",
    "标签",
)

LEAST_LABELS, MAX_LABELS = 2, 1000  # that one classifier can tell apart
MIN_ROWS = 2  # of a label that is learned: one to learn from, one to be held out
MAX_SHOWN = 12  # column names in a message
MAX_CHARS = 200  # of a label, or of the name of the column with texts or labels: they go into records and messages that have bounds
MAX_NAME_CHARS, MAX_NAME_WORDS = 40, 5  # a longer one may be somebody's text: it is in no message, and so in no log and no e-mail
_OTHER_DELIMITER = re.compile(r"(?<=\w)([~^:#!*§¦+=&]+|\s{2,})(?=\w)")  # between the names of an only column
_FIGURES = re.compile(r"[\d.,:/+\- ]*\d[\d.,:/+\- ]*")  # a number, a date or a time stands beside texts, and is seldom a name
SENTENCE_WORDS = 3  # in a first row with so many it is no odd delimiter that parts them


@dataclass(frozen=True)
class Columns:
    """Positions in the header; `label` is None in a file to classify."""

    text: int
    label: int | None


def choose_columns(header: Sequence[str], name: str, *, text_column: str = "", label_column: str = "", is_training: bool) -> Columns:
    """Find the columns. `name` is the file's; raises UserError naming what was seen and the remedy."""
    label = None
    if is_training:
        label = _choose(header, name, "label", label_column, LABEL_NAMES, taken=None)
        if label is None and len(header) == len(("text", "label")):
            only = _choose(header, name, "text", text_column, TEXT_NAMES, taken=None)
            label = None if only is None else 1 - only
        if label is None:
            text = _choose(header, name, "text", text_column, TEXT_NAMES, taken=None)
            raise _unknown(header, name, ["label"] if text is not None else ["label", "text"])
    text = _choose(header, name, "text", text_column, TEXT_NAMES, taken=label)
    if text is None:
        others = [position for position in range(len(header)) if position != label]
        if len(others) != 1:
            raise _unknown(header, name, ["text"])
        text = others[0]
        if len(header) == 1:
            _check_only(header[text], name)
    if text == label:
        raise UserError(f"'{name}': the column '{shortened(header[text])}' cannot be both text and label.")
    for what, position in (("text", text), ("label", label)):
        if position is not None and len(header[position]) > MAX_CHARS:
            raise UserError(
                f"'{name}': the name of the {what} column in the first row has {len(header[position]):,} characters; at most {MAX_CHARS}"
                f" are allowed. Rename it to '{what}'."
            )
    return Columns(text, label)


def own_label_position(header: Sequence[str], text_position: int) -> int | None:
    """The column of a file to classify that has the name of one with labels: the submitter's own category, it may be.

    None when there is none, or more than one.
    """
    found = [position for position in _matches(header, LABEL_NAMES) if position != text_position]
    return found[0] if len(found) == 1 else None


def _check_only(first_row: str, name: str) -> None:
    """Raises UserError for the first row of a single column when it may be the first text. It is not shown, for that reason."""
    known = TEXT_NAMES[0]
    if len(first_row.split()) < SENTENCE_WORDS and _OTHER_DELIMITER.search(first_row):
        raise UserError(
            f"'{name}': the first row seems to hold several names, but neither commas, semicolons, tabs"
            " nor pipes part them. Save the file as 'CSV UTF-8 (comma delimited)' and drop it again; if it is one name, rename it to"
            f" '{known}'."
        )
    if not is_name(first_row):
        raise UserError(
            f"'{name}': the first row should hold the name of the column, but it may be a text, which would be lost. If it is one, put a"
            f" row with the name '{known}' above it; if it is a name, rename it to '{known}', or {named_when_sent('text')}."
        )


def named_when_sent(*whats: str, which: str = "it") -> str:
    """The remedy for a column, "text" or "label", that is not known by its name: half a sentence. The page leaves the command out."""
    return f"name {which} when you check or send the file ('kit drop FILE {' '.join(f'--{what}-column NAME' for what in whats)}')"


def check_label(label: str, row: int, name: str) -> None:
    """Raises UserError for what is too long to be the label in a row of a file: it is rather a text."""
    if len(label) > MAX_CHARS:
        raise UserError(
            f"'{name}': the label in row {row:,} has {len(label):,} characters; at most {MAX_CHARS} are allowed. If another column"
            f" holds the labels, {named_when_sent('label')}; else shorten the label."
        )


def shown_label(label: str) -> str:
    """A label in a message, unless it may be a text: where the columns were mistaken, none ends up in logs and e-mails."""
    return f"one that reads like a text ({len(label):,} characters)" if may_be_text(label) else f"'{shortened(label)}'"


def shown_labels(labels: Sequence[str], most: int) -> str:
    """The first `most` of the labels in a message, and how many more there are."""
    shown = ", ".join(map(shown_label, labels[:most]))
    return f"{shown} and {len(labels) - most} more" if len(labels) > most else shown


def shown_column(name: str) -> str:
    """A column in a message, without its name if that may be a text."""
    return "a column with a long name" if may_be_text(name) else f"the column '{shortened(name)}'"


def _choose(header: Sequence[str], name: str, what: str, wanted: str, known: Sequence[str], taken: int | None) -> int | None:
    if wanted:
        found = [i for i, column in enumerate(header) if column == wanted] or _matches(header, (wanted,))
        if not found:
            meant = did_you_mean(wanted, header if _are_names(header) else ())
            raise UserError(
                f"'{name}' has no column '{wanted}', which was named as the {what} column with the file or in the settings."
                f" {_seen(header)}{meant}"
            )
    else:
        found = [position for position in _matches(header, known) if position != taken]
    if len(found) > 1:
        names = ", ".join(f"'{shortened(header[position])}'" for position in found[:MAX_SHOWN])
        are_different = len({header[position] for position in found}) == len(found)
        remedy = f"all but the right one, or {named_when_sent(what, which='the right one')}" if are_different else "all but one of them"
        raise UserError(f"'{name}' has more than one column that could be the {what}: {names}. Rename {remedy}.")
    return found[0] if found else None


def _matches(header: Sequence[str], names: Sequence[str]) -> list[int]:
    known = {_plain(name) for name in names}
    return [position for position, column in enumerate(header) if _plain(column) in known]


def is_one_of(column: str, names: Sequence[str]) -> bool:
    """Whether a column has one of these names, however it is written."""
    return _plain(column) in {_plain(name) for name in names}


def _plain(column: str) -> str:
    """A name as it is compared."""
    return re.sub(r"[\s_\-]+", " ", visible(column)).strip().casefold()


def _unknown(header: Sequence[str], name: str, missing: Sequence[str]) -> UserError:
    """`missing` are the words "label" and "text", which are the first of the known names too."""
    ones, them = ("ones", "them") if len(missing) > 1 else ("one", "it")
    return UserError(
        f"'{name}' has no column that is known to hold the {' and none for the '.join(missing)}. {_seen(header)}"
        f" Rename the right {ones} to {' and '.join(map(repr, missing))}, or {named_when_sent(*missing, which=them)}."
    )


def is_figure(cell: str) -> bool:
    """Whether a cell is a number, a date or a time."""
    return bool(_FIGURES.fullmatch(cell.strip()))


def may_be_text(name: str) -> bool:
    """Whether what should be the name of a column or a label may be what somebody wrote, for it is rather long."""
    return len(name) > MAX_NAME_CHARS or len(name.split()) > MAX_NAME_WORDS


def _are_names(header: Sequence[str]) -> bool:
    """Whether the first row may be shown."""
    return len(header) > 1 and not any(may_be_text(column) or is_figure(column) for column in header)


def _seen(header: Sequence[str]) -> str:
    """The columns' names, unless the first row may hold what a person wrote: its only cell, or one beside a number or a date."""
    if len(header) == 1:
        return "Its only column has another name, or none."
    if not _are_names(header):
        return "Its first row, which should hold the names of the columns, reads like a row with a text."
    shown = ", ".join(f"'{shortened(column)}'" for column in header[:MAX_SHOWN])
    return f"Its columns are {shown}{' and more' if len(header) > MAX_SHOWN else ''}."
