"""The kit's model behind a server that answers one request at a time, as most examples of an endpoint do."""

from __future__ import annotations

from benchmarks.peers.server import arguments, serve
from container.answering import Answering
from contract.promise import DEFAULT_MAX_ERROR
from model.classifier import Classifier


def main() -> None:
    """Serve a folder with an unpacked model."""
    given = arguments()
    classifier = Classifier.load(given.model)
    serve(Answering(classifier, classifier.promise(DEFAULT_MAX_ERROR)), given.port, is_batching=False)


if __name__ == "__main__":
    main()
