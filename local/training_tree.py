"""The /opt/ml folder of a training job: what SageMaker puts there before, and takes from there after.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

import json
import tarfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contract.layout import parse_s3_uri

MAX_FAILURE_CHARS = 1024


class NoData(Exception):
    """A channel's address holds no object; the message is SageMaker's."""


def prepare(root: Path, request: Mapping[str, Any], s3: Any) -> None:
    """Make the tree of one CreateTrainingJob request. `s3` is a client. Raises NoData."""
    for name in ("input/config", "input/data", "model", "output/data", "checkpoints"):
        (root / name).mkdir(parents=True, exist_ok=True)
    channels = request.get("InputDataConfig") or []
    resources = request["ResourceConfig"]
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"}
    files = {
        "hyperparameters": request.get("HyperParameters") or {},
        "inputdataconfig": {channel["ChannelName"]: _channel_config(channel) for channel in channels},
        "resourceconfig": {**hosts, "current_instance_type": resources.get("InstanceType"), "current_group_name": "homogeneousCluster"},
    }
    for name, content in files.items():
        (root / "input" / "config" / f"{name}.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
    for channel in channels:
        download(s3, channel["DataSource"]["S3DataSource"]["S3Uri"], root / "input" / "data" / channel["ChannelName"])


def _channel_config(channel: Mapping[str, Any]) -> dict[str, str]:
    settings = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
    return {**settings, **({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {})}


def download(s3: Any, uri: str, folder: Path, *, is_optional: bool = False) -> None:
    """Bring every object that starts with the address; names are relative to the address's last slash."""
    folder.mkdir(parents=True, exist_ok=True)
    bucket, prefix = parse_s3_uri(uri)
    base = prefix.rfind("/") + 1
    found = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            name = entry["Key"][base:]
            if not name or name.endswith("/"):
                continue
            found += 1
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:  # boto3 would give it a longer name meanwhile
                s3.download_fileobj(bucket, entry["Key"], file)
    if not found and not is_optional:
        raise NoData(f'ClientError: Data download failed:No S3 objects found under S3 URL "{uri}" given in input data source.')


def pack(folder: Path, file: Path) -> bool:
    """Pack a folder's content into a tar.gz; False, and no file, when there is nothing in it."""
    entries = sorted(folder.iterdir())
    if entries:
        with tarfile.open(file, "w:gz") as archive:
            for entry in entries:
                archive.add(entry, arcname=entry.name)
    return bool(entries)


def failure_reason(root: Path, exit_code: int) -> str:
    """What DescribeTrainingJob says of a container that ended with this status."""
    file = root / "output" / "failure"
    text = file.read_text(encoding="utf-8", errors="replace")[:MAX_FAILURE_CHARS] if file.is_file() else ""
    return f"AlgorithmError: {text}, exit code: {exit_code}"


class CheckpointSync:
    """Copies the checkpoints folder to S3 while a job runs, as SageMaker does."""

    def __init__(self, s3: Any, folder: Path, uri: str, every_seconds: float) -> None:
        self._s3, self._folder = s3, folder
        self._bucket, self._prefix = parse_s3_uri(uri.rstrip("/") + "/")
        self._sent: dict[Path, tuple[int, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(every_seconds,), daemon=True, name="sync-checkpoints")
        self._thread.start()

    def finish(self) -> None:
        """Copy what is left and end."""
        self._stop.set()
        self._thread.join()
        self.copy()

    def copy(self) -> None:
        """Copy the files that are new or changed."""
        for file in files_in(self._folder):
            try:
                state = (file.stat().st_mtime_ns, file.stat().st_size)
                if self._sent.get(file) != state:
                    self._s3.upload_file(str(file), self._bucket, self._prefix + file.relative_to(self._folder).as_posix())
                    self._sent[file] = state
            except FileNotFoundError:  # renamed or removed meanwhile
                continue

    def _run(self, every_seconds: float) -> None:
        while not self._stop.wait(every_seconds):
            self.copy()


def files_in(folder: Path) -> Sequence[Path]:
    """All files below a folder."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]
