"""fastText in BlazingText's place: the training container of AWS's image, as a process of this machine.

    python -m local.blazingtext train --root DIR

It reads the same channels and hyperparameters, and leaves the same format; the log says that it is not BlazingText.
https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext.html
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from contract.blazingtext import MODEL_FILE, TRAIN, VALIDATION

SENTENCE = "BlazingText's image is AWS's own: fastText, whose format its models have, trains in its place, without an early stop"
FAILED = 1
SAGEMAKERS_OWN = "_tuning_"  # hyperparameters that SageMaker adds for itself start so

_NAMES = {  # of fastText
    "epochs": "epoch",
    "learning_rate": "lr",
    "word_ngrams": "wordNgrams",
    "vector_dim": "dim",
    "buckets": "bucket",
    "min_count": "minCount",
}
_OTHERS = {"mode", "early_stopping", "patience", "min_epochs"}
_WHOLE = {"epochs", "word_ngrams", "vector_dim", "buckets", "min_count"}


def train(root: Path) -> None:
    """Train on the channels. Raises ValueError for hyperparameters that BlazingText does not take, and for a channel without lines."""
    import fasttext  # type: ignore[import-untyped]  # noqa: PLC0415  # loads a library; and it ships no types

    fasttext.FastText.eprint = lambda *_: None  # it warns of a renamed class at every load
    print(f"Not BlazingText: {SENTENCE}.", flush=True)
    given = json.loads((root / "input" / "config" / "hyperparameters.json").read_text(encoding="utf-8"))
    given = {name: value for name, value in given.items() if not name.startswith(SAGEMAKERS_OWN)}
    if unknown := set(given) - set(_NAMES) - _OTHERS:
        raise ValueError(f"Additional hyperparameters are not allowed: {', '.join(sorted(unknown))}")
    if given.get("mode") != "supervised":
        raise ValueError(f"mode '{given.get('mode')}' is not run here; 'supervised' is")
    lines = _lines(root, TRAIN)
    settings = {_NAMES[name]: (int if name in _WHOLE else float)(value) for name, value in given.items() if name in _NAMES}
    model = fasttext.train_supervised(str(lines), verbose=0, thread=1, **settings)  # of several threads, each run gives another model
    rows, precision, _ = model.test(str(_lines(root, VALIDATION)))
    print(f"#validation_accuracy: {precision:.4f} ({rows} rows)", flush=True)
    (root / "model").mkdir(parents=True, exist_ok=True)
    model.save_model(str(root / "model" / MODEL_FILE))


def _lines(root: Path, channel: str) -> Path:
    """The one file of a channel."""
    files = [path for path in sorted((root / "input" / "data" / channel).glob("*")) if path.stat().st_size]
    if len(files) != 1:
        raise ValueError(f"the channel '{channel}' holds {len(files)} files with lines, and one is read here")
    return files[0]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("train",))
    parser.add_argument("--root", type=Path, required=True, metavar="DIR")
    root = parser.parse_args().root
    try:
        train(root)
    except (OSError, ValueError) as error:
        failure = root / "output" / "failure"
        failure.parent.mkdir(parents=True, exist_ok=True)
        failure.write_text(f"Customer Error: {error}", encoding="utf-8")
        print(error, file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
