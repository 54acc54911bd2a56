"""The tag of an image says what is in it: the same sources give the same tag, other sources another one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

HASH_CHARACTERS = 16  # 64 bits: no two images of one repository will ever share them


def image_tag(accelerator: str, context: Path, build_arguments: Mapping[str, str]) -> str:
    """`gpu-0123456789abcdef`: the flavour and a hash of every file of the build context and every build argument.

    The base image is one of the build arguments. Times and owners of files do not count; the right to execute does,
    for it travels into the image.
    """
    digest = hashlib.sha256()
    for name, value in sorted(build_arguments.items()):
        _add(digest, f"argument {name}".encode(), value.encode())
    for path in sorted(path for path in context.rglob("*") if path.is_file()):
        is_executable = bool(path.stat().st_mode & 0o100)
        _add(digest, f"file {path.relative_to(context).as_posix()} {is_executable}".encode(), path.read_bytes())
    return f"{accelerator}-{digest.hexdigest()[:HASH_CHARACTERS]}"


def _add(digest: hashlib._Hash, *parts: bytes) -> None:
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))  # so that no two lists of parts read alike
        digest.update(part)
