"""Puts the executors in the places where moto only pretends."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import sagemaker_backends

from local import resources, seams
from local.batch_job import LocalJob, submitted_retries
from local.batch_jobs import BatchJobs
from local.builds import run_build
from local.custom_resources import CustomResources
from local.delivery import EventBus, received_event
from local.endpoints import Endpoints, invoked, model_of
from local.forms import with_policy
from local.host import Host
from local.http_apis import HttpApis
from local.lambda_functions import Functions
from local.object_events import Sequencer, object_created
from local.resources.model import Made
from local.training_jobs import LocalTrainingJob, TrainingJobs
from local.tuning_jobs import LocalTuningJob, TuningJobs
from local.user_pools import in_any_case


class Executors:
    """All executors of one server, connected to each other and to moto."""

    def __init__(self, host: Host, *, batch_concurrency: int, training_concurrency: int) -> None:
        self.host = host
        self.functions = Functions(host)
        self.bus = EventBus(host, self.functions.wake)
        self.batch = BatchJobs(host, self.bus.publish, batch_concurrency)
        self.training = TrainingJobs(host, self.bus.publish, training_concurrency)
        self.tuning = TuningJobs(host)
        self.endpoints = Endpoints(host, self.bus.publish)
        self.http_apis = HttpApis(host, self.functions)
        self.custom_resources = CustomResources(host, self.functions)
        self._install_cloudformation()
        self._install_functions_and_events()
        self._install_batch()
        self._install_training()
        self._install_tuning()
        self._install_endpoints()
        self._install_builds()
        seams.FIND_USER.replace(in_any_case)

    def close(self) -> None:
        """Take no more work and end what runs."""
        self.http_apis.close()
        self.batch.close()
        self.endpoints.close()
        self.bus.close()
        self.functions.close()
        self.custom_resources.close()

    def _install_cloudformation(self) -> None:
        def create(
            cls: type[Any], /, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **names: Any
        ) -> Made:
            return self.custom_resources.create(
                names["ResourceType"], names["StackId"], names["LogicalId"], resource_name, cloudformation_json["Properties"]
            )

        resources.install(self.host, self.http_apis.open)
        seams.CREATE_RESOURCE.replace(seams.named_errors)
        seams.PARSE_TEMPLATE.replace(seams.parse_json_first)
        seams.CUSTOM_RESOURCE.replace(lambda stock: classmethod(create))

    def _install_functions_and_events(self) -> None:
        sequencer = Sequencer()

        def invoke(function: LambdaFunction, body: str, request_headers: Any, response_headers: Any) -> str | bytes:
            return self.functions.answer(function, body, request_headers, response_headers)

        def send_object_event(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
            event = object_created(self.host, event_name, bucket, key, sequencer)
            if event:
                self.bus.publish("aws.s3", *event, [bucket.arn])

        def send_to_targets(rule: Any, original_event: Any, transform_input: bool = True) -> None:
            self.bus.offer(rule, received_event(original_event))

        seams.INVOKE.replace(lambda stock: invoke)
        seams.OBJECT_EVENT.replace(lambda stock: send_object_event)
        seams.PUT_OBJECT.replace(seams.one_at_a_time)
        seams.POST_OBJECT.replace(with_policy)
        seams.SEND_TO_TARGETS.replace(lambda stock: send_to_targets)

    def _install_batch(self) -> None:
        LocalJob.queue = self.batch

        def with_retries(stock: Any) -> Any:
            def submit(response: Any) -> Any:
                token = submitted_retries.set(response._get_param("retryStrategy"))
                try:
                    return stock(response)
                finally:
                    submitted_retries.reset(token)

            return submit

        seams.JOB.replace(lambda stock: LocalJob)
        seams.SUBMIT_JOB.replace(with_retries)

    def _install_training(self) -> None:
        def creating(stock: Any) -> Any:
            def create(response: Any) -> Any:
                request = training_request(response)
                jobs = response.sagemaker_backend.training_jobs
                self.training.check(request, jobs)
                result = stock(response)
                job: LocalTrainingJob = jobs[request["TrainingJobName"]]
                job.environment = request.get("Environment") or {}
                self.training.start(job, request)
                return result

            return create

        def stop(response: Any) -> ActionResult:
            self.training.stop(response._get_param("TrainingJobName"))
            return EmptyResult()

        seams.TRAINING_JOB.replace(lambda stock: LocalTrainingJob)
        seams.CREATE_TRAINING_JOB.replace(creating)
        seams.STOP_TRAINING_JOB.replace(lambda stock: stop)

    def _install_tuning(self) -> None:
        def creating(stock: Any) -> Any:
            def create(response: Any) -> Any:
                names = ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "WarmStartConfig")
                self.tuning.check({name: response._get_param(name) for name in names})
                result = stock(response)
                self.tuning.start(found(response))
                return result

            return create

        def found(response: Any) -> LocalTuningJob:
            name = response._get_param("HyperParameterTuningJobName")
            response.sagemaker_backend.describe_hyper_parameter_tuning_job(name)  # which says what is wrong with a name that nobody has
            job: LocalTuningJob = response.sagemaker_backend.hyper_parameter_tuning_jobs[name]
            return job

        def stop(response: Any) -> ActionResult:
            found(response).is_stop_asked.set()
            return EmptyResult()

        def trainings(response: Any) -> ActionResult:
            return ActionResult({"TrainingJobSummaries": found(response).trials})

        seams.TUNING_JOB.replace(lambda stock: LocalTuningJob)
        seams.CREATE_TUNING_JOB.replace(creating)
        seams.STOP_TUNING_JOB.replace(lambda stock: stop)
        seams.LIST_TRAININGS_OF_TUNING.replace(lambda stock: trainings)

    def _install_endpoints(self) -> None:
        def creating(stock: Any) -> Any:
            def create(backend: Any, endpoint_name: str, endpoint_config_name: str, tags: Any) -> Any:
                if endpoint_name in backend.endpoints:
                    raise ValidationError(f"Cannot create already existing endpoint {endpoint_name}.")
                endpoint = stock(backend, endpoint_name, endpoint_config_name, tags)
                self.endpoints.start(endpoint, model_of(backend, endpoint_config_name), endpoint_config_name)
                return endpoint

            return create

        def update(response: Any) -> ActionResult:
            backend, name, config_name = response.sagemaker_backend, *map(response._get_param, ("EndpointName", "EndpointConfigName"))
            backend.describe_endpoint(name)  # which says what is wrong with a name that nobody has
            endpoint = backend.endpoints[name]
            if endpoint.endpoint_status != "InService":
                raise ValidationError(f"Cannot update in-progress endpoint {name}.")
            self.endpoints.start(endpoint, model_of(backend, config_name), config_name)
            return ActionResult({"EndpointArn": endpoint.arn})

        def deleting(stock: Any) -> Any:
            def delete(backend: Any, endpoint_name: str) -> None:
                stock(backend, endpoint_name)
                self.endpoints.delete(endpoint_name)

            return delete

        def invoke(response: Any) -> Any:
            name = response.path.split("/")[2]  # /endpoints/NAME/invocations
            sagemaker_backend = sagemaker_backends[self.host.account][self.host.region]
            if name not in sagemaker_backend.endpoints:
                raise ValidationError(f"Endpoint {name} of account {self.host.account} not found.")
            headers = {key: value for key in ("Content-Type", "Accept") if (value := response.headers.get(key))}
            body = response.body if isinstance(response.body, bytes) else response.body.encode()
            return invoked(self.endpoints.invoke(sagemaker_backend.endpoints[name], body, headers))

        seams.CREATE_ENDPOINT.replace(creating)
        seams.UPDATE_ENDPOINT.replace(lambda stock: update)
        seams.DELETE_ENDPOINT.replace(deleting)
        seams.INVOKE_ENDPOINT.replace(lambda stock: invoke)

    def _install_builds(self) -> None:
        def starting(stock: Any) -> Any:
            def start(response: Any) -> Any:
                result = stock(response)
                run_build(self.host, self.bus.publish, result.result["build"], response._get_param("environmentVariablesOverride") or [])
                return result

            return start

        seams.START_BUILD.replace(starting)


_TRAINING_FIELDS = (
    "AlgorithmSpecification",
    "CheckpointConfig",
    "EnableManagedSpotTraining",
    "Environment",
    "HyperParameters",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "TrainingJobName",
)


def training_request(response: Any) -> dict[str, Any]:
    """The request of CreateTrainingJob, as far as an executor needs it."""
    values = {name: response._get_param(name) for name in _TRAINING_FIELDS}
    return {name: value for name, value in values.items() if value is not None}
