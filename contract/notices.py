"""The messages that a deployment sends to its owner, in plain words."""

from __future__ import annotations

import re
from typing import Any

from contract.errors import PlatformError
from contract.ledger import Ledger
from contract.records import Job, JobKind, JobStatus

MAX_SUBJECT = 100  # characters, a limit of SNS, as is printable ASCII

_HEADLINES = {
    (JobKind.TRAIN, True): "Trained",
    (JobKind.TRAIN, False): "Not trained",
    (JobKind.PREDICT, True): "Classified",
    (JobKind.PREDICT, False): "Not classified",
}


class Notices:
    """Tells the owner how jobs end. `sns` is a boto3 client."""

    def __init__(self, ledger: Ledger, sns: Any, topic_arn: str) -> None:
        self._ledger, self._sns, self._topic_arn = ledger, sns, topic_arn

    def end(self, job: Job, status: JobStatus, **changes: Any) -> None:
        """Record how a job ended and tell. Raises PlatformError when its state has changed meanwhile: look again."""
        ended = self._ledger.move(job, status, **changes)
        if ended is None:
            raise PlatformError(f"The state of job {job.job_id} changed at this moment; its end is recorded at the next try.")
        self.announce(ended)

    def announce(self, job: Job) -> None:
        """Tell how a job ended, unless that was done.

        The record is marked after the message went out: a crash in between sends it twice rather than never.
        """
        if job.told_at or not job.is_final:
            return
        headline = _HEADLINES[JobKind(job.kind), job.status == JobStatus.DONE] + f": {job.key}"
        lines = [headline, "", job.message]
        if job.details:
            lines += ["", job.details]
        if job.results:
            lines += ["", f"The results lie in {job.results}"]
        lines += ["", f"(Job {job.job_id}; 'kit jobs {job.job_id}' shows all about it.)"]
        subject = re.sub(r"[^ -~]", "?", headline)[:MAX_SUBJECT]
        self._sns.publish(TopicArn=self._topic_arn, Subject=subject, Message="\n".join(lines))
        self._ledger.mark_told(job)
