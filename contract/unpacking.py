"""What a gzip file holds, as far as it is in proportion to its size: a small file must not fill a disk."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import BinaryIO

from contract.errors import UserError

GZIP_DAMAGE = (EOFError, OSError, zlib.error)  # what reading a damaged gzip file raises
MAX_GZIP_RATIO = 100  # of a table's size to that of its gzip; texts have 3 to 10, and deflate itself ends at 1,032 ...
ALWAYS_UNPACKED_BYTES = 1024**3  # ... but so much is read of any file ...
MAX_UNPACKED_BYTES = 64 * 1024**3  # ... and more of none: jobs have disks of a bounded size, and shards are objects that cost


class GzipBombError(OSError):
    """A gzip file holds more than any table of its size would."""


class _Unpacked(gzip.GzipFile):
    """What a gzip file holds, as far as it is in proportion. Raises GzipBombError where it is not."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self._most_bytes = min(max(ALWAYS_UNPACKED_BYTES, MAX_GZIP_RATIO * path.stat().st_size), MAX_UNPACKED_BYTES)
        self._remaining_bytes = self._most_bytes

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; what is read from the start anew is counted anew."""
        if (offset, whence) == (0, io.SEEK_SET):
            self._remaining_bytes = self._most_bytes
        return super().seek(offset, whence)

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes."""
        return self._counted(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        """The next bytes, as many as are there."""
        return self._counted(super().read1(size))

    def _counted(self, data: bytes) -> bytes:
        self._remaining_bytes -= len(data)
        if self._remaining_bytes < 0:
            raise GzipBombError
        return data


def open_bytes(path: Path, is_gzip: bool) -> BinaryIO:
    """The file's bytes, decompressed."""
    return _Unpacked(path) if is_gzip else path.open("rb")  # type: ignore[return-value]  # GzipFile reads as one


def gzip_refusal(name: str, error: Exception) -> UserError:
    """What to say of a gzip file that reading raised one of GZIP_DAMAGE for."""
    if isinstance(error, GzipBombError):
        return UserError(
            f"'{name}' unpacks to more than {MAX_GZIP_RATIO} times its size, which no table of texts does, or to more than"
            f" {MAX_UNPACKED_BYTES // 1024**3} GiB. If it is a table all the same, drop it uncompressed or in parts."
        )
    return UserError(f"'{name}' is a damaged gzip file ({error}). Compress it again and drop it again.")


def bytes_read(stream: BinaryIO) -> int:
    """How many bytes of its file a stream that `open_bytes` gave has read."""
    file = getattr(stream, "fileobj", stream)  # a GzipFile has the file itself
    return int(file.tell())
