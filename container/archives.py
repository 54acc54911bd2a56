"""Unpacking model.tar.gz: nothing from an archive is trusted before it was looked at."""

from __future__ import annotations

import gzip
import re
import shutil
import tarfile
import zlib
from pathlib import Path
from typing import NoReturn, Self

from contract.errors import UserError
from contract.wording import shortened

MAX_BYTES = 8 * 1024**3  # unpacked; the largest vocabulary and network that the hyperparameters allow is far below
MAX_MEMBERS = 32
MAX_HEADER_BYTES = 1 << 16  # of what a member's entry says beside its name and size
MAX_PADDING_BYTES = 1 << 20  # zeros behind the last member; tar writes 10 kB at most
MEMBER = re.compile(r"[a-z0-9][a-z0-9_-]{,60}\.(json|jsonl|npz|txt|html)|model\.bin")  # plain data; never code, never a pickle


_DAMAGE = (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, RecursionError, OSError)  # what tarfile and gzip raise for it


class _Member(tarfile.TarInfo):
    """An entry of an archive; one whose own description would fill the memory is refused before it is read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """An entry from its 512 bytes."""
        member = super().frombuf(buf, encoding, errors)
        if member.size < 0 or (not member.isreg() and member.size > MAX_HEADER_BYTES):
            raise tarfile.HeaderError("an entry has an impossible size")
        return member

    def _refuse_sparse(self, *_: object) -> NoReturn:
        raise tarfile.HeaderError("an entry is a sparse file")

    # What tarfile calls to read maps of sparse files, which have no bound.
    _proc_sparse = _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse


def unpack(archive: Path, folder: Path, name: str, only: str = "") -> None:
    """Unpack a model artifact into a folder that exists and is empty; `name` is what its owner calls it.

    `only` is the one file that is wanted of an artifact that the kit did not make, whatever else is in there.

    Raises UserError for a damaged archive and for one that holds anything but the plain files of a model:
    links, devices, folders, other names, the same name twice, or more bytes than a model has. Nothing is left of it then.
    """
    taken: set[str] = set()
    try:
        _unpack(archive, folder, name, taken, only)
    except BaseException as error:
        for file_name in taken:
            (folder / file_name).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk; gzip's own complaints carry no number
        if isinstance(error, _DAMAGE):
            raise UserError(f"'{name}' is damaged and cannot be unpacked ({error}).") from error
        raise


def _unpack(archive: Path, folder: Path, name: str, taken: set[str], only: str) -> None:
    """The same, noting the names of the files that it writes."""
    remaining = MAX_BYTES
    with gzip.open(archive) as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as tar:
        for count, member in enumerate(tar):
            if member.size < 0:  # by a pax header, which is read after the entry itself
                raise tarfile.HeaderError("an entry has an impossible size")
            file_name = member.name.removeprefix("./")
            if member.isdir() and file_name in (".", "") and not count:
                continue
            remaining -= member.size
            if only and file_name != only and count < MAX_MEMBERS and remaining >= 0:
                continue
            problem = _problem(member, file_name, taken, remaining)
            if problem:
                raise UserError(f"'{name}' is no model artifact of this kit: {problem}.")
            taken.add(file_name)
            source = tar.extractfile(member)
            if source is None:
                raise UserError(f"'{name}' is no model artifact of this kit: '{file_name}' cannot be read.")
            with source, (folder / file_name).open("xb") as target:
                shutil.copyfileobj(source, target)
        rest = tar.fileobj.read(MAX_PADDING_BYTES + 1)  # to the end, where gzip's checksum is
        if rest.strip(b"\0") or len(rest) > MAX_PADDING_BYTES:
            raise UserError(f"'{name}' is no model artifact of this kit: something follows its last file.")


def _problem(member: tarfile.TarInfo, file_name: str, taken: set[str], remaining: int) -> str:
    """What is wrong with a member; empty when nothing is."""
    if not member.isreg():
        return f"it holds '{shortened(member.name)}', which is no plain file"
    if not MEMBER.fullmatch(file_name):
        return f"it holds '{shortened(member.name)}', which no model has"
    if file_name in taken:
        return f"it holds '{shortened(member.name)}' twice"
    if remaining < 0:
        return f"unpacked it would be larger than {MAX_BYTES // 1024**3} GiB"
    if len(taken) >= MAX_MEMBERS:
        return f"it holds more than {MAX_MEMBERS} files"
    return ""
