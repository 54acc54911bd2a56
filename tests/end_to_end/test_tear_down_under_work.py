"""Everything made at run time is gone after the stacks' own steps, although work was under way.

On a local cloud of its own, for it is destroyed. The jobs only pretend to work, so that they cannot end by themselves.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from deployed_policies import Recording
from local_kit import COLLECTING, QUICK_TRAININGS, ROOT, LocalKit
from run_time_inventory import Inventory, processes, take_inventory

from contract.deployment import TRAINING_LOGS, stack_name
from contract.metrics import TUNED
from contract.tags import stage_tags
from kit.assembly import LOCAL_CONTEXT, synthesize
from local.cloud import start

STACKS = ("storage", "registry", "training", "prediction", "realtime", "labeling")  # in order of their deployment
ASSEMBLY = ROOT / ".cache" / "assembly-collecting"
TAGS = stage_tags("dev")
TAG_LIST = [{"Key": name, "Value": value} for name, value in TAGS.items()]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory, finished_recordings: list[Recording]) -> Iterator[LocalKit]:
    """A local cloud that nobody else uses, whose jobs never end."""
    state = tmp_path_factory.mktemp("torn-down")
    cloud = start(
        synthesize(ASSEMBLY, LOCAL_CONTEXT | COLLECTING | QUICK_TRAININGS),
        state,
        entry_point=(sys.executable, str(Path(__file__).with_name("endless_entry_point.py"))),
    )
    try:
        running = LocalKit(cloud, state)
        yield running
        finished_recordings.append(Recording.of(running))
    finally:
        cloud.stop()


@dataclass
class CloudFormation:
    """Sends Delete to the custom resources of the stacks as CloudFormation would, and hears the answers."""

    kit: LocalKit
    answers: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    address: str = ""

    def delete(self, stack: str) -> dict[str, dict[str, Any]]:
        """Send Delete to the step of one stack, then to each of its other custom resources; the answers by logical id."""
        client, name = self.kit.session.client("cloudformation"), stack_name("dev", stack)
        pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
        physical = {entry["LogicalResourceId"]: entry["PhysicalResourceId"] for page in pages for entry in page["StackResourceSummaries"]}
        declared = client.get_template(StackName=name)["TemplateBody"]["Resources"]
        custom = [logical_id for logical_id, body in declared.items() if body["Type"].startswith("Custom::")]
        answers = {}
        for logical_id in sorted(custom, key=lambda logical_id: declared[logical_id]["Type"] != "Custom::TearDown"):
            properties = dict(declared[logical_id]["Properties"])
            provider = physical[properties.pop("ServiceToken")["Fn::GetAtt"][0]]
            properties |= {name: physical[value["Ref"]] for name, value in properties.items() if isinstance(value, dict) and "Ref" in value}
            request = {
                "RequestType": "Delete",
                "RequestId": f"delete-{stack}-{logical_id}",
                "ResponseURL": self.address,
                "StackId": client.describe_stacks(StackName=name)["Stacks"][0]["StackId"],
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical[logical_id],
                "ResourceType": declared[logical_id]["Type"],
                "ResourceProperties": properties,
            }
            answers[logical_id] = self._answer(provider, request)
        return answers

    def _answer(self, provider: str, request: dict[str, Any]) -> dict[str, Any]:
        functions = self.kit.session.client("lambda", config=Config(read_timeout=120))
        response = functions.invoke(FunctionName=provider, Payload=json.dumps(request))
        assert "FunctionError" not in response, response["Payload"].read()
        return self.answers.get(timeout=10)


@pytest.fixture(scope="module")
def cloudformation(kit: LocalKit) -> Iterator[CloudFormation]:
    """CloudFormation with an address for answers."""
    sender = CloudFormation(kit)

    class Ear(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            sender.answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Not into the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sender.address = f"http://localhost:{server.server_address[1]}/answer"
    yield sender
    server.shutdown()
    server.server_close()


def eventually(look: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def before(kit: LocalKit) -> Inventory:
    """What there is when a training, a prediction and an array job are under way, and more was made at run time."""
    deployment, s3, sagemaker = kit.deployment, kit.session.client("s3"), kit.session.client("sagemaker")
    functions = kit.session.client("lambda")
    assert kit.ledger.make_current(kit.add_model("tck-dev-first", b""), by="gate", before=None)
    change_settings(functions, SHARD_BYTES=2000, SETTLING_SECONDS=3)  # several jobs of a file; and no invocation takes longer here
    training = kit.put(deployment.train_bucket, "train.csv", b"text,label\na,b\n")
    single = kit.put(deployment.predict_bucket, "single.csv", b"text\na\n")
    kit.wait(training, "running")
    kit.wait(single, "running")
    eventually(lambda: len(processes(kit.state)) == 2)
    sharded = kit.put(deployment.predict_bucket, "sharded.csv", b"text\n" + b"a row\n" * 1000)
    kit.wait(sharded, "running")
    eventually(lambda: len(processes(kit.state)) == 3 and any(name.endswith("_shards") for name in running(kit)))
    for number in (1, 2):
        s3.put_object(Bucket=deployment.results_bucket, Key="twice.csv", Body=str(number).encode())
    s3.delete_object(Bucket=deployment.results_bucket, Key="twice.csv")
    for bucket in (deployment.train_bucket, deployment.predict_bucket, deployment.results_bucket, deployment.models_bucket):
        s3.create_multipart_upload(Bucket=bucket, Key="unfinished.csv")
    for name, tags in (("tck-dev-answers", TAG_LIST), ("tck-dev-of-somebody-else", []), ("another", TAG_LIST)):
        variants = [{"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}]
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=deployment.training_role_arn, Tags=tags)
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, Tags=tags)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)
    kit.session.client("logs").create_log_stream(logGroupName=TRAINING_LOGS, logStreamName="another/algo-1")
    tune(kit)
    return take_inventory(kit)


def tune(kit: LocalKit) -> None:
    """A tuning under way, whose first training waits for that of the dropped file."""
    sagemaker = kit.session.client("sagemaker")
    (name,) = [job["TrainingJobName"] for job in sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]]
    training = sagemaker.describe_training_job(TrainingJobName=name)
    taken = ("AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition")
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tck-dev-tune",
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": TUNED},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 1},
        },
        TrainingJobDefinition={field: training[field] for field in taken},
        Tags=TAG_LIST,
    )
    eventually(lambda: len(sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]) == 2)


def change_settings(functions: Any, **values: int) -> None:
    """Give variables another value in each function that has them."""
    for function in functions.list_functions()["Functions"]:
        variables = function.get("Environment", {}).get("Variables", {})
        changed = {name: str(value) for name, value in values.items() if name in variables}
        if changed:
            functions.update_function_configuration(FunctionName=function["FunctionName"], Environment={"Variables": variables | changed})


def running(kit: LocalKit) -> list[str]:
    """The names of the Batch jobs that run."""
    queue_arn = kit.deployment.job_queue_arn
    return [job["jobName"] for job in kit.session.client("batch").list_jobs(jobQueue=queue_arn, jobStatus="RUNNING")["jobSummaryList"]]


def test_the_steps_leave_nothing_that_was_made_at_run_time(kit: LocalKit, cloudformation: CloudFormation, before: Inventory) -> None:
    """In reverse order of the stacks each step succeeds; jobs, processes, logs, endpoints, objects and uploads are gone."""
    assert len(before.training_jobs) == 2
    assert len({*before.batch_jobs}) == 3  # single, shards and the join that waits for them
    assert len(before.processes) == 3
    assert all(vars(before).values())
    for stack, resources in {"labeling": 1, "realtime": 2, "prediction": 1, "training": 1}.items():  # in the second the page, too
        succeed(cloudformation.delete(stack), resources=resources)
    nothing_starts_any_more(kit)
    succeed(cloudformation.delete("registry"), resources=2)  # the step, and the image after it
    succeed(cloudformation.delete("storage"), resources=1)
    others = ["another", "tck-dev-of-somebody-else"]
    after = take_inventory(kit)
    assert (sorted(after.endpoints), sorted(after.endpoint_configs), sorted(after.models)) == (others, others, others)
    assert after.log_streams == ["another/algo-1"]
    left = {kind: found for kind, found in vars(after).items() if kind not in ("endpoints", "endpoint_configs", "models", "log_streams")}
    assert not any(left.values()), left
    residue = {entry["name"]: entry["fate"] for entry in kit("residue", "--json").json["found"]}
    stacks = {stack_name("dev", stack) for stack in (*STACKS, "monitoring")}  # they stand: what they declare is CloudFormation's to delete
    assert residue == {**dict.fromkeys([*stacks, "tck-dev-of-somebody-else"], "left"), "AWSServiceRoleForBatch": "stays"}
    states_of_the_ended(kit, before)


def succeed(answers: dict[str, dict[str, Any]], *, resources: int) -> None:
    """Each custom resource of the stack answered, and nothing is in CloudFormation's way."""
    assert [answer["Status"] for answer in answers.values()] == ["SUCCESS"] * resources, answers


