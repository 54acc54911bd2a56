"""Labelling jobs: made of texts without a label, looked at, finished, deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import unlabelled_texts
from agreement import alpha, in_words, pairs
from call import Call
from labelling_outcome import dispensable, lacking, texts_by_label, weighed
from refusal import Refusal, not_now, not_there
from services import Services
from signed import signed_form
from unlabelled_texts import MOST_BYTES, Drawn

from contract.corrections import checked_label
from contract.errors import UserError
from contract.labelling import Task, labelling_prefix, manifest_drop, tasks_key, tasks_of, to_content
from contract.labelling_ledger import UNCLEAR, LabellingJob, LabellingLedger, LabellingStatus, TextState
from contract.layout import MAX_KEY_BYTES, TEXT_SUFFIXES
from contract.posts import parse_collected, unlabelled_prefix
from contract.records import now

MOST_PAIRS = 100  # of people whose agreement is told
VERSIONS_AT_ONCE = 1000  # that S3 takes for a deletion
ANY_FILE = "${filename}"  # S3 puts the sender's own file name in its place


def list_unlabelled(call: Call) -> dict[str, Any]:
    """What people could be asked about."""
    services = call.services
    found, is_cut = unlabelled_texts.sources(services.s3, services.environment.train_bucket, call.given["classifier"])
    return {"sources": [vars(source) for source in found], "is_cut": is_cut}


def create_unlabelled(call: Call) -> dict[str, Any]:
    """A form for one file of texts. Raises UserError for a name that no such file may have, Refusal for a size."""
    given, services = call.given, call.services
    name = given["name"]
    key = f"{unlabelled_prefix(given['classifier'])}{name}"
    if not name.lower().endswith(TEXT_SUFFIXES) or ANY_FILE in name or name.startswith("/"):
        raise UserError(f"'{name}' is no file of texts: its name should end in {', '.join(TEXT_SUFFIXES)}.")
    if parse_collected(key):
        raise UserError(f"'{name}' is called as collected posts are, and could take their place. Use another file name.")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise UserError(f"The name '{name}' is too long. Use a shorter file name.")
    if given["bytes"] > MOST_BYTES:
        sentence = f"'{name}' is larger than {MOST_BYTES // 1024**2} MiB, which is read for one labelling job. Send it in parts."
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
    return signed_form(services.s3, services.environment.train_bucket, key, given["bytes"], {})


def list_labelling_jobs(call: Call) -> dict[str, Any]:
    """All of them, the newest first."""
    jobs = sorted(LabellingLedger(call.services.table).jobs(), key=lambda job: job.created_at, reverse=True)
    return {"jobs": [_described(job) for job in jobs]}


def create_labelling_job(call: Call) -> dict[str, Any]:
    """Draw texts and open a job. Raises UserError for labels that are none, Refusal where a job or no text is there."""
    given, services = call.given, call.services
    labels = [checked_label(entry["label"]) for entry in given["labels"]]
    if twice := [label for label, count in Counter(map(str.casefold, labels)).items() if count > 1]:
        raise UserError(f"The label '{twice[0]}' is there twice. Give each label once.")
    ledger, bucket = LabellingLedger(services.table), services.environment.train_bucket
    classifier, name = given["classifier"], given["name"]
    taken = not_now(f"There is a labelling job '{name}' of the classifier '{classifier}' already. Choose another name.")
    if ledger.find(classifier, name):
        raise taken
    drawn = Drawn(f"{classifier}/{name}", given["max_texts"])
    unlabelled_texts.draw(services.s3, bucket, classifier, given["sources"], drawn, given["text_column"])
    tasks = drawn.tasks()
    if not tasks:
        raise not_there(f"There is no text that can be read in '{given['sources'][0]}'. Choose other files.")
    content = to_content(tasks)
    if len(content) > MOST_BYTES // 4:
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The {len(tasks):,} texts have {len(content) / 1024**2:,.0f} MiB; a labelling job holds {MOST_BYTES // 4 // 1024**2} MiB."
            " Ask for fewer texts.",
        )
    put = services.s3.put_object(Bucket=bucket, Key=tasks_key(classifier, name), Body=content, ContentType="application/jsonlines")
    job = LabellingJob(
        classifier=classifier,
        name=name,
        status=LabellingStatus.OPEN,
        labels=labels,
        guidance=[" ".join(entry["guidance"].split()) for entry in given["labels"]],
        answers_wanted=given["answers_wanted"],
        texts=len(tasks),
        tasks_version=put["VersionId"],
        objects=drawn.objects,
        unread=drawn.unread,
        unreadable=drawn.unreadable,
        created_at=now(),
        created_by=call.who.name,
    )
    if not ledger.add(job):
        raise taken
    return _described(job)


def get_labelling_job(call: Call) -> dict[str, Any]:
    """A job with its progress, and what a training would make of it now. How people agree, by name, is for owners: it is no contest."""
    job = find_job(call)
    states = list(LabellingLedger(call.services.table).states(job))
    shared = [state.labels for state in states if len(state.labels) > 1]
    value = alpha(shared)
    is_open = job.status == LabellingStatus.OPEN  # weighing the answers of a large job takes seconds
    found = texts_by_label(weighed(job, [state.answers for state in states] if is_open else []))
    is_told = call.who.is_owner
    return {
        **_described(job),
        "progress": _progress(job, states, call.who.name),
        "agreement": {"alpha": value, "words": in_words(value), "texts": len(shared)},
        "texts_by_label": [{"label": label, "texts": found[label]} for label in job.labels],
        "lacking": lacking(job, found) if is_open else "",
        "dispensable": dispensable(job, found),
        "people": _people(states) if is_told else [],
        "pairs": [pair._asdict() for pair in pairs(shared)[:MOST_PAIRS]] if is_told else [],
    }


def delete_labelling_job(call: Call) -> None:
    """Delete texts first, then answers, then the job: what breaks off on the way goes on when it is asked for again."""
    services, ledger = call.services, LabellingLedger(call.services.table)
    classifier, name = call.given["classifier"], call.given["labelling"]
    job = ledger.find(classifier, name)
    if job and job.status != LabellingStatus.DELETING:
        ledger.change(job, status=LabellingStatus.DELETING)
    count = _empty(services, labelling_prefix(classifier, name))
    if job:
        ledger.forget_texts(job, [state.digest for state in ledger.states(job)])
        ledger.forget(job)
    elif not count:
        raise _absent(call)


def find_job(call: Call) -> LabellingJob:
    """The job that the path names. Raises Refusal when there is none."""
    job = LabellingLedger(call.services.table).find(call.given["classifier"], call.given["labelling"])
    if job is None:
        raise _absent(call)
    return job


def find_open(call: Call) -> LabellingJob:
    """The same, when it takes answers. Raises Refusal otherwise."""
    job = find_job(call)
    if job.status != LabellingStatus.OPEN:
        raise _closed(job)
    return job


def check_still_open(call: Call, job: LabellingJob, written: Sequence[str]) -> None:
    """To be asked after something was written of texts: Raises Refusal unless the job takes answers all the same.

    An end comes first or last. Whoever finishes a job looks at its answers once it is closed, so what is written before counts, and here it
    is seen when the job was closed before. Of a job that was deleted nothing is left, also not what was written after that.
    """
    ledger = LabellingLedger(call.services.table)
    found = ledger.now(job)
    if found is None or found.status == LabellingStatus.DELETING:
        ledger.forget_texts(job, written)
        raise _absent(call)
    if found.status != LabellingStatus.OPEN:
        raise _closed(job)


def read_tasks(services: Services, job: LabellingJob) -> list[Task]:
    """The texts of a job. Raises Refusal when they are not there any more."""
    thing = {"Bucket": services.environment.train_bucket, "Key": tasks_key(job.classifier, job.name), "VersionId": job.tasks_version}
    try:
        return tasks_of(services.s3.get_object(**thing)["Body"].read())
    except services.s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchVersion"):
            sentence = f"The texts of the labelling job '{job.name}' are not there any more: they were deleted, or kept long enough."
            raise not_now(sentence) from error
        raise


def _progress(job: LabellingJob, states: list[TextState], who: str) -> dict[str, int]:
    return {
        "answers": sum(len(state.answers) for state in states),
        "labelled": sum(bool(state.labels) for state in states),
        "complete": sum(len(state.answers) >= job.answers_wanted for state in states),
        "unclear": sum(bool(state.answers) and not state.labels for state in states),
        "mine": sum(who in state.answers for state in states),
    }


def _people(states: list[TextState]) -> list[dict[str, Any]]:
    answers = Counter(who for state in states for who in state.answers)
    unclear = Counter(who for state in states for who, said in state.answers.items() if said.label == UNCLEAR)
    return [{"name": who, "answers": count, "unclear": unclear[who]} for who, count in answers.most_common()]


def _empty(services: Services, prefix: str) -> int:
    """Delete all versions for good; how many there were."""
    s3, bucket, count = services.s3, services.environment.train_bucket, 0
    for page in list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        for start in range(0, len(found), VERSIONS_AT_ONCE):
            some = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found[start : start + VERSIONS_AT_ONCE]]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
        count += len(found)
    return count


def _absent(call: Call) -> Refusal:
    return not_there(f"There is no labelling job '{call.given['labelling']}' of the classifier '{call.given['classifier']}'.")


def _closed(job: LabellingJob) -> Refusal:
    return not_now(f"The labelling job '{job.name}' is finished: it takes no more answers.")


def _described(job: LabellingJob) -> dict[str, Any]:
    return {
        "classifier": job.classifier,
        "name": job.name,
        "status": job.status,
        "labels": [{"label": label, "guidance": guidance} for label, guidance in zip(job.labels, job.guidance, strict=True)],
        "answers_wanted": job.answers_wanted,
        "texts": job.texts,
        "objects": job.objects,
        "unread": job.unread,
        "unreadable": job.unreadable,
        "ranked_by": job.ranked_by,
        "created_at": job.created_at,
        "created_by": job.created_by,
        "finished_at": job.finished_at,
        "finished_by": job.finished_by,
        "labelled": job.labelled,
        "left_out": job.left_out,
        "manifest": manifest_drop(job.classifier, job.name).key if job.manifest_version else "",
    }
