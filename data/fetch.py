"""Brings public text classification sets from their maintainers into the kit's CSV form.

    python data/fetch.py imdb dbpedia ag_news --out DIR

writes DIR/NAME/train.csv and test.csv with the columns `label,text`. Every download is checked against
a pinned size and SHA-256, and every file written against the published number of rows per class.
Needs the internet and nothing but the standard library; an interrupted download resumes.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import re
import shutil
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

HEADER = ("label", "text")
SPLITS = ("train", "test")
TIMEOUT_SECONDS = 60
CHUNK_BYTES = 1 << 20
MAX_MEMBER_BYTES = 1 << 30  # a larger file in an archive is not one of these sets

Labelled = tuple[str, str]  # label, text


class FetchError(Exception):
    """Something that the person at the keyboard should read; the message is a sentence."""


@dataclass(frozen=True)
class Download:
    """One file at its maintainer's, pinned."""

    url: str
    size_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Source:
    """A data set: what to download, how to read it, and what must come out."""

    name: str
    about: str
    downloads: tuple[Download, ...]
    read: Callable[[Sequence[Path], str], Iterator[Labelled]]  # downloaded files, split
    classes: tuple[str, ...]
    rows_per_class: Mapping[str, int]  # by split; all these sets are balanced


def _read_imdb(files: Sequence[Path], split: str) -> Iterator[Labelled]:
    """One review per member; the archive is read in place and never unpacked."""
    wanted = re.compile(rf"aclImdb/{split}/(pos|neg)/\d+_\d+\.txt")
    with tarfile.open(files[0], "r:gz") as archive:
        for member in archive:
            match = wanted.fullmatch(member.name)
            if match:
                yield match[1], _member_bytes(archive, member).decode("utf-8")


def _read_dbpedia(files: Sequence[Path], split: str) -> Iterator[Labelled]:
    with tarfile.open(files[0], "r:gz") as archive:
        classes = _member_bytes(archive, _member(archive, "dbpedia_csv/classes.txt")).decode("utf-8").split()
        text = _member_bytes(archive, _member(archive, f"dbpedia_csv/{split}.csv")).decode("utf-8")
    yield from _numbered(io.StringIO(text, newline=""), classes)


AG_NEWS_CLASSES = ("World", "Sports", "Business", "Sci/Tech")


def _read_ag_news(files: Sequence[Path], split: str) -> Iterator[Labelled]:
    with files[SPLITS.index(split)].open(encoding="utf-8", newline="") as text:
        yield from _numbered(text, AG_NEWS_CLASSES)


def _numbered(lines: Iterable[str], classes: Sequence[str]) -> Iterator[Labelled]:
    """Rows of class number (from 1), title and body; a backslash stands for a line break or an escape there."""
    for number, title, body in csv.reader(lines):
        yield classes[int(number) - 1], " ".join(f"{title}. {body}".replace("\\", " ").split())


def _member(archive: tarfile.TarFile, name: str) -> tarfile.TarInfo:
    try:
        return archive.getmember(name)
    except KeyError as error:
        raise FetchError(f"The archive holds no '{name}'. Its maintainer may have changed it.") from error


