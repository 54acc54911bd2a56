"""The files of the page, out of the asset."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

INDEX = "index.html"
MAX_BYTES = 5_000_000  # of all files: this page is a fiftieth of it
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class File:
    """One object of the page's bucket."""

    key: str
    content: bytes

    @property
    def content_type(self) -> str:
        """What it is. Raises ValueError for a suffix without a type, which a browser would refuse or have to guess."""
        suffix = PurePosixPath(self.key).suffix
        if suffix not in _TYPES:
            raise ValueError(f"'{self.key}' has a suffix of which nobody said what it is")
        return _TYPES[suffix]


def page_files(asset: bytes) -> list[File]:
    """The files in a zip. Raises ValueError for a zip without an index, or one that unpacks to more than any page should."""
    with zipfile.ZipFile(io.BytesIO(asset)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise ValueError(f"the page has more than {MAX_BYTES:,} bytes")
        files = [File(entry.filename, archive.read(entry)) for entry in entries]
    if INDEX not in {file.key for file in files}:
        raise ValueError(f"the page has no {INDEX}")
    return files


def is_stale(key: str, files: Iterable[File]) -> bool:
    """Whether an object belongs to an earlier page and not to these files."""
    return key not in {file.key for file in files}
