"""How a verb ends: its exit status, what stands in the log, and the sentence that a person is shown.

| by whose fault | exit status | log                     | sentence                         |
|----------------|-------------|-------------------------|----------------------------------|
| UserError      | 2           | the sentence            | as it stands                     |
| PlatformError  | 1           | traceback, the sentence | after "PlatformError: "          |
| AlgorithmError | 1           | traceback, the sentence | after "AlgorithmError: "         |
"""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Callable

from container.stopping import StoppedError
from contract.container_environments import PredictionEnvironment
from contract.documents import Failure
from contract.errors import AlgorithmError, KitError, PlatformError, UserError, blame
from contract.layout import failure_key
from contract.wording import printable

MAX_CHARS = 900  # SageMaker shows 1,024 of the reason, its own words included


def run(verb: Callable[[], None], report: Callable[[Failure], None]) -> int:
    """Run a verb and return its exit status; `report` leaves the reason of a failure where others look for it."""
    try:
        verb()
    except Exception as problem:
        error = as_kit_error(problem)
        if not isinstance(error, UserError):
            traceback.print_exc()
        failure = Failure(blame(error), printable(str(error)))
        print(sentence(failure), file=sys.stderr, flush=True)
        if not isinstance(error, StoppedError):  # who stopped the job says why; its next attempt may end well
            report(failure)
        return error.exit_status
    return 0


def leave_beside(output: str, failure: Failure) -> None:
    """Put the reason of a prediction's failure into the bucket of its output, where report_prediction looks; nowhere for a folder."""
    from container import objects  # noqa: PLC0415  # with boto3, which no other verb waits for

    if not output.startswith(objects.SCHEME):
        return
    try:
        if job_id := PredictionEnvironment.from_env().job_id:
            place = objects.Address(objects.Address.parse(output).bucket, failure_key(job_id))
            # One file for all jobs of a prediction: the first reason stays, unless a later one is the owner's to mend.
            put = objects.put if failure.error == UserError.__name__ else objects.put_if_absent
            put(place, failure.to_json().encode("utf-8", "backslashreplace"), objects.JSON)
    except KitError as error:
        print(f"The reason could not be left beside '{output}': {error}", file=sys.stderr, flush=True)


def sentence(failure: Failure) -> str:
    """What a person is shown: a UserError as it stands, another error after its name."""
    return failure.message if failure.error == UserError.__name__ else f"{failure.error}: {failure.message}"


def shortened(text: str) -> str:
    """A sentence that SageMaker will not cut: it keeps its beginning and, with the remedy, its end."""
    if len(text) <= MAX_CHARS:
        return text
    return f"{text[: MAX_CHARS // 2]} [...] {text[-MAX_CHARS // 2 :]}"


def as_kit_error(error: Exception) -> KitError:
    """The error itself when the kit raised it on purpose, else a plain sentence about what nobody foresaw."""
    if isinstance(error, KitError):
        return error
    if isinstance(error, MemoryError):
        return PlatformError("The machine has too little memory for this job. Use an instance type with more.")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return PlatformError("The disk is full. Give the job a larger volume.")
    return AlgorithmError(f"A defect of the kit stopped the job ({type(error).__name__}: {error}). Please report it with the job's log.")
