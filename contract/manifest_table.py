"""An augmented manifest as a table of two columns, for whoever looks at files of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from contract.encoding import TableFormat
from contract.manifest import SOURCE, DroppedLine, ManifestReader, is_gzip, open_manifest
from contract.table import RejectedRow, Row


class ManifestTable:
    """The texts and their labels in the columns `source` and the annotation's name; rows are known by the numbers of their lines.

    Raises UserError when the file as a whole cannot be read, as ManifestReader does.
    """

    def __init__(self, path: Path, name: str, attribute: str = "") -> None:
        self.name = name
        self._path, self._wanted = path, attribute
        with open_manifest(path) as stream:
            lines = ManifestReader(stream, name, attribute)
            for _ in lines:
                if lines.attribute:
                    break
            self.header = [SOURCE, lines.attribute]
        self.format = TableFormat("utf-8", "", is_gzip(path), has_damage=False)

    def __iter__(self) -> Iterator[Row | RejectedRow]:
        """All lines that are not blank; one without a label is a rejected row."""
        with open_manifest(self._path) as stream:
            for line in ManifestReader(stream, self.name, self._wanted):
                if isinstance(line, DroppedLine):
                    yield RejectedRow(line.number, line.sentence, "")
                else:
                    yield Row(line.number, [line.text, line.label], line.weight)
