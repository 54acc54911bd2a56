"""fastText behind the kit's server, micro-batches included: what the model alone makes of the difference."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

import fasttext  # type: ignore[import-not-found]  # of the benchmarks' own environment

from benchmarks.peers.server import arguments, labels_alone, serve
from benchmarks.peers.words import words
from contract.live import Ranking

PREFIX = "__label__"


def main() -> None:
    """Serve a fastText model."""
    given = arguments()
    fasttext.FastText.eprint = lambda *_: None  # it warns of a renamed class at every load
    model = fasttext.load_model(str(given.model))
    names = {label: unquote(label.removeprefix(PREFIX)) for label in model.get_labels()}

    def rank(texts: Sequence[str], most: int) -> list[Ranking]:
        answers = zip(*model.predict([" ".join(words(text)) for text in texts], k=most), strict=True)
        return [[(names[label], float(share)) for label, share in zip(labels, shares, strict=True)] for labels, shares in answers]

    serve(labels_alone(rank), given.port, is_batching=True)


if __name__ == "__main__":
    main()
