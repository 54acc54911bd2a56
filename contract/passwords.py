"""What a password of the user pool must have, in words.

Cognito counts as signs what is neither letter nor figure of ASCII, as
https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html lists them.
"""

from __future__ import annotations

import string

MIN_PASSWORD_CHARS = 12  # the page tells whoever chooses one
PASSWORD_RULES = f"at least {MIN_PASSWORD_CHARS} characters, with small and capital letters, figures and signs"

_KINDS = {
    "a small letter": string.ascii_lowercase,
    "a capital letter": string.ascii_uppercase,
    "a figure": string.digits,
    "a sign such as ! or -": string.punctuation,
}


def lacking(password: str) -> list[str]:
    """What a password lacks, each as the object of a sentence; empty when it is good."""
    missing = [name for name, kind in _KINDS.items() if not set(kind) & set(password)]
    short = MIN_PASSWORD_CHARS - len(password)
    return [*([f"{short} more character{'s' if short > 1 else ''}"] if short > 0 else []), *missing]
