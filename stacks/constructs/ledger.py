"""The ledger's table, in the layout of contract.ledger."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from contract.labelling_ledger import EXPIRY
from contract.ledger import BY_CREATED, BY_WAITING
from stacks.removal import removal_policy
from stacks.settings import Settings

_SORTED_BY = {BY_CREATED: "created_at", BY_WAITING: "waiting_since"}


class Ledger(dynamodb.Table):
    """One table on demand, with point-in-time recovery; its indexes are local ones, because those read consistently."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey | None) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True),
            time_to_live_attribute=EXPIRY,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if key else None,
            encryption_key=key,
            deletion_protection=not settings.is_removed_with_stack,
            removal_policy=removal_policy(settings, outlives_failed_creation=True),  # its protection would refuse the deletion
        )
        for name, attribute in _SORTED_BY.items():
            self.add_local_secondary_index(index_name=name, sort_key=dynamodb.Attribute(name=attribute, type=dynamodb.AttributeType.STRING))
