"""What a deployment tells the outside: stack names and the outputs by which `kit` finds everything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any, NamedTuple, Self

from contract.errors import UserError

SHORT_NAME = "tck"  # starts the names of what is made at run time

# where SageMaker logs, which it decides itself: one group for all training jobs of an account, one for each endpoint
TRAINING_LOGS, ENDPOINT_LOGS = "/aws/sagemaker/TrainingJobs", "/aws/sagemaker/Endpoints/"


def stack_name(stage: str, stack: str) -> str:
    """The CloudFormation name of a stack: `tck-dev-storage`."""
    return f"{SHORT_NAME}-{stage}-{stack}"


ANSWER_API = "answer_api"  # the folder of the Lambda behind the HTTP API


class Step(StrEnum):
    """What comes before the last Batch job of a prediction in shards, which has the name of a single job."""

    PLAN = "plan"
    SHARDS = "shards"


class TrainingStep(StrEnum):
    """What comes before the last SageMaker job of a training with BlazingText, which has the name of a single job."""

    PREPARE = "prepare"  # our image reads the rows and writes BlazingText's lines
    BLAZINGTEXT = "blazing"  # BlazingText trains on them


class Function(StrEnum):
    """The Lambdas that events wake, by the folders of their code."""

    BUILD_IMAGE = "build_image"
    START_TRAINING = "start_training"
    PUBLISH_MODEL = "publish_model"
    START_PREDICTION = "start_prediction"
    REPORT_PREDICTION = "report_prediction"
    DEPLOY_MODEL = "deploy_model"
    COLLECT_POSTS = "collect_posts"


def function_name(stage: str, function: str) -> str:
    """The name of a Lambda: `tck-dev-start-training`. Known at synth, so that nothing needs another stack's export for it."""
    return f"{SHORT_NAME}-{stage}-{function.replace('_', '-')}"


def dead_letters_name(stage: str, function: str) -> str:
    """The name of the queue of the events that a Lambda could not handle: `tck-dev-start-training-dead-letters`."""
    return f"{function_name(stage, function)}-dead-letters"


def alarm_name(stage: str, what: str) -> str:
    """The name of an alarm or budget: `tck-dev-charges`."""
    return f"{SHORT_NAME}-{stage}-{what}"


def user_pool_name(stage: str) -> str:
    """The name of the pool of those who may use the HTTP API: `tck-dev-users`."""
    return f"{SHORT_NAME}-{stage}-users"


def api_name(stage: str) -> str:
    """The name of the HTTP API: `tck-dev-api`."""
    return f"{SHORT_NAME}-{stage}-api"


class Run(NamedTuple):
    """One of the times that a job was started: the first, or another one by `kit retry`."""

    job_id: str
    number: int

    @property
    def id(self) -> str:
        """The job's id, with the number behind it from the second run on: `train-claims-0123456789ab-2`."""
        return self.job_id if self.number == 1 else f"{self.job_id}-{self.number}"

    @classmethod
    def from_id(cls, run_id: str) -> Self:
        """The inverse of `id`."""
        match = re.fullmatch(r"(?P<job_id>.+-[0-9a-f]{12})-(?P<number>[0-9]{1,3})", run_id)
        return cls(match["job_id"], int(match["number"])) if match else cls(run_id, 1)


def run_time_name(stage: str, run_id: str, step: Step | None = None) -> str:
    """The name of a training job or Batch job: `tck-dev-train-claims-0123456789ab`, at most 63 characters.

    The name of a step, which is always Batch's, has `_plan` or `_shards` behind it.
    """
    return f"{SHORT_NAME}-{stage}-{run_id}" + (f"_{step}" if step else "")


def training_step_name(name: str, step: TrainingStep) -> str:
    """The name of a step of a training: `tck-dev-train-claims-0123456789ab-prepare`, at most 63 characters."""
    return f"{name}-{step}"


def training_step_of(name: str) -> tuple[str, TrainingStep | None]:
    """The training's own name in that of one of its SageMaker jobs, and the step; None for the last job."""
    match = re.fullmatch(rf"(?P<name>.+-[0-9a-f]{{12}}(?:-[0-9]{{1,3}})?)-(?P<step>{'|'.join(TrainingStep)})", name)
    return (match["name"], TrainingStep(match["step"])) if match else (name, None)


