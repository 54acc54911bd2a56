"""The texts that a labelling job asks about: of a file, or of all objects below a classifier's prefix of unlabelled texts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contract.columns import choose_columns
from contract.errors import UserError
from contract.layout import TABLE_SUFFIXES, TEXT_SUFFIXES, is_manifest
from contract.manifest import SOURCE, DroppedLine, open_manifest, read_sources
from contract.manifest_writing import encoded
from contract.posts import unlabelled_prefix
from contract.table import RejectedRow, TableReader
from contract.texts import normal_form, text_digest
from kit import printing

MAX_TEXTS = 100_000  # in one job: a quota of Ground Truth
MAX_CHARS = 50_000  # of a text; a line of an input manifest has a bound, and nobody reads more
NO_TEXT, COPY, UNREADABLE, LONG = "no text", "the text of another row", "cannot be read", "longer than anybody reads"


@dataclass
class InputManifest:
    """Lines of an input manifest, each text once, and what was left out, by reason."""

    lines: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, texts: Iterable[str | None], most: int = MAX_TEXTS) -> InputManifest:
        """The first `most` different ones of the texts; None stands for a row that cannot be read. Raises UserError when there is none."""
        made = cls()
        seen: set[bytes] = set()
        for text in texts:
            if len(made.lines) == most:
                break
            reason = _reason(text)
            if text is None or reason:
                made.left_out[reason] += 1
            elif (digest := text_digest(text)) in seen:
                made.left_out[COPY] += 1
            else:
                seen.add(digest)
                made.lines.append(json.dumps({SOURCE: encoded(text)}, ensure_ascii=False))
        if not made.lines:
            raise UserError("There is no text to be labelled: every row is empty or cannot be read. Give a file with a column of texts.")
        return made

    def to_bytes(self) -> bytes:
        """The file."""
        return "".join(f"{line}\n" for line in self.lines).encode()


def texts_of(path: Path, name: str, text_column: str = "") -> Iterator[str | None]:
    """The texts of a table or a manifest; None for a row that cannot be read. Raises UserError when the file as a whole cannot be."""
    if is_manifest(name):
        with open_manifest(path) as stream:
            yield from (None if isinstance(line, DroppedLine) else line.text for line in read_sources(stream, name))
        return
    if not name.lower().endswith(TABLE_SUFFIXES):
        raise UserError(f"'{name}' holds no texts that can be read: give a CSV file with a column of texts, or lines with 'source'.")
    reader = TableReader(path, name)
    column = choose_columns(reader.header, name, text_column=text_column, is_training=False).text
    yield from (None if isinstance(row, RejectedRow) else row.fields[column] for row in reader)


@contextmanager
def collected(s3: Any, bucket: str, classifier: str, text_column: str = "") -> Iterator[Iterator[str | None]]:
    """The texts of all unlabelled objects of a classifier, in the order of their keys, without those of another kind.

    Raises UserError when there is none.
    """
    prefix = unlabelled_prefix(classifier)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    objects = [entry for page in pages for entry in page.get("Contents", []) if _has_texts(entry)]
    if not objects:
        raise UserError(f"There is no file of texts below '{prefix}' in the bucket {bucket}. Put some there, or name a file.")
    with TemporaryDirectory(prefix="kit-label-") as folder:
        yield _downloaded(s3, bucket, objects, Path(folder), text_column)


def _has_texts(entry: Mapping[str, Any]) -> bool:
    """Whether a listed object is one that texts can be read from: what else lies there is no defect."""
    return bool(entry["Size"]) and entry["Key"].lower().endswith(TEXT_SUFFIXES)


def _downloaded(s3: Any, bucket: str, objects: list[Mapping[str, Any]], folder: Path, text_column: str) -> Iterator[str | None]:
    with printing.waiting("Reading the unlabelled texts") as say:
        for number, entry in enumerate(objects, 1):
            say(f"Reading the unlabelled texts: {number:,} of {len(objects):,} objects")
            path = folder / "object"
            s3.download_file(bucket, entry["Key"], str(path))
            yield from texts_of(path, entry["Key"], text_column)
            path.unlink()


def _reason(text: str | None) -> str:
    """Why a text is not asked about; empty when it is."""
    if text is None:
        return UNREADABLE
    if not normal_form(text):
        return NO_TEXT
    return LONG if len(text) > MAX_CHARS else ""
