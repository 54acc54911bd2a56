"""The three errors of the kit, by whose fault it is.

KitError
├── UserError        the data or the settings: the person who dropped the file can mend it
├── AlgorithmError   us: a defect of the kit
└── PlatformError    the surroundings: a service, a quota, a disk; trying again may help

The message of a UserError is shown to a clerk as it stands: one or two plain sentences that name
the object, the row or column, and the remedy.
"""

from __future__ import annotations

from contract.wording import printable


class KitError(Exception):
    """Base of everything the kit raises on purpose."""

    exit_status = 1


class UserError(KitError):
    """The data or the settings are wrong; the message says what and how to mend it."""

    exit_status = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))  # it quotes names that strangers gave


class AlgorithmError(KitError):
    """The kit itself is wrong."""


class PlatformError(KitError):
    """Something around the kit failed; the same call may succeed later."""


NAMES = {cls.__name__: cls for cls in (UserError, AlgorithmError, PlatformError)}


def blame(error: BaseException) -> str:
    """The name of the branch that an exception belongs to; one that nobody foresaw is ours."""
    for name, cls in NAMES.items():
        if isinstance(error, cls):
            return name
    return AlgorithmError.__name__
