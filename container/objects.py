"""S3: the container's one place for boto3.

Every call has standard retries, and what still fails is a PlatformError in a plain sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, Self

from container.stopping import StoppedError
from contract.errors import PlatformError
from contract.layout import parse_s3_uri, s3_uri
from contract.shards import ByteRange

SCHEME = "s3://"
PART_BYTES = 64 * 1024**2  # that are in memory at once, and of a multipart upload: 10,000 parts at most make 640 GB
MAX_ATTEMPTS = 6  # of each call, the first one counted

CSV, HTML = "text/csv; charset=utf-8", "text/html; charset=utf-8"
JSON, JSON_LINES = "application/json", "application/jsonlines"


class Conflict(Exception):
    """A conditional put found that the object is no longer as it was read."""


class Address(NamedTuple):
    """Where an object lies."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> Self:
        """The inverse of `str`. Raises UserError when it is no `s3://` address."""
        return cls(*parse_s3_uri(uri))

    def __str__(self) -> str:
        return s3_uri(self.bucket, self.key)

    def beside(self, name: str) -> Address:
        """The address of another object in the same folder."""
        folder, slash, _ = self.key.rpartition("/")
        return Address(self.bucket, f"{folder}{slash}{name}")


class Found(NamedTuple):
    """An object that was read: its bytes, and the tag by which a conditional put knows it again."""

    body: bytes
    etag: str


@cache
def client() -> Any:
    """The S3 client of this process."""
    import boto3  # noqa: PLC0415  # files alone need none of it, and it takes a while
    from botocore.config import Config  # noqa: PLC0415  # as above

    made = boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": MAX_ATTEMPTS}))
    made.meta.events.register_first("needs-retry.s3", _stop_instead)
    return made


def _stop_instead(caught_exception: Exception | None, **_: Any) -> None:
    """Let go what stopped the job in the middle of a request: botocore takes it for a broken connection and would ask again."""
    from botocore.exceptions import HTTPClientError  # noqa: PLC0415  # as in `client`

    if isinstance(caught_exception, HTTPClientError) and isinstance(caught_exception.kwargs.get("error"), StoppedError):
        raise caught_exception.kwargs["error"]


def troubles() -> tuple[type[Exception], ...]:
    """What boto3 raises when S3 refuses, or cannot be reached."""
    from boto3.exceptions import Boto3Error  # noqa: PLC0415  # as in `client`
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # as in `client`

    return ClientError, BotoCoreError, Boto3Error


def latest_version(address: Address) -> str | None:
    """The id of the version that a reader gets now, "" in a bucket without versions; None when the object is deleted."""
    try:
        head = client().head_object(Bucket=address.bucket, Key=address.key)
    except troubles() as error:
        if _status(error) == HTTPStatus.NOT_FOUND:
            return None
        raise _failed("look up", address, error) from error
    return known(head.get("VersionId"))


def metadata(address: Address, version: str) -> dict[str, str]:
    """What was written on one version of an object ("" is the latest); nothing when that version no longer exists."""
    wanted = {"VersionId": version} if version else {}
    try:
        head = client().head_object(Bucket=address.bucket, Key=address.key, **wanted)
    except troubles() as error:
        if _status(error) in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):  # the latter for a delete marker
            return {}
        raise _failed("look up", address, error) from error
    return dict(head["Metadata"])


def download(address: Address, version: str, path: Path) -> bool:
    """Write one version of an object to a file ("" is the latest); False when that version no longer exists."""
    wanted = {"VersionId": version} if version else {}
    try:
        client().download_file(address.bucket, address.key, str(path), ExtraArgs=wanted)
    except troubles() as error:
        if _status(error) in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):  # the latter for a delete marker
            return False
        raise _failed("read", address, error) from error
    return True


def download_range(address: Address, version: str, part: ByteRange, path: Path) -> bool:
    """Write a part of one version of an object to a file; False when that version no longer exists."""
    wanted = {"VersionId": version} if version else {}
    try:
        with path.open("wb") as file:
            for start in range(part.start, part.end, PART_BYTES):
                end = min(part.end, start + PART_BYTES)
                file.write(read_range(address, ByteRange(start, end), wanted))
    except troubles() as error:
        if _status(error) in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):  # the latter for a delete marker
            return False
        raise _failed("read", address, error) from error
    return True


