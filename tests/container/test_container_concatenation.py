"""Objects joined by S3 itself."""

from __future__ import annotations

import pytest
from container_cases import LEAST_PART_BYTES, RESULTS_BUCKET, Cloud

from container import objects, uploads
from container.objects import Address
from container.uploads import Piece
from contract.errors import PlatformError

pytestmark = pytest.mark.usefixtures("small_parts")


SIZES = [
    [0, 1],
    [10, 0, 300, 5],
    [300, 300, 300],
    [1, 255, 1, 256, 257, 1],
    [100, 5000, 3, 3, 900],
    [2000],
]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_objects_become_one(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, sizes: list[int]) -> None:
    """Large pieces are copied, small ones pass through, and no part is smaller than S3 allows."""
    monkeypatch.setattr(uploads, "COPY_BYTES", 1000)
    pieces = []
    for number, size in enumerate(sizes):
        cloud.drop(f"piece {number}+é", bytes((number + at) % 251 for at in range(size)), RESULTS_BUCKET)
        pieces.append(Piece(Address(RESULTS_BUCKET, f"piece {number}+é"), size))
    version = uploads.concatenate(Address(RESULTS_BUCKET, "whole"), pieces, objects.CSV)
    assert cloud.get("whole", VersionId=version) == b"".join(cloud.get(piece.address.key) or b"" for piece in pieces)
    assert cloud.client.head_object(Bucket=RESULTS_BUCKET, Key="whole")["ContentType"] == objects.CSV


def test_large_pieces_never_pass_through_memory(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Joining is S3's work: of a large piece only what completes a small part is read."""
    pieces = []
    for number, size in enumerate((10, 100_000, 100_000)):
        cloud.drop(str(number), b"x" * size, RESULTS_BUCKET)
        pieces.append(Piece(Address(RESULTS_BUCKET, str(number)), size))
    read = 0
    get = objects.read_range

    def counting(*arguments: object) -> bytes:
        nonlocal read
        body = get(*arguments)  # type: ignore[arg-type]  # handed on as they come
        read += len(body)
        return body

    monkeypatch.setattr(objects, "read_range", counting)
    uploads.concatenate(Address(RESULTS_BUCKET, "whole"), pieces, objects.CSV)
    assert read <= LEAST_PART_BYTES


def test_a_broken_concatenation_leaves_no_parts(cloud: Cloud) -> None:
    """A piece that is missing ends it in a sentence, and nothing is billed unseen."""
    with pytest.raises(PlatformError, match="S3 did not let the job write 's3://results-bucket/whole'"):
        uploads.concatenate(Address(RESULTS_BUCKET, "whole"), [Piece(Address(RESULTS_BUCKET, "gone"), 10)], objects.CSV)
    assert "Uploads" not in cloud.client.list_multipart_uploads(Bucket=RESULTS_BUCKET)
