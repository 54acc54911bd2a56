"""StorageStack: what is kept. Everything else can be deleted and made anew."""

from __future__ import annotations

from constructs import Construct

from contract.layout import CHECKPOINTS_PREFIX, INPUTS_PREFIX, UNLABELLED_PREFIX, WORK_PREFIX
from stacks.constructs.customer_key import CustomerKey
from stacks.constructs.ledger import Ledger
from stacks.constructs.notifications import Notifications
from stacks.constructs.private_bucket import FORMS, LINKS, PrivateBucket
from stacks.constructs.tear_down import TearDown
from stacks.kit_stack import KitStack
from stacks.records import Records
from stacks.settings import Settings

WORK_DAYS = 7  # work in progress of jobs that are long over
CHECKPOINT_DAYS = 30
DAYS_OF_DATA_IN_MODELS_BUCKET = 30  # the copies of training files; the dropped ones have their own retention


class StorageStack(KitStack):
    """The buckets, the ledger, the topic, and the key if there is one."""

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        super().__init__(scope, "storage", settings=settings, description="buckets, ledger and notifications")
        keep = settings.data_retention_days
        key = CustomerKey(self, "Key", settings=settings) if settings.is_customer_key else None
        self.train_bucket, self.predict_bucket = (
            PrivateBucket(
                self,
                name,
                settings=settings,
                key=key,
                # not below labelling/: a job that is open keeps its texts, and who deletes it deletes them
                expiry_days={"": keep, UNLABELLED_PREFIX: settings.collected_retention_days if name == "Train" else 0},
                sends_events=True,
                cors_rule=FORMS if settings.has_live else None,
            )
            for name in ("Train", "Predict")
        )
        self.results_bucket = PrivateBucket(
            self,
            "Results",
            settings=settings,
            key=key,
            expiry_days={"": keep, WORK_PREFIX: WORK_DAYS},
            cors_rule=LINKS if settings.has_live else None,
        )
        self.models_bucket = PrivateBucket(
            self,
            "Models",
            settings=settings,
            key=key,
            expiry_days={INPUTS_PREFIX: DAYS_OF_DATA_IN_MODELS_BUCKET, CHECKPOINTS_PREFIX: CHECKPOINT_DAYS},
        )
        self.records = Records(
            ledger=Ledger(self, "Ledger", settings=settings, key=key),
            topic=Notifications(self, "Notifications", key=key, email=settings.notification_email),
            key=key,
        )
        buckets = (self.train_bucket, self.predict_bucket, self.results_bucket, self.models_bucket)
        TearDown(self, settings=settings, buckets=buckets)
        self.put_out(
            train_bucket=self.train_bucket.bucket_name,
            predict_bucket=self.predict_bucket.bucket_name,
            results_bucket=self.results_bucket.bucket_name,
            models_bucket=self.models_bucket.bucket_name,
            ledger_table=self.records.ledger.table_name,
            topic_arn=self.records.topic.topic_arn,
        )

    def arn_exports(self) -> dict[str, str]:
        """By construct, the name of the export that carries its ARN to the other stacks."""
        arns = {
            "Train": self.train_bucket.bucket_arn,
            "Predict": self.predict_bucket.bucket_arn,
            "Results": self.results_bucket.bucket_arn,
            "Models": self.models_bucket.bucket_arn,
            "Ledger": self.records.ledger.table_arn,
        }
        return {name: self.resolve(self.export_value(arn))["Fn::ImportValue"] for name, arn in arns.items()}
