"""Fetching what came of a dropped file."""

from __future__ import annotations

import secrets
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from contract.documents import Summary
from contract.errors import UserError
from contract.layout import REJECTED_SUFFIX, RESULTS_SUFFIX, REVIEW_SUFFIX, Drop, check_file_name, parse_drop, parse_s3_uri
from contract.records import Job, JobKind

SUMMARY, REPORT = "_summary.json", "_report.html"  # behind the dropped file's name, as RESULTS_SUFFIX

_KINDS = {
    RESULTS_SUFFIX: "results",
    REJECTED_SUFFIX: "unreadable rows",
    REVIEW_SUFFIX: "rows to look at",
    SUMMARY: "summary",
    REPORT: "report",
}


def kind_of(path: Path) -> str:
    """What a file that was fetched holds."""
    return next((kind for ending, kind in _KINDS.items() if path.name.endswith(ending)), "file")


def make_folder(folder: Path) -> None:
    """Make the folder that results go to. Raises UserError, before anything is sent, when it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Results cannot go to '{folder}': {error.strerror}. Name a folder that can be written with --out.") from error


def check_names(kind: JobKind, drop: Drop) -> None:
    """Raises UserError when what comes of a file could not have its names in a folder: S3 allows longer ones."""
    for ending in (REPORT,) if kind == JobKind.TRAIN else (RESULTS_SUFFIX, REJECTED_SUFFIX, REVIEW_SUFFIX, SUMMARY):
        check_file_name(f"{drop.stem}{ending}", drop.key, "Use a shorter file name, or fetch the results from the bucket without --out.")


def download(s3: Any, job: Job, folder: Path) -> list[Path]:
    """Fetch results, rejected rows, review list and summary of a job that is done, each whole or not at all; returns their paths.

    All are named after the dropped file, so that one folder holds the results of many.
    """
    bucket, prefix = parse_s3_uri(job.results)
    stem = parse_drop(job.key).stem
    summary_path = folder / f"{stem}{SUMMARY}"
    body = s3.get_object(Bucket=bucket, Key=f"{prefix}summary.json")["Body"].read()
    summary = Summary.from_json(body)
    paths = [_fetch(s3, bucket, f"{prefix}{summary.results}", folder / summary.results, version=summary.results_version)]
    (folder / f"{stem}{REJECTED_SUFFIX}").unlink(missing_ok=True)  # of an earlier file of this name
    if summary.rejected:
        paths.append(_fetch(s3, bucket, f"{prefix}{summary.rejected}", folder / summary.rejected, version=summary.rejected_version))
    (folder / f"{stem}{REVIEW_SUFFIX}").unlink(missing_ok=True)  # likewise
    if summary.review:
        paths.append(_fetch(s3, bucket, f"{prefix}{summary.review}", folder / summary.review, version=summary.review_version))
    summary_path.write_bytes(body)
    return [*paths, summary_path]


def download_report(s3: Any, artifact_uri: str, stem: str, folder: Path) -> list[Path]:
    """Fetch a model's report out of its artifact, named after the file that it was trained on; returns its path."""
    bucket, key = parse_s3_uri(artifact_uri)
    path = folder / f"{stem}{REPORT}"
    with tempfile.TemporaryFile() as archive:
        s3.download_fileobj(bucket, key, archive)
        archive.seek(0)
        with tarfile.open(fileobj=archive, mode="r:gz") as members:
            found = next((member for member in members if member.isfile() and member.name.removeprefix("./") == "report.html"), None)
            report = members.extractfile(found) if found else None
            if report is None:
                return []
            part = _part(folder)
            part.write_bytes(report.read())
    return [part.replace(path)]


def _fetch(s3: Any, bucket: str, key: str, path: Path, version: str) -> Path:
    part = _part(path.parent)
    s3.download_file(bucket, key, str(part), ExtraArgs={"VersionId": version} if version else None)
    return part.replace(path)


def _part(folder: Path) -> Path:
    """A file that nobody should see yet. It is not named after its content: the longest name that may be leaves no room for more."""
    return folder / f".{secrets.token_hex(8)}.part"
