"""tear_down empties the buckets that a stack is about to delete."""

from __future__ import annotations

import json

import boto3
from tear_down_account import Account

from contract.function_environments import TearDownEnvironment


def test_a_bucket_is_emptied_of_everything(furnished: Account) -> None:
    """More versions than one call lists, delete markers and unfinished uploads: after it the bucket itself can be deleted."""
    s3 = boto3.client("s3")
    for number in range(1005):
        s3.put_object(Bucket="results", Key=f"odd name+é/{number % 503}.csv", Body=b"")
    s3.delete_object(Bucket="results", Key="odd name+é/1.csv")
    s3.create_multipart_upload(Bucket="results", Key="unfinished.csv")
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    s3.delete_bucket(Bucket="results")


def test_a_bucket_keeps_its_policy_and_takes_nothing_more(furnished: Account) -> None:
    """What refuses requests without TLS stays, and what is written meanwhile is refused."""
    s3 = boto3.client("s3")
    tls = {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::train/*"}
    s3.put_bucket_policy(Bucket="train", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls]}))
    assert furnished.request("Delete")["Status"] == "SUCCESS"
    first, second = json.loads(s3.get_bucket_policy(Bucket="train")["Policy"])["Statement"]
    assert first == tls
    assert (second["Effect"], second["Principal"], second["Action"], second["Resource"]) == (
        "Deny",
        "*",
        "s3:PutObject",
        "arn:aws:s3:::train/*",
    )


def test_an_object_that_is_held_is_named(furnished: Account) -> None:
    """S3 refuses single objects in an answer that is no error: it must not count as success, nor be tried for ever."""
    boto3.client("s3").put_object(Bucket="train", Key="held.csv", Body=b"")
    refused = {"Errors": [{"Key": "held.csv", "Code": "AccessDenied", "Message": "Object Lock holds it"}]}
    furnished._DeleteObjects = lambda client, given: refused  # type: ignore[attr-defined]  # looked up by name
    answer = furnished.request("Delete")
    assert answer["Status"] == "FAILED"
    assert "bucket train" in answer["Reason"]
    assert "'held.csv': Object Lock holds it" in answer["Reason"]


def test_a_bucket_too_large_for_one_invocation_is_said(furnished: Account) -> None:
    """The deletion fails in time and goes on at the next attempt."""
    boto3.client("s3").put_object(Bucket="train", Key="a.csv", Body=b"")
    furnished.seconds_left = 40
    answer = furnished.request("Delete", TearDownEnvironment(stage="dev", buckets="train"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Bucket train is not empty yet")
    furnished.seconds_left = 900
    assert furnished.request("Delete")["Status"] == "SUCCESS"
