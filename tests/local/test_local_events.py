"""EventBridge: from an object, or from PutEvents, to targets."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

from local_app import Inbox, eventually

from contract.events import ObjectCreated
from contract.sequencers import is_newer
from local.cloud import Cloud

PART_BYTES = 5 * 1024 * 1024


def noted(cloud: Cloud, key: str) -> list[dict[str, Any]]:
    """The events that the function noted for one key of the train bucket, oldest version first."""
    s3, bucket = cloud.session().client("s3"), cloud.outputs["Results"]
    found = []
    for entry in s3.list_objects_v2(Bucket=bucket, Prefix="events/").get("Contents", []):
        event = json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
        if event.get("detail", {}).get("object", {}).get("key") == key:
            found.append(event)
    return sorted(found, key=lambda event: str(event["detail"]["object"]["sequencer"]))


def settled(cloud: Cloud, key: str, marker: str) -> list[dict[str, Any]]:
    """The events of a key, after those of a later object have arrived too."""
    cloud.session().client("s3").put_object(Bucket=cloud.outputs["Train"], Key=marker, Body=b"")
    eventually(lambda: noted(cloud, marker))
    return noted(cloud, key)


def test_put_object_makes_an_event_as_eventbridge_carries_it(cloud: Cloud) -> None:
    """The event has the raw key, version, size, etag and reason, and the contract reads it."""
    key = "in/my file (1)+é.CSV"
    put = cloud.session().client("s3").put_object(Bucket=cloud.outputs["Train"], Key=key, Body=b"text\n")
    (event,) = eventually(lambda: noted(cloud, key))
    assert (event["version"], event["source"], event["detail-type"]) == ("0", "aws.s3", "Object Created")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"])
    assert event["resources"] == [f"arn:aws:s3:::{cloud.outputs['Train']}"]
    assert (event["account"], event["region"]) == (cloud.account, cloud.region)
    assert event["detail"]["reason"] == "PutObject"
    assert event["detail"]["object"]["etag"] == put["ETag"].strip('"')
    assert {"version", "request-id", "requester", "source-ip-address"} <= set(event["detail"])
    parsed = ObjectCreated.from_event(event)
    assert (parsed.bucket, parsed.key, parsed.version, parsed.size) == (cloud.outputs["Train"], key, put["VersionId"], 5)


def test_multipart_upload_makes_one_event(cloud: Cloud) -> None:
    """An upload in parts makes one event, that of its completion, with the version that it made."""
    s3, bucket, key = cloud.session().client("s3"), cloud.outputs["Train"], "in/large.csv"
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    parts = []
    for number, body in ((1, b"a" * PART_BYTES), (2, b"b")):
        etag = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    made = s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    (event,) = settled(cloud, key, "in/after-large.csv")
    assert event["detail"]["reason"] == "CompleteMultipartUpload"
    assert event["detail"]["object"]["version-id"] == made["VersionId"]
    assert event["detail"]["object"]["size"] == PART_BYTES + 1


def test_copy_makes_an_event(cloud: Cloud) -> None:
    """A copied object makes an event with the reason CopyObject."""
    s3, bucket = cloud.session().client("s3"), cloud.outputs["Train"]
    s3.put_object(Bucket=bucket, Key="in/original.csv", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="in/copy.csv", CopySource={"Bucket": bucket, "Key": "in/original.csv"})
    (event,) = eventually(lambda: noted(cloud, "in/copy.csv"))
    assert event["detail"]["reason"] == "CopyObject"


def test_sequencers_order_the_versions_of_a_key(cloud: Cloud) -> None:
    """Of versions put at the same moment none is lost, and the latest has the greatest sequencer."""
    s3, bucket, key = cloud.session().client("s3"), cloud.outputs["Train"], "in/often.csv"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: s3.put_object(Bucket=bucket, Key=key, Body=str(number)), range(16)))
    events = eventually(lambda: found if len(found := noted(cloud, key)) == 16 else None)
    versions = s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    assert len({version["VersionId"] for version in versions}) == 16
    (latest,) = [version["VersionId"] for version in versions if version["IsLatest"]]
    assert events[-1]["detail"]["object"]["version-id"] == latest
    sequencers = [event["detail"]["object"]["sequencer"] for event in events]
    assert all(is_newer(later, earlier) for earlier, later in pairwise(sequencers))


def test_object_that_no_rule_wants_wakes_nothing(cloud: Cloud) -> None:
    """A key under a reserved prefix and an object in another bucket wake no function."""
    s3 = cloud.session().client("s3")
    s3.put_object(Bucket=cloud.outputs["Train"], Key="reserved/x.csv", Body=b"")
    s3.put_object(Bucket=cloud.outputs["Results"], Key="in/elsewhere.csv", Body=b"")
    assert settled(cloud, "reserved/x.csv", "in/after-reserved.csv") == []
    assert noted(cloud, "in/elsewhere.csv") == []


def put_event(cloud: Cloud, **detail: Any) -> None:
    """Put one of the sample's own events."""
    entry = {"Source": "sample", "DetailType": "Sample", "Detail": json.dumps(detail)}
    assert cloud.session().client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_put_events_reaches_a_function(cloud: Cloud) -> None:
    """An event of one's own wakes a function, with EventBridge's envelope around it."""
    put_event(cloud, kind="note", object={"key": "by-hand", "sequencer": ""})
    (event,) = eventually(lambda: noted(cloud, "by-hand"))
    assert (event["source"], event["detail-type"], event["detail"]["kind"]) == ("sample", "Sample", "note")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"])
    assert "ingestion-time" not in event


def test_put_events_reaches_a_topic_and_its_queue(cloud: Cloud, inbox: Inbox) -> None:
    """A topic as target passes the event on to its subscriber."""
    put_event(cloud, kind="tell", text="hello topic")
    (event,) = eventually(lambda: inbox.bodies("Told", text="hello topic"))
    assert event["detail"]["kind"] == "tell"


def test_event_that_cannot_be_delivered_is_buried(cloud: Cloud, inbox: Inbox) -> None:
    """A rule without the function's permission to wake it sends the event to its dead-letter queue, saying why."""
    put_event(cloud, kind="forbidden", text="no entry")
    (message,) = eventually(lambda: [entry for entry in inbox.messages("Buried") if "no entry" in entry["Body"]])
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
    assert "OnForbidden" in attributes["RULE_ARN"]
    assert attributes["TARGET_ARN"].endswith(cloud.outputs["Look"])


def test_disabled_rule_wakes_nothing(cloud: Cloud) -> None:
    """A rule that is switched off delivers nothing until it is on again."""
    events = cloud.session().client("events")
    (rule,) = [entry["Name"] for entry in events.list_rules()["Rules"] if "OnNote" in entry["Name"]]
    events.disable_rule(Name=rule)
    put_event(cloud, kind="note", object={"key": "while-off", "sequencer": ""})
    events.enable_rule(Name=rule)
    put_event(cloud, kind="note", object={"key": "while-on", "sequencer": ""})
    eventually(lambda: noted(cloud, "while-on"))
    assert noted(cloud, "while-off") == []


def test_schedule_never_fires_nor_matches(cloud: Cloud, inbox: Inbox) -> None:
    """A rule with a schedule alone, which moto lets match every event, has had no event at all."""
    put_event(cloud, kind="note", object={"key": "tick", "sequencer": ""})
    eventually(lambda: noted(cloud, "tick"))
    assert inbox.messages("Ticks") == []
