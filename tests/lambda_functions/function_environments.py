"""The environments of the functions, as the stacks would write them."""

from __future__ import annotations

from contract.environment import Environment
from contract.function_environments import (
    AnswerApiEnvironment,
    CollectPostsEnvironment,
    DeployModelEnvironment,
    PublishModelEnvironment,
    ReportPredictionEnvironment,
    StartPredictionEnvironment,
    StartTrainingEnvironment,
)

TOPIC_ARN = "arn:aws:sns:eu-central-1:123456789012:owner"
ENVIRONMENTS: dict[str, Environment] = {
    "start_training": StartTrainingEnvironment(
        stage="dev",
        ledger_table="ledger",
        models_bucket="models",
        topic_arn=TOPIC_ARN,
        training_role_arn="arn:aws:iam::123456789012:role/training-role",
        training_image="123456789012.dkr.ecr.eu-central-1.amazonaws.com/tck-dev:gpu-0123456789ab",
        image_tag="gpu-0123456789ab",
        commit="abcdef0",
        instance_type="ml.g4dn.xlarge",
        accelerator="gpu",
        volume_gib=30,
        is_spot=True,
        max_run_seconds=7200,
        max_wait_seconds=14_400,
        usd_per_hour=0.9,
        usd_per_hour_on_demand=2.25,
    ),
    "publish_model": PublishModelEnvironment(
        stage="dev", ledger_table="ledger", models_bucket="models", topic_arn=TOPIC_ARN, usd_per_billed_hour=0.9
    ),
    "start_prediction": StartPredictionEnvironment(
        stage="dev",
        ledger_table="ledger",
        results_bucket="results",
        topic_arn=TOPIC_ARN,
        job_queue="arn:aws:batch:eu-central-1:123456789012:job-queue/queue",
        job_definition="arn:aws:batch:eu-central-1:123456789012:job-definition/prediction:3",
        image_tag="cpu-0123456789ab",
        commit="abcdef0",
        accelerator="cpu",
        max_run_seconds=3600,
        usd_per_hour=0.4,
        max_error="3",
    ),
    "report_prediction": ReportPredictionEnvironment(
        stage="dev",
        ledger_table="ledger",
        results_bucket="results",
        topic_arn=TOPIC_ARN,
        job_queue="arn:aws:batch:eu-central-1:123456789012:job-queue/queue",
        runnable_limit_seconds=3600,
        usd_per_hour=0.36,
    ),
    "answer_api": AnswerApiEnvironment(
        stage="dev",
        ledger_table="ledger",
        train_bucket="train",
        predict_bucket="predict",
        results_bucket="results",
        models_bucket="models",
        max_prediction_bytes=5 * 1024**3,
        retrain_after_corrections=0,
    ),
    "deploy_model": DeployModelEnvironment(
        stage="dev",
        ledger_table="ledger",
        topic_arn=TOPIC_ARN,
        image="123456789012.dkr.ecr.eu-central-1.amazonaws.com/tck-dev:cpu-0123456789ab",
        serving_role_arn="arn:aws:iam::123456789012:role/serving-role",
        variant='{"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}',
    ),
    "collect_posts": CollectPostsEnvironment(
        stage="dev",
        ledger_table="ledger",
        train_bucket="train",
        topic_arn=TOPIC_ARN,
        classifier="main",
        sources="mastodon",
        hashtags="refund",
        x_usd_per_run=1.0,
        x_usd_per_post=0.005,
        x_server="http://x.invalid",
        mastodon_server="http://mastodon.invalid",
        bluesky_server="http://bluesky.invalid",
    ),
}
