"""What may differ between deployments: one typed field each, dev and prod side by side.

A field's meaning, its value in both stages and its bounds stand beside its type; the table in
docs/settings.md is made of them (stacks/knobs.py). The context overrides a field: cdk.json for good, `-c name=value` for one command.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Self, get_type_hints

from contract.errors import UserError
from contract.hyperparameters import HEADING, Hyperparameters
from contract.posts import SOURCES
from contract.promise import DEFAULT_MAX_ERROR, MAX_ERRORS
from stacks.collection import violations_of_collection
from stacks.endpoints import MONTHLY_USD as ENDPOINTS_MONTHLY_USD
from stacks.prices import EC2_USD_PER_HOUR, HOURS_PER_MONTH, SERVING_USD_PER_HOUR, TRAINING_USD_PER_HOUR, X_USD_PER_POST, usd_per_hour
from stacks.setting_forms import AMOUNT, CLASSIFIER, EMAIL, FEED, HASHTAG, IMAGE, SECRET, SERVER, SUBNETS, VPC
from stacks.setting_values import KINDS, parse, setting, violations_of

STAGES = ("dev", "prod")
GPU_FAMILIES = ("g4dn", "g5")  # the image holds machine code for their GPUs, and the AL2023 NVIDIA host image drives them
HOST_GIB = 30  # for a host's operating system and the image
ROOM_PER_OBJECT = 3  # the file, its results, and what gzip hides
LOG_RETENTION_DAYS = (1, 3, 7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653)  # of those that CloudWatch Logs offers

# what a setting may hold, by instance family; one without a price cannot be chosen
TRAINING_GPU_TYPES = tuple(name for name in TRAINING_USD_PER_HOUR if name.split(".")[1] in GPU_FAMILIES)
TRAINING_CPU_TYPES = tuple(name for name in TRAINING_USD_PER_HOUR if name.split(".")[1] not in GPU_FAMILIES)
BATCH_GPU_TYPES = tuple(name for name in EC2_USD_PER_HOUR if name.split(".")[0] in GPU_FAMILIES)
BATCH_CPU_TYPES = tuple(name for name in EC2_USD_PER_HOUR if name.split(".")[0] not in GPU_FAMILIES)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one deployment; values out of bounds are refused, all at once, by UserError."""

    stage: str = setting("dev", "prod", "which deployment this is; part of every name", choices=STAGES)
    accelerator: str = setting("gpu", "gpu", "what trains and predicts; cpu needs no GPU quota", choices=("gpu", "cpu"))

    training_gpu_instance_type: str = setting("ml.g4dn.xlarge", "ml.g4dn.xlarge", "trains when gpu", choices=TRAINING_GPU_TYPES)
    training_cpu_instance_type: str = setting("ml.m5.xlarge", "ml.m5.xlarge", "trains when cpu", choices=TRAINING_CPU_TYPES)
    training_volume_gib: int = setting(30, 50, "disk of a training job", low=10, high=100)
    is_training_spot: bool = setting(True, True, "train on spare capacity: cheaper, may be interrupted, resumes from its checkpoint")
    training_max_run_minutes: int = setting(120, 480, "a training is stopped after this time", low=5, high=5 * 24 * 60)
    training_max_wait_minutes: int = setting(180, 720, "the same with the wait for spare capacity included", low=5, high=5 * 24 * 60)

    prediction_gpu_instance_types: tuple[str, ...] = setting(
        ("g4dn.xlarge", "g5.xlarge"),
        ("g4dn.xlarge", "g4dn.2xlarge", "g5.xlarge", "g5.2xlarge"),
        "predict when gpu",
        choices=BATCH_GPU_TYPES,
    )
    prediction_cpu_instance_types: tuple[str, ...] = setting(
        ("m6i.large", "m6i.xlarge"), ("m6i.large", "m6i.xlarge", "c6i.xlarge", "c6i.2xlarge"), "predict when cpu", choices=BATCH_CPU_TYPES
    )
    prediction_max_vcpus: int = setting(
        8, 32, "the most virtual CPUs of spot machines, and of on-demand ones, that predict at once; the least is always 0", low=4, high=256
    )
    is_prediction_spot: bool = setting(True, True, "try spare capacity first; on-demand follows in the same queue")
    prediction_volume_gib: int = setting(60, 100, "disk of a prediction host, its operating system included", low=40, high=1000)
    prediction_timeout_minutes: int = setting(
        60, 240, "a prediction, or one part of a large one, is stopped after this time", low=5, high=14 * 24 * 60
    )
    prediction_attempts: int = setting(
        3, 5, "how often a prediction starts when its host is reclaimed; other failures are final", low=1, high=10
    )
    prediction_max_object_gib: int = setting(5, 20, "larger files are refused", low=1, high=100)
    prediction_shard_mib: int = setting(
        1024, 1024, "larger files are classified by several jobs at once, a part of about this size each", low=16, high=100 * 1024
    )
    promised_max_error_percent: str = setting(
        DEFAULT_MAX_ERROR,
        DEFAULT_MAX_ERROR,
        "of the rows that need no review at most so many are wrong, as is 90 % certain; a file may ask for another with --max-error",
        choices=MAX_ERRORS,
    )
    runnable_limit_minutes: int = setting(
        60, 180, "a prediction that found no host for this time is cancelled, at most an hour later", low=10, high=24 * 60
    )

    has_live: bool = setting(
        True, True, "each classifier's current model answers single texts, behind an endpoint, and an HTTP API lets invited people use it"
    )
    live_memory_mib: int = setting(
        2048, 2048, "of a serverless endpoint, which costs while it answers and nothing else", choices=(1024, 2048, 3072, 4096, 5120, 6144)
    )
    live_max_concurrency: int = setting(5, 20, "requests that a serverless endpoint answers at once", low=1, high=200)
    live_instance_type: str = setting(
        "",
        "",
        "endpoints run on such instances, without pauses, and cost by the hour whether anybody asks or not"
        f" (ml.c5.large: {HOURS_PER_MONTH * SERVING_USD_PER_HOUR['ml.c5.large']:.2f} USD a month each); empty: serverless",
        choices=("", *SERVING_USD_PER_HOUR),
    )
    live_min_instances: int = setting(1, 1, "of each endpoint at least", low=1, high=20)
    live_max_instances: int = setting(2, 4, "of each endpoint at most; more are started while there are many requests", low=1, high=20)

    retrain_after_corrections: int = setting(
        0, 0, "a training starts by itself after so many corrections from the page; 0: only when somebody asks", low=0, high=1_000_000
    )

    vpc_id: str = setting("", "", "jobs run in this VPC of yours; empty: in one that the kit makes", form=VPC)
    subnet_ids: str = setting("", "", "its subnets for jobs, with commas between", form=SUBNETS)
    is_endpoints_only: bool = setting(
        False,
        False,
        f"jobs reach AWS's services and no internet: private subnets with interface endpoints ({ENDPOINTS_MONTHLY_USD:.2f} USD a month)",
    )

    collect_sources: tuple[str, ...] = setting(
        (),
        (),
        "posts to label are collected from these; empty: from none, and nothing of it is there",
        choices=SOURCES,
        is_empty_allowed=True,
    )
    collect_hashtags: tuple[str, ...] = setting((), (), "posts with one of these hashtags; rss takes every entry", form=HASHTAG)
    collect_feeds: tuple[str, ...] = setting(
        (), (), "feeds (RSS or Atom) for rss, as NAME=ADDRESS; a comma in an address is %2C", form=FEED
    )
    collect_classifier: str = setting("main", "main", "the classifier for which posts are collected", form=CLASSIFIER)
    collect_every_hours: int = setting(6, 1, "a collection begins by itself once in so many hours", low=1, high=7 * 24)
    collect_secret_arn: str = setting(
        "",
        "",
        "ARN of a secret of Secrets Manager with a JSON object: x_bearer_token; bluesky_handle and bluesky_app_password; mastodon_token",
        form=SECRET,
    )
    has_collected_authors: bool = setting(
        False, False, "keep the name of each post's author, too; without it the text alone may say who wrote"
    )
    collected_retention_days: int = setting(30, 30, "texts without a label are deleted after this time; 0: kept", low=0, high=36500)
    x_max_usd_per_run: str = setting(
        "0.50", "0.50", f"X is paid by the post ({X_USD_PER_POST} USD); a collection spends no more", form=AMOUNT
    )
    x_server: str = setting("https://api.x.com", "https://api.x.com", "where X's API answers", form=SERVER)
    mastodon_server: str = setting("https://mastodon.social", "https://mastodon.social", "the Mastodon server that is asked", form=SERVER)
    bluesky_server: str = setting("https://bsky.social", "https://bsky.social", "the Bluesky server of the account", form=SERVER)

    has_ground_truth: bool = setting(
        False, False, "a role for labelling jobs of SageMaker Ground Truth (`kit label`), which only accounts have that had it before"
    )

    text_column: str = setting("", "", "column with the text; empty: recognised by its name")
    label_column: str = setting("", "", "column with the label; empty: recognised by its name")
    hyperparameters: str = setting("{}", "{}", "JSON object of hyperparameters over the recipe's defaults")

    notification_email: str = setting("", "", "who is told of results and failures; empty: nobody", form=EMAIL)
    monthly_budget_usd: int = setting(
        10, 100, "who is told hears when the whole account costs as much in a month, or will; 0: nobody", low=0, high=1_000_000
    )
    charges_alarm_usd: int = setting(
        10, 10, "an alarm when the whole account has cost as much since the month began; us-east-1 only; 0: none", low=0, high=1_000_000
    )
    has_endpoint_alarm: bool = setting(False, True, "an alarm when deploy_model cannot run (0.10 USD a month); docs/runbook.md#an-endpoint")
    has_dashboard: bool = setting(False, True, "a dashboard in CloudWatch (3 USD a month; the first three of an account are free)")
    data_retention_days: int = setting(30, 0, "dropped files and results are deleted after this time; 0: kept", low=0, high=36500)
    old_version_days: int = setting(7, 90, "an object that was replaced or deleted can be restored for this time", low=1, high=36500)
    log_retention_days: int = setting(
        14, 180, "logs are kept for this time, but for those of trainings (below)", choices=LOG_RETENTION_DAYS
    )
    is_customer_key: bool = setting(
        False,
        False,
        "encrypt buckets, ledger, messages and trainings with a key of your own account (1 USD a month); AWS's own keep logs and the disks"
        " of prediction hosts",
    )
    is_removed_with_stack: bool = setting(True, False, "`cdk destroy` deletes the data, models and logs, too")
    is_termination_protected: bool = setting(False, True, "refuse `cdk destroy` until the protection is switched off")

    base_image: str = setting(
        "public.ecr.aws/docker/library/debian:bookworm-slim",
        "public.ecr.aws/docker/library/debian:bookworm-slim",
        "what the container image starts from",
        form=IMAGE,
    )
    spacy_model: str = setting(
        "en_core_web_md",
        "en_core_web_md",
        "spaCy package whose word vectors go into the image; none: learn them",
        choices=("none", "en_core_web_md"),
    )

    def __post_init__(self) -> None:
        problems = list(self._violations())
        if problems:
            raise UserError("Settings out of bounds: " + "; ".join(problems) + ".")

    def _violations(self) -> Iterator[str]:
        for entry in fields(self):
            yield from violations_of(entry.name, getattr(self, entry.name), entry.metadata)
        if self.is_training_spot and self.training_max_wait_minutes < self.training_max_run_minutes:
            yield "training_max_wait_minutes is shorter than training_max_run_minutes, which it includes"
        if self.prediction_volume_gib < HOST_GIB + ROOM_PER_OBJECT * self.prediction_max_object_gib:
            yield (
                f"prediction_volume_gib={self.prediction_volume_gib} (a file of prediction_max_object_gib needs"
                f" {HOST_GIB + ROOM_PER_OBJECT * self.prediction_max_object_gib})"
            )
        if self.live_min_instances > self.live_max_instances:
            yield "live_min_instances is more than live_max_instances"
        if self.is_endpoints_only and self.has_live and not self.live_instance_type:
            yield "is_endpoints_only does not hold serverless endpoints: choose a live_instance_type, or set has_live to false"
        yield from violations_of_collection(self.collect_sources, self.collect_hashtags, self.collect_feeds, self.collect_secret_arn)
        if bool(self.vpc_id) != bool(self.subnet_ids):
            yield "vpc_id and subnet_ids belong together: give both or none"
        if self.vpc_id and self.is_endpoints_only:
            yield "is_endpoints_only makes a network of its own; whether one that vpc_id names has a way to the internet is up to you"
        try:
            Hyperparameters.from_strings(self.hyperparameter_strings)
        except UserError as error:
            yield f"hyperparameters: {str(error).removeprefix(HEADING).rstrip('.')}"

    @classmethod
    def of(cls, stage: str, overrides: Mapping[str, Any] | None = None) -> Self:
        """The settings of a stage, with some fields overridden by strings or by values of their types.

        Raises UserError for an unknown stage or name, naming the valid ones, and for bad values.
        """
        if stage not in STAGES:
            raise UserError(f"'{stage}' is no stage. There are {' and '.join(STAGES)}.")
        values = {entry.name: entry.metadata[stage] for entry in fields(cls)}
        types = get_type_hints(cls)
        problems = []
        for name, given in (overrides or {}).items():
            if name not in values or name == "stage":
                near = get_close_matches(name, values, n=1)
                problems.append(f"'{name}' is no setting" + (f" (did you mean '{near[0]}'?)" if near else ""))
                continue
            try:
                values[name] = parse(types[name], given)
            except ValueError:
                problems.append(f"{name}={given!r} is not {KINDS[types[name]]}")
        if problems:
            names = ", ".join(sorted(set(values) - {"stage"}))
            raise UserError(f"Settings: {'; '.join(problems)}. Valid names: {names}.")
        return cls(**values)

    @property
    def is_gpu(self) -> bool:
        """Whether training and prediction run on GPUs."""
        return self.accelerator == "gpu"

    @property
    def subnets(self) -> list[str]:
        """The ids of the existing subnets in which jobs run; empty when there are none."""
        return self.subnet_ids.split(",") if self.subnet_ids else []

    @property
    def training_instance_type(self) -> str:
        """The SageMaker instance that trains."""
        return self.training_gpu_instance_type if self.is_gpu else self.training_cpu_instance_type

    @property
    def prediction_instance_types(self) -> tuple[str, ...]:
        """The EC2 instances among which Batch chooses."""
        return self.prediction_gpu_instance_types if self.is_gpu else self.prediction_cpu_instance_types

    @property
    def training_usd_per_hour(self) -> float:
        """What the training instance usually costs."""
        return usd_per_hour(self.training_instance_type, is_spot=self.is_training_spot)

    @property
    def training_usd_per_hour_on_demand(self) -> float:
        """What the training instance costs at most, and all that is billed is counted by."""
        return usd_per_hour(self.training_instance_type, is_spot=False)

    @property
    def prediction_usd_per_hour(self) -> float:
        """What the first of the prediction instances usually costs; Batch prefers it while there is one."""
        return usd_per_hour(self.prediction_instance_types[0], is_spot=self.is_prediction_spot)

    @property
    def live_variant(self) -> dict[str, Any]:
        """How an endpoint configuration runs its model, as SageMaker's ProductionVariant writes it."""
        if self.live_instance_type:
            return {"InstanceType": self.live_instance_type, "InitialInstanceCount": self.live_min_instances}
        return {"ServerlessConfig": {"MemorySizeInMB": self.live_memory_mib, "MaxConcurrency": self.live_max_concurrency}}

    @property
    def training_strings(self) -> dict[str, str]:
        """All that the settings say of a training: the columns and the hyperparameters."""
        columns = {"text_column": self.text_column, "label_column": self.label_column}
        return {name: column for name, column in columns.items() if column} | self.hyperparameter_strings

    @property
    def hyperparameter_strings(self) -> dict[str, str]:
        """The overriding hyperparameters as SageMaker carries them. Raises UserError when they are no JSON object."""
        try:
            values = json.loads(self.hyperparameters)
        except ValueError as error:
            raise UserError(f"'{self.hyperparameters}' is no JSON: {error}") from error
        if not isinstance(values, dict):
            raise UserError(f"'{self.hyperparameters}' is no JSON object")
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
