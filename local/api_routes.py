"""Which route of an HTTP API a request takes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import NamedTuple

from moto.apigatewayv2.models import Route

ANY = "ANY"


class Match(NamedTuple):
    """A route and what stands in the places of its parameters."""

    route: Route
    parameters: dict[str, str]


def match(routes: Iterable[Route], method: str, path: str) -> Match | None:
    """The route that fits best: one for this very path before one with parameters; None when there is none."""
    found = []
    for route in routes:
        wanted, _, template = route.route_key.partition(" ")
        fits = _pattern(template).fullmatch(path) if wanted in (method, ANY) else None
        if fits:
            found.append(Match(route, fits.groupdict()))
    return min(found, key=lambda one: len(one.parameters), default=None)


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    """`/jobs/{job_id}` as an expression; `{proxy+}` takes the rest of the path."""
    parts = re.split(r"\{(\w+)(\+?)\}", template)
    text = re.escape(parts[0])
    for name, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text += f"(?P<{name}>{'.+' if greedy else '[^/]+'}){re.escape(literal)}"
    return re.compile(text, re.DOTALL)
