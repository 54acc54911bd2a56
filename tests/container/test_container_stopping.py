"""SIGTERM arrives at any moment, also where a library takes every error for its own."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from container import objects
from container.batch import RejectedFile, classify_blocks
from container.classifying import ClassifiedBlock
from container.objects import Address
from container.progress import Progress
from container.results import Staged, destination
from container.stopping import StoppedError, raise_on_stop

PATIENCE_SECONDS = 0.2  # for the signal to be heard while the answer is awaited


class StoppingS3(BaseHTTPRequestHandler):
    """Sends SIGTERM to whoever asks, and answers after that."""

    asked: list[str]

    def do_HEAD(self) -> None:
        """Count, stop, answer."""
        self.asked.append(self.path)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        time.sleep(PATIENCE_SECONDS)
        with suppress(OSError):  # nobody listens any more
            self.send_response(200)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to standard error."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What such an S3 was asked; `objects` talks to it."""
    StoppingS3.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), StoppingS3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    objects.client.cache_clear()
    objects.client()  # what is loaded for the first call takes no signal here
    yield StoppingS3.asked
    server.shutdown()
    server.server_close()


def test_a_stop_in_the_middle_of_a_request_is_no_broken_connection(asked: list[str]) -> None:
    """botocore wraps every error and asks again; the job ends instead."""
    raise_on_stop()
    with pytest.raises(StoppedError):
        objects.latest_version(Address("bucket", "claims.csv"))
    assert len(asked) == 1


def _swallowed_stop() -> None:
    raise_on_stop()
    with suppress(StoppedError):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_stop_that_was_swallowed_ends_the_work_at_the_next_block(tmp_path: Path) -> None:
    """It is remembered, and looked at between two blocks."""
    _swallowed_stop()

    def work(block: bytes) -> ClassifiedBlock:
        raise NotImplementedError

    with (
        RejectedFile(tmp_path / "rejected", ",") as rejected,
        Progress("predict", "rows", stream=io.StringIO()) as progress,
        pytest.raises(StoppedError),
    ):
        classify_blocks([b"a\n"], work, numbers_above=0, results=io.BytesIO(), rejected=rejected, progress=progress, workers=1)


@pytest.mark.parametrize("output", ["s3://results/claims.csv/", "out"])
def test_a_stop_that_was_swallowed_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    """The last moment at which nothing is visible yet."""
    monkeypatch.chdir(tmp_path)
    target = destination(output, "claims.csv")
    _swallowed_stop()
    with pytest.raises(StoppedError):
        target.publish(Staged(tmp_path / "results", None, None, None))  # type: ignore[arg-type]  # it is not looked at
    assert not any((tmp_path / "out").glob("*"))
