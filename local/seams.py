"""Where the local cloud reaches into moto: every replaced method, in one table.

moto is pinned exactly. Each seam names the parameters that the stock method has; a moto that
differs stops the server at its start instead of misbehaving later, and a test per seam holds what
the stock method does.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import threading
from collections.abc import Callable
from typing import Any

from contract.errors import PlatformError

# owner: (attribute, parameters of the stock callable); None where moto has nothing
STOCK: dict[tuple[str, str], tuple[str, ...] | None] = {
    ("moto.cloudformation.parsing", "parse_and_create_resource"): (
        "logical_id", "resource_json", "resources_map", "account_id", "region_name",
    ),
    ("moto.cloudformation.models:Stack", "parse_template"): ("template",),
    ("moto.cloudformation.custom_model:CustomModel", "create_from_cloudformation_json"): (
        "resource_name", "cloudformation_json", "account_id", "region_name", "kwargs",
    ),
    ("moto.awslambda.models:LambdaFunction", "invoke"): ("self", "body", "request_headers", "response_headers"),
    ("moto.s3.notifications", "_send_event_bridge_message"): ("account_id", "bucket", "event_name", "key"),
    ("moto.s3.models:S3Backend", "put_object"): (
        "self", "bucket_name", "key_name", "value", "storage", "etag", "multipart", "encryption", "kms_key_id", "bucket_key_enabled",
        "lock_mode", "lock_legal_status", "lock_until", "checksum_value", "request_method", "disable_notification",
    ),
    ("moto.events.models:Rule", "send_to_targets"): ("self", "original_event", "transform_input"),
    ("moto.batch.models", "Job"): (
        "name", "job_def", "job_queue", "backend", "log_backend", "container_overrides", "eks_properties_override", "depends_on",
        "parameters", "all_jobs", "timeout", "array_properties", "provided_job_id", "tags",
    ),
    ("moto.batch.responses:BatchResponse", "submitjob"): ("self",),
    ("moto.sagemaker.models", "FakeTrainingJob"): (
        "account_id", "region_name", "training_job_name", "hyper_parameters", "algorithm_specification", "role_arn", "input_data_config",
        "output_data_config", "resource_config", "vpc_config", "stopping_condition", "tags", "enable_network_isolation",
        "enable_inter_container_traffic_encryption", "enable_managed_spot_training", "checkpoint_config", "debug_hook_config",
        "debug_rule_configurations", "tensor_board_output_config", "experiment_config",
    ),
    ("moto.sagemaker.responses:SageMakerResponse", "create_training_job"): ("self",),
    ("moto.sagemaker.responses:SageMakerResponse", "stop_training_job"): None,
    ("moto.codebuild.responses:CodeBuildResponse", "start_build"): ("self",),
}  # fmt: skip


def replace(owner: str, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(stock)` in the place of moto's own. Raises PlatformError when moto's is not the one that is known."""
    holder = owner_of(owner)
    stock = inspect.getattr_static(holder, name, None)
    expected, found = STOCK[owner, name], parameters(getattr(holder, name, None))
    if found != expected:
        raise PlatformError(f"This moto differs at {owner}.{name}: it takes {found}, not {expected}. Install the pinned moto.")
    setattr(holder, name, make(stock))


def owner_of(owner: str) -> Any:
    """The module `a.b`, or the class `a.b:C`."""
    module, _, name = owner.partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found


def parameters(thing: Any) -> tuple[str, ...] | None:
    """The names of a callable's parameters; None when there is no such thing."""
    return None if thing is None else tuple(inspect.signature(thing).parameters)


def named_errors(stock: Callable[..., Any]) -> Callable[..., Any]:
    """CloudFormation's creation of one resource, whose failure names the resource.

    moto lets a backend's own exception out, which reaches the client as an error of another service or as HTML.
    """
    from moto.cloudformation.exceptions import ValidationError  # noqa: PLC0415 # moto is imported when the server starts

    @functools.wraps(stock)
    def create(logical_id: str, resource_json: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return stock(logical_id, resource_json, *args, **kwargs)
        except _ResourceFailed as error:  # of a resource that this one refers to
            raise error from None
        except Exception as error:
            message = f"{logical_id} ({resource_json['Type']}): {getattr(error, 'description', None) or error or type(error).__name__}"
            raise _ResourceFailed(message) from error

    class _ResourceFailed(ValidationError):
        def __init__(self, message: str) -> None:
            super().__init__(message=message)

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