def read(address: Address) -> Found | None:
    """A small object; None when there is none."""
    try:
        return _get(Bucket=address.bucket, Key=address.key)
    except troubles() as error:
        if _status(error) == HTTPStatus.NOT_FOUND:
            return None
        raise _failed("read", address, error) from error


def put(address: Address, body: bytes, content_type: str) -> str:
    """Write a small object; returns its version id, "" in a bucket without versions."""
    return _put(address, body, content_type, {})


def put_if_absent(address: Address, body: bytes, content_type: str) -> None:
    """Write a small object unless there is one."""
    with suppress(Conflict):
        put_if_unchanged(address, body, content_type, None)


def put_if_unchanged(address: Address, body: bytes, content_type: str, before: Found | None) -> str:
    """Write a small object if it still is what `before` says. Raises Conflict when it is not."""
    return _put(address, body, content_type, {"IfMatch": before.etag} if before else {"IfNoneMatch": "*"})


def hide(address: Address) -> str:
    """Put a delete marker over an object; returns the marker's version id, by which it can be taken away again."""
    with calls("delete", address):
        return known(client().delete_object(Bucket=address.bucket, Key=address.key).get("VersionId"))


def delete_version(address: Address, version: str) -> None:
    """Delete one version for good, so that the one before it is the latest again."""
    with calls("delete", address):
        client().delete_object(Bucket=address.bucket, Key=address.key, VersionId=version)


def _put(address: Address, body: bytes, content_type: str, conditions: dict[str, Any]) -> str:
    try:
        answer = client().put_object(Bucket=address.bucket, Key=address.key, Body=body, ContentType=content_type, **conditions)
    except troubles() as error:
        # 412: it changed; 409: it is being changed; 404: it was there to be matched and is gone
        lost = (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)
        if conditions and _status(error) in lost and _code(error) != "NoSuchBucket":
            raise Conflict from error
        raise _failed("write", address, error) from error
    return known(answer.get("VersionId"))


def read_range(address: Address, part: ByteRange, version: Mapping[str, str] | None = None) -> bytes:
    """A few bytes of an object."""
    if part.start == part.end:
        return b""
    return _get(Bucket=address.bucket, Key=address.key, Range=http_range(part), **(version or {})).body


def _get(**where: str) -> Found:
    """An object or a part of one. botocore asks again when no answer comes, but not when one breaks off: this does."""
    from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError  # noqa: PLC0415  # as in `client`

    def once() -> Found:
        answer = client().get_object(**where)
        return Found(bytes(answer["Body"].read()), answer["ETag"])

    for _ in range(MAX_ATTEMPTS - 1):
        with suppress(IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
            return once()
    return once()


def http_range(part: ByteRange) -> str:
    """A range as HTTP writes it: its last byte is named."""
    return f"bytes={part.start}-{part.end - 1}"


@contextmanager
def calls(what: str, address: Address) -> Iterator[None]:
    """What S3 refuses meanwhile is a PlatformError that says what was to be done with which object."""
    try:
        yield
    except troubles() as error:
        raise _failed(what, address, error) from error


def _failed(what: str, address: Address, error: Exception) -> PlatformError:
    return PlatformError(f"S3 did not let the job {what} '{address}': {error}")


def _status(error: Exception) -> int:
    return int(_answer(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _code(error: Exception) -> str:
    return str(_answer(error).get("Error", {}).get("Code", ""))


def _answer(error: Exception) -> Mapping[str, Any]:
    """What S3 said in a refusal; nothing when it did not answer."""
    from botocore.exceptions import ClientError  # noqa: PLC0415  # as in `client`

    return error.response if isinstance(error, ClientError) else {}


def known(version: str | None) -> str:
    """S3 calls the only version of an object "null" where versioning was never on."""
    return "" if version in (None, "null") else str(version)
