"""Fetching public sets: checked, safe, resumable, whole or not at all; against a server on this machine."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import re
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fetch
import pytest


class Maintainer(BaseHTTPRequestHandler):
    """Serves bytes from memory, with ranges, and remembers the requests."""

    def __init__(self, files: dict[str, bytes], asked: list[tuple[str, str]], cut: dict[str, int], *arguments: object) -> None:
        self.files, self.asked, self.cut = files, asked, cut
        super().__init__(*arguments)  # type: ignore[arg-type]  # socket, address and server, handed through

    def do_GET(self) -> None:
        """Answer with a file, the rest of it, or 404."""
        wanted = self.headers.get("Range", "")
        self.asked.append((self.path, wanted))
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.end_headers()
        self.wfile.write(content[start : self.cut.pop(self.path, len(content))])

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@dataclasses.dataclass
class Site:
    """The server as the tests use it."""

    url: str
    files: dict[str, bytes]
    asked: list[tuple[str, str]]
    cut: dict[str, int]

    def download(self, name: str, content: bytes) -> fetch.Download:
        """Put a file there and pin it."""
        self.files[f"/{name}"] = content
        return fetch.Download(f"{self.url}/{name}", len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def site() -> Iterator[Site]:
    """A maintainer's web site."""
    files: dict[str, bytes] = {}
    asked: list[tuple[str, str]] = []
    cut: dict[str, int] = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Maintainer, files, asked, cut)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(f"http://127.0.0.1:{server.server_port}", files, asked, cut)
        server.shutdown()
        thread.join()


def archive_of(members: dict[str, str], link: str = "") -> bytes:
    """A tar.gz of texts, with a symbolic link under the name `link`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return buffer.getvalue()


IMDB = {
    f"aclImdb/{split}/{label}/{number}_{number + 1}.txt": f'{split} {label} {number}<br />é, "so"\nend'
    for split in ("train", "test")
    for label in ("pos", "neg")
    for number in range(2)
} | {"aclImdb/train/unsup/0_0.txt": "no label", "../outside.txt": "escape", "aclImdb/README": "about"}


def small(name: str, *downloads: fetch.Download, rows: int, classes: tuple[str, ...]) -> fetch.Source:
    """A source of the real list with small files in place of its own."""
    source = fetch.SOURCES[name]
    return dataclasses.replace(source, downloads=downloads, rows_per_class={"train": rows, "test": rows}, classes=classes)


def rows_of(path: Path) -> list[list[str]]:
    """All rows of a CSV, with its header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def silent(_: str) -> None:
    """Say nothing."""


def test_imdb_is_converted_without_unpacking(site: Site, tmp_path: Path) -> None:
    """Reviews become rows, unlabelled ones are left out, and a hostile member name creates no file."""
    source = small("imdb", site.download("aclImdb_v1.tar.gz", archive_of(IMDB)), rows=2, classes=("neg", "pos"))
    folder = fetch.fetch(source, tmp_path / "out", silent)
    rows = rows_of(folder / "train.csv")
    assert rows[0] == ["label", "text"]
    assert sorted(rows[1:]) == sorted(
        [label, f'train {label} {number}<br />é, "so"\nend'] for label in ("neg", "pos") for number in range(2)
    )
    assert len(rows_of(folder / "test.csv")) == 5
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == ["downloads", "imdb", "test.csv", "train.csv"]
    assert not (tmp_path / "outside.txt").exists()


def test_dbpedia_takes_its_class_names_from_the_archive(site: Site, tmp_path: Path) -> None:
    """A class number becomes its name, title and paragraph one text."""
    table = '1,"Acme"," Acme ""Ltd"" makes saws."\n2,"Fir"," A tree."\n'
    content = archive_of(
        {f"dbpedia_csv/{name}": text for name, text in (("train.csv", table), ("test.csv", table), ("classes.txt", "Company\nPlant\n"))}
    )
    folder = fetch.fetch(
        small("dbpedia", site.download("dbpedia_csv.tgz", content), rows=1, classes=("Company", "Plant")), tmp_path, silent
    )
    assert rows_of(folder / "test.csv") == [["label", "text"], ["Company", 'Acme. Acme "Ltd" makes saws.'], ["Plant", "Fir. A tree."]]


def test_ag_news_loses_its_backslashes(site: Site, tmp_path: Path) -> None:
    """A backslash, which stands for a line break there, becomes a space."""
    table = "".join(f'"{number}","Title {number}","one\\two \\$5"\n' for number in range(1, 5)).encode()
    downloads = (site.download("train.csv", table), site.download("test.csv", table))
    folder = fetch.fetch(small("ag_news", *downloads, rows=1, classes=fetch.AG_NEWS_CLASSES), tmp_path, silent)
    assert rows_of(folder / "train.csv")[4] == ["Sci/Tech", "Title 4. one two $5"]


