"""Arrays from an archive of NumPy's (`.npz`), which may be damaged or come from a stranger.

Each header is compared with what is wanted before memory is taken for its array.
"""

from __future__ import annotations

import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

MAX_BYTES = 4 * 1024**3
MAX_NUMBER = 1e9  # no weight, share, threshold or lead is near it
MAX_ENTRY_BYTES = 4096  # of an array's entry in the archive beside the array itself

_LOCAL_HEADER, _SIGNATURE, _ENCRYPTED = struct.Struct("<4s22xHH"), b"PK\x03\x04", 1  # of an archive's member
_MAGIC = b"\x93NUMPY\x01\x00"  # of NumPy's format 1.0
_HEADER = re.compile(
    r"\{'descr': '(?P<descr>[^']{,20})', 'fortran_order': (?P<order>True|False), 'shape': \((?P<shape>[0-9, ]{,99})\), \} *\n"
)


def read_arrays(path: Path, wanted: Mapping[str, tuple[np.dtype[Any], tuple[int, ...]]]) -> dict[str, Any]:
    """Arrays of these names, types and shapes. Raises ValueError when the archive does not hold just these, or no numbers."""
    sizes = [math.prod(shape) * dtype.itemsize for dtype, shape in wanted.values()]
    try:
        if sum(sizes) > MAX_BYTES:
            raise ValueError("its arrays are larger than any model's")
        if path.stat().st_size > sum(sizes) + MAX_ENTRY_BYTES * (len(sizes) + 1):  # zipfile reads its table of contents whole
            raise ValueError("it is larger than the arrays of its architecture")
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if sorted(members) != sorted(f"{name}.npy" for name in wanted):
                raise ValueError("its arrays are not those of the architecture")
            return {name: _read_array(file, members[f"{name}.npy"], name, *form) for name, form in wanted.items()}
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, struct.error, zlib.error) as error:
        raise ValueError(str(error)) from error


def _read_array(file: BufferedReader, info: zipfile.ZipInfo, name: str, wanted: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """One array, from the archive right into its memory: through `zipfile` it would be copied twice."""
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & _ENCRYPTED:
        raise ValueError("its arrays are compressed, which the kit's never are")
    file.seek(info.header_offset)
    signature, name_size, extra_size = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if signature != _SIGNATURE:
        raise ValueError("its table of contents is wrong")
    file.seek(name_size + extra_size, os.SEEK_CUR)
    dtype, is_fortran, found, header = _read_header(file, name)
    if found != shape or is_fortran or dtype != wanted:
        raise ValueError(f"{name} is {dtype} {found} where {wanted} {shape} belongs")
    values = np.empty(shape, wanted)
    content = values.reshape(-1).view(np.uint8).data
    if info.file_size != len(header) + len(content) or file.readinto(content) != len(content):
        raise ValueError(f"{name} is cut short or too long")
    if zlib.crc32(content, zlib.crc32(header)) != info.CRC:
        raise ValueError(f"{name} is not what was written")
    if wanted.kind == "f" and values.size and not (values.min() >= -MAX_NUMBER and values.max() <= MAX_NUMBER):
        raise ValueError(f"{name} holds values that are no numbers, or beyond all bounds")
    return values


def _read_header(file: BufferedReader, name: str) -> tuple[np.dtype[Any], bool, tuple[int, ...], bytes]:
    """Type, order, shape and header of an array. NumPy would parse the header as a literal of Python, of any depth."""
    start = file.read(len(_MAGIC) + 2)
    header = file.read(int.from_bytes(start[len(_MAGIC) :], "little"))
    match = _HEADER.fullmatch(header.decode("latin-1"))
    if not start.startswith(_MAGIC) or not match:
        raise ValueError(f"{name} has an unknown header")
    try:
        dtype = np.dtype(match["descr"])
    except TypeError as error:
        raise ValueError(f"{name} has an unknown type") from error
    shape = tuple(int(size) for size in match["shape"].replace(" ", "").split(",") if size)
    return dtype, match["order"] == "True", shape, start + header
