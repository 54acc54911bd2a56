"""Where the local cloud reaches into moto: every replaced method, in one table.

moto is pinned exactly. Each seam names the parameters that the stock method has; a moto that
differs stops the server at its start instead of misbehaving later, and a test per seam holds what
the stock method does.
"""

from __future__ import annotations

import functools
import inspect
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.batch import models as batch_models
from moto.batch.responses import BatchResponse
from moto.cloudformation import parsing
from moto.cloudformation.custom_model import CustomModel
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack
from moto.codebuild.responses import CodeBuildResponse
from moto.cognitoidp.models import CognitoIdpUserPool
from moto.events.models import Rule
from moto.s3 import notifications
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response
from moto.sagemaker import models as sagemaker_models
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from contract.errors import PlatformError


@dataclass(frozen=True)
class Seam:
    """One replaced attribute of a module or class."""

    owner: Any
    name: str
    parameters: tuple[str, ...] | None  # of moto's own; None where moto has nothing

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"

    def found(self) -> tuple[str, ...] | None:
        """The parameters of what is there now."""
        thing = getattr(self.owner, self.name, None)
        return None if thing is None else tuple(inspect.signature(thing).parameters)

    def replace(self, make: Callable[[Any], Any]) -> None:
        """Put `make(stock)` in its place. Raises PlatformError when moto's own is not the one that is known."""
        if self.found() != self.parameters:
            raise PlatformError(f"This moto differs at {self}: it takes {self.found()}, not {self.parameters}. Install the pinned moto.")
        setattr(self.owner, self.name, make(inspect.getattr_static(self.owner, self.name, None)))


CREATE_RESOURCE = Seam(parsing, "parse_and_create_resource", ("logical_id", "resource_json", "resources_map", "account_id", "region_name"))
PARSE_TEMPLATE = Seam(Stack, "parse_template", ("template",))
CUSTOM_RESOURCE = Seam(
    CustomModel, "create_from_cloudformation_json", ("resource_name", "cloudformation_json", "account_id", "region_name", "kwargs")
)
INVOKE = Seam(LambdaFunction, "invoke", ("self", "body", "request_headers", "response_headers"))
OBJECT_EVENT = Seam(notifications, "_send_event_bridge_message", ("account_id", "bucket", "event_name", "key"))
PUT_OBJECT = Seam(
    S3Backend,
    "put_object",
    (
        "self", "bucket_name", "key_name", "value", "storage", "etag", "multipart", "encryption", "kms_key_id", "bucket_key_enabled",
        "lock_mode", "lock_legal_status", "lock_until", "checksum_value", "request_method", "disable_notification",
    ),
)  # fmt: skip
POST_OBJECT = Seam(S3Response, "_bucket_response_post", ("self", "request", "bucket_name"))
SEND_TO_TARGETS = Seam(Rule, "send_to_targets", ("self", "original_event", "transform_input"))
JOB = Seam(
    batch_models,
    "Job",
    (
        "name", "job_def", "job_queue", "backend", "log_backend", "container_overrides", "eks_properties_override", "depends_on",
        "parameters", "all_jobs", "timeout", "array_properties", "provided_job_id", "tags",
    ),
)  # fmt: skip
SUBMIT_JOB = Seam(BatchResponse, "submitjob", ("self",))
TRAINING_JOB = Seam(
    sagemaker_models,
    "FakeTrainingJob",
    (
        "account_id", "region_name", "training_job_name", "hyper_parameters", "algorithm_specification", "role_arn", "input_data_config",
        "output_data_config", "resource_config", "vpc_config", "stopping_condition", "tags", "enable_network_isolation",
        "enable_inter_container_traffic_encryption", "enable_managed_spot_training", "checkpoint_config", "debug_hook_config",
        "debug_rule_configurations", "tensor_board_output_config", "experiment_config",
    ),
)  # fmt: skip
CREATE_TRAINING_JOB = Seam(SageMakerResponse, "create_training_job", ("self",))
STOP_TRAINING_JOB = Seam(SageMakerResponse, "stop_training_job", None)
TUNING_JOB = Seam(
    sagemaker_models,
    "HyperParameterTuningJob",
    (
        "hyper_parameter_tuning_job_name", "hyper_parameter_tuning_job_config", "region_name", "account_id", "training_job_definition",
        "training_job_definitions", "warm_start_config", "tags", "autotune",
    ),
)  # fmt: skip
CREATE_TUNING_JOB = Seam(SageMakerResponse, "create_hyper_parameter_tuning_job", ("self",))
STOP_TUNING_JOB = Seam(SageMakerResponse, "stop_hyper_parameter_tuning_job", None)
LIST_TRAININGS_OF_TUNING = Seam(SageMakerResponse, "list_training_jobs_for_hyper_parameter_tuning_job", None)
CREATE_ENDPOINT = Seam(SageMakerModelBackend, "create_endpoint", ("self", "endpoint_name", "endpoint_config_name", "tags"))
UPDATE_ENDPOINT = Seam(SageMakerResponse, "update_endpoint", None)
DELETE_ENDPOINT = Seam(SageMakerModelBackend, "delete_endpoint", ("self", "endpoint_name"))
INVOKE_ENDPOINT = Seam(SageMakerRuntimeResponse, "invoke_endpoint", ("self",))
FIND_USER = Seam(CognitoIdpUserPool, "_get_user", ("self", "username"))
START_BUILD = Seam(CodeBuildResponse, "start_build", ("self",))

ALL = (
    CREATE_RESOURCE, PARSE_TEMPLATE, CUSTOM_RESOURCE, INVOKE, OBJECT_EVENT, PUT_OBJECT, POST_OBJECT, SEND_TO_TARGETS, JOB, SUBMIT_JOB,
    TRAINING_JOB, CREATE_TRAINING_JOB, STOP_TRAINING_JOB, TUNING_JOB, CREATE_TUNING_JOB, STOP_TUNING_JOB, LIST_TRAININGS_OF_TUNING,
    CREATE_ENDPOINT, UPDATE_ENDPOINT, DELETE_ENDPOINT, INVOKE_ENDPOINT, FIND_USER, START_BUILD,
)  # fmt: skip


class ResourceFailed(ValidationError):
    """A resource of a template could not be created; the message names it."""

    def __init__(self, message: str) -> None:
        super().__init__(message=message)


def named_errors(stock: Callable[..., Any]) -> Callable[..., Any]:
    """CloudFormation's creation of one resource, whose failure names the resource.

    moto lets a backend's own exception out, which reaches the client as an error of another service or as HTML.
    """

    @functools.wraps(stock)
    def create(logical_id: str, resource_json: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return stock(logical_id, resource_json, *args, **kwargs)
        except ResourceFailed as error:  # of a resource that this one refers to
            raise error from None
        except Exception as error:
            message = f"{logical_id} ({resource_json['Type']}): {getattr(error, 'description', None) or error or type(error).__name__}"
            raise ResourceFailed(message) from error

    return create


def parse_json_first(stock: Any) -> Any:
    """CDK's templates are JSON; moto reads them as YAML, which takes seconds."""

    def parse(template: str) -> Any:
        try:
            return json.loads(template)
        except ValueError:
            return stock.__func__(template)

    return staticmethod(parse)


def one_at_a_time(stock: Callable[..., Any]) -> Callable[..., Any]:
    """S3's PutObject under a lock: moto would lose one of two versions put at the same moment, and their order."""
    lock = threading.RLock()

    @functools.wraps(stock)
    def put(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return stock(*args, **kwargs)

    return put
