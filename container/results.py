"""Where the results of a prediction go, whole or not at all: a folder, or a prefix in S3.

A result exists when its summary.json does, so that is written last. In S3 the summary names the
version of the results file that belongs to it, and it is put only if nobody put another one
meanwhile: the job that loses such a race takes back the versions that it wrote and starts over, or
stands aside under older/ when the winner's input is newer than its own. Where nobody can tell whether the summary
was put, nothing is taken back: versions that no summary names harm nobody.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from container import objects, uploads
from container.objects import CSV, JSON, JSON_LINES, Address, Conflict, Found
from container.stopping import raise_if_stopped
from container.uploads import Piece
from contract.documents import Summary
from contract.errors import AlgorithmError, PlatformError, UserError
from contract.layout import DEFAULT_CLASSIFIER, Drop, ResultKeys, check_file_name, parse_drop
from contract.sequencers import is_newer

MAX_ROUNDS = 10  # races lost in a row before the job gives up; each takes another job's publication


@dataclass(frozen=True)
class Staged:
    """Finished files that nobody can see yet, and the summary that describes them."""

    results: Path | Sequence[Piece]  # a file, or objects whose contents follow each other
    rejected: Path | None  # None when no row was rejected
    review: Path | None  # None when nobody need look at any row
    summary: Summary


class Destination(Protocol):
    """Where results become visible."""

    @property
    def staging(self) -> Path | None:
        """The folder in which to make the files so that publishing need not copy them; None: wherever there is room."""
        ...

    @property
    def results_name(self) -> str:
        """The name of the results file."""
        ...

    @property
    def rejected_name(self) -> str:
        """The name of the file of rejected rows."""
        ...

    @property
    def review_name(self) -> str:
        """The name of the review list."""
        ...

    def publish(self, staged: Staged) -> Summary:
        """Make the files visible; returns the summary as it was written."""
        ...


def destination(output: str, input_path: str) -> Destination:
    """The place that an `--output` names: a folder, or an `s3://` prefix under which `KEY/` is the input's own.

    Raises UserError when results cannot go there.
    """
    name = input_path.rsplit("/", 1)[-1]
    if not output.startswith(objects.SCHEME):
        return FolderResults(Path(output), ResultKeys(Drop(DEFAULT_CLASSIFIER, name)), Path(input_path))
    bucket, prefix = Address.parse(output)
    prefix = prefix.removesuffix("/")
    if prefix.rsplit("/", 1)[-1] != name:
        prefix = f"{prefix}/{name}" if prefix else name
    keys = ResultKeys(parse_drop(prefix))
    keys.check_length()
    return BucketResults(bucket, keys)


@dataclass(frozen=True)
class FolderResults:
    """Results of one input in a folder of the disk.

    Raises UserError when the folder holds another input's results, or the input where a result would go, and when the
    input's name leaves no room for that of its results.
    """

    folder: Path
    keys: ResultKeys
    input: Path

    def __post_init__(self) -> None:
        check_file_name(self.review_name, self.input.name)  # the longest of all
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"Results cannot go to '{self.folder}': {error.strerror}. Name a folder that can be written.") from error
        if self.input.resolve() in {self._place(name).resolve() for name in (self.results_name, self.rejected_name, self.review_name)}:
            raise UserError(f"'{self.input.name}' lies where its own results would go. Name another folder with --output.")
        summary = self._place(self._summary_name)
        if summary.exists() and _results_in(summary.read_bytes()) != self.results_name:
            raise UserError(f"'{self.folder}' already holds the results of another file. Name another folder with --output.")

    @property
    def staging(self) -> Path:
        """The folder itself: a rename within one file system is whole or not at all."""
        return self.folder

    @property
    def results_name(self) -> str:
        """The name of the results file."""
        return _name(self.keys.results)

    @property
    def rejected_name(self) -> str:
        """The name of the file of rejected rows."""
        return _name(self.keys.rejected)

    @property
    def review_name(self) -> str:
        """The name of the review list."""
        return _name(self.keys.review)

    @property
    def _summary_name(self) -> str:
        return _name(self.keys.summary)

    def publish(self, staged: Staged) -> Summary:
        """Replace the files; from the first change to the last there is no summary, and so no result."""
        if not isinstance(staged.results, Path):
            raise AlgorithmError("Objects are put together in S3 only, never in a folder.")
        raise_if_stopped()
        summary = staged.results.with_name(self._summary_name)
        summary.write_bytes(_bytes(staged.summary))
        for path in (staged.results, staged.rejected, staged.review, summary):
            if path is not None:
                _to_disk(path)
        self._place(self._summary_name).unlink(missing_ok=True)
        staged.results.replace(self._place(self.results_name))
        for path, name in ((staged.rejected, self.rejected_name), (staged.review, self.review_name)):
            if path is None:
                self._place(name).unlink(missing_ok=True)
            else:
                path.replace(self._place(name))
        summary.replace(self._place(self._summary_name))
        return staged.summary

    def _place(self, name: str) -> Path:
        return self.folder / name


@dataclass(frozen=True)
class BucketResults:
    """Results of one drop in the results bucket."""

    bucket: str
    keys: ResultKeys

    staging = None  # the files are uploaded from wherever there is room

    @property
    def results_name(self) -> str:
        """The name of the results file."""
        return _name(self.keys.results)

    @property
    def rejected_name(self) -> str:
        """The name of the file of rejected rows."""
        return _name(self.keys.rejected)

    @property
    def review_name(self) -> str:
        """The name of the review list."""
        return _name(self.keys.review)

    def publish(self, staged: Staged) -> Summary:
        """Put results, rejected rows, review list and summary; under older/ when a newer version's result is there already."""
        for _ in range(MAX_ROUNDS):
            raise_if_stopped()
            keys = self.keys
            before = objects.read(self._address(keys.summary))
            if before and _is_of_newer_input(before, staged.summary):
                keys = replace(keys, older_version=staged.summary.input_version)
                before = objects.read(self._address(keys.summary))
            with suppress(Conflict):
                return self._put_all(keys, staged, before)
        raise PlatformError("Other jobs kept replacing the result of the same file.")

    def _put_all(self, keys: ResultKeys, staged: Staged, before: Found | None) -> Summary:
        """One attempt. Raises Conflict when another job was quicker, and then nothing of this one is left."""
        results, place = self._address(keys.results), self._address(keys.summary)
        written: list[tuple[Address, str]] = []  # with the versions
        try:
            version = _put_results(results, staged)
            written.append((results, version))
            summary = replace(
                staged.summary,
                results_version=version,
                rejected_version=self._put_or_hide(keys.rejected, staged.rejected, CSV, written),
                review_version=self._put_or_hide(keys.review, staged.review, JSON_LINES, written),
            )
            body = _bytes(summary)
        except BaseException:
            _take_back(written)
            raise
        try:
            objects.put_if_unchanged(place, body, JSON, before)
        except (Conflict, PlatformError):
            # It may have succeeded although its answer was lost: boto3 repeats such a put, which then meets itself.
            found = objects.read(place)
            if found is None or found.body != body:
                _take_back(written)
                raise
        return summary

    def _put_or_hide(self, key: str, path: Path | None, content_type: str, written: list[tuple[Address, str]]) -> str:
        """Put a file that not every result has, or hide that of an earlier version: its rows must not pass for this one's."""
        place, version = self._address(key), ""
        if path is not None:
            version = uploads.upload(place, path, content_type)
            written.append((place, version))
        elif objects.latest_version(place) is not None:
            written.append((place, objects.hide(place)))
        return version

    def _address(self, key: str) -> Address:
        return Address(self.bucket, key)


