"""The verbs as processes: exit statuses, signals, worker processes, and what is left of a killed job."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from container_cases import clean_environment, start, write_table

from container.__main__ import _importing, _parser
from container.workers import BLOCKS_PER_WORKER, in_order
from contract.blocks import BLOCK_BYTES
from contract.commands import join_command, plan_command, predict_command
from contract.errors import PlatformError, UserError

WEIGH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""  # the peak of the largest process, in KiB
PATIENCE_SECONDS = 60.0  # far more than any wait below takes


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_worker(pid: int) -> bool:
    """Whether a process has got so far as to leave Ctrl-C to its parent."""
    try:
        ignored = re.search(r"^SigIgn:\t([0-9a-f]+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return False
    return bool(ignored and int(ignored[1], 16) >> (signal.SIGINT - 1) & 1)


def visible(folder: Path) -> list[str]:
    """What a person sees in a folder."""
    return [path.name for path in folder.iterdir() if not path.name.startswith(".")] if folder.exists() else []


@pytest.fixture
def long_table(tmp_path: Path) -> Path:
    """A table that keeps two workers busy for a while."""
    words = ["parcel", "motor", "leaks", "late", "broken", "box", "switch"]
    rows = ([f"{number} " + " ".join(words[(number * step) % 7] for step in range(60))] for number in range(60_000))
    return write_table(tmp_path / "long.csv", [["text"], *rows])


@pytest.fixture
def busy(root: Path, long_table: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A prediction in full swing, and its two workers."""
    (tmp_path / "scratch").mkdir()
    process = start(
        *("predict", "--root", str(root), "--input", str(long_table), "--output", str(tmp_path / "out"), "--workers", "2"),
        TMPDIR=str(tmp_path / "scratch"),
    )
    try:
        yield process, wait_for(lambda: (found := children_of(process.pid)) and sum(map(is_worker, found)) == 2 and found, "two workers")
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_a_killed_job_leaves_no_result_and_no_process(busy: tuple[subprocess.Popen[str], list[int]], tmp_path: Path) -> None:
    """After SIGKILL there is nothing that could be taken for a result, and the workers die with their parent."""
    process, workers = busy
    process.kill()
    process.wait()
    wait_for(lambda: not any(map(is_alive, workers)), "the workers' end")
    assert visible(tmp_path / "out") == []


def test_a_stopped_job_clears_away_what_it_began(busy: tuple[subprocess.Popen[str], list[int]], tmp_path: Path) -> None:
    """SIGTERM ends the job with status 1 and a sentence; no file and no process is left."""
    process, workers = busy
    process.terminate()
    log, _ = process.communicate()
    assert process.returncode == 1
    assert "PlatformError: The job was stopped from outside" in log
    wait_for(lambda: not any(map(is_alive, workers)), "the workers' end")
    assert list((tmp_path / "out").iterdir()) == []
    assert list((tmp_path / "scratch").iterdir()) == []


def test_workers_change_nothing_in_the_result(root: Path, tmp_path: Path) -> None:
    """Two processes give the same bytes as one, in the same order, over several portions."""
    source = write_table(tmp_path / "claims.csv", [["text"], *([f"the parcel {number} came late"] for number in range(20_000))])
    results = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        process = start("predict", "--root", str(root), "--input", str(source), "--output", str(out), "--workers", workers)
        log, _ = process.communicate()
        assert process.returncode == 0, log
        results.append((out / "claims_results.csv").read_bytes())
    assert results[0] == results[1]
    assert results[0].count(b"\n") == 20_001


def test_an_interruption_at_the_keyboard_is_no_defect(busy: tuple[subprocess.Popen[str], list[int]], tmp_path: Path) -> None:
    """Ctrl-C reaches parent and workers alike; the job clears away and ends without a page of tracebacks."""
    process, workers = busy
    for pid in (process.pid, *workers):
        os.kill(pid, signal.SIGINT)
    log, _ = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in log
    assert list((tmp_path / "out").iterdir()) == []


def answer(block: bytes) -> bytes:
    """The block itself; `kill` ends the process and `refuse` raises."""
    if block == b"kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if block == b"refuse":
        raise UserError("no")
    return block


def process(block: bytes) -> int:
    """The process that does the work."""
    return os.getpid()


def test_results_come_in_order() -> None:
    """Each block comes back in the order in which it went in."""
    blocks = [b"block %d" % number for number in range(50)]
    assert list(in_order(answer, blocks, 2)) == blocks


def test_few_blocks_are_on_their_way() -> None:
    """However long the table, only a few blocks are read before the first results are taken."""
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"block"

    with closing(in_order(answer, endless(), 2)) as results:
        for _ in range(20):
            next(results)
    assert read <= 20 + BLOCKS_PER_WORKER * 2 + 1


