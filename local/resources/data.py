"""DynamoDB tables."""

from __future__ import annotations

from typing import Any

from moto.dynamodb.models.table import Table

from local.host import Host
from local.resources.model import Maker, Properties, stock


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    return {"AWS::DynamoDB::Table": Maker(lambda name, properties: _table(host, name, properties), "TableName", frozenset({"Arn"}))}


def _table(host: Host, name: str, properties: Properties) -> Table:
    """moto's table, with point-in-time recovery and time to live, which it leaves out."""
    table: Table = stock(Table, host, name, properties)
    dynamodb: Any = host.client("dynamodb")
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        enabled = str(recovery.get("PointInTimeRecoveryEnabled", False)).lower() == "true"
        dynamodb.update_continuous_backups(TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled})
    if expiry := properties.get("TimeToLiveSpecification"):
        enabled = str(expiry.get("Enabled", False)).lower() == "true"
        dynamodb.update_time_to_live(
            TableName=table.name, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": expiry["AttributeName"]}
        )
    return table
