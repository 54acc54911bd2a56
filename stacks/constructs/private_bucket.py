"""A bucket that is nobody's but this account's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.removal import removal_policy
from stacks.settings import Settings

ABORT_UPLOADS_AFTER = Duration.days(2)  # parts of an upload that was never finished

FORMS = s3.CorsRule(allowed_methods=[s3.HttpMethods.POST], allowed_origins=["*"], exposed_headers=["x-amz-version-id"], max_age=3600)
LINKS = s3.CorsRule(allowed_methods=[s3.HttpMethods.GET], allowed_origins=["*"], max_age=3600)


class PrivateBucket(s3.Bucket):
    """Private, TLS only, encrypted, versioned; old versions expire. The stack's TearDown empties it before it is deleted.

    `expiry_days` maps key prefixes to the days after which their objects are deleted ("" for all; 0 days: never).
    With a `cors_rule`, a page of any origin may post a signed form to it and read the answer's version id, or fetch what a signed link
    names: without the signature nothing gets in or out, and the origin of the kit's own page is known only to a stack that comes later.
    With `sends_events`, the bucket's events go to EventBridge: a native property, so that no bucket needs a helper function.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        key: kms.IKey | None,
        expiry_days: Mapping[str, int],
        sends_events: bool = False,
        cors_rule: s3.CorsRule | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=ABORT_UPLOADS_AFTER,
                    noncurrent_version_expiration=Duration.days(settings.old_version_days),
                    expired_object_delete_marker=True,
                ),
                *(s3.LifecycleRule(prefix=prefix or None, expiration=Duration.days(days)) for prefix, days in expiry_days.items() if days),
            ],
            cors=[cors_rule] if cors_rule else None,
            removal_policy=removal_policy(settings),
        )
        if sends_events:
            bucket = cast(s3.CfnBucket, self.node.default_child)
            bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
            )
