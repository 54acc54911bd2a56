"""One call of the API, as a function that answers it sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from identity import Identity
from services import Services


class Call(NamedTuple):
    """Who asks for what. `given` holds the parameters of path and query and the fields of the body, all of them validated."""

    services: Services
    who: Identity
    given: Mapping[str, Any]
