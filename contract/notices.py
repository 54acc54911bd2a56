"""The messages that a deployment sends to its owner, in plain words: a file was received, and what came of it."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from typing import Any

from contract.embedded_metrics import metric_line
from contract.errors import PlatformError
from contract.ledger import Ledger
from contract.records import Job, JobKind, JobStatus
from contract.wording import bounded, counted, printable

MAX_SUBJECT = 100  # characters, a limit of SNS, as is printable ASCII
MAX_MESSAGE_CHARS = 60_000  # SNS takes 256 KB, and a character has up to four bytes
PER_SECOND = 5  # SNS switches an address off that gets more than ten messages in one
RECEIVED_PER_MINUTE = 5  # who drops hundreds of files need not hear of the arrival of each
PATIENCE_SECONDS = 30  # for a turn to send; then it is told by the hour, with others
TOLD_AT_ONCE = 100  # jobs in one message
MAX_ENTRY_CHARS = 400  # of what is said of a job among them

_HEADLINES = {
    (JobKind.TRAIN, True): "Trained",
    (JobKind.TRAIN, False): "Not trained",
    (JobKind.PREDICT, True): "Classified",
    (JobKind.PREDICT, False): "Not classified",
}


class Notices:
    """Tells the owner of a stage's jobs, each thing once. `sns` is a boto3 client."""

    def __init__(self, stage: str, ledger: Ledger, sns: Any, topic_arn: str) -> None:
        self._stage, self._ledger, self._sns, self._topic_arn = stage, ledger, sns, topic_arn

    def end(self, job: Job, status: JobStatus, *, message: str, **changes: Any) -> None:
        """Record how a job ended, in the ledger and as metrics, and tell.

        Raises PlatformError when its state has changed meanwhile: look again.
        """
        ended = self._ledger.move(job, status, message=printable(message), **changes)
        if ended is None:
            raise PlatformError(f"The state of job {job.job_id} changed at this moment; its end is recorded at the next try.")
        print(metric_line(self._stage, ended, time.time()))  # CloudWatch wants the bare line
        self.announce(ended)

    def receive(self, job: Job, estimate: str = "") -> None:
        """Tell once that a file waits, or is being worked on with what it will take, if that is known; not of all when many arrive at once.

        Of what is worked on the end is told in any case: so the record is marked before the message goes out, rather never than
        twice. What waits, perhaps for a classifier whose name was mistyped, may have no end: it is told like one.
        """
        if job.acknowledged_at or job.is_final:
            return
        if job.status == JobStatus.WAITING:
            if self._send_arrival(job, estimate):
                self._ledger.acknowledge(job)
        elif self._ledger.acknowledge(job) and self._ledger.take_turn("received", limit=RECEIVED_PER_MINUTE, period_seconds=60):
            self._send_arrival(job, estimate)

    def announce(self, job: Job) -> None:
        """Tell how a job ended, unless that was done; `catch_up` does when hundreds end at once.

        The record is marked after the message went out: a crash in between sends it twice rather than never.
        """
        if job.told_at or not job.is_final:
            return
        results = f"The results lie in {printable(job.results)}" if job.results else ""
        # Said here alone: what failed says what to change before another try, if anything.
        again = f"To try once more: 'kit retry {job.job_id}', or drop the file again." if job.status == JobStatus.FAILED else ""
        if self._send(_headline(job), [job.message, job.details, results, again, _reference(job)]):
            self._ledger.mark_told(job)

    def catch_up(self, jobs: Sequence[Job]) -> None:
        """Tell of jobs whose own messages found no turn or got lost, of many in one message."""
        for start in range(0, len(jobs), TOLD_AT_ONCE):
            some = jobs[start : start + TOLD_AT_ONCE]
            entries = [f"{bounded(f'{_headline(job)}. {printable(job.message)}', MAX_ENTRY_CHARS)} {_reference(job)}" for job in some]
            self.tell(f"What became of {counted(len(some), 'file')}", entries)
            for job in some:
                (self._ledger.mark_told if job.is_final else self._ledger.acknowledge)(job)

    def tell(self, headline: str, paragraphs: list[str]) -> None:
        """Tell of something else than a job. Raises PlatformError when too much is told at this moment."""
        if not self._send(headline, paragraphs):
            raise PlatformError(f"Too many messages go out at this moment; '{headline}' follows at the next try.")

    def _send_arrival(self, job: Job, estimate: str) -> bool:
        promise = "You hear of it again when it is done." if estimate else ""
        return self._send(_headline(job), [job.message, estimate, promise, _reference(job)])

    def _send(self, headline: str, paragraphs: list[str]) -> bool:
        """Send a message; False when there was no turn for it."""
        lines = [headline, *(text for text in paragraphs if text)]
        if not self._has_turn():
            return False
        subject = re.sub(r"[^ -~]", "?", headline)[:MAX_SUBJECT]
        self._sns.publish(TopicArn=self._topic_arn, Subject=subject, Message=bounded("\n\n".join(lines), MAX_MESSAGE_CHARS))
        return True

    def _has_turn(self) -> bool:
        """Whether a message may go out, no faster than addresses stand; waits for that, but not for ever."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._ledger.take_turn("message", limit=PER_SECOND, period_seconds=1):
            if time.monotonic() > end:
                return False
            time.sleep(1 - time.time() % 1 + random.random())  # noqa: S311  # into the next second, but not all who wait at its beginning
        return True


def _headline(job: Job) -> str:
    what = _HEADLINES[JobKind(job.kind), job.status == JobStatus.DONE] if job.is_final else "Received"
    return f"{what}: {printable(job.key)}"


def _reference(job: Job) -> str:
    return f"(Job {job.job_id}; 'kit jobs {job.job_id}' shows all about it.)"