def nothing_starts_any_more(kit: LocalKit) -> None:
    """A file that is dropped wakes nobody, and an event that is still on its way is not taken."""
    jobs = list(kit.ledger.jobs())
    kit.put(kit.deployment.predict_bucket, "too late.csv", b"text\na\n")
    kit.put(kit.deployment.train_bucket, "too late.csv", b"text,label\na,b\n")
    functions = kit.session.client("lambda")
    (starter,) = (
        function["FunctionName"]
        for function in functions.list_functions()["Functions"]
        if "SHARD_BYTES" in function.get("Environment", {}).get("Variables", {})
    )
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(FunctionName=starter, Payload=b"{}")
    assert [job.job_id for job in kit.ledger.jobs()] == [job.job_id for job in jobs]
    assert processes(kit.state) == []


def states_of_the_ended(kit: LocalKit, before: Inventory) -> None:
    """Jobs were stopped and not lost: each is in the state in which AWS leaves a job that was stopped, with the reason."""
    sagemaker, batch = kit.session.client("sagemaker"), kit.session.client("batch")
    states = [sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] for name in before.training_jobs]
    assert states == ["Stopped", "Stopped"]
    failed = batch.list_jobs(jobQueue=kit.deployment.job_queue_arn, jobStatus="FAILED")["jobSummaryList"]
    assert {job["jobName"] for job in failed} == {*before.batch_jobs}
    assert "The deployment is being deleted." in {job["statusReason"] for job in failed}


