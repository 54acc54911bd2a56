"""Tables that are cut into shards, and the verbs that Batch runs on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from container_cases import Cloud, Ended, Job, table_bytes

from model.classifier import Classifier

OLD, NEW = "0055AED6DCD90281E5", "0055AED6DCD90281E6"  # sequencers, as S3 writes them
WORDS = ("the parcel came late", "the motor hums", 'said "no", twice', "line\nbreak", "=SUM(A1)", "écrasé", "")
ROWS = [[str(number), WORDS[number % 7], WORDS[number % 3]] for number in range(300)]
TABLE = table_bytes([["id", "text", "remark"], *ROWS])


def ragged(content: bytes) -> bytes:
    """A table in which rows of all kinds have to be refused, with blank lines between."""
    lines = content.splitlines(keepends=True)
    odd = [b"too,many,columns,here\r\n", b'9,"bad" quote,x\r\n', b"\r\n", b'8,"open,x\r\n', b"7,b\xff,x\r\n", b"=1+1\r\n"]
    for number, at in enumerate(range(len(lines) - 10, 20, -35)):
        lines.insert(at, odd[number % len(odd)])
    return b"".join(lines)


RAGGED = ragged(table_bytes([["id", "text", "remark"], *[[row[0], "plain text", "b"] for row in ROWS]]))


class Shards:
    """Runs a job's verbs as Batch does."""

    def __init__(self, run: Callable[..., Ended], root: Path) -> None:
        self._run, self._root = run, root

    def plan(self, job: Job, shards: int, **environment: object) -> Ended:
        """The first job."""
        arguments = ("plan", "--root", self._root, "--input", job.source, "--output", job.output, "--shards", shards)
        return self._run(*arguments, **job.environment | environment)

    def predict(self, job: Job, shard: int, **environment: object) -> Ended:
        """One child of the array job."""
        arguments = ("predict", "--root", self._root, "--input", job.source, "--output", job.output, "--workers", 1)
        return self._run(*arguments, **job.environment | {"aws_batch_job_array_index": shard} | environment)

    def join(self, job: Job, **environment: object) -> Ended:
        """The last job."""
        return self._run("join", "--output", job.output, **job.environment | {"aws_batch_job_array_index": -1} | environment)

    def all(self, job: Job, shards: int) -> None:
        """All of them, well."""
        for ended in (self.plan(job, shards), *(self.predict(job, shard) for shard in range(shards)), self.join(job)):
            assert ended.status == 0, ended.log


@cache
def loaded(model: str, accelerator: str, engine: str) -> Classifier:
    """A model, loaded once for all tests: each verb would load it anew."""
    return Classifier.load(Path(model), accelerator, engine)


def dropped(cloud: Cloud, body: bytes, key: str = "march/claims.csv", sequencer: str = NEW) -> Job:
    """Drop a file to classify."""
    return Job(key, cloud.drop(key, body), sequencer)
