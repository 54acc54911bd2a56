"""Types of which only a record is made; every deployment names them."""

from __future__ import annotations

from local.coverage import RECORDED_ONLY
from local.host import Host
from local.resources.model import Made, Maker, Properties


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    return {kind: _recorder(host, kind) for kind in RECORDED_ONLY}


def _recorder(host: Host, kind: str) -> Maker:
    _, service, noun = kind.lower().split("::")

    def make(name: str, properties: Properties) -> Made:
        chosen = str(properties.get("Name") or properties.get(f"{kind.rsplit(':', 1)[-1]}Name") or name)
        return Made(chosen, {"Arn": f"arn:aws:{service}:{host.region}:{host.account}:{noun}/{chosen}", "Id": chosen})

    return Maker(make, "", frozenset({"Arn", "Id"}))
