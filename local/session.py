"""A boto3 session whose every client reaches the local cloud."""

from __future__ import annotations

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.configprovider import ConstantProvider

from local.child import ACCESS_KEY, SECRET_KEY
from local.faults import SPARED


class LocalSession(boto3.Session):
    """A session with fake keys; the endpoint is set on every client and resource made from it.

    Nothing of the caller's account is read: no profile, no files, no proxy.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        core = botocore.session.Session()
        core.set_config_variable("config_file", os.devnull)
        core.set_config_variable("credentials_file", os.devnull)
        core.get_component("config_store").set_config_provider("profile", ConstantProvider(None))
        super().__init__(ACCESS_KEY, SECRET_KEY, region_name=region, botocore_session=core)
        self._endpoint = endpoint

    def client(self, *args: Any, **kwargs: Any) -> Any:
        """A client of the local cloud."""
        return super().client(*args, **self._directed(kwargs))

    def resource(self, *args: Any, **kwargs: Any) -> Any:
        """A resource of the local cloud."""
        return super().resource(*args, **self._directed(kwargs))

    def _directed(self, settings: dict[str, Any]) -> dict[str, Any]:
        # No proxies: requests to this machine must not leave it. No faults: they are for the product's own code.
        config = Config(proxies={}, user_agent_extra=SPARED)
        given = settings.get("config")
        return {**settings, "endpoint_url": self._endpoint, "config": config.merge(given) if given else config}
