"""Fetching what came of a classified file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract.documents import Summary
from contract.layout import parse_drop, parse_s3_uri
from contract.ledger import Job


def download(s3: Any, job: Job, folder: Path) -> list[Path]:
    """Fetch results, rejected rows and summary of a job that is done, each whole or not at all; returns their paths.

    All are named after the dropped file, so that one folder holds the results of many.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bucket, prefix = parse_s3_uri(job.results)
    stem = parse_drop(job.key).stem
    summary_path, rejected_path = folder / f"{stem}_summary.json", folder / f"{stem}_rejected.csv"
    body = s3.get_object(Bucket=bucket, Key=f"{prefix}summary.json")["Body"].read()
    summary = Summary.from_json(body)
    paths = [_fetch(s3, bucket, f"{prefix}{summary.results}", folder / summary.results, version=summary.results_version)]
    rejected_path.unlink(missing_ok=True)  # of an earlier file of this name
    if summary.rejected:
        paths.append(_fetch(s3, bucket, f"{prefix}{summary.rejected}", rejected_path, version=summary.rejected_version))
    summary_path.write_bytes(body)
    return [*paths, summary_path]


def _fetch(s3: Any, bucket: str, key: str, path: Path, version: str) -> Path:
    part = path.with_name(f".{path.name}.part")
    s3.download_file(bucket, key, str(part), ExtraArgs={"VersionId": version} if version else None)
    return part.replace(path)
