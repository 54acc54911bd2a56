"""Whether an image works: it ends the image's build, and runs by hand or as a first job on a GPU."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from container.paths import Paths
from contract.errors import AlgorithmError

ROWS = [("the parcel arrived broken", "delivery"), ("the pump hums and then stops", "defect")] * 20
HYPERPARAMETERS = {"epochs": "1", "embedding_size": "8", "hidden_units": "8", "min_count": "1"}


def smoke(run: Callable[[Sequence[str]], int], root: Path, accelerator: str) -> None:
    """Compare a GPU with the CPU, then train a tiny model below `root` and classify its own rows with it.

    `run` runs a verb by its arguments, on the accelerator that the process' environment names. Raises PlatformError when a
    GPU was asked for and none is there, AlgorithmError when it computes something else than the CPU, or a verb fails.
    """
    if accelerator == "gpu":
        from model.network import contexts  # noqa: PLC0415  # as above
        from model.training.device_check import check_device  # noqa: PLC0415  # MXNet takes seconds to import

        for device in contexts(accelerator):
            print(f"{device}: outputs and gradients differ from the CPU's by at most {check_device(device):.2g}", flush=True)
    paths = Paths(root)
    table = paths.channel("training") / "rows.csv"
    for path in (table, paths.hyperparameters):
        path.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *((f"{text} {number}", label) for number, (text, label) in enumerate(ROWS))])
    paths.hyperparameters.write_text(json.dumps(HYPERPARAMETERS), encoding="utf-8")
    where = ["--root", str(root)]
    for verb in (["train", *where], ["predict", *where, "--input", str(table), "--output", str(root / "results")]):
        if status := run(verb):
            raise AlgorithmError(f"The verb '{verb[0]}' ended with status {status}; its reason stands above.")
    print("The image trains and predicts.", flush=True)
