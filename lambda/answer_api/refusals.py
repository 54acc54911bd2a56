"""What the API answers besides 200 and 400, which is any other UserError."""

from __future__ import annotations

from contract.errors import UserError


class NotThereError(UserError):
    """404: there is no such thing, or it is gone."""

    status = 404


class NotNowError(UserError):
    """409: not as things stand; the sentence says what would have to be different."""

    status = 409
