"""Who asks: the claims of an ID token, whose signature API Gateway has verified."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, Self

from refusal import Refusal

from contract.api import OWNERS


class Identity(NamedTuple):
    """Somebody who is signed in."""

    name: str  # the e-mail address, or else the user's name
    is_owner: bool

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """From an event of API Gateway, which writes a list of groups as `[one two]`. Raises Refusal without an ID token's claims.

        The authorizer lets access tokens of the same client pass, which do not say who somebody is.
        """
        claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
        if not claims:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Nobody is signed in.")
        if claims.get("token_use") != "id":
            raise Refusal(HTTPStatus.FORBIDDEN, "This is not an ID token. Send the one that the sign-in calls IdToken.")
        groups = str(claims.get("cognito:groups", "")).strip("[]").replace(",", " ").split()
        return cls(str(claims.get("email") or claims["cognito:username"]), OWNERS in groups)
