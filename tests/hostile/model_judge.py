"""`python -m tests.hostile.model_judge DIR`: every hostile archive and model through the door by which a prediction loads one.

Runs in a process of its own with bounded memory, files and time, so that what is not refused in time cannot do harm.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from container.artifacts import load_classifier
from contract.errors import UserError
from tests.hostile.hostile_archives import archives, packed
from tests.hostile.hostile_models import models
from tests.hostile.judge import unplain
from tests.hostile.tiny_model import save_tiny_model

MEMORY_BYTES = 1024**3  # beyond what this process has at its start
FILE_BYTES = 256 * 1024**2
SECONDS = 60  # for one archive; the slowest takes a few


def main() -> int:
    """Judge them all; prints what is wrong, and how many there were."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.model_judge")
    parser.add_argument("folder", type=Path, help="an empty folder")
    folder: Path = parser.parse_args().folder
    model, traces = save_tiny_model(folder / "tiny"), folder / "traces"
    traces.mkdir()
    sound = folder / "sound.tar.gz"
    sound.write_bytes(packed({path.name: path.read_bytes() for path in model.iterdir()}))
    _bound()
    (folder / "work").mkdir()
    load_classifier(str(sound), folder / "work", "cpu")  # what all others differ from is accepted
    shutil.rmtree(folder / "work")
    count, problems = 0, 0
    for name, content in _all(model, traces):
        count += 1
        for problem in _judged(content, folder):
            problems += 1
            print(f"{name}: {problem}", flush=True)
    print(f"{count} archives: {problems} problems")
    return 1 if problems else 0


def _all(model: Path, traces: Path) -> Iterator[tuple[str, bytes]]:
    yield from archives(model)
    for name, files in models(model, traces):
        yield name, packed(files)


def _judged(content: bytes, folder: Path) -> Iterator[str]:
    """What is wrong with how the kit takes an archive."""
    archive, work = folder / "model.tar.gz", folder / "work"
    archive.write_bytes(content)
    work.mkdir()
    before = _around(folder)
    signal.alarm(SECONDS)
    try:
        load_classifier(str(archive), work, "cpu")
        yield "accepted"
    except UserError as error:
        said = str(error).replace(str(archive), archive.name)
        yield from unplain(said.replace(" None", " nothing"))  # what stands there instead of a version or a number
    except BaseException:
        yield traceback.format_exc()
    finally:
        signal.alarm(0)
    if (after := _around(folder)) != before:
        yield f"left {sorted(after ^ before)}"
    shutil.rmtree(work)


def _around(folder: Path) -> set[Path]:
    """Everything near the work folder but what lies in it."""
    return {path for path in (*folder.rglob("*"), *folder.parent.glob("*")) if folder / "work" not in path.parents}


def _bound() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    signal.signal(signal.SIGALRM, _out_of_time)


def _out_of_time(number: int, frame: FrameType | None) -> NoReturn:
    raise TimeoutError(f"not done after {SECONDS} seconds")


if __name__ == "__main__":
    sys.exit(main())
