"""What the rows of a file tell one by one, gathered in little memory."""

from __future__ import annotations

from collections import Counter

from contract.check_facts import TRAIN, Facts, LabelCount, Quantiles
from contract.columns import MIN_ROWS, Columns, check_label
from contract.duplicates import NO_LABEL, TextIndex
from contract.hyperparameters import Hyperparameters
from contract.table import RejectedRow, Row, neutralise
from contract.texts import language_of, normal_form, text_key

MAX_LABELS_COUNTED = 10_000  # a column with more is no label, and its values need not fill the memory
MAX_REASONS = 50  # kinds of unreadable rows that are counted apart
OTHER_REASONS = "another reason"
EXACT_LENGTHS = 1000  # longer texts are counted by the first digits of their length, so that the counts stay few
LANGUAGE_ROWS = 5000  # of so many rows each text's language is guessed ...
LANGUAGE_CHANCE = 16  # ... and below them that of one text in so many


class Reading:
    """Takes row after row and writes what they tell into facts and an index of texts."""

    def __init__(self, facts: Facts, columns: Columns, texts: TextIndex) -> None:
        self._facts, self._columns, self._texts = facts, columns, texts
        self._numbers: dict[str, int] = {}  # labels, from NO_LABEL + 1
        self._labelled: Counter[int] = Counter()
        self._rejected: Counter[str] = Counter()
        self._words: Counter[int] = Counter()
        self._characters: Counter[int] = Counter()
        self._languages: Counter[str] = Counter()

    def take(self, row: Row | RejectedRow) -> None:
        """One row more. Raises UserError for a label that is none, as a training would."""
        self._facts.rows += 1
        if isinstance(row, RejectedRow):
            self._reject(row)
            return
        if any(map(_is_formula, row.fields)):
            self._facts.formulas.add(row.number)
        text = row.fields[self._columns.text]
        if form := normal_form(text):
            self._measure(row.number, form, len(text))
            self._index(row, form)
        else:
            self._facts.empty_texts.add(row.number)

    def _reject(self, row: RejectedRow) -> None:
        self._facts.rejected.add(row.number)
        is_apart = row.reason in self._rejected or len(self._rejected) < MAX_REASONS
        reason = row.reason if is_apart else OTHER_REASONS
        self._rejected[reason] += 1
        self._facts.rejected_first.setdefault(reason, row.number)

    def _measure(self, number: int, form: str, characters: int) -> None:
        words = form.count(" ") + 1
        self._words[_rounded(words)] += 1
        self._characters[_rounded(characters)] += 1
        if words > Hyperparameters.max_tokens:
            self._facts.long_texts.add(number)

    def _index(self, row: Row, form: str) -> None:
        label = NO_LABEL
        if self._columns.label is not None:
            name = row.fields[self._columns.label].strip()
            if not name:
                self._facts.unlabelled.add(row.number)
                return
            check_label(name, row.number, self._facts.file)
            label = self._number(name)
        key = text_key(form)
        self._texts.add(key, row.number, label, row.weight)
        if row.weight < 1:
            self._facts.doubtful.add(row.number)
            self._facts.least_weight = min(self._facts.least_weight, row.weight)
        if self._facts.rows <= LANGUAGE_ROWS or key[-1] % LANGUAGE_CHANCE == 0:
            self._languages[language_of(form)] += 1

    def _number(self, label: str) -> int:
        """A label's number; all labels after MAX_LABELS_COUNTED share the last one."""
        number = self._numbers.get(label)
        if number is None:
            number = NO_LABEL + 1 + min(len(self._numbers), MAX_LABELS_COUNTED)
            if len(self._numbers) < MAX_LABELS_COUNTED:
                self._numbers[label] = number
        self._labelled[number] += 1
        return number

    def finish(self, usable: Counter[int]) -> None:
        """Write what was gathered into the facts.

        `usable` counts the rows that would be used, by the number of their label, if each label has enough of them.
        """
        facts = self._facts
        rare = Counter({label: rows for label, rows in usable.items() if facts.purpose == TRAIN and rows < MIN_ROWS})
        usable = usable - rare
        facts.usable = usable.total()
        facts.rejected_why = dict(self._rejected.most_common())
        facts.languages = {name: count / self._languages.total() for name, count in self._languages.most_common()}
        if self._words:
            facts.words, facts.characters = Quantiles.of(self._words), Quantiles.of(self._characters)
        entries = [
            LabelCount(label, self._labelled[number], usable[number], usable[number] / max(facts.usable, 1), rare[number])
            for label, number in self._numbers.items()
        ]
        facts.labels = sorted(entries, key=lambda entry: (-entry.usable, entry.label))


def _is_formula(value: str) -> bool:
    return neutralise(value) is not value


def _rounded(length: int) -> int:
    """A length with its first three digits, exact up to EXACT_LENGTHS."""
    if length < EXACT_LENGTHS:
        return length
    step: int = 10 ** (len(str(length)) - 3)
    return length // step * step
