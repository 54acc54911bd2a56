"""The messages that a deployment sends to its owner, in plain words."""

from __future__ import annotations

import re
from typing import Any

from contract.ledger import Job, JobKind, JobStatus, Ledger

MAX_SUBJECT = 100  # characters, a limit of SNS, as is printable ASCII

_HEADLINES = {
    (JobKind.TRAIN, True): "Trained",
    (JobKind.TRAIN, False): "Not trained",
    (JobKind.PREDICT, True): "Classified",
    (JobKind.PREDICT, False): "Not classified",
}


def announce(job: Job, ledger: Ledger, sns: Any, topic_arn: str) -> None:
    """Tell the owner how a job ended, unless that was done.

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
    sns.publish(TopicArn=topic_arn, Subject=subject, Message="\n".join(lines))
    ledger.mark_told(job)
