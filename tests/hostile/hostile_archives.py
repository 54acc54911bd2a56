"""Archives that call themselves a model and are none: each tries to get out, to fill the memory, or to mislead."""

from __future__ import annotations

import bz2
import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ZEROS = gzip.compress(bytes(64 * 1024**2))  # sixty-four megabytes in as many kilobytes; members of gzip may follow each other
BLOCK = tarfile.BLOCKSIZE


def archives(model: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of archives; `model` is the folder of a sound model."""
    files = {path.name: path.read_bytes() for path in sorted(model.iterdir())}
    yield from _names(files)
    yield from _kinds(files)
    yield from _sizes(files)
    yield from _damage(files)


def packed(files: dict[str, bytes], *more: bytes) -> bytes:
    """Files as an archive, and raw entries of it behind them."""
    return gzip.compress(b"".join([*(entry(name, content) for name, content in files.items()), *more, bytes(2 * BLOCK)]), 1)


def entry(name: str, content: bytes = b"{}", kind: bytes = tarfile.REGTYPE, target: str = "", **pax: str) -> bytes:
    """One entry as it lies in an archive."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname, info.pax_headers = len(content), kind, target, pax
    return info.tobuf(tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT) + content + bytes(-len(content) % BLOCK)


def _names(files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Names that lead elsewhere or that no model has."""
    bad = [
        "../evil.json", "../../evil.json", "/var/evil.json", "a/../../evil.json", "./../evil.json", "..", "/", "a/b.json", "\\evil.json",
        "..\\evil.json", "C:evil.json", ".bashrc", ".hidden.json", "model.pkl", "model.py", "model.so", "sitecustomize.py", "Model.json",
        "model.json/", "model.json\n", "model.json ", "mödel.json", "evil.json\u202e", "a" * 5000 + ".json", "con.json:x", "-rf.json",
    ]  # fmt: skip
    for number, name in enumerate(bad):
        yield f"name-{number}", packed(files, entry(name))
    yield "name-in-pax", packed(files, entry("notes.txt", path="../../evil.json"))
    yield "name-twice", packed(files, entry("./model.json", b"other"))
    yield "swarm", packed({f"m{number}.json": b"{}" for number in range(100)})


def _kinds(files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Entries that are no plain files."""
    kinds = {
        "symlink": (tarfile.SYMTYPE, "/etc/passwd"),
        "symlink-up": (tarfile.SYMTYPE, "../../.."),
        "hard-link": (tarfile.LNKTYPE, "/etc/passwd"),
        "hard-link-inside": (tarfile.LNKTYPE, "model.json"),
        "character-device": (tarfile.CHRTYPE, ""),
        "block-device": (tarfile.BLKTYPE, ""),
        "fifo": (tarfile.FIFOTYPE, ""),
        "folder": (tarfile.DIRTYPE, ""),
        "unknown": (b"Z", ""),
    }
    for name, (kind, target) in kinds.items():
        yield name, packed(files, entry("extra.json", b"", kind, target))
    through = entry("extra.json", b"", tarfile.SYMTYPE, "/var/evil") + entry("extra.json", b"through the link")
    yield "through-a-link", packed({}, through)
    yield (
        "link-for-the-model",
        packed({name: body for name, body in files.items() if name != "model.json"}, entry("model.json", b"", tarfile.SYMTYPE, "/x")),
    )
    yield "gnu-sparse", packed(files, entry("extra.json", b"", tarfile.GNUTYPE_SPARSE))
    sparse = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "extra.json", "GNU.sparse.realsize": str(10**12)}
    yield "pax-sparse", packed(files, entry("extra.json", b"1000000000\n" + b"0\n" * 4000, **sparse))
    old = {"GNU.sparse.size": str(10**12), "GNU.sparse.map": "0,1,5,7"}
    yield "pax-sparse-0.1", packed(files, entry("extra.json", b"x", **old))


def _sizes(files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Bombs: gigabytes in a few megabytes, claimed sizes, endless lists."""
    huge = tarfile.TarInfo("weights.npz")
    huge.size = 10 * 1024**3
    yield "claims-ten-gigabytes", gzip.compress(huge.tobuf()) + ZEROS
    for name, kind in {"pax": tarfile.XHDTYPE, "pax-global": tarfile.XGLTYPE, "long-name": b"L", "long-link": b"K"}.items():
        info = tarfile.TarInfo("x")
        info.size, info.type = 3 * 1024**3, kind
        yield f"bomb-{name}", gzip.compress(info.tobuf(tarfile.GNU_FORMAT)) + ZEROS * 48
    negative = bytearray(tarfile.TarInfo("notes.txt").tobuf())
    negative[124:136] = b"\xff" * 11 + b"\x00"  # -256, as GNU's tar writes numbers
    yield "negative-size", packed(files, with_checksum(negative))
    yield "negative-size-in-pax", packed(files, entry("notes.txt", b"", size="-300"))
    yield "zeros-behind", packed(files) + ZEROS * 32
    yield "endless-folders", gzip.compress(entry("./", b"", tarfile.DIRTYPE) * 100_000)
    yield "pax-chain", packed({}, b"".join(_pax_header() for _ in range(5000)))


def _pax_header() -> bytes:
    body = b"11 path=a/\n"
    info = tarfile.TarInfo("x")
    info.size, info.type = len(body), tarfile.XHDTYPE
    return info.tobuf(tarfile.USTAR_FORMAT) + body + bytes(-len(body) % BLOCK)


def with_checksum(header: bytearray) -> bytes:
    """A changed header whose checksum is right again."""
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def _damage(files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """What is no archive, or not all of one."""
    whole = packed(files)
    plain = gzip.decompress(whole)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("model.json", "{}")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    bad_pax = bytearray(_pax_header())
    bad_pax[BLOCK : BLOCK + 11] = b"99999999999"
    yield "empty", b""
    yield "gzip-of-nothing", gzip.compress(b"")
    yield "cut", whole[: len(whole) // 2]
    yield "cut-behind", whole[:-4]
    yield "flipped", bytes(flipped)
    yield "rubbish-behind", packed(files) + b"rubbish"
    yield "more-behind", whole + gzip.compress(entry("../evil.json"))
    yield "plain-tar", plain
    yield "gzip-twice", gzip.compress(whole)
    yield "bzip2", bz2.compress(plain)
    yield "zip", zipped.getvalue()
    yield "text", b"no archive at all\n" * 100
    yield "bad-pax", packed({}, bytes(bad_pax), entry("notes.txt"))
    yield "bad-checksum", gzip.compress(struct.pack("512s", b"model.json"))
    yield "no-files", packed({})
