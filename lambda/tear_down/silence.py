"""Nothing new starts: the stack's rules are disabled, and its functions take no event that is still on its way."""

from __future__ import annotations

from collections.abc import Iterable

import boto3


def silence(*, rules: Iterable[str], functions: Iterable[str]) -> None:
    """Disable rules and stop functions, by their names; what is gone is silent already.

    A rule's events may have left it long ago: Lambda keeps an event for hours and tries it again. A function that may run
    zero times at once takes none of them.
    """
    events, lambda_ = boto3.client("events"), boto3.client("lambda")
    for rule in rules:
        try:
            events.disable_rule(Name=rule)
        except events.exceptions.ResourceNotFoundException:
            continue
    for function in functions:
        try:
            lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        except lambda_.exceptions.ResourceNotFoundException:
            continue
