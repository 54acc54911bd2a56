"""Lambda functions: the zips run, confined and bounded."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from local_app import Inbox, eventually

from local.access_keys import AccessKeys
from local.child import SECRET_KEY
from local.cloud import Cloud


def invoke(cloud: Cloud, name: str, event: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Lambda's response and the function's answer."""
    response = cloud.session().client("lambda").invoke(FunctionName=cloud.outputs[name], Payload=json.dumps(event), LogType="Tail")
    return response, json.loads(response["Payload"].read())


def test_function_sees_fake_keys_and_one_endpoint(cloud: Cloud) -> None:
    """Nothing in a function's environment can reach a real account or leave the machine."""
    environment = invoke(cloud, "Look", {})[1]["environment"]
    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert environment["AWS_ACCESS_KEY_ID"] == AccessKeys().of(cloud.outputs["Role"])
    assert environment["AWS_SECRET_ACCESS_KEY"] == SECRET_KEY
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert not [
        name for name in environment if name.lower() in ("http_proxy", "https_proxy", "all_proxy", "aws_profile", "aws_session_token")
    ]
    assert environment["TAG"].startswith("cpu-")
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == cloud.outputs["Look"]


def test_function_sees_what_aws_would_give_it(cloud: Cloud) -> None:
    """A function finds boto3 and its own zip, but no other package of this environment and not this checkout."""
    found = invoke(cloud, "Look", {"packages": ["boto3", "handler", "entry_point", "numpy", "moto", "contract", "local", "rich"]})[1][
        "packages"
    ]
    assert found == {
        "boto3": True, "handler": True, "entry_point": True,
        "numpy": False, "moto": False, "contract": False, "local": False, "rich": False,
    }  # fmt: skip


def test_warm_environment_is_used_again(cloud: Cloud) -> None:
    """A second invocation is answered by the same process."""
    assert invoke(cloud, "Look", {})[1]["pid"] == invoke(cloud, "Look", {})[1]["pid"]


def test_error_has_lambdas_shape(cloud: Cloud) -> None:
    """An exception comes back as Unhandled with type, message and stack trace, and with the log's end."""
    response, answer = invoke(cloud, "Fail", {"why": "because"})
    assert response["FunctionError"] == "Unhandled"
    assert answer["errorType"] == "ValueError"
    assert answer["errorMessage"] == "no good: because"
    assert answer["stackTrace"]
    assert "no good: because" in base64.b64decode(response["LogResult"]).decode()


def test_function_whose_module_is_missing(cloud: Cloud) -> None:
    """A handler that the zip does not hold is Lambda's own error of initialisation, each time."""
    for _ in range(2):
        response, answer = invoke(cloud, "Lost", {})
        assert response["FunctionError"] == "Unhandled"
        assert answer["errorType"] == "Runtime.ImportModuleError"
        assert "nowhere" in answer["errorMessage"]


def test_function_that_takes_too_long_is_killed(cloud: Cloud) -> None:
    """The time-out is an error of Lambda's wording, and the next invocation gets a fresh process."""
    response, answer = invoke(cloud, "Sleep", {"seconds": 60})
    assert response["FunctionError"] == "Unhandled"
    assert answer["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]
    assert invoke(cloud, "Sleep", {"seconds": 0})[1] == "awake"


def test_function_that_is_switched_off_takes_nothing(cloud: Cloud, inbox: Inbox) -> None:
    """With no concurrency reserved, a call is refused and an event goes to the dead letters without being tried."""
    functions = cloud.session().client("lambda")
    functions.put_function_concurrency(FunctionName=cloud.outputs["Fail"], ReservedConcurrentExecutions=0)
    try:
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            invoke(cloud, "Fail", {})
        functions.invoke(FunctionName=cloud.outputs["Fail"], InvocationType="Event", Payload=b'{"detail": {"why": "off"}}')
        (letter,) = eventually(lambda: [entry for entry in inbox.messages("Buried") if entry["Body"] == '{"detail": {"why": "off"}}'])
        assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "Rate Exceeded."
    finally:
        functions.delete_function_concurrency(FunctionName=cloud.outputs["Fail"])


def test_log_goes_to_its_group_and_to_a_file(cloud: Cloud, state: Path) -> None:
    """The function's lines are in the log group that the template names, and in a file."""
    invoke(cloud, "Note", {"id": "for-the-log"})
    logs = cloud.session().client("logs")

    def lines() -> list[str]:
        found = logs.filter_log_events(logGroupName=cloud.outputs["NoteLogs"])["events"]
        return [entry["message"] for entry in found if "for-the-log" in entry["message"]]

    assert eventually(lines) == ["noted for-the-log"]
    assert "noted for-the-log" in (state / "logs" / "lambda" / f"{cloud.outputs['Note']}.log").read_text()


def test_failed_event_is_retried_then_buried(cloud: Cloud, inbox: Inbox) -> None:
    """An asynchronous failure is tried again as configured, then goes to the dead-letter queue and the destination."""
    cloud.session().client("lambda").invoke(
        FunctionName=cloud.outputs["Fail"], InvocationType="Event", Payload=json.dumps({"why": "async"})
    )
    buried = eventually(lambda: [entry for entry in inbox.messages("Buried") if "async" in entry["Body"]])
    assert json.loads(buried[0]["Body"]) == {"why": "async"}
    assert buried[0]["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no good: async"
    records = eventually(lambda: [entry for entry in inbox.bodies("States") if entry.get("requestPayload") == {"why": "async"}])
    (record,) = records
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responsePayload"]["errorType"] == "ValueError"
