"""Unpacking model.tar.gz: nothing from an archive is trusted before it was looked at."""

from __future__ import annotations

import gzip
import re
import shutil
import tarfile
import zlib
from pathlib import Path

from contract.errors import UserError

MAX_BYTES = 8 * 1024**3  # unpacked; the largest vocabulary and network that the hyperparameters allow is far below
MAX_MEMBERS = 32
BLOCK_BYTES = 1 << 20
MEMBER = re.compile(r"[a-z0-9][a-z0-9_-]*\.(json|jsonl|npz|txt|html)")  # plain data; never code, never a pickle


def unpack(archive: Path, folder: Path, name: str) -> None:
    """Unpack a model artifact into a folder that exists; `name` is what its owner calls it.

    Raises UserError for a damaged archive and for one that holds anything but the plain files of a model:
    links, devices, folders, other names, the same name twice, or more bytes than a model has.
    """
    remaining = MAX_BYTES
    taken: set[str] = set()
    try:
        with gzip.open(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                file_name = member.name.removeprefix("./")
                if member.isdir() and file_name in (".", ""):
                    continue
                remaining -= member.size
                problem = _problem(member, file_name, taken, remaining)
                if problem:
                    raise UserError(f"'{name}' is no model artifact of this kit: {problem}.")
                taken.add(file_name)
                source = tar.extractfile(member)
                if source is None:
                    raise UserError(f"'{name}' is no model artifact of this kit: '{file_name}' cannot be read.")
                with source, (folder / file_name).open("xb") as target:
                    shutil.copyfileobj(source, target)
            if any(block.strip(b"\0") for block in iter(lambda: stream.read(BLOCK_BYTES), b"")):  # gzip's checksum comes last
                raise UserError(f"'{name}' is no model artifact of this kit: something follows its last file.")
    except (tarfile.TarError, zlib.error, EOFError, UnicodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk; gzip's own complaints carry no number
        raise UserError(f"'{name}' is damaged and cannot be unpacked ({error}).") from error


def _problem(member: tarfile.TarInfo, file_name: str, taken: set[str], remaining: int) -> str:
    """What is wrong with a member; empty when nothing is."""
    if not member.isreg():
        return f"it holds '{member.name}', which is no plain file"
    if not MEMBER.fullmatch(file_name):
        return f"it holds '{member.name}', which no model has"
    if file_name in taken:
        return f"it holds '{member.name}' twice"
    if remaining < 0:
        return f"unpacked it would be larger than {MAX_BYTES // 1024**3} GiB"
    if len(taken) >= MAX_MEMBERS:
        return f"it holds more than {MAX_MEMBERS} files"
    return ""
