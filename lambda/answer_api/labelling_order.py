"""In which order a labelling job's texts are asked about.

By chance at first, the same for all, so that people soon share texts and agreement can be measured. Once the classifier has a model, by
how close its best two labels are: margin sampling (Scheffer, Decomain and Wrobel 2001, Active Hidden Markov Models for Information
Extraction), the rule of the review list too. Every fifth text is by chance all the same: a model is never asked about what it is sure of
and wrong about, and a file of doubtful texts alone would show neither how frequent labels are nor how right a model is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from services import Services
from unlabelled_texts import chance

from contract.hosting import LiveStatus, endpoint_name
from contract.labelling import Margins, Task, margins_key
from contract.labelling_ledger import LabellingJob
from contract.live import JSON

BY_CHANCE_EVERY = 5  # texts, one
AT_ONCE = 200  # texts that an endpoint is asked about in one request
MOST_BYTES = 1_000_000  # of such a request
SECONDS = 12  # after which a call asks about no more


def ordered(job: LabellingJob, tasks: Sequence[Task], margins: Mapping[str, float]) -> list[Task]:
    """The texts of a job in the order in which they are asked about."""
    drawn = sorted(tasks, key=lambda task: chance(job.path, task.digest))
    if not margins:
        return drawn
    doubted = iter(sorted((task for task in drawn if task.digest in margins), key=lambda task: margins[task.digest]))
    by_chance, given = iter(drawn), set[str]()
    found = []
    for place in range(1, len(tasks) + 1):
        first, second = (by_chance, doubted) if place % BY_CHANCE_EVERY == 0 else (doubted, by_chance)
        task = next(each for source in (first, second) for each in source if each.digest not in given)
        given.add(task.digest)
        found.append(task)
    return found


def read_margins(services: Services, job: LabellingJob, *, is_partial: bool = False) -> Margins | None:
    """How sure a model was of a job's texts, or of those that a newer one was asked about so far; None when none was asked."""
    key = margins_key(job.classifier, job.name, is_partial=is_partial)
    try:
        answer = services.s3.get_object(Bucket=services.environment.train_bucket, Key=key)
    except services.s3.exceptions.NoSuchKey:
        return None
    return Margins.from_json(answer["Body"].read())


def due_model(services: Services, job: LabellingJob) -> int:
    """The version of the model by which the texts should be ordered and are not; 0 where there is none."""
    current, live = services.ledger.current(job.classifier), services.live.get(job.classifier)
    if current is None or live is None or live.status != LiveStatus.SERVING or live.version != current.version:
        return 0
    return 0 if job.ranked_by == current.version else current.version


def score(services: Services, job: LabellingJob, version: int, tasks: Sequence[Task]) -> tuple[dict[str, float], int]:
    """Ask the endpoint about texts until the time is over or it does not answer: margins, and how many texts are left.

    Raises nothing that an endpoint does: then the order stays as it was.
    """
    end = time.monotonic() + SECONDS
    found: dict[str, float] = {}
    for part in _portions(tasks):
        if time.monotonic() > end:
            break
        margins = _asked(services, job.classifier, version, part)
        if margins is None:
            break
        found |= margins
    return found, len(tasks) - len(found)


def _portions(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    part: list[Task] = []
    size = 0
    for task in tasks:
        bytes_of = 6 * len(task.text)  # at most, as JSON writes it
        if part and (len(part) == AT_ONCE or size + bytes_of > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(task)
        size += bytes_of
    if part:
        yield part


def _asked(services: Services, classifier: str, version: int, part: Sequence[Task]) -> dict[str, float] | None:
    """The margins of some texts; None when the endpoint does not answer, or with another model."""
    question = {"instances": [task.text for task in part], "configuration": {"k": 2, "review": True}}
    name = endpoint_name(services.environment.stage, classifier)
    try:
        answer = services.endpoints.invoke_endpoint(EndpointName=name, ContentType=JSON, Accept=JSON, Body=json.dumps(question).encode())
        entries: list[dict[str, Any]] = json.loads(answer["Body"].read())
    except (ClientError, HTTPClientError):
        return None
    said = {str(entry["model_version"]).removeprefix("v") for entry in entries if entry.get("model_version")}
    if len(entries) != len(part) or said - {str(version)}:
        return None
    return {task.digest: _margin(entry["prob"]) for task, entry in zip(part, entries, strict=True)}


def _margin(shares: Sequence[float]) -> float:
    """The lead of the best label; a text without a word, which has no label, comes last."""
    return round(shares[0] - (shares[1] if len(shares) > 1 else 0.0), 4) if shares else 1.0
