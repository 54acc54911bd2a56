"""Fetching what came of a classified file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract.documents import Summary
from contract.layout import parse_s3_uri
from contract.ledger import Job


def download(s3: Any, job: Job, folder: Path) -> list[Path]:
    """Fetch summary, results and rejected rows of a job that is done; each file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    bucket, prefix = parse_s3_uri(job.results)
    body = s3.get_object(Bucket=bucket, Key=f"{prefix}summary.json")["Body"].read()
    summary = Summary.from_json(body)
    paths = [_fetch(s3, bucket, prefix, summary.results, folder, version=summary.results_version)]
    if summary.rejected:
        paths.append(_fetch(s3, bucket, prefix, summary.rejected, folder))
    path = folder / "summary.json"
    path.write_bytes(body)
    return [*paths, path]


def _fetch(s3: Any, bucket: str, prefix: str, name: str, folder: Path, version: str = "") -> Path:
    path = folder / name
    part = folder / f".{name}.part"
    s3.download_file(bucket, f"{prefix}{name}", str(part), ExtraArgs={"VersionId": version} if version else None)
    return part.replace(path)