def run_of(stage: str, name: str) -> Run | None:
    """The run in the name of one of its jobs; None when it is not one of this deployment's."""
    prefix = f"{SHORT_NAME}-{stage}-"
    return Run.from_id(training_step_of(name)[0][len(prefix) :].partition("_")[0]) if name.startswith(prefix) else None


def is_step(name: str) -> bool:
    """Whether such a name is that of a step."""
    return name.endswith(tuple(f"_{step}" for step in Step))


@dataclass(frozen=True, kw_only=True)
class TrainingSurroundings:
    """Where trainings must run and what encrypts them; empty where the deployment has no network or key of its own for them."""

    subnets: str = ""  # of the account, with commas between; empty: SageMaker's own network
    security_group: str = ""  # that they have in there
    output_key_arn: str = ""  # encrypts the artifact; empty: the bucket's own encryption
    volume_key_arn: str = ""  # encrypts the disk; empty: AWS's own key, the only one for machines with local disks

    @staticmethod
    def of(given: TrainingSurroundings) -> TrainingSurroundings:
        """The same fields of an environment that carries them among others."""
        return TrainingSurroundings(**{entry.name: getattr(given, entry.name) for entry in fields(TrainingSurroundings)})

    def to_json(self) -> str:
        """As an output of a stack carries it."""
        return json.dumps(vars(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        return cls(**json.loads(text))


def _output_of(stack: str) -> Any:
    return field(metadata={"stack": stack})


def _output_of_optional(stack: str) -> Any:
    """An output of a stack that the settings may leave out; empty then."""
    return field(default="", metadata={"stack": stack})


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The outputs of a deployment's stacks. The field `train_bucket` is the output TrainBucket."""

    train_bucket: str = _output_of("storage")
    predict_bucket: str = _output_of("storage")
    results_bucket: str = _output_of("storage")
    models_bucket: str = _output_of("storage")
    ledger_table: str = _output_of("storage")
    topic_arn: str = _output_of("storage")
    training_role_arn: str = _output_of("training")
    training_image: str = _output_of("training")
    training_instance_type: str = _output_of("training")
    training_usd_per_hour: str = _output_of("training")  # usual, on spot machines where the settings ask for them
    training_usd_per_hour_on_demand: str = _output_of("training")  # the most that it may be
    training_surroundings: str = _output_of("training")  # TrainingSurroundings, as JSON
    training_hyperparameters: str = _output_of("training")  # JSON object of strings: the settings, columns included
    commit: str = _output_of("training")
    job_queue_arn: str = _output_of("prediction")
    prediction_usd_per_hour: str = _output_of("prediction")
    page_url: str = _output_of_optional("realtime")
    api_url: str = _output_of_optional("realtime")
    user_pool_id: str = _output_of_optional("realtime")
    user_pool_client_id: str = _output_of_optional("realtime")
    labeling_role_arn: str = _output_of_optional("labeling")

    @classmethod
    def outputs_of(cls, stack: str) -> list[str]:
        """The fields that one stack puts out."""
        return [entry.name for entry in fields(cls) if entry.metadata["stack"] == stack]

    @classmethod
    def stacks(cls) -> list[str]:
        """The stacks that put something out, in order of their deployment."""
        return list(dict.fromkeys(entry.metadata["stack"] for entry in fields(cls)))

    @classmethod
    def optional_stacks(cls) -> list[str]:
        """Those of them that the settings may leave out."""
        return [stack for stack in cls.stacks() if all(entry.default == "" for entry in fields(cls) if entry.metadata["stack"] == stack)]

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, str]) -> Self:
        """Read the outputs of all stacks, merged. Raises UserError when the deployment is incomplete."""
        needed = [entry.name for entry in fields(cls) if entry.default is MISSING]
        missing = [output_name(name) for name in needed if output_name(name) not in outputs]
        if missing:
            raise UserError(f"The deployment is incomplete: it lacks the outputs {', '.join(missing)}. Deploy all stacks again.")
        return cls(**{name: outputs[output_name(name)] for name in cls.names() if output_name(name) in outputs})

    @classmethod
    def names(cls) -> list[str]:
        """The fields' names."""
        return [entry.name for entry in fields(cls)]


def output_name(name: str) -> str:
    """The output that carries a field: `train_bucket` is TrainBucket."""
    return "".join(part.capitalize() for part in name.split("_"))
