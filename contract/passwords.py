"""What a password of the user pool must have."""

from __future__ import annotations

MIN_PASSWORD_CHARS = 12  # the page tells whoever chooses one
PASSWORD_RULES = f"at least {MIN_PASSWORD_CHARS} characters, with small and capital letters, figures and signs"
