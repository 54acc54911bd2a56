"""Whether a token is good for an HTTP API: its signature, who gave it out, to whom, and until when.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from moto.cognitoidp.models import cognitoidp_backends

from local.host import Host

ALGORITHMS = ["RS256"]  # those of Cognito; API Gateway takes RSA alone

CLOCK_SECONDS = 1  # by which two clocks of one machine may differ, for moments are cut to whole seconds


class Unauthorized(Exception):
    """The token is not good for this API; the message says why."""


def claims_of(header: str, *, issuer: str, audience: Collection[str], keys: KeySet, now: float | None = None) -> dict[str, Any]:
    """The claims of the token in an Authorization header. Raises Unauthorized unless it is signed and meant for this API now."""
    scheme, _, token = header.rpartition(" ")
    if not token or scheme.lower() not in ("", "bearer"):
        raise Unauthorized("there is no bearer token")
    try:
        claims: dict[str, Any] = dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Unauthorized("the token is not signed by the issuer") from error
    if claims.get("iss") != issuer:
        raise Unauthorized("the token is another issuer's")
    _check_audience(claims, audience)
    _check_time(claims, time.time() if now is None else now)
    return claims


def _check_audience(claims: Mapping[str, Any], audience: Collection[str]) -> None:
    """`aud` counts, and `client_id` where there is none: Cognito writes the one into ID tokens, the other into access tokens."""
    meant = claims.get("aud", claims.get("client_id"))
    if not set(audience) & set(meant if isinstance(meant, list) else [meant]):
        raise Unauthorized("the token is meant for another client")


def _check_time(claims: Mapping[str, Any], now: float) -> None:
    """`exp` must be there and later; `nbf` and `iat`, if they are there, earlier."""
    if not isinstance(claims.get("exp"), int | float) or claims["exp"] <= now:
        raise Unauthorized("the token has expired")
    for name in ("nbf", "iat"):
        if not isinstance(claims.get(name, 0), int | float) or claims.get(name, 0) > now + CLOCK_SECONDS:
            raise Unauthorized("the token is not good yet")


def keys_of(host: Host, issuer: str) -> KeySet:
    """The public keys of the pool that an issuer's address names; none of a pool that is not there."""
    pool = cognitoidp_backends[host.account][host.region].user_pools.get(issuer.rpartition("/")[2])
    return KeySet([RSAKey.import_key(pool.json_web_key.as_dict(private=False))] if pool else [])
