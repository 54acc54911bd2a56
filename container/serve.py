"""The verb `serve`: a model behind HTTP, as SageMaker's endpoints ask for it.

The port is opened when the model is loaded, so that whoever gets an answer gets a right one. SIGTERM ends it when
the requests under way have been answered.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from container.answering import Answering, weight
from container.artifacts import load_classifier
from container.live_app import LiveApp
from container.live_server import open_server
from container.micro_batches import MicroBatches

STOP_SECONDS = 25.0  # SageMaker kills after 30
# Whatever is made when it is first needed is there before the first request is.
FIRST_TEXT = "Ready? “L’été-ci” at 10km... :-) привет-мир l'😀 www.é.fr http://пример.рф/😀"
FLUSH_SECONDS = 0.5  # for the last answers to leave


@dataclass(frozen=True)
class ServeRequest:
    """What the command line asks for."""

    model: str  # a folder, a tar.gz, or s3://bucket/key
    port: int
    accelerator: str
    engine: str  # what computes, by name; empty: the fastest here
    max_error: str  # per cent that may be wrong among the texts that need no review


def serve(request: ServeRequest) -> None:
    """Answer until SIGTERM.

    Raises UserError when the port is taken, and UserError or PlatformError, as `load_classifier` does, when the model cannot be used.
    """
    with TemporaryDirectory(prefix="serve-") as work:
        classifier = load_classifier(request.model, Path(work), request.accelerator, request.engine)
    classifier.classify([FIRST_TEXT])
    with MicroBatches(Answering(classifier, classifier.promise(request.max_error)), weight) as batches:
        app = LiveApp(batches)
        server = open_server(app, request.port)
        signal.signal(signal.SIGTERM, lambda *_: Thread(target=_end_when_idle, args=[app], daemon=True).start())
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have made its children deaf to it
        print(f"serve: model {classifier.model_version}, {classifier.engine}, port {server.effective_port}", flush=True)
        server.run()


def _end_when_idle(app: LiveApp) -> None:
    """Let the server's own loop end, by SIGINT, when nothing is under way or time is up."""
    app.stop()
    end = time.monotonic() + STOP_SECONDS
    while not app.is_idle and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(FLUSH_SECONDS)
    os.kill(os.getpid(), signal.SIGINT)
