"""CloudFormation resource types that moto lacks, or creates only in part.

moto finds types among the direct subclasses of CloudFormationModel; of two for one type, the later
one counts. `install` makes one subclass per type from the functions in this package.
"""

from __future__ import annotations

from moto.cloudformation import parsing

from local.host import Host
from local.resources import apis, batch, builds, data, edge, functions, keys, messaging, recorded, storage
from local.resources.model import define


def install(host: Host, open_api: apis.Open) -> None:
    """Make moto use this package's types; `open_api` lets an HTTP API be reached."""
    made = [module.makers(host) for module in (storage, edge, keys, data, functions, messaging, batch, builds, recorded)]
    for kind, maker in (entry for makers in (*made, apis.makers(host, open_api)) for entry in makers.items()):
        define(kind, maker)
    for known in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        known.cache_clear()
