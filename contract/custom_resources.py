"""CloudFormation's requests to a custom resource, answered in one place.

Without an answer a stack waits until its patience ends, so a handler answers whatever happens.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping

ECHOED = ("StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId", "ResponseURL")  # of a request, needed for its answer
MAX_REASON_CHARS = 1000  # an answer may have 4096 bytes, and a character up to three


def answer(fields: Mapping[str, str], problem: str, *, done: str) -> None:
    """Answer the request whose ECHOED fields these are: a sentence that says why it failed, or an empty one and what is done."""
    body = {
        "Status": "FAILED" if problem else "SUCCESS",
        "Reason": (problem or done)[:MAX_REASON_CHARS],
        **{name: fields[name] for name in ECHOED if name != "ResponseURL"},
    }
    request = urllib.request.Request(  # noqa: S310  # the address is CloudFormation's, always https
        fields["ResponseURL"], data=json.dumps(body).encode(), method="PUT", headers={"Content-Type": ""}
    )
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310  # as above
