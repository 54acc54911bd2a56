"""No process survives its server, and no process sees this machine's account."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_app import ENTRY_POINT, eventually, write_assembly
from sample_templates import data_stack, work_stack

from local.child import Children, clean_environment
from local.cloud import Cloud, find, start

CALLER = {
    "AWS_PROFILE": "nobody",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_CA_BUNDLE": "/nowhere",
    "HTTP_PROXY": "http://127.0.0.1:1",
}


def is_running(pid: int) -> bool:
    """Whether a process lives; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cloud, list[int]]]:
    """A cloud with a warm function, a job and a job's child: their process ids.

    Its caller has an account, a proxy and an endpoint in the environment, which must do no harm.
    """
    for name, value in CALLER.items():
        monkeypatch.setenv(name, value)
    assembly = tmp_path / "assembly"
    assembly.mkdir()
    write_assembly(assembly, {"a-work": work_stack(), "b-data": data_stack()}, {"a-work": ["b-data"]})
    cloud = start(assembly, tmp_path / "state", entry_point=ENTRY_POINT)
    session = cloud.session()
    answer = session.client("lambda").invoke(FunctionName=cloud.outputs["Look"], Payload=b"{}")
    warm = json.loads(answer["Payload"].read())["pid"]
    parameters = {"input": "s3://in/slow.csv", "output": f"s3://{cloud.outputs['Results']}/slow/"}
    session.client("batch").submit_job(
        jobName="slow", jobQueue=cloud.outputs["JobQueue"], jobDefinition=cloud.outputs["Job"], parameters=parameters
    )
    logs = tmp_path / "state" / "logs" / "batch"
    line = eventually(lambda: [row for log in logs.glob("*.log") for row in log.read_text().splitlines() if row.startswith("grandchild")])
    grandchild = int(line[0].split()[1])
    job = int(Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[1])
    yield cloud, [cloud.pid, warm, job, grandchild]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(cloud.pid, signal.SIGKILL)


def test_killed_server_takes_everything_along(busy: tuple[Cloud, list[int]], tmp_path: Path) -> None:
    """After SIGKILL of the server alone no function, job or job's child lives, and the cloud is no longer found."""
    cloud, processes = busy
    assert all(is_running(pid) for pid in processes)
    os.kill(cloud.pid, signal.SIGKILL)
    eventually(lambda: not any(is_running(pid) for pid in processes))
    assert find(tmp_path / "state") is None


def test_stopped_cloud_leaves_nothing(busy: tuple[Cloud, list[int]], tmp_path: Path) -> None:
    """`stop` ends the server and all children and removes the cloud's file."""
    cloud, processes = busy
    cloud.stop()
    assert not any(is_running(pid) for pid in processes)
    assert not (tmp_path / "state" / "cloud.json").exists()


def test_clean_environment_holds_nothing_of_the_caller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keys, profiles, proxies and whatever else the caller has are not handed on."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "HTTPS_PROXY", "PYTHONPATH", "SECRET"):
        monkeypatch.setenv(name, "real")
    environment = clean_environment("http://localhost:1", "eu-west-1", tmp_path)
    assert "real" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == "http://localhost:1"
    assert environment["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:1"
    assert environment["HOME"] == environment["TMPDIR"] == str(tmp_path)


def test_children_of_a_killed_parent_die() -> None:
    """The guardian kills a child's whole group when its starter is killed, even if the child ignores SIGTERM."""
    code = (
        "import sys, time; from pathlib import Path; from local.child import Children;"
        "child = Children().start([sys.executable, '-c',"
        " 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'], environment={}, folder=Path('/'));"
        "print(child.process.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    eventually(lambda: not is_running(child))


def test_nothing_starts_after_the_end(tmp_path: Path) -> None:
    """A closed starter has killed its children and starts no more."""
    children = Children()
    child = children.start([sys.executable, "-c", "import time; time.sleep(600)"], environment={}, folder=tmp_path)
    assert child.process.stdout is not None
    children.close()
    child.process.stdout.close()
    assert not is_running(child.process.pid)
    with pytest.raises(OSError, match="stopping"):
        children.start([sys.executable, "-c", ""], environment={}, folder=tmp_path)
