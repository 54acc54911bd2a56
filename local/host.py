"""What every executor needs to know about the machine it works on."""

from __future__ import annotations

import functools
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.access_keys import AccessKeys
from local.child import ACCESS_KEY, SECRET_KEY, Children, clean_environment
from local.faults import SPARED

ACCOUNT = "123456789012"  # moto's own
REGION = "us-east-1"


@dataclass(frozen=True)
class Host:
    """The server's surroundings: where state lies, where the endpoint is, how children start."""

    state: Path
    endpoint: str  # with the word localhost: moto reads template addresses by it
    children: Children
    entry_point: tuple[str, ...]  # the command that the container image starts, before its arguments
    code: Path  # where that command's code lies: its PYTHONPATH
    keys: AccessKeys
    region: str = REGION
    account: str = ACCOUNT

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.state / "logs"

    def scratch(self, kind: str, name: str) -> Path:
        """A fresh, empty folder for one process; `kind` groups them."""
        folder = self.state / "scratch" / kind / file_name(name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def environment(self, folder: Path, role: str) -> dict[str, str]:
        """The clean environment of a child whose home is `folder` and which works under a role, named by its ARN."""
        return clean_environment(self.endpoint, self.region, folder, self.keys.of(role))

    def container_environment(self, folder: Path, role: str) -> dict[str, str]:
        """The clean environment of a container's process: it also finds the image's code."""
        return {**self.environment(folder, role), "PYTHONPATH": str(self.code)}

    def client(self, service: str) -> Any:
        """A client of this very server; clients are kept, for making one takes a tenth of a second."""
        return _client(service, self.endpoint, self.region)


@functools.cache
def _client(service: str, endpoint: str, region: str) -> Any:
    import boto3.session  # noqa: PLC0415 # takes a third of a second; not every process needs it
    from botocore.config import Config  # noqa: PLC0415 # as above

    # No proxies: requests to this machine must not leave it. One attempt: a failure here is a defect, not weather.
    config = Config(proxies={}, retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=300, user_agent_extra=SPARED)
    session: Any = boto3.session.Session()  # the stubs know services by literal names only
    return session.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=config,
    )


def file_name(name: str) -> str:
    """A name that any file system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)
