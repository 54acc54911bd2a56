"""Putting a file into a bucket, with its version id from the put itself: a later one may be somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contract.errors import AlgorithmError
from kit import printing

PART_BYTES = 16 * 1024**2  # up to this size one request does
MAX_PARTS = 10_000  # a limit of S3
THREADS = 4


def upload(s3: Any, path: Path, bucket: str, key: str, metadata: Mapping[str, str]) -> str:
    """Upload the file, in parts when it is large; returns the version id. A broken upload leaves nothing."""
    size = path.stat().st_size
    with printing.progress(path.name, size) as advance:
        if size <= PART_BYTES:
            with path.open("rb") as body:
                answer = s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=dict(metadata))
            advance(size)
        else:
            answer = _in_parts(s3, path, size, {"Bucket": bucket, "Key": key}, metadata, advance)
    version: str | None = answer.get("VersionId")
    if not version:
        raise AlgorithmError(f"The bucket {bucket} keeps no versions, so the file's job cannot be known. Deploy the storage stack again.")
    return version


def _in_parts(
    s3: Any, path: Path, size: int, place: dict[str, str], metadata: Mapping[str, str], advance: Callable[[int], None]
) -> dict[str, Any]:
    part_bytes = max(PART_BYTES, -(-size // MAX_PARTS))
    starts = range(0, size, part_bytes)

    def send(number: int, start: int) -> dict[str, Any]:
        with path.open("rb") as file:
            file.seek(start)
            body = file.read(part_bytes)
        answer = s3.upload_part(**multipart, PartNumber=number, Body=body)
        advance(len(body))
        return {"PartNumber": number, "ETag": answer["ETag"]}

    with _multipart(s3, place, metadata) as multipart, ThreadPoolExecutor(THREADS) as threads:
        parts = list(threads.map(send, range(1, len(starts) + 1), starts))
        answer: dict[str, Any] = s3.complete_multipart_upload(**multipart, MultipartUpload={"Parts": parts})
        return answer


@contextmanager
def _multipart(s3: Any, place: dict[str, str], metadata: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """A multipart upload that is aborted unless all goes well: its parts would cost money for ever."""
    multipart = {**place, "UploadId": s3.create_multipart_upload(**place, Metadata=dict(metadata))["UploadId"]}
    try:
        yield multipart
    except BaseException:
        s3.abort_multipart_upload(**multipart)
        raise
