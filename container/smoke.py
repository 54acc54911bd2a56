"""The last step of the image's build: train and predict once, so that a broken image is never pushed."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from container.__main__ import main
from container.paths import Paths

ROWS = [("the parcel arrived broken", "delivery"), ("the pump hums and then stops", "defect")] * 20
HYPERPARAMETERS = {"epochs": "1", "embedding_size": "8", "hidden_units": "8", "min_count": "1"}


def smoke(root: Path) -> int:
    """Train a tiny model below `root` and classify its own rows with it; returns the first exit status that is not 0."""
    paths = Paths(root)
    table = paths.channel("training") / "rows.csv"
    for path in (table, paths.hyperparameters):
        path.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *((f"{text} {number}", label) for number, (text, label) in enumerate(ROWS))])
    paths.hyperparameters.write_text(json.dumps(HYPERPARAMETERS), encoding="utf-8")
    where = ["--root", str(root)]
    return main(["train", *where]) or main(["predict", *where, "--input", str(table), "--output", str(root / "results")])


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        sys.exit(smoke(Path(folder)))
