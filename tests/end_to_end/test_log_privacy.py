"""No text of a claim is in any log, message or record: the people who read those are not the people who may read claims.

The texts of these files carry words that occur nowhere else, in every place where a text can end up when something goes wrong.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator

import pytest
from local_kit import SAMPLES, LocalKit

from contract.records import Job

MARK = "zyxwvut"  # in no other file; the tokenizer keeps it in one piece


def _marked(rows: int) -> str:
    """A labelled table whose every text is marked: a copy, a contradiction and doubtful rows among them."""
    with (SAMPLES / "warranty_train.csv").open(encoding="utf-8-sig", newline="") as file:
        sample = list(csv.DictReader(file))[:rows]
    text, label = "claim", "category"
    table = io.StringIO()
    writer = csv.DictWriter(table, [text, label], extrasaction="ignore")
    writer.writeheader()
    for number, row in enumerate(sample):
        writer.writerow({text: f"{row[text]} {MARK}{number}", label: row[label]})
    first, other = sample[0], next(row for row in sample if row[label] != sample[0][label])
    for row in (first, {**first, label: other[label]}):
        writer.writerow({text: f"{row[text]} {MARK}0", label: row[label]})
    return table.getvalue()


BAD = {
    "ragged": f"id,text\n1,{MARK} is fine\n2,{MARK},one,too,many\n3,{MARK} again\n",
    "never closed": f'id,text\n1,{MARK} is fine\n2,"{MARK} opens\n3,{MARK} more\n',
    "no header": f"17,the pump of my {MARK} has leaked since Tuesday\n18,nobody answers my {MARK} letters at all\n",
    "no header at all": f"the pump of my {MARK} has leaked since Tuesday\nnobody answers my {MARK} letters\n",
    "one word": f"{MARK}\n{MARK} is fine\n",
    "two words": f"broken {MARK}\nbroken {MARK} again\n",
    "unspaced": f"箱子{MARK}压坏了\n快递{MARK}来得太晚\n",
    "beside a number": f"17,broken {MARK}\n18,{MARK}\n",
    "not unicode": f"text\n{MARK} \udc81\udc8d\udc8f\n",
    "control characters": f"text\n{MARK}\x00\x07 bell\n",
    "formula": f"text\n=cmd|'{MARK}'!A1\n",
    "long": f"text\n{MARK * 20_000}\n",
}


@pytest.fixture(scope="module")
def jobs(local_kit: LocalKit, first_model: Job) -> list[Job]:
    """Jobs on marked texts: a training, its comparison, predictions that succeed, and some that are refused or reject rows."""
    train = local_kit.wait(local_kit.put_training("classifiers/private/train.csv", _marked(300).encode()))
    assert train.status == "done", train.message
    again = local_kit.put_training("classifiers/private/again.csv", _marked(250).encode(), seed="3")
    swapped = "text,label\n" + "".join(f"wear,the pump of my {MARK} number {number} leaks since Tuesday\n" for number in range(40))
    refused = [
        local_kit.put_training("classifiers/private/one class.csv", f"text,label\n{MARK} a,x\n{MARK} b,x\n".encode()),
        local_kit.put_training("classifiers/private/swapped.csv", swapped.encode()),
    ]
    dropped = [
        local_kit.put(local_kit.deployment.predict_bucket, f"classifiers/private/{name}.csv", body.encode("utf-8", "surrogateescape"))
        for name, body in BAD.items()
    ]
    table = "text\n" + "".join(f"{MARK} leaks {number}\n" for number in range(50))
    explained = local_kit.put(
        local_kit.deployment.predict_bucket, "classifiers/private/explained.csv", table.encode(), Metadata={"explain": "yes"}
    )
    return [train, *(local_kit.wait(job_id) for job_id in (again, *refused, explained, *dropped))]


def _logs(local_kit: LocalKit) -> Iterator[tuple[str, str]]:
    """All that CloudWatch would hold, all files of logs, and what the server itself said."""
    for path in (local_kit.state / "logs").rglob("*.log"):
        yield path.name, path.read_text(encoding="utf-8", errors="replace")
    logs = local_kit.session.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            for found in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                yield group["logGroupName"], "\n".join(event["message"] for event in found["events"])


def _records(local_kit: LocalKit) -> Iterator[tuple[str, str]]:
    """The ledger, item by item."""
    table = local_kit.session.resource("dynamodb").Table(local_kit.deployment.ledger_table)
    for item in table.scan()["Items"]:
        yield f"{item['pk']} {item['sk']}", json.dumps(item, default=str)


def _descriptions(local_kit: LocalKit) -> Iterator[tuple[str, str]]:
    """What SageMaker and Batch show to whoever may list jobs."""
    sagemaker, batch = local_kit.session.client("sagemaker"), local_kit.session.client("batch")
    for page in sagemaker.get_paginator("list_training_jobs").paginate():
        for job in page["TrainingJobSummaries"]:
            name = job["TrainingJobName"]
            yield name, json.dumps(sagemaker.describe_training_job(TrainingJobName=name), default=str)
    for status in ("SUCCEEDED", "FAILED"):
        listed = batch.list_jobs(jobQueue=local_kit.deployment.job_queue_arn, jobStatus=status)["jobSummaryList"]
        for entry in listed:
            yield entry["jobName"], json.dumps(batch.describe_jobs(jobs=[entry["jobId"]])["jobs"], default=str)


@pytest.mark.parametrize("look", [_logs, _records, _descriptions])
def test_no_text_is_where_texts_do_not_belong(
    local_kit: LocalKit, jobs: list[Job], look: Callable[[LocalKit], Iterator[tuple[str, str]]]
) -> None:
    """Whatever became of the files, their words are in none of it."""
    found = list(look(local_kit))
    assert found
    leaks = {(name, text[max(0, text.index(MARK) - 80) : text.index(MARK) + 80]) for name, text in found if MARK in text}
    assert leaks == set()


def test_the_marked_texts_went_all_the_way(local_kit: LocalKit, jobs: list[Job]) -> None:
    """The words are where they belong, so that the other tests have something to miss; and some of the files were refused."""
    s3 = local_kit.session.client("s3")
    results = s3.get_object(Bucket=local_kit.deployment.results_bucket, Key="classifiers/private/explained.csv/explained_results.csv")
    assert MARK in results["Body"].read().decode("utf-8-sig")
    assert {job.status for job in jobs} >= {"done", "refused"}
    assert any(job.rows_rejected for job in jobs)
