"""People who are signed in to the running local cloud."""

from __future__ import annotations

from api_client import Person
from local_kit import LocalKit


def sign_in(kit: LocalKit, email: str, *options: str) -> Person:
    """Invite somebody at the keyboard and let that person sign in."""
    invited = kit("user", "add", email, *options, "--json")
    assert invited.status == 0, invited.errors
    deployment = kit.deployment
    sign_in_url = f"{kit.cloud.endpoint}/"
    return Person.signed_in(sign_in_url, deployment.api_url, deployment.user_pool_client_id, email, invited.json["temporary_password"])
