"""How the benchmarks time, weigh, compare and write down."""

from __future__ import annotations

import mmap
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import measuring

MIB = 2**20


def test_a_run_returns_what_the_process_said_and_took() -> None:
    """Output of both streams, and times that are those of the process."""
    done = measuring.run([sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sum(range(10**6))"])
    assert sorted(done.output.split()) == ["err", "out"]
    assert done.cpu_seconds > 0
    assert done.wall_seconds > 0
    assert done.peak_bytes == 0


def test_a_run_that_fails_says_why() -> None:
    """A benchmark that failed must not leave a figure."""
    with pytest.raises(RuntimeError, match=r"ended with status 3:\nno model"):
        measuring.run([sys.executable, "-c", "print('no model'); raise SystemExit(3)"])


def test_a_run_can_be_given_variables() -> None:
    """They are added to the benchmark's own environment."""
    done = measuring.run(
        [sys.executable, "-c", "import os; print(os.environ['GIVEN'], 'PATH' in os.environ)"], environment={"GIVEN": "yes"}
    )
    assert done.output == "yes True\n"


def test_a_weighed_run_counts_the_memory_of_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's pages count as well as its parent's; the worker lives until it has been weighed."""
    weighed, weigh = tmp_path / "weighed", measuring.pss_bytes

    def weigh_and_tell(pid: int) -> int:
        found = weigh(pid)
        if found > 64 * MIB:
            weighed.touch()
        return found

    monkeypatch.setattr(measuring, "pss_bytes", weigh_and_tell)
    worker = f"import os, time\npages = bytearray(64 * {MIB})\nwhile not os.path.exists({str(weighed)!r}): time.sleep(0.01)"
    done = measuring.run(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {worker!r}])"], is_weighed=True
    )
    assert done.peak_bytes > 64 * MIB


def test_memory_is_proportional_and_grows_with_what_is_touched() -> None:
    """Pages that are used count, pages that are only asked for do not."""
    before = measuring.pss_bytes(os.getpid())
    with mmap.mmap(-1, 64 * MIB) as pages:
        untouched = measuring.pss_bytes(os.getpid())
        pages.write(b"x" * 64 * MIB)
        touched = measuring.pss_bytes(os.getpid())
    assert untouched - before < 32 * MIB
    assert touched - before > 60 * MIB


def test_the_dead_weigh_nothing() -> None:
    """A worker that ends while it is being weighed is no error."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert measuring.pss_bytes(process.pid) == 0
    assert measuring.family(process.pid) == [process.pid]


def test_systems_take_turns() -> None:
    """Each round runs all, in an order that turns round, so that no system always runs first."""
    order: list[str] = []

    def record(name: str) -> float:
        order.append(name)
        return float(len(order))

    taken = measuring.by_turns({name: lambda name=name: record(name) for name in "abc"}, 2)
    assert "".join(order) == "abccba"
    assert taken == {"a": [1, 6], "b": [2, 5], "c": [3, 4]}


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    """One disturbed round moves an extreme, not the figure."""
    found = measuring.ratio(ours=[1, 1, 10], theirs=[2, 2.2, 2])
    assert (found.median, found.low, found.high) == (2, 0.2, 2.2)
    assert str(found) == "2 (0.2 to 2.2)"


def test_a_table_takes_the_place_between_its_markers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Publishing twice leaves one table, with its origin, and everything else as it was."""
    document = tmp_path / "README.md"
    document.write_text("above\n<!-- speed: begin -->\nold\n<!-- speed: end -->\nbelow\n", encoding="utf-8")
    for rate in (1, 2):
        measuring.publish("speed", measuring.table(["system", "rows/s"], [["kit", rate]]), document)
    text = document.read_text(encoding="utf-8")
    before, origin, after = text.partition(re.findall(r"\n.* cores, \d{4}-\d\d-\d\d, commit .*`.*`\n", text)[0])
    assert before == "above\n<!-- speed: begin -->\n| system | rows/s |\n| --- | ---: |\n| kit | 2 |\n"
    assert origin
    assert after == "<!-- speed: end -->\nbelow\n"
    assert "| kit | 2 |" in capsys.readouterr().out


def test_a_table_without_a_place_is_refused(tmp_path: Path) -> None:
    """A renamed marker must not lose a table in silence."""
    document = tmp_path / "README.md"
    document.write_text("<!-- speed: begin -->\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no place for the table 'speed'"):
        measuring.publish("speed", "", document)


def test_every_published_table_has_its_place() -> None:
    """The README holds a place for each table that a benchmark publishes, and no other."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((measuring.ROOT / "benchmarks").glob("bench_*.py")))
    readme = measuring.README.read_text(encoding="utf-8")
    published = re.findall(r'publish\(\s*"([\w-]+)"', code)
    assert (
        sorted(published)
        == sorted(re.findall(r"<!-- ([\w-]+): begin -->", readme))
        == sorted(re.findall(r"<!-- ([\w-]+): end -->", readme))
    )
