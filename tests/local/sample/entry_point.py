"""Stands for the container image's entry point in the tests: no model, only the contract with the platform."""

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def main(verb, *arguments):
    """Do what the first argument says."""
    return {"train": train, "predict": predict, "serve": serve}[verb](*arguments)


def train(_, root):
    """A training as its hyperparameters describe it."""
    root = Path(root)
    settings = json.loads((root / "input/config/hyperparameters.json").read_text())
    files = sorted(str(path.relative_to(root)) for path in (root / "input").rglob("*") if path.is_file())
    seen = sorted(path.name for path in (root / "checkpoints").iterdir())
    (root / "checkpoints" / "epoch-1").write_text("one")
    (root / "model" / "model.json").write_text(json.dumps({"files": files, "environment": dict(os.environ), "checkpoints": seen}))
    print("metric test:accuracy=0.500000")
    print(f"metric test:accuracy={float(settings.get('accuracy', 0.875)):.6f}")
    if "seconds" in settings:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        time.sleep(float(settings["seconds"]))
    if "failure" in settings:
        (root / "output" / "failure").write_text(settings["failure"])
        return 2
    return 0


def predict(*arguments):
    """A prediction: what the object's key asks for."""
    import boto3  # noqa: PLC0415 # a training in the tests needs none

    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    key = options["--input"].split("/", 3)[3]
    attempt = int(os.environ["AWS_BATCH_JOB_ATTEMPT"])
    print("attempt", attempt, "of", key)
    if "flaky" in key and attempt == 1:
        return 75
    if "broken" in key:
        return 3
    if "slow" in key:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print("grandchild", child.pid, flush=True)
        time.sleep(600)
    bucket, prefix = options["--output"].removeprefix("s3://").split("/", 1)
    facts = {"arguments": arguments, "environment": dict(os.environ), "folder": str(Path.cwd())}
    name = os.environ.get("AWS_BATCH_JOB_ARRAY_INDEX", "done")
    boto3.client("s3").put_object(Bucket=bucket, Key=f"{prefix}{name}.json", Body=json.dumps(facts))
    return 0


def serve(*arguments):
    """An endpoint that answers with the model's name and what it was asked."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    name = (Path(options["--root"]) / "model" / "name").read_text()
    if name == "sick":
        return 1

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(200, b"")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(400 if body == b"nonsense" else 200, name.encode() + b": " + body)

        def answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Type", self.headers.get("Accept", "text/plain"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("127.0.0.1", int(options["--port"])), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
