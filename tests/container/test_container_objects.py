"""S3 as the container uses it: large files in parts, and answers that break off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from boto3.exceptions import RetriesExceededError, S3UploadFailedError
from botocore.exceptions import EndpointConnectionError, IncompleteReadError
from container_cases import RESULTS_BUCKET, Cloud

from container import objects, uploads
from container.objects import Address
from contract.errors import PlatformError


def test_large_files_go_up_in_parts(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the size of a part arrives whole, and its version id is known."""
    monkeypatch.setattr(objects, "PART_BYTES", 5 * 1024**2)
    content = bytes(range(256)) * 50_000
    path = tmp_path / "large.csv"
    path.write_bytes(content)
    version = uploads.upload(Address(RESULTS_BUCKET, "large"), path, objects.CSV)
    assert cloud.get("large", VersionId=version) == content
    assert cloud.client.head_object(Bucket=RESULTS_BUCKET, Key="large")["ContentType"] == objects.CSV


def test_a_broken_upload_leaves_no_parts(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of an upload that failed are not kept, for they would be billed unseen."""
    monkeypatch.setattr(objects, "PART_BYTES", 1024)  # below S3's least size, so that completing is refused
    path = tmp_path / "large.csv"
    path.write_bytes(b"x" * 5000)
    with pytest.raises(PlatformError, match="S3 did not let the job write 's3://results-bucket/large'"):
        uploads.upload(Address(RESULTS_BUCKET, "large"), path, objects.CSV)
    assert "Uploads" not in cloud.client.list_multipart_uploads(Bucket=RESULTS_BUCKET)


class BreakingBody:
    """The body of an answer that breaks off so many times, and then comes whole."""

    def __init__(self, body: bytes, breaks: list[Exception]) -> None:
        self._body, self._breaks = body, breaks

    def read(self) -> bytes:
        """All of it, or an error."""
        if self._breaks:
            raise self._breaks.pop()
        return self._body


@pytest.mark.parametrize("breaks", [1, objects.MAX_ATTEMPTS - 1, objects.MAX_ATTEMPTS])
def test_an_answer_that_breaks_off_is_asked_for_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, breaks: int) -> None:
    """botocore repeats a request without an answer, but not one whose body ends too soon: that is done here, and not for ever."""
    place = Address(RESULTS_BUCKET, "summary.json")
    objects.put(place, b"{}", objects.JSON)
    errors: list[Exception] = [IncompleteReadError(actual_bytes=1, expected_bytes=2) for _ in range(breaks)]
    get = objects.client().get_object

    def breaking(**where: str) -> dict[str, object]:
        answer = get(**where)
        return {**answer, "Body": BreakingBody(answer["Body"].read(), errors)}

    monkeypatch.setattr(objects.client(), "get_object", breaking)
    if breaks < objects.MAX_ATTEMPTS:
        found = objects.read(place)
        assert found is not None
        assert found.body == b"{}"
    else:
        with pytest.raises(PlatformError, match="S3 did not let the job read"):
            objects.read(place)


@pytest.mark.parametrize(
    "error", [RetriesExceededError(OSError("reset")), S3UploadFailedError("refused"), EndpointConnectionError(endpoint_url="x")]
)
def test_what_boto3_gives_up_is_no_defect(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Its own errors, which are not botocore's, name the object as those of S3 do; another one is not taken for S3's."""

    def failing(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(objects.client(), "download_file", failing)
    with pytest.raises(PlatformError, match="S3 did not let the job read 's3://bucket/key'"):
        objects.download(Address("bucket", "key"), "", tmp_path / "file")
    error = KeyError("key")
    with pytest.raises(KeyError):
        objects.download(Address("bucket", "key"), "", tmp_path / "file")
