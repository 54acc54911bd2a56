"""The optional key of one's own."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.removal import removal_policy
from stacks.settings import Settings

PENDING = Duration.days(7)  # the shortest time AWS allows between the deletion of a key and its end
ADMINISTRATION = (
    "CancelKeyDeletion",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListGrants",
    "ListKeyPolicies",
    "ListResourceTags",
    "PutKeyPolicy",
    "RetireGrant",
    "RevokeGrant",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateKeyDescription",
)
USE = ("CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")


class CustomerKey(kms.Key):
    """Encrypts the data of this deployment; rotated every year."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"Text Classification Kit, {settings.stage}: data",
            enable_key_rotation=True,
            pending_window=PENDING,
            policy=iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        sid="PoliciesOfThisAccount",  # it decides by its identity policies who may do which of these
                        principals=[iam.AccountRootPrincipal()],
                        actions=[f"kms:{action}" for action in (*ADMINISTRATION, *USE)],
                        resources=["*"],  # in a key's policy: the key itself
                    )
                ]
            ),
            removal_policy=removal_policy(settings),
        )