def _put_results(place: Address, staged: Staged) -> str:
    if isinstance(staged.results, Path):
        return uploads.upload(place, staged.results, CSV)
    return uploads.concatenate(place, staged.results, CSV)


def _take_back(written: Sequence[tuple[Address, str]]) -> None:
    for address, version in reversed(written):
        if version:  # without versions, what was there before is lost anyway
            with suppress(PlatformError):  # what stopped the publication matters more
                objects.delete_version(address, version)


def _is_of_newer_input(found: Found, ours: Summary) -> bool:
    """Whether a summary is about a later version of the same key; unknown when a job was started by hand."""
    try:
        theirs = Summary.from_json(found.body)
    except AlgorithmError:  # of another version of the kit, or no summary at all
        return False
    if not (ours.input_sequencer and ours.input_version) or theirs.input_version == ours.input_version:
        return False
    return is_newer(theirs.input_sequencer, ours.input_sequencer)


def _bytes(summary: Summary) -> bytes:
    """A summary as it is stored; what has no UTF-8 form, such as a file name that is no text, becomes JSON's own escape."""
    return summary.to_json().encode("utf-8", "backslashreplace")


def _results_in(summary: bytes) -> str:
    """The results file that a summary names; empty when it is no summary."""
    try:
        return Summary.from_json(summary).results
    except AlgorithmError:
        return ""


def _name(key: str) -> str:
    return key.rsplit("/", 1)[-1]


def _to_disk(path: Path) -> None:
    """Wait until the bytes are on the disk, so that no crash can leave a name without its content."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
