"""Unpacking a model artifact that a stranger may have made."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from container import archives
from contract.errors import UserError


def archive_of(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    """An archive with exactly these members."""
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def plain(name: str, content: bytes = b"{}") -> tuple[tarfile.TarInfo, bytes]:
    """A plain file."""
    return tarfile.TarInfo(name), content


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """A link, device or folder."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where to unpack, with room around it in which an escape would show."""
    made = tmp_path / "inside" / "model"
    made.mkdir(parents=True)
    return made


def test_unpacks_what_sagemaker_packs(folder: Path, tmp_path: Path) -> None:
    """A folder entry and names that start with ./ are how tar writes a folder's content."""
    archive = archive_of(tmp_path / "m.tar.gz", special(".", tarfile.DIRTYPE), plain("./model.json", b"1"), plain("weights.npz", b"2"))
    archives.unpack(archive, folder, "m.tar.gz")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"model.json": b"1", "weights.npz": b"2"}


@pytest.mark.parametrize(
    "member",
    [
        plain("../evil.json"),
        plain("/tmp/evil.json"),  # noqa: S108  # the hostile name itself
        plain("a/b.json"),
        plain("model.pkl"),
        plain("code.py"),
        plain(".hidden.json"),
        special("model.json", tarfile.SYMTYPE, "/etc/passwd"),
        special("model.json", tarfile.LNKTYPE, "../../secret"),
        special("model.json", tarfile.CHRTYPE),
        special("model.json", tarfile.FIFOTYPE),
        special("folder", tarfile.DIRTYPE),
    ],
    ids=lambda member: f"{member[0].name}-{member[0].type.decode()}",
)
def test_refuses_what_no_model_holds(folder: Path, tmp_path: Path, member: tuple[tarfile.TarInfo, bytes]) -> None:
    """Paths that lead out, links, devices, folders and other names are refused by name, and nothing is written for them."""
    archive = archive_of(tmp_path / "m.tar.gz", member)
    around = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=r"'m\.tar\.gz' is no model artifact of this kit: it holds"):
        archives.unpack(archive, folder, "m.tar.gz")
    assert sorted(tmp_path.rglob("*")) == around


def test_refuses_the_same_name_twice(folder: Path, tmp_path: Path) -> None:
    """What was looked at must be what is used."""
    archive = archive_of(tmp_path / "m.tar.gz", plain("model.json"), plain("./model.json", b"other"))
    with pytest.raises(UserError, match=r"it holds './model.json' twice"):
        archives.unpack(archive, folder, "m.tar.gz")


def test_refuses_more_bytes_than_a_model_has(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small archive that would fill the disk is refused before it does."""
    monkeypatch.setattr(archives, "MAX_BYTES", 3 * 1024**3)
    info = tarfile.TarInfo("weights.npz")
    info.size = 4 * 1024**3
    archive = tmp_path / "m.tar.gz"
    archive.write_bytes(gzip.compress(info.tobuf()))
    with pytest.raises(UserError, match="unpacked it would be larger than 3 GiB"):
        archives.unpack(archive, folder, "m.tar.gz")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("only", ["", "other.json"])
def test_refuses_a_size_below_zero(folder: Path, tmp_path: Path, only: str) -> None:
    """A pax header may claim one; it would add to the bytes that are left, whether the file is wanted or not."""
    info = tarfile.TarInfo("model.json")
    info.pax_headers = {"size": "-300"}
    archive = tmp_path / "m.tar.gz"
    archive.write_bytes(gzip.compress(info.tobuf(tarfile.PAX_FORMAT) + bytes(1024)))
    with pytest.raises(UserError, match="an entry has an impossible size"):
        archives.unpack(archive, folder, "m.tar.gz", only)
    assert list(folder.iterdir()) == []


def test_refuses_a_swarm_of_files(folder: Path, tmp_path: Path) -> None:
    """The number of files is bounded too."""
    archive = archive_of(tmp_path / "m.tar.gz", *(plain(f"m{number}.json") for number in range(archives.MAX_MEMBERS + 1)))
    with pytest.raises(UserError, match=f"it holds more than {archives.MAX_MEMBERS} files"):
        archives.unpack(archive, folder, "m.tar.gz")


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_refuses_a_damaged_archive(folder: Path, tmp_path: Path, damage: str) -> None:
    """Bytes that are no archive, or no longer, are one plain sentence."""
    archive = archive_of(tmp_path / "m.tar.gz", plain("model.json", bytes(range(256)) * 400))
    content = archive.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]
    archive.write_bytes({"cut": content[:-20], "flipped": flipped, "text": b"hello", "empty": b""}[damage])
    with pytest.raises(UserError, match=r"'m\.tar\.gz' is damaged and cannot be unpacked"):
        archives.unpack(archive, folder, "m.tar.gz")
