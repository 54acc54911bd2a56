"""How a user pool knows its people: by names in any case, where the pool is so set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def in_any_case(stock: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """moto's look-up of a user by a name, which compares letter by letter in every pool."""

    def find(pool: Any, username: str) -> Any:
        if (pool.extended_config.get("UsernameConfiguration") or {}).get("CaseSensitive", True):
            return stock(pool, username)
        names = (name for user in pool.users.values() for name in (user.username, *(entry["Value"] for entry in user.attributes)))
        return stock(pool, next((name for name in names if name.lower() == username.lower()), username))

    return find
