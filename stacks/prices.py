"""The one price table. List prices, to be checked against AWS's price pages before relying on them.

On-demand, without free tier and tax. A price that is missing here makes a setting or a template refused,
so that nothing is ever counted as free by accident.
"""

from __future__ import annotations

from contract.errors import UserError

REGION = "us-east-1"
AS_OF = "2026-11"

# USD per hour of an EC2 instance, for Batch jobs
EC2_USD_PER_HOUR = {
    "g4dn.xlarge": 0.526,
    "g4dn.2xlarge": 0.752,
    "g5.xlarge": 1.006,
    "g5.2xlarge": 1.212,
    "m6i.large": 0.096,
    "m6i.xlarge": 0.192,
    "c6i.xlarge": 0.170,
    "c6i.2xlarge": 0.340,
}

# USD per hour of a SageMaker training instance
TRAINING_USD_PER_HOUR = {
    "ml.g4dn.xlarge": 0.736,
    "ml.g4dn.2xlarge": 0.940,
    "ml.g5.xlarge": 1.408,
    "ml.g5.2xlarge": 1.515,
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.230,
    "ml.m5.2xlarge": 0.461,
    "ml.c5.xlarge": 0.204,
    "ml.c5.2xlarge": 0.408,
}

# USD per hour of a SageMaker instance that serves
SERVING_USD_PER_HOUR = {
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.230,
    "ml.c5.large": 0.102,
    "ml.c5.xlarge": 0.204,
    "ml.c5.2xlarge": 0.408,
}
HOURS_PER_MONTH = 730

SPOT_SHARE = 0.4  # what spot usually costs of the on-demand price; it moves by the hour

# USD per month of things that cost while nothing runs
KEY_USD = 1.00  # a customer-managed key, without its rotated versions
ECR_USD_PER_GB = 0.10
S3_USD_PER_GB = 0.023
DYNAMODB_USD_PER_GB = 0.25
PITR_USD_PER_GB = 0.20
LOGS_USD_PER_GB = 0.03
SECRET_USD = 0.40
ALARM_USD = 0.10
DASHBOARD_USD = 3.00
NAT_GATEWAY_USD = 32.85
PUBLIC_ADDRESS_USD = 3.65
INTERFACE_ENDPOINT_USD = 7.30  # per availability zone


X_USD_PER_POST = 0.005  # that X's API hands out, whatever comes of it; X's list price


def usd_per_hour(instance_type: str, *, is_spot: bool) -> float:
    """The price of an instance in use, of EC2 (`g4dn.xlarge`) or of a SageMaker training (`ml.g4dn.xlarge`).

    Raises UserError for a type without a price, naming those that have one.
    """
    table = TRAINING_USD_PER_HOUR if instance_type.startswith("ml.") else EC2_USD_PER_HOUR
    if instance_type not in table:
        raise UserError(f"'{instance_type}' has no price in stacks/prices.py. Known are {', '.join(table)}.")
    return round(table[instance_type] * (SPOT_SHARE if is_spot else 1.0), 4)
