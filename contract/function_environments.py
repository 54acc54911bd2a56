"""The environment of each Lambda function."""

from __future__ import annotations

from dataclasses import dataclass

from contract.deployment import TrainingSurroundings
from contract.environment import Environment
from contract.promise import DEFAULT_MAX_ERROR


@dataclass(frozen=True, kw_only=True)
class BuildImageEnvironment(Environment):
    """The Lambda build_image."""

    project: str  # of CodeBuild


@dataclass(frozen=True, kw_only=True)
class StartTrainingEnvironment(Environment, TrainingSurroundings):
    """The Lambda start_training, with the surroundings of the trainings that it starts."""

    stage: str
    ledger_table: str
    models_bucket: str
    topic_arn: str
    training_role_arn: str
    training_image: str
    image_tag: str
    commit: str
    instance_type: str
    accelerator: str  # gpu or cpu
    volume_gib: int
    is_spot: bool
    max_run_seconds: int
    max_wait_seconds: int
    usd_per_hour: float
    usd_per_hour_on_demand: float  # of a training that is never on spot machines
    hyperparameters: str = "{}"  # JSON object of strings, over the defaults of contract.hyperparameters


@dataclass(frozen=True, kw_only=True)
class PublishModelEnvironment(Environment):
    """The Lambda publish_model."""

    stage: str
    ledger_table: str
    models_bucket: str
    topic_arn: str
    usd_per_billed_hour: float  # on demand: what spot capacity saves, SageMaker takes off the billed time


@dataclass(frozen=True, kw_only=True)
class DeployModelEnvironment(Environment):
    """The Lambda deploy_model."""

    stage: str
    ledger_table: str
    topic_arn: str
    image: str  # that serves
    serving_role_arn: str
    variant: str  # JSON object: how a configuration runs its one model, as SageMaker's ProductionVariant writes it
    least_instances: int = 0  # 0: serverless
    most_instances: int = 0
    subnets: str = ""  # in which instances run, with commas between; empty: in SageMaker's own network
    security_group: str = ""
    max_error: str = DEFAULT_MAX_ERROR  # per cent that may be wrong among the texts that need no review


@dataclass(frozen=True, kw_only=True)
class AnswerApiEnvironment(Environment):
    """The Lambda answer_api."""

    stage: str
    ledger_table: str
    train_bucket: str
    predict_bucket: str
    results_bucket: str
    models_bucket: str
    max_prediction_bytes: int  # larger files are refused
    retrain_after_corrections: int  # a training starts by itself after so many; 0: none does


@dataclass(frozen=True, kw_only=True)
class StartPredictionEnvironment(Environment):
    """The Lambda start_prediction."""

    stage: str
    ledger_table: str
    results_bucket: str
    topic_arn: str
    job_queue: str
    job_definition: str
    image_tag: str
    commit: str
    accelerator: str
    max_run_seconds: int
    usd_per_hour: float
    text_column: str = ""
    max_object_bytes: int = 20 * 1024**3
    shard_bytes: int = 1024**3  # a larger file is classified in shards
    max_error: str = DEFAULT_MAX_ERROR  # per cent that may be wrong among the rows that need no review, unless a file says otherwise


@dataclass(frozen=True, kw_only=True)
class ReportPredictionEnvironment(Environment):
    """The Lambda report_prediction."""

    stage: str
    ledger_table: str
    results_bucket: str
    topic_arn: str
    job_queue: str
    runnable_limit_seconds: int  # after which a job that could start, and did not, is cancelled
    usd_per_hour: float


@dataclass(frozen=True, kw_only=True)
class CollectPostsEnvironment(Environment):
    """The Lambda collect_posts."""

    stage: str
    ledger_table: str
    train_bucket: str
    topic_arn: str
    classifier: str  # for which it collects
    sources: str  # of contract.posts.SOURCES, with commas between
    hashtags: str = ""  # without #, with commas between
    feeds: str = "{}"  # JSON object: addresses of RSS and Atom feeds by the names that the settings give them
    sign_ins_arn: str = ""  # of the one secret that may be read; empty: no source needs one
    has_authors: bool = False  # names of authors are kept
    x_usd_per_run: float = 0.0  # that a run may spend
    x_usd_per_post: float = 0.0
    x_server: str
    mastodon_server: str
    bluesky_server: str


@dataclass(frozen=True, kw_only=True)
class TearDownEnvironment(Environment):
    """The Lambda tear_down of one stack: what there is to end when the stack is deleted. Empty: the stack has none."""

    stage: str
    rules: str = ""  # names of EventBridge rules, with commas between
    functions: str = ""  # names of the functions that they wake, likewise
    settling_seconds: float = 0.0  # after which no invocation that was at work when its function was silenced is left
    job_queue: str = ""  # of Batch, by ARN
    build_project: str = ""  # of CodeBuild
    buckets: str = ""  # to be emptied: names, with commas between
    has_trainings: bool = False  # training jobs are made under the stage's name
    has_endpoints: bool = False  # endpoints and models likewise
    has_labelling_jobs: bool = False  # of Ground Truth, likewise
    is_log_deleted: bool = False  # also what SageMaker logged of them

    @staticmethod
    def listed(names: str) -> list[str]:
        """The names in a field that holds several."""
        return names.split(",") if names else []