def test_a_single_block_is_done_without_other_processes() -> None:
    """A small file does not pay for processes, however many there may be."""
    assert list(in_order(process, [b"block"], 2)) == [os.getpid()]
    assert os.getpid() not in list(in_order(process, [b"block"] * 2, 2))
    assert list(in_order(process, [b"block"] * 2, 1)) == [os.getpid()] * 2
    assert list(in_order(process, [], 2)) == []


def test_a_killed_worker_fails_the_job() -> None:
    """A worker that the system kills for want of memory ends the job in a sentence instead of hanging it."""
    with pytest.raises(PlatformError, match="A worker process was killed, most likely for want of memory"):
        list(in_order(answer, [b"a", b"b", b"kill", b"c"], 2))


def test_an_error_in_a_worker_arrives() -> None:
    """What a worker raises reaches the job as it is."""
    with pytest.raises(UserError, match="no"):
        list(in_order(answer, [b"a", b"refuse"], 2))


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--help"], 0, "train a model on DIR/input/data/training"),
        (["predict", "--help"], 0, "s3://bucket/prefix/"),
        (["serve-tea"], 2, "invalid choice: 'serve-tea'"),
        ([], 2, "the following arguments are required: VERB"),
        (["predict", "--input", "x"], 2, "the following arguments are required: --output"),
        (["predict", "--input", "x", "--output", "y", "--workers", "0"], 2, "argument --workers: '0' is no whole number above 0"),
    ],
    ids=["help", "help-of-a-verb", "unknown-verb", "no-verb", "missing-option", "no-workers"],
)
def test_usage(arguments: list[str], status: int, words: str) -> None:
    """Help is useful and ends with status 0; bad usage is named and ends with status 2."""
    ran = subprocess.run(
        [sys.executable, "-m", "container", *arguments], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert (ran.returncode, words in ran.stdout + ran.stderr) == (status, True)


def test_the_verbs_take_the_commands_of_batch() -> None:
    """What the job definition and start_prediction put on the command line is understood, whatever an object is called."""
    source, output, model = "s3://predict/--a b/c.csv", "s3://results/-x/c.csv/", "s3://models/m.tar.gz"
    commands = [predict_command(source, output, model), plan_command(source, output, model, 7), join_command(output)]
    given = [vars(_parser().parse_args(command)) for command in commands]
    assert [values["output"] for values in given] == [output] * 3
    assert [(values["input"], values["model"]) for values in given[:2]] == [(source, model)] * 2
    assert given[1]["shards"] == 7


def test_help_loads_nothing_heavy() -> None:
    """Asking for help, or mistyping a verb, does not wait for NumPy, boto3 or spaCy."""
    script = (
        "import sys, container.__main__ as m; m._parser().format_help();"
        "print(sorted({'numpy', 'boto3', 'spacy', 'mxnet'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], env=clean_environment(), capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_the_root_comes_from_the_environment(root: Path, tmp_path: Path) -> None:
    """SAGEMAKER_BASE_DIR moves everything; --root is not needed then."""
    source = write_table(tmp_path / "claims.csv", [["text"], ["late parcel"]])
    process = start("predict", "--input", str(source), "--output", str(tmp_path / "out"), SAGEMAKER_BASE_DIR=str(root))
    log, _ = process.communicate()
    assert process.returncode == 0, log
    assert sorted(visible(tmp_path / "out")) == ["claims_results.csv", "claims_review.jsonl", "summary.json"]


def test_memory_does_not_grow_with_the_file(root: Path, tmp_path: Path) -> None:
    """Twenty times the rows take no more memory, in whichever process it grows, once as many blocks are on their way as may be."""

    def peak_kib(rows: int) -> int:
        table = tmp_path / f"{rows}.csv"
        with table.open("w") as file:
            file.write("text\n")
            file.writelines(f"the motor hums and stops: claim {number}\n" for number in range(rows))
        verb = [
            sys.executable,
            "-m",
            "container",
            "predict",
            "--root",
            str(root),
            "--input",
            str(table),
            "--output",
            str(tmp_path / f"out{rows}"),
            "--workers",
            "2",
        ]
        command = [sys.executable, "-c", WEIGH, *verb]  # a process counts the memory of the one that started it as its own
        said = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True).stdout
        return int(said.split()[-1])

    rows = 2 * BLOCKS_PER_WORKER * 2 * BLOCK_BYTES // len("the motor hums and stops: claim 10000\n")
    small, large = peak_kib(rows), peak_kib(20 * rows)
    assert large < 1.2 * small


def test_garbage_is_looked_for_again_after_an_import_that_failed() -> None:
    """Whoever runs verbs in a process of their own keeps a collector that works, whatever becomes of the imports."""
    assert gc.isenabled()
    try:
        with pytest.raises(ImportError), _importing():
            assert not gc.isenabled()
            raise ImportError
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()
