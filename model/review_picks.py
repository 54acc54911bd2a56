"""Which rows of a table come into its review list: the same ones, in however many blocks, processes and shards it is classified."""

from __future__ import annotations

import heapq
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias

import numpy as np

from contract.columns import MAX_CHARS
from contract.review_list import MAX_OTHER_CHARS, MAX_TEXT_CHARS, MOST_ROWS, ReviewKind, ReviewRow, bounded_lines
from contract.texts import text_digest
from model.confidence import Classified
from model.text.sequences import Flags, Positions

if TYPE_CHECKING:
    import numpy.typing as npt

ROUNDING = 4  # decimal digits of a confidence, as in the results
_KEY_BYTES = 8
_LATEST = 2**32 - 1  # of the hashes by which rows are drawn

Floats: TypeAlias = "npt.NDArray[np.float64]"
Hashes: TypeAlias = "npt.NDArray[np.uint32]"
_Found = tuple[int, ReviewKind, float, bytes]  # place in the block, kind, value and key


class Pick(NamedTuple):
    """A row that may come into the list. Of picks with the same key one is enough."""

    key: bytes
    row: ReviewRow

    @property
    def rank(self) -> tuple[float, bytes, int]:
        """The smallest come into the list."""
        return -self.row.value, self.key, self.row.row

    def below(self, rows: int) -> Pick:
        """The same with so many rows above its own first one."""
        return Pick(self.key, self.row._replace(row=self.row.row + rows))

    def to_line(self) -> bytes:
        """JSON, with the line end."""
        return (json.dumps([self.key.hex(), self.row._asdict()]) + "\n").encode("ascii")

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The inverse of `to_line`."""
        key, row = json.loads(line)
        return cls(bytes.fromhex(key), ReviewRow(**row))


class _Best:
    """The best picks of one kind, each key once; holds twice as many as are wanted at most."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._picks: dict[bytes, Pick] = {}
        self.bound: tuple[float, bytes] | None = None  # of value, negated, and key: what is beyond it comes too late

    def add(self, pick: Pick, rows_above: int) -> bool:
        """Whether it is among the best so far."""
        if self.bound and (-pick.row.value, pick.key) > self.bound:
            return False
        if rows_above:
            pick = pick.below(rows_above)
        known = self._picks.get(pick.key)
        if known and known.rank <= pick.rank:
            return False
        self._picks[pick.key] = pick
        if len(self._picks) >= 2 * self._most:
            self._picks = {best.key: best for best in self.sorted()}
            last = next(reversed(self._picks.values()))
            self.bound = last.rank[:2]
        return True

    def sorted(self) -> list[Pick]:
        """The best ones, in order."""
        return heapq.nsmallest(self._most, self._picks.values(), key=lambda pick: pick.rank)


@dataclass
class Picks:
    """The picks of all kinds, and what is known of the file's own categories."""

    own_labels: int = 0  # rows with one
    own_labels_known: int = 0  # of them, those whose category is a label of the model
    own_labels_differing: int = 0  # of those, the rows that the model gave another label
    _best: dict[str, _Best] = field(default_factory=lambda: {kind: _Best(most) for kind, most in MOST_ROWS.items()})

    def add(self, pick: Pick, rows_above: int = 0) -> bool:
        """Whether it is among the best of its kind so far, with so many rows above the one from which its row is counted."""
        return self._best[pick.row.kind].add(pick, rows_above)

    def bound(self, kind: ReviewKind) -> tuple[float, bytes] | None:
        """The value, negated, and the key beyond which a pick of a kind comes too late; None while all are taken."""
        return self._best[kind].bound

    def __iter__(self) -> Iterator[Pick]:
        """The best of each kind, in the list's order."""
        for best in self._best.values():
            yield from best.sorted()

    @property
    def has_own(self) -> bool:
        """Whether the file has categories of its own: a column whose values are mostly no labels of the model holds something else."""
        return 2 * self.own_labels_known > self.own_labels

    def lines(self) -> list[bytes]:
        """The lines of the list; without categories of the file's own there are no disagreements."""
        has_own = self.has_own
        rows = [pick.row._replace(own_label="") if pick.row.own_label and not has_own else pick.row for pick in self]
        drawn = {row.row for row in rows if row.kind == ReviewKind.SPOT_CHECK}  # a sample is one as a whole: it keeps its rows
        rows = [row for row in rows if row.kind != ReviewKind.DISAGREES or (has_own and row.row not in drawn)]
        return [line for kind in ReviewKind for line in bounded_lines(row for row in rows if row.kind == kind)]


class BlockPicks(NamedTuple):
    """What a block adds: picks, whose rows are numbered from 1, and counts of its own categories."""

    picks: list[Pick]
    own_labels: int
    own_labels_known: int
    own_labels_differing: int


