"""The lines of a file of JSON objects, as they come: from Windows, compressed, damaged, without any line end."""

from __future__ import annotations

import codecs
import gzip
import zlib
from typing import BinaryIO

from contract.encoding import MAX_FIELD_CHARS
from contract.errors import UserError
from contract.unpacking import GzipBombError, gzip_refusal

MAX_LINE_BYTES = MAX_FIELD_CHARS  # a longer line is no object with one text: line ends are missing
_GZIP_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, GzipBombError)


class JsonLines:
    """The lines of a stream that are not blank, with their numbers; None in the place of one that is too long.

    Raises UserError, with what its owner calls the file, when it is a damaged gzip or no UTF-8 at all.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self._number = 0

    def __iter__(self) -> JsonLines:
        return self

    def __next__(self) -> tuple[int, bytes | None]:
        try:
            while line := self._stream.readline(MAX_LINE_BYTES + 1):
                self._number += 1
                if self._number == 1:
                    line = self._unmarked(line)
                if len(line) > MAX_LINE_BYTES:
                    while line and not line.endswith(b"\n"):
                        line = self._stream.readline(MAX_LINE_BYTES)
                    return self._number, None
                if line.strip():
                    return self._number, line
        except _GZIP_DAMAGE as error:
            raise gzip_refusal(self._name, error) from error
        raise StopIteration

    def _unmarked(self, line: bytes) -> bytes:
        if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UserError(
                f"'{self._name}' is written in UTF-16, and JSON lines are written in UTF-8. Save it as UTF-8 and drop it again."
            )
        return line.removeprefix(codecs.BOM_UTF8)
