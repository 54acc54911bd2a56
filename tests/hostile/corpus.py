"""The corpus: hundreds of odd and bad files, made by a seed, each with what should become of it.

`python -m tests.hostile --seed S` puts all of them through the kit; `--write DIR` writes them to look at.
"""

from __future__ import annotations

import gzip
import random

from tests.hostile import contents, damage, encodings, labels, strangers, structures
from tests.hostile.cases import Case, Maker, Refusal

TO_CLASSIFY: tuple[Maker, ...] = (
    encodings.unicode_tables, encodings.western_tables, encodings.other_encodings, encodings.ascii_disguises,
    encodings.mixed_encodings, encodings.broken_characters, encodings.marks, encodings.compressed,
    structures.blank_lines, structures.line_ends, structures.quotation_marks, structures.named_delimiters, structures.widths,
    structures.headers, structures.only_columns, structures.titles, structures.long_names, structures.no_header, structures.names_of_files,
    damage.bad_rows, damage.open_quotation_marks, damage.long_fields, damage.glued_files,
    contents.odd_texts, contents.random_texts, contents.sameness,
    strangers.nothing, strangers.archives, strangers.binaries, strangers.web_pages, strangers.json_files, strangers.programs,
)  # fmt: skip
TO_TRAIN: tuple[Maker, ...] = (labels.usable, labels.unusable)


def to_classify(seed: int) -> list[Case]:
    """The files to classify."""
    return _made(TO_CLASSIFY, seed)


def to_train(seed: int) -> list[Case]:
    """The files to train on."""
    return _made(TO_TRAIN, seed)


def heavy(seed: int) -> list[Case]:
    """Files that take seconds each, and gigabytes when they are taken for what they seem."""
    return [*_made((damage.endless,), seed), _bomb()]


def _bomb() -> Case:
    """A gzip file of less than two megabytes that unpacks to more than a gigabyte of sound rows."""
    part = gzip.compress(b"late\n" * 13_000_000)
    content = gzip.compress(b"text\n") + part * 18
    return Case("gzip-bomb", content, Refusal("unpacks to more than 100 times its size"), "claims.csv.gz")


def _made(makers: tuple[Maker, ...], seed: int) -> list[Case]:
    """What the makers make; each has chances of its own, so that adding one changes no other."""
    return [case for maker in makers for case in maker(random.Random(f"{seed} {maker.__name__}"))]  # noqa: S311  # odd files are no secret
