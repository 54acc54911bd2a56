"""`python -m tests.hostile --seed S`: the whole corpus of a seed through `kit check`, `predict` and the reading half of `train`."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hostile.cases import Case
from tests.hostile.corpus import heavy, to_classify, to_train
from tests.hostile.judge import judge, judge_training
from tests.hostile.tiny_model import save_tiny_model


def main() -> int:
    """Judge every file; the exit status is 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description="Bad and odd files, made by a seed.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="other seeds make other files (by chance)")
    parser.add_argument("--only", default="", metavar="NAME", help="files whose names hold this")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the files into a folder instead")
    given = parser.parse_args()
    print(f"seed {given.seed}")
    files, training = (
        [case for case in made if given.only in case.name]
        for made in ([*to_classify(given.seed), *heavy(given.seed)], to_train(given.seed))
    )
    if given.write:
        return _write([*files, *training], given.write)
    problems = []
    with TemporaryDirectory() as folder:
        model = save_tiny_model(Path(folder) / "model")
        for number, case in enumerate([*files, *training]):
            own = Path(folder) / str(number)
            own.mkdir()
            found = judge(case, own, model) if number < len(files) else judge_training(case, own)
            for problem in found:
                print(problem)
            problems += found
    print(f"{len(files)} files to classify, {len(training)} to train on: {len(problems)} problems")
    return 1 if problems else 0


def _write(cases: list[Case], folder: Path) -> int:
    for case in cases:
        path = folder / case.name.replace("/", "_").replace("\\", "_") / case.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(case.content)
    print(f"{len(cases)} files in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
