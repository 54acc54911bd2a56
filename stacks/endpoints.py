"""What jobs must reach in a network that has no way to the internet, and what that costs."""

from __future__ import annotations

from stacks.prices import INTERFACE_ENDPOINT_USD

ZONES = 2  # all that a stack without a fixed region can name; Batch looks for capacity in both

# A host registers with ECS and hears from it, pulls the image, whose layers come from S3, and writes the job's log.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
INTERFACE_SERVICES = ("ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs")

MONTHLY_USD = round(len(INTERFACE_SERVICES) * ZONES * INTERFACE_ENDPOINT_USD, 2)