def test_the_buckets_let_nothing_more_in(kit: LocalKit, cloudformation: CloudFormation, before: Inventory) -> None:
    """Whoever still writes is refused, so that the bucket is empty when CloudFormation deletes it."""
    cloudformation.delete("storage")
    with pytest.raises(ClientError, match="Forbidden"):
        kit.session.client("s3").put_object(Bucket=kit.deployment.results_bucket, Key="late.csv", Body=b"")


def test_the_steps_can_be_repeated_when_all_is_gone(kit: LocalKit, cloudformation: CloudFormation, before: Inventory) -> None:
    """A second Delete, after things were deleted by hand too, succeeds."""
    cloudformation.delete("storage")
    for bucket in (kit.deployment.train_bucket, kit.deployment.models_bucket):
        kit.session.client("s3").delete_bucket(Bucket=bucket)
    events = kit.session.client("events")
    rule = events.list_rules()["Rules"][0]["Name"]
    events.remove_targets(Rule=rule, Ids=[target["Id"] for target in events.list_targets_by_rule(Rule=rule)["Targets"]])
    events.delete_rule(Name=rule)
    kit.session.client("logs").delete_log_group(logGroupName=TRAINING_LOGS)
    answers = [answer for stack in reversed(STACKS) for answer in cloudformation.delete(stack).values()]
    assert [answer["Status"] for answer in answers] == ["SUCCESS"] * (len(STACKS) + 2)  # the image and the page besides the steps
