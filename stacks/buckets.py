"""The buckets that StorageStack keeps, for who needs all of them."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_s3 as s3


@dataclass(frozen=True)
class Buckets:
    """What people drop, what comes of it, and the models."""

    train: s3.IBucket
    predict: s3.IBucket
    results: s3.IBucket
    models: s3.IBucket
