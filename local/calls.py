"""Who calls what: the server writes down, by role, what IAM would check of each call.

IAM itself is not imposed here. A test compares what was written down with the policies of the templates.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from local.access_keys import AccessKeys
from local.host import ACCOUNT, REGION
from local.iam_actions import checks, tagged
from local.operations import read_caller, read_request

Answer = Callable[..., Any]
Application = Callable[[dict[str, Any], Answer], Iterable[bytes]]

CALLS_FILE = "calls.jsonl"


class CallRecorder:
    """A WSGI application around the server's own. Each different check of each role is one line of the file.

    Requests with other keys pass unseen: those of people, and of the server where it stands for a service of AWS, whose
    calls under the kit's roles are listed in stacks/service_calls.py.
    """

    def __init__(self, application: Application, keys: AccessKeys, file: Path) -> None:
        self._application = application
        self._keys = keys
        self._file = file
        self._lock = threading.Lock()
        self._written: set[str] = set()
        file.unlink(missing_ok=True)  # of an earlier server

    def __call__(self, environ: dict[str, Any], start_response: Answer) -> Iterable[bytes]:
        """Serve a request, and write down what a role's process asked for."""
        caller = read_caller(environ)
        role = self._keys.role(caller.access_key) if caller else None
        if caller is None or role is None:
            return self._application(environ, start_response)
        request = read_request(environ, caller.service)
        tags = _tags(tagged(request))  # before what is tagged is deleted

        def answer(status: str, *rest: Any) -> Any:
            for check in checks(request, tags, int(status.split(maxsplit=1)[0])):
                self._write({"role": role, "operation": request.operation, **check._asdict()})
            return start_response(status, *rest)

        return self._application(environ, answer)

    def _write(self, call: Mapping[str, Any]) -> None:
        line = json.dumps(call, sort_keys=True)
        with self._lock:
            if line not in self._written:
                self._written.add(line)
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(f"{line}\n")


def _tags(arn: str) -> dict[str, str]:
    """The tags of a job, an endpoint or a model as moto holds them; none of what does not exist."""
    if arn.startswith("arn:aws:batch:"):
        from moto.batch.models import batch_backends  # noqa: PLC0415 # the server binds its socket before moto comes

        return dict(batch_backends[ACCOUNT][REGION].list_tags_for_resource(arn))
    if arn.startswith("arn:aws:sagemaker:"):
        from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415 # as above

        try:
            listed = sagemaker_backends[ACCOUNT][REGION].list_tags(arn)[0]
        except KeyError:
            return {}
        return {tag["Key"]: tag["Value"] for tag in listed}
    return {}
