"""Labelling, one text after the other: who is given which, and what is said of it.

Whoever is given a text has it before him for a while, and meanwhile it counts as answered: so two people at once do not give it more
answers than are wanted. When a browser is closed the while ends, and the text goes to somebody else. An answer that comes later all the
same is taken: it was work.
"""

from __future__ import annotations

import time
from typing import Any

from call import Call
from labelling_jobs import check_still_open, find_open, read_tasks
from labelling_order import due_model, ordered, read_margins, score
from refusal import not_there

from contract.errors import UserError
from contract.labelling import Margins, Task, margins_key
from contract.labelling_ledger import UNCLEAR, LabellingJob, LabellingLedger, TextState

AT_ONCE = 10  # texts that somebody is given
MINE = 10  # of somebody's answers are shown again
LEASE_SECONDS = 20 * 60
TURN_SECONDS = 20  # in which one caller orders a job's texts


def next_texts(call: Call) -> dict[str, Any]:
    """The texts that the caller has before him already, then others that want an answer; his last answers."""
    services, who = call.services, call.who.name
    job = find_open(call)
    ledger = LabellingLedger(services.table)
    tasks = read_tasks(services, job)
    states = {state.digest: state for state in ledger.states(job)}
    margins = read_margins(services, job) if job.ranked_by else None
    given: list[Task] = []
    second = time.time()
    wanting = [
        (task, state)
        for task in ordered(job, tasks, margins.margins if margins else {})
        if (state := states.get(task.digest) or TextState(digest=task.digest)).taken(second, who) < job.answers_wanted
    ]
    mine = [(task, state) for task, state in wanting if who not in state.answers]
    for task, state in sorted(mine, key=lambda pair: not pair[1].is_leased(who, second)):
        if len(given) == AT_ONCE:
            break
        if ledger.lease(job, state, who, LEASE_SECONDS):
            given.append(task)
    if given:
        check_still_open(call, job, [task.digest for task in given])
    answered = sorted((state for state in states.values() if who in state.answers), key=lambda state: state.answers[who].at)
    texts = {task.digest: task.text for task in tasks}
    return {
        "texts": [{"id": task.digest, "text": task.text} for task in given],
        "mine": [
            {"id": state.digest, "text": texts[state.digest], "label": state.answers[who].label}
            for state in answered[-MINE:]
            if state.digest in texts
        ],
        "answered": len(answered),
        "open": sum(len((states.get(task.digest) or TextState(digest="")).answers) < job.answers_wanted for task in tasks),
        "is_order_due": due_model(services, job) > 0,
    }


def put_answer(call: Call) -> dict[str, Any]:
    """Let what the caller says of a text stand. Raises UserError for a label that the job does not have."""
    job, label = find_open(call), call.given["label"]
    if label not in (UNCLEAR, *job.labels):
        raise UserError(f"'{label}' is no label of the labelling job '{job.name}'. Load the page again.")
    try:
        said = LabellingLedger(call.services.table).answer(job, call.given["text"], call.who.name, label)
    except UserError as error:
        raise not_there(str(error)) from error
    check_still_open(call, job, [call.given["text"]])
    return {"id": call.given["text"], "label": said.label, "at": said.at}


def delete_answer(call: Call) -> None:
    """Let nothing stand of what the caller said of a text."""
    job = find_open(call)
    try:
        LabellingLedger(call.services.table).take_back(job, call.given["text"], call.who.name, LEASE_SECONDS)
    except UserError as error:
        raise not_there(str(error)) from error
    check_still_open(call, job, [call.given["text"]])


def order_texts(call: Call) -> dict[str, int]:
    """Ask the model in use about texts; when it was asked about all that want an answer, its doubts are the order."""
    services, job = call.services, find_open(call)
    version = due_model(services, job)
    if not version:
        return {"ranked_by": job.ranked_by, "left": 0}
    tasks = read_tasks(services, job)
    before = read_margins(services, job, is_partial=True)
    known = before.margins if before and before.model_version == version else {}
    states = {state.digest: state for state in LabellingLedger(services.table).states(job)}
    fresh = [task for task in tasks if task.digest not in known and _wants(job, states.get(task.digest))]
    if not services.ledger.take_turn(f"labelling#{job.path}", limit=1, period_seconds=TURN_SECONDS):
        return {"ranked_by": job.ranked_by, "left": len(fresh)}
    found, left = score(services, job, version, fresh)
    if not found and left:
        return {"ranked_by": job.ranked_by, "left": left}
    _keep(call, job, Margins(model_version=version, margins={**known, **found}), is_partial=left > 0)
    return {"ranked_by": job.ranked_by if left else version, "left": left}


def _wants(job: LabellingJob, state: TextState | None) -> bool:
    return state is None or len(state.answers) < job.answers_wanted


def _keep(call: Call, job: LabellingJob, margins: Margins, *, is_partial: bool) -> None:
    services = call.services
    key = margins_key(job.classifier, job.name, is_partial=is_partial)
    services.s3.put_object(Bucket=services.environment.train_bucket, Key=key, Body=margins.to_json(), ContentType="application/json")
    if not is_partial:
        LabellingLedger(services.table).change(job, ranked_by=margins.model_version)  # unless it was finished meanwhile