def test_second_call_downloads_nothing(site: Site, tmp_path: Path) -> None:
    """A set that is there is left alone."""
    source = small("imdb", site.download("a.tar.gz", archive_of(IMDB)), rows=2, classes=("neg", "pos"))
    fetch.fetch(source, tmp_path, silent)
    fetch.fetch(source, tmp_path, silent)
    assert len(site.asked) == 1


def test_broken_download_resumes(site: Site, tmp_path: Path) -> None:
    """After a broken connection only the rest is asked for, and the result is right."""
    source = small("imdb", site.download("a.tar.gz", archive_of(IMDB)), rows=2, classes=("neg", "pos"))
    site.cut["/a.tar.gz"] = 100
    with pytest.raises(fetch.FetchError, match=r"connection broke after .* Call again: it continues"):
        fetch.fetch(source, tmp_path, silent)
    assert not (tmp_path / "imdb").exists()
    fetch.fetch(source, tmp_path, silent)
    assert site.asked == [("/a.tar.gz", ""), ("/a.tar.gz", "bytes=100-")]
    assert (tmp_path / "imdb" / "train.csv").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, "size or SHA-256 differs. It was thrown away"),
        ({"size_bytes": 20}, "larger than the 20 bytes"),
    ],
)
def test_a_changed_file_is_refused(site: Site, tmp_path: Path, change: dict[str, object], message: str) -> None:
    """A file with another checksum or size is never converted."""
    download = dataclasses.replace(site.download("a.tar.gz", archive_of(IMDB)), **change)  # type: ignore[arg-type]  # one field each
    with pytest.raises(fetch.FetchError, match=re.escape(message)):
        fetch.fetch(small("imdb", download, rows=2, classes=("neg", "pos")), tmp_path, silent)
    assert not (tmp_path / "imdb").exists()


def test_wrong_number_of_rows_writes_nothing(site: Site, tmp_path: Path) -> None:
    """A set without its published number of rows per class does not appear."""
    source = small("imdb", site.download("a.tar.gz", archive_of(IMDB)), rows=3, classes=("neg", "pos"))
    with pytest.raises(fetch.FetchError, match=r"expected .* train rows, but found"):
        fetch.fetch(source, tmp_path, silent)
    assert [path.name for path in tmp_path.iterdir()] == ["downloads"]


def test_a_link_in_the_archive_is_refused(site: Site, tmp_path: Path) -> None:
    """A link in place of a review is not followed."""
    content = archive_of(IMDB, link="aclImdb/train/pos/99_9.txt")
    with pytest.raises(fetch.FetchError, match=r"99_9\.txt' in the archive is not an ordinary file"):
        fetch.fetch(small("imdb", site.download("a.tar.gz", content), rows=2, classes=("neg", "pos")), tmp_path, silent)


def test_a_file_that_is_no_archive_is_refused(site: Site, tmp_path: Path) -> None:
    """An error page in place of the archive gives a sentence."""
    source = small("imdb", site.download("a.tar.gz", b"<html>moved</html>"), rows=2, classes=("neg", "pos"))
    with pytest.raises(fetch.FetchError, match="cannot be read"):
        fetch.fetch(source, tmp_path, silent)


def test_missing_file_and_missing_network_give_a_sentence(site: Site, tmp_path: Path) -> None:
    """404 and a refused connection are told apart."""
    gone = fetch.Download(f"{site.url}/gone.tar.gz", 10, "")
    with pytest.raises(fetch.FetchError, match=r"answers 404 .* may have moved"):
        fetch.fetch(small("imdb", gone, rows=2, classes=("neg", "pos")), tmp_path, silent)
    nobody = fetch.Download("http://127.0.0.1:9/a.tar.gz", 10, "")
    with pytest.raises(fetch.FetchError, match=r"cannot be reached .* Is there a network"):
        fetch.fetch(small("imdb", nobody, rows=2, classes=("neg", "pos")), tmp_path, silent)


def test_command_line_prints_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network the command ends with status 1 and no traceback."""
    nobody = fetch.Download("http://127.0.0.1:9/a.tar.gz", 10, "")
    monkeypatch.setitem(fetch.SOURCES, "imdb", dataclasses.replace(fetch.SOURCES["imdb"], downloads=(nobody,)))
    assert fetch.main(["imdb", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_readme_states_the_sizes_of_the_public_sets() -> None:
    """The README's table of public sets agrees with what the script demands."""
    readme = (Path(fetch.__file__).parent / "README.md").read_text(encoding="utf-8")
    for source in fetch.SOURCES.values():
        train, test = (len(source.classes) * source.rows_per_class[split] for split in fetch.SPLITS)
        assert f"| {source.name} | {len(source.classes)} | {train} | {test} |" in readme
