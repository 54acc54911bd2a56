"""What jobs must reach in a network that has no way to the internet, and what that costs."""

from __future__ import annotations

from stacks.prices import INTERFACE_ENDPOINT_USD

ZONES = 2  # all that a stack without a fixed region can name; Batch looks for capacity in both

# A host registers with ECS and hears from it, pulls the image, whose layers come from S3, and writes the job's log.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
INTERFACE_SERVICES = ("ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs")

# What a policy lets through each door says what may go out: with credentials of a stranger's account, which come in with a file or a
# defect, texts could be written into that account's log. Images are only read. ECS's doors carry no data but the states of tasks.
READ_IMAGES = ("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
DOOR_ACTIONS = {"ecr.api": READ_IMAGES, "ecr.dkr": READ_IMAGES, "logs": ("logs:CreateLogStream", "logs:PutLogEvents")}
BUCKET_ACTIONS = ("s3:ListBucket",)
OBJECT_ACTIONS = (
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:AbortMultipartUpload",
)
LAYERS = "prod-{region}-starport-layer-bucket"  # where ECR keeps the layers of all images, as the second page above says

MONTHLY_USD = round(len(INTERFACE_SERVICES) * ZONES * INTERFACE_ENDPOINT_USD, 2)