def _member_bytes(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """A regular member's content; links, devices and giants are refused."""
    content = archive.extractfile(member) if member.isreg() and member.size <= MAX_MEMBER_BYTES else None
    if content is None:
        raise FetchError(f"'{member.name}' in the archive is not an ordinary file of a sensible size.")
    return content.read()


# Sizes and SHA-256: the checksum files of TensorFlow Datasets (imdb_reviews) and of Hugging Face datasets (ag_news, dbpedia_14).
SOURCES = {
    source.name: source
    for source in (
        Source(
            name="imdb",
            about="film reviews, two classes (Maas et al. 2011)",
            downloads=(
                Download(
                    "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
                    84_125_825,
                    "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
                ),
            ),
            read=_read_imdb,
            classes=("neg", "pos"),
            rows_per_class={"train": 12_500, "test": 12_500},
        ),
        Source(
            name="dbpedia",
            about="first paragraphs of an encyclopedia, fourteen classes (Zhang et al. 2015)",
            downloads=(
                Download(
                    "https://s3.amazonaws.com/fast-ai-nlp/dbpedia_csv.tgz",
                    68_341_743,
                    "42db5221ddedddb673a4cabcc5f3a7d869714c878bcfe4ba94b29d14aa38e417",
                ),
            ),
            read=_read_dbpedia,
            classes=(
                "Album",
                "Animal",
                "Artist",
                "Athlete",
                "Building",
                "Company",
                "EducationalInstitution",
                "Film",
                "MeanOfTransportation",
                "NaturalPlace",
                "OfficeHolder",
                "Plant",
                "Village",
                "WrittenWork",
            ),
            rows_per_class={"train": 40_000, "test": 5_000},
        ),
        Source(
            name="ag_news",
            about="news items, four classes (Zhang et al. 2015)",
            downloads=(
                Download(
                    "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/train.csv",
                    29_470_338,
                    "76a0a2d2f92b286371fe4d4044640910a04a803fdd2538e0f3f29a5c6f6b672e",
                ),
                Download(
                    "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/test.csv",
                    1_857_427,
                    "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699",
                ),
            ),
            read=_read_ag_news,
            classes=AG_NEWS_CLASSES,
            rows_per_class={"train": 30_000, "test": 1_900},
        ),
    )
}


def fetch(source: Source, out: Path, say: Callable[[str], None] = print) -> Path:
    """Download, check and convert one set; returns its folder, which appears whole or not at all."""
    folder = out / source.name
    if folder.exists():
        say(f"{source.name}: already in {folder}.")
        return folder
    downloads = out / "downloads" / source.name
    downloads.mkdir(parents=True, exist_ok=True)
    files = [_downloaded(entry, downloads, say) for entry in source.downloads]
    say(f"{source.name}: converting.")
    with tempfile.TemporaryDirectory(prefix=f".{source.name}-", dir=out) as scratch:
        for split in SPLITS:
            _convert(source, files, split, Path(scratch) / "whole")
        (Path(scratch) / "whole").rename(folder)
    shutil.rmtree(downloads)
    say(f"{source.name}: {folder}/train.csv and test.csv, {len(source.classes)} classes, checked.")
    return folder


def _convert(source: Source, files: Sequence[Path], split: str, folder: Path) -> None:
    """Write one split and count it."""
    folder.mkdir(exist_ok=True)
    counts: Counter[str] = Counter()
    try:
        with (folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for label, text in source.read(files, split):
                writer.writerow((label, text))
                counts[label] += 1
    except (tarfile.TarError, EOFError, ValueError, IndexError, csv.Error) as error:
        raise FetchError(
            f"{source.name}: the {split} rows cannot be read ({error}). Its maintainer may have changed the format."
        ) from error
    expected = dict.fromkeys(source.classes, source.rows_per_class[split])
    if counts != expected:
        raise FetchError(f"{source.name}: expected {expected} {split} rows, but found {dict(counts)}. Nothing was written.")


def _downloaded(download: Download, folder: Path, say: Callable[[str], None]) -> Path:
    """The file on disk, whole and checked; continues what an earlier attempt left."""
    path = folder / download.name
    if not path.exists():
        part = folder / f"{download.name}.part"
        say(f"{download.name}: {download.size_bytes / 1e6:.1f} MB from {download.url}")
        _receive(download, part)
        part.replace(path)
    if path.stat().st_size != download.size_bytes or _sha256(path) != download.sha256:
        path.unlink()
        raise FetchError(
            f"{download.name} is not the file that this kit knows: its size or SHA-256 differs. It was thrown away."
            " Try again; if it happens twice, the maintainer has changed the file."
        )
    return path


def _receive(download: Download, part: Path) -> None:
    """Append to `part` what it still lacks."""
    have = part.stat().st_size if part.exists() else 0
    if have >= download.size_bytes:
        return
    request = urllib.request.Request(download.url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310  # pinned above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # pinned above
            is_rest = answer.status == HTTPStatus.PARTIAL_CONTENT
            with part.open("ab" if is_rest else "wb") as file:
                _copy(answer, file, have if is_rest else 0, download)
    except urllib.error.HTTPError as error:
        raise FetchError(f"{download.url} answers {error.code} {error.reason}. The file may have moved.") from error
    except OSError as error:  # URLError and time-outs are OSErrors
        reason = getattr(error, "reason", error)
        raise FetchError(f"{download.url} cannot be reached ({reason}). Is there a network? Call again: it continues.") from error
    if part.stat().st_size < download.size_bytes:  # a server that closes early raises nothing
        raise FetchError(f"The connection broke after {part.stat().st_size / 1e6:.1f} MB of {download.name}. Call again: it continues.")


def _copy(answer: io.BufferedIOBase, file: io.BufferedWriter, have: int, download: Download) -> None:
    """Copy at most what the pinned size allows, with a counter where a person watches."""
    is_watched = sys.stderr.isatty()
    while chunk := answer.read(CHUNK_BYTES):
        have += len(chunk)
        if have > download.size_bytes:
            Path(file.name).unlink()
            raise FetchError(f"{download.name} is larger than the {download.size_bytes} bytes that this kit knows. It was thrown away.")
        file.write(chunk)
        if is_watched:
            end = "\n" if have == download.size_bytes else "\r"
            print(f"  {have / download.size_bytes:4.0%}", end=end, file=sys.stderr, flush=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0, or 1 with a sentence."""
    about = "; ".join(f"{source.name}: {source.about}" for source in SOURCES.values())
    parser = argparse.ArgumentParser(description=f"Bring public text classification sets. {about}.")
    parser.add_argument("names", nargs="+", choices=sorted(SOURCES), metavar="NAME", help=", ".join(sorted(SOURCES)))
    parser.add_argument("--out", type=Path, default=Path(".cache/data"), metavar="DIR", help="folder to write into (.cache/data)")
    given = parser.parse_args(arguments)
    try:
        for name in given.names:
            fetch(SOURCES[name], given.out)
    except FetchError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Call again: it continues.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