class Picker:
    """Picks rows of blocks; the more it has seen, the fewer it picks.

    Spot checks are the rows whose contents have the smallest hashes: as good as drawn by chance, and drawn alike whoever draws.
    `salt` is the model's version: another model draws other rows, for it may have learned what people said of those before.
    `own_position` is the column that may hold the submitter's own category, `others` are names and positions of columns to show.
    """

    def __init__(self, labels: Sequence[str], own_position: int | None, salt: str, others: Sequence[tuple[str, int]] = ()) -> None:
        self._seen = Picks()
        self._names = [*labels, ""]  # the last one for position -1, of a row without text
        self._known = {label: position for position, label in enumerate(labels)}
        self._folded = _folded(labels)
        self._own_position, self._others = own_position, others
        self._salt = np.uint32(zlib.crc32(salt.encode()))

    def __call__(self, rows: Sequence[Sequence[str]], texts: Sequence[str], lines: Sequence[str], said: Classified) -> BlockPicks:
        """Pick among N rows: their fields, their texts, the fields as they stand in the results, and what the model said."""
        is_doubtful = np.fromiter(map(bool, said.reasons), np.bool_, len(texts))
        is_short = np.fromiter(map(len, texts), np.int64, len(texts)) <= MAX_TEXT_CHARS
        is_clear = is_short & ~is_doubtful
        own, known = self._own(rows)
        lead = said.confidence.astype(np.float64) - said.second_confidence
        found = [
            *self._valued(ReviewKind.DOUBTFUL, 1 - lead, is_short & is_doubtful & (said.best >= 0), texts),
            *self._valued(ReviewKind.DISAGREES, said.confidence.astype(np.float64), is_clear & (known >= 0) & (known != said.best), texts),
            *self._drawn(lines, np.flatnonzero(is_clear)),
        ]
        picks = []
        for at, kind, value, key in found:
            row = ReviewRow(
                row=at + 1,
                text=texts[at],
                predicted_label=self._names[said.best[at]],
                confidence=round(float(said.confidence[at]), ROUNDING),
                second_label=self._names[said.second[at]],
                second_confidence=round(float(said.second_confidence[at]), ROUNDING),
                review_reason=said.reasons[at],
                kind=kind.value,
                own_label=self._names[known[at]] or own[at][:MAX_CHARS],
                value=value,
                others=[[name, rows[at][place][:MAX_OTHER_CHARS]] for name, place in self._others if rows[at][place].strip()],
            )
            pick = Pick(key, row)
            if self._seen.add(pick):
                picks.append(pick)
        differs = (known >= 0) & (said.best >= 0) & (known != said.best)
        return BlockPicks(picks, len(own) - own.count(""), int((known >= 0).sum()), int(differs.sum()))

    def _own(self, rows: Sequence[Sequence[str]]) -> tuple[list[str], Positions]:
        """The submitter's category of each row, and (N,) which label of the model it is, or -1."""
        if self._own_position is None:
            return [""] * len(rows), np.full(len(rows), -1)
        own = [row[self._own_position].strip() for row in rows]
        known = (self._known.get(label, self._folded.get(label.casefold(), -1)) for label in own)
        return own, np.fromiter(known, np.int64, len(own))

    def _valued(self, kind: ReviewKind, values: Floats, is_candidate: Flags, texts: Sequence[str]) -> Iterator[_Found]:
        """Of (N,) values those that are not too late; equal texts have equal keys, for one of them is enough."""
        rounded, bound = np.round(values, ROUNDING), self._seen.bound(kind)
        if bound:
            is_candidate = is_candidate & (-rounded <= bound[0])
        for at in np.flatnonzero(is_candidate).tolist():
            yield at, kind, float(rounded[at]), text_digest(texts[at])[:_KEY_BYTES]

    def _drawn(self, lines: Sequence[str], accepted: Positions) -> Iterator[_Found]:
        """Of the rows that need no review those whose hashes are not too late; equal rows have equal keys."""
        bytes_of = [lines[at].encode("utf-8", "surrogatepass") for at in accepted.tolist()]
        hashes = _mixed(_mixed(np.fromiter(map(zlib.crc32, bytes_of), np.uint32, len(bytes_of))) ^ self._salt)
        bound, most = self._seen.bound(ReviewKind.SPOT_CHECK), MOST_ROWS[ReviewKind.SPOT_CHECK]
        latest = int.from_bytes(bound[1][:4], "big") if bound else _LATEST
        if len(distinct := np.unique(hashes[hashes <= latest])) > most:
            latest = int(distinct[most - 1])
        for place in np.flatnonzero(hashes <= latest).tolist():
            key = int(hashes[place]).to_bytes(4, "big") + blake2b(bytes_of[place], digest_size=_KEY_BYTES).digest()
            yield int(accepted[place]), ReviewKind.SPOT_CHECK, 0.0, key


def _folded(labels: Sequence[str]) -> dict[str, int]:
    """The positions of the labels by their case-folded forms, without the forms that several have."""
    forms = [label.casefold() for label in labels]
    times = Counter(forms)
    return {form: position for position, form in enumerate(forms) if times[form] == 1}


def _mixed(values: Hashes) -> Hashes:
    """The finalizer of MurmurHash3 (Appleby): a checksum alone would give rows that differ in a digit hashes that differ alike."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        values = (values ^ (values >> np.uint32(shift))) * np.uint32(factor)
    return values ^ (values >> np.uint32(16))
