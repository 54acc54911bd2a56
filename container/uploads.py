"""Objects that are made of parts: files of any size, and objects behind one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from container import objects
from container.objects import Address
from contract.shards import ByteRange

COPY_BYTES = 512 * 1024**2  # of a part that is copied inside S3, which allows 5 GiB
LEAST_PART_BYTES = 5 * 1024**2  # of every part but the last; S3 refuses smaller ones


class Piece(NamedTuple):
    """An object that is to be a part of another."""

    address: Address
    size_bytes: int


def upload(address: Address, path: Path, content_type: str) -> str:
    """Write a file of any size; returns its version id, which boto3's own upload keeps to itself."""
    with path.open("rb") as file:
        if path.stat().st_size <= objects.PART_BYTES:
            return objects.put(address, file.read(), content_type)
        with objects.calls("write", address), _multipart(address, content_type) as parts:
            while body := file.read(objects.PART_BYTES):
                parts.put(body)
            return parts.complete()


def concatenate(address: Address, pieces: Sequence[Piece], content_type: str) -> str:
    """Write objects, one behind the other, as one object; returns its version id.

    What is large enough to be a part is copied inside S3; small pieces pass through memory, a few MB at a time.
    """
    with objects.calls("write", address), _multipart(address, content_type) as upload:
        small = b""
        for place, size_bytes in pieces:
            start = 0
            if small:
                start = min(size_bytes, LEAST_PART_BYTES - len(small))
                small += objects.read_range(place, ByteRange(0, start))
            if len(small) >= LEAST_PART_BYTES:
                upload.put(small)
                small = b""
            while not small and size_bytes - start >= LEAST_PART_BYTES:
                end = min(size_bytes, start + COPY_BYTES)
                upload.copy(place, ByteRange(start, end))
                start = end
            small += objects.read_range(place, ByteRange(start, size_bytes))
        if small:
            upload.put(small)
        return upload.complete()


class _Multipart:
    """A multipart upload under way."""

    def __init__(self, address: Address, content_type: str) -> None:
        where = {"Bucket": address.bucket, "Key": address.key}
        self._where = where | {"UploadId": objects.client().create_multipart_upload(**where, ContentType=content_type)["UploadId"]}
        self._parts: list[dict[str, Any]] = []

    def put(self, body: bytes) -> None:
        """The next part."""
        self._add(objects.client().upload_part(**self._where, PartNumber=len(self._parts) + 1, Body=body))

    def copy(self, source: Address, part: ByteRange) -> None:
        """The next part, which is one of another object."""
        place = {"Bucket": source.bucket, "Key": source.key}
        number = len(self._parts) + 1
        copied = objects.client().upload_part_copy(
            **self._where, PartNumber=number, CopySource=place, CopySourceRange=objects.http_range(part)
        )
        self._add(copied["CopyPartResult"])

    def complete(self) -> str:
        """Make the object of its parts; returns its version id."""
        return objects.known(
            objects.client().complete_multipart_upload(**self._where, MultipartUpload={"Parts": self._parts}).get("VersionId")
        )

    def abort(self) -> None:
        """Delete the parts."""
        with suppress(*objects.troubles()):  # what stopped the upload matters more
            objects.client().abort_multipart_upload(**self._where)

    def _add(self, answer: Mapping[str, Any]) -> None:
        self._parts.append({"PartNumber": len(self._parts) + 1, "ETag": answer["ETag"]})


@contextmanager
def _multipart(address: Address, content_type: str) -> Iterator[_Multipart]:
    """A multipart upload, aborted when anything stops it, for its parts would be stored and billed until the bucket's rules find them."""
    upload = _Multipart(address, content_type)
    try:
        yield upload
    except BaseException:
        upload.abort()
        raise
