"""The kit's model behind a server that answers one request at a time, as most examples of an endpoint do."""

from __future__ import annotations

from benchmarks.peers.server import arguments, serve
from model.classifier import Classifier


def main() -> None:
    """Serve a folder with an unpacked model."""
    given = arguments()
    serve(Classifier.load(given.model).ranked, given.port, is_batching=False)


if __name__ == "__main__":
    main()
