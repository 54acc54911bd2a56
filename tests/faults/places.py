"""Where predictions put their results, as a reader sees them: a folder, or a bucket of a pretended S3."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

Result = dict[str, bytes]  # files by name, without what differs from run to run; empty when there is no result

TIMES = ("started_at", "seconds", "cost_usd", "results_version", "rejected_version", "review_version", "input_version", "input")
KEYS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": "/dev/null"}
PREDICT, RESULTS = "predict", "results"


class Place(Protocol):
    """Where one prediction reads and writes."""

    name: str
    source: str
    output: str
    environment: Mapping[str, str]

    def result(self) -> Result:
        """What a reader finds now."""
        ...

    def leftovers(self) -> str:
        """What lies there besides the result, in words; nothing when nothing does."""
        ...

    def precede(self, older: Path) -> Sequence[Result]:
        """Put the result of an earlier version there, from a folder; what a reader may find until there is a newer one."""
        ...


class FolderPlace:
    """A file, and a folder of its own."""

    name = "a folder"

    def __init__(self, table: Path, folder: Path) -> None:
        self._folder = folder
        self.source, self.output = str(table), str(folder)
        self.environment: Mapping[str, str] = {}

    def result(self) -> Result:
        """The files, if there is a summary and it stays while they are read."""
        summary = self._read("summary.json")
        if not summary:
            return {}
        described = json.loads(summary)
        files = {name: self._read(name) for name in (described[kind] for kind in ("results", "rejected", "review")) if name}
        return files | {"summary": _without_times(described)} if self._read("summary.json") == summary else {}

    def leftovers(self) -> str:
        """Hidden folders of runs that were killed."""
        hidden = sorted(path.name for path in self._folder.iterdir() if path.name.startswith("."))
        return f"left behind: {hidden}" if hidden else ""

    def precede(self, older: Path) -> Sequence[Result]:
        """Files are replaced one by one, and meanwhile there is no result."""
        shutil.copytree(older, self._folder)
        return [self.result(), {}]

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return b""


class BucketPlace:
    """An object, and a prefix of its own."""

    name = "a bucket"

    def __init__(self, table: Path, endpoint: str, key: str) -> None:
        self._s3 = client(endpoint)
        self._key = key
        self.version = self._s3.put_object(Bucket=PREDICT, Key=key, Body=table.read_bytes())["VersionId"]
        self.source, self.output = f"s3://{PREDICT}/{key}", f"s3://{RESULTS}/{key}/"
        self.environment: Mapping[str, str] = KEYS | {
            "AWS_ENDPOINT_URL": endpoint,
            "JOB_ID": key.partition("/")[0],
            "INPUT_VERSION": self.version,
            "INPUT_SEQUENCER": "1",
        }

    def result(self) -> Result:
        """The versions that the summary names, if there is a summary."""
        summary = self._get(f"{self._key}/summary.json", "")
        if not summary:
            return {}
        described = json.loads(summary)
        names = [(described[kind], described[f"{kind}_version"]) for kind in ("results", "rejected", "review")]
        files = {name: self._get(f"{self._key}/{name}", version) for name, version in names if name}
        return files | {"summary": _without_times(described | {"job_id": ""})}

    def leftovers(self) -> str:
        """Uploads that nobody will complete, and keys that are not the result's."""
        listed = self._s3.list_objects_v2(Bucket=RESULTS, Prefix=f"{self._key}/").get("Contents", [])
        names = sorted(entry["Key"].rsplit("/", 1)[-1] for entry in listed)
        return "" if names == ["claims_rejected.csv", "claims_results.csv", "claims_review.jsonl", "summary.json"] else f"there are {names}"

    def precede(self, older: Path) -> Sequence[Result]:
        """The versions that a summary names stay until it names others: there is always a result."""
        summary = json.loads((older / "summary.json").read_bytes())
        versions = {
            name: self._put(name, (older / name).read_bytes()) for name in (summary[kind] for kind in ("results", "rejected", "review"))
        }
        summary |= {"input_version": "older", "input_sequencer": "0"}
        summary |= {f"{kind}_version": versions[summary[kind]] for kind in ("results", "rejected", "review")}
        self._put("summary.json", json.dumps(summary).encode())
        return [self.result()]

    def _put(self, name: str, body: bytes) -> str:
        return str(self._s3.put_object(Bucket=RESULTS, Key=f"{self._key}/{name}", Body=body)["VersionId"])

    def _get(self, key: str, version: str) -> bytes:
        try:
            return bytes(self._s3.get_object(Bucket=RESULTS, Key=key, **({"VersionId": version} if version else {}))["Body"].read())
        except self._s3.exceptions.NoSuchKey:
            return b""


@contextmanager
def buckets() -> Iterator[str]:
    """A pretended S3 with versioned buckets; its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would print a line for each request
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}".replace("0.0.0.0", "127.0.0.1")  # noqa: S104  # where it listens, not where it is asked
    try:
        s3 = client(endpoint)
        for bucket in (PREDICT, RESULTS):
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        yield endpoint
    finally:
        server.stop()


def client(endpoint: str) -> Any:
    """An S3 client of the pretended S3 and nothing else."""
    session = boto3.session.Session(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"], region_name=KEYS["AWS_DEFAULT_REGION"])
    return session.client("s3", endpoint_url=endpoint, config=Config(proxies={}))


def _without_times(summary: dict[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in summary.items() if name not in TIMES}, sort_keys=True).encode()
