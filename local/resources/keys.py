"""KMS keys, which exist and encrypt nothing."""

from __future__ import annotations

import json

from moto.kms.models import Key

from local.host import Host
from local.resources.model import Maker, Properties, stock


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    return {"AWS::KMS::Key": Maker(lambda name, properties: _key(host, name, properties), "", frozenset({"Arn"}))}


def _key(host: Host, name: str, properties: Properties) -> Key:
    """moto's key. It hands its own API the policy as an object, which that reads as text, and tags that KMS names otherwise."""
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", [])]
    key: Key = stock(Key, host, name, {**properties, "KeyPolicy": json.dumps(properties["KeyPolicy"]), "Tags": tags})
    return key
