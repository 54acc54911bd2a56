"""A small app, written by hand as a cloud assembly, and what tests ask of it while it runs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sample_templates import ASSETS

from local.cloud import Cloud

SAMPLE = Path(__file__).parent / "sample"
ENTRY_POINT = (sys.executable, str(SAMPLE / "entry_point.py"))
PATIENCE_SECONDS = 60.0  # for a busy machine; a test that succeeds does not wait so long


def write_assembly(folder: Path, stacks: dict[str, dict[str, Any]], dependencies: dict[str, list[str]] | None = None) -> Path:
    """Write templates as a cloud assembly whose only asset is the sample's code."""
    artifacts: dict[str, Any] = {}
    for name, template in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template), encoding="utf-8")
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json", "tags": {"product": "sample"}},
            "dependencies": [f"{name}.assets", *(dependencies or {}).get(name, [])],
        }
        destination = {"bucketName": ASSETS, "objectKey": "code.zip"}
        files = {"code": {"source": {"path": str(SAMPLE), "packaging": "zip"}, "destinations": {"current": destination}}}
        (folder / f"{name}.assets.json").write_text(json.dumps({"version": "55.0.0", "files": files}), encoding="utf-8")
        artifacts[f"{name}.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}}
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}), encoding="utf-8")
    return folder


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` returns, once that is true; fails when it never is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen")


class Inbox:
    """What has arrived in the sample's queues so far; each message is kept for every test."""

    def __init__(self, cloud: Cloud) -> None:
        self._sqs = cloud.session().client("sqs")
        self._urls = cloud.outputs
        self._kept: dict[str, list[dict[str, Any]]] = {}

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """All messages of a queue."""
        kept = self._kept.setdefault(queue, [])
        while found := self._sqs.receive_message(QueueUrl=self._urls[queue], MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
            "Messages"
        ):
            for message in found:
                kept.append(message)
                self._sqs.delete_message(QueueUrl=self._urls[queue], ReceiptHandle=message["ReceiptHandle"])
        return kept

    def bodies(self, queue: str, **detail: Any) -> list[dict[str, Any]]:
        """The messages of a queue as JSON; with arguments, those events whose detail has these values."""
        bodies = [json.loads(message["Body"]) for message in self.messages(queue)]
        return [body for body in bodies if all(body.get("detail", {}).get(name) == value for name, value in detail.items())]
