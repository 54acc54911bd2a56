"""A classifier's current model changed, or an endpoint's state did: bring the endpoint to the current model.

Every event leads to the same comparison of what is with what should be, so it does not matter which events come, how often and
in which order. By the hour all classifiers are compared: a redeployment with another image is caught up with in this way.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import boto3
from serving import Hosting

from contract.advice import about
from contract.events import ENDPOINT_STATE_CHANGE, SCHEDULED, EndpointState, ModelPublished
from contract.function_environments import DeployModelEnvironment
from contract.hosting import CHANGING, Live, LiveStatus, classifier_of, endpoint_name, hosted_name
from contract.ledger import Ledger
from contract.live_ledger import LiveLedger
from contract.notices import Notices
from contract.records import START_ATTEMPTS, Current, now
from contract.rounds import each
from contract.scaling import Scaling

HOUR_SECONDS = 3600

logging.getLogger().setLevel(logging.INFO)
log = logging.getLogger("deploy_model")


class Deployer:
    """Brings endpoints to the current models."""

    def __init__(self, environment: DeployModelEnvironment) -> None:
        table = boto3.resource("dynamodb").Table(environment.ledger_table)
        self._environment = environment
        self._ledger, self._live = Ledger(table), LiveLedger(table)
        variant = json.loads(environment.variant)
        self._runs_on = variant | {name: getattr(environment, name) for name in ("subnets", "security_group", "max_error")}
        scaling = Scaling(boto3.client("application-autoscaling"), boto3.client("cloudwatch"))
        self._hosting = Hosting(boto3.client("sagemaker"), scaling, environment, variant)
        self._notices = Notices(environment.stage, self._ledger, boto3.client("sns"), environment.topic_arn)

    def classifiers(self) -> list[str]:
        """All that may have a model."""
        return self._ledger.classifiers()

    def bring_up_to_date(self, classifier: str, *, is_asked: bool) -> None:
        """Compare and act. What failed before is tried again only when it is asked for: a model was published or promoted.

        What goes wrong here, and not at SageMaker, is tried again by the hour, and told when it lasts.
        """
        try:
            self._compare(classifier, is_asked=is_asked)
        except Exception as error:
            self._tell_if_it_lasts(classifier, error)
            raise

    def _compare(self, classifier: str, *, is_asked: bool) -> None:
        current = self._ledger.current(classifier)
        if current is None:
            return
        name = endpoint_name(self._environment.stage, classifier)
        wanted = hosted_name(name, current.version, self._environment.image, self._runs_on)
        endpoint = self._hosting.describe(name)
        if endpoint and endpoint["EndpointStatus"] in CHANGING:
            log.info("endpoint %s is %s", name, endpoint["EndpointStatus"])
            return
        last = self._live.get(classifier)
        outcome = last.status if last and last.name == wanted else ""  # of the attempt to serve just this; empty: there was none
        if endpoint and endpoint["EndpointStatus"] == "InService" and endpoint["EndpointConfigName"] == wanted:
            if outcome != LiveStatus.SERVING:
                self._settle(current, wanted, LiveStatus.SERVING, f"Model v{current.version} answers now.")
            self._hosting.scale(endpoint, classifier)
            self._hosting.tidy_up(name, keep=wanted)
        elif outcome and not is_asked:
            if outcome != LiveStatus.FAILED:
                if endpoint is None:
                    self._hosting.let_go(name)
                self._settle(current, wanted, LiveStatus.FAILED, _why(endpoint, current))
            if endpoint and endpoint["EndpointStatus"] == "InService":
                self._hosting.scale(endpoint, classifier)  # what served before goes on, as it did
        else:
            self._start(current, name, wanted, endpoint)

    def _tell_if_it_lasts(self, classifier: str, error: Exception) -> None:
        """Tell of what failed as often as an event is tried, once a day: no alarm does in a stage that is to cost next to nothing."""
        is_lasting = not self._ledger.take_turn(f"endpoint#{classifier}", limit=START_ATTEMPTS - 1, period_seconds=HOUR_SECONDS)
        if is_lasting and self._ledger.take_turn(f"endpoint-told#{classifier}", limit=1, period_seconds=24 * HOUR_SECONDS):
            sentences = [
                f"deploy_model cannot bring the endpoint to the model in use: {error}",
                "What answered goes on answering, and it is tried again by the hour. 'kit doctor' may say what to mend.",
            ]
            self._notices.tell(f"The endpoint stays as it is: classifier '{classifier}'", sentences)

    def _start(self, current: Current, name: str, wanted: str, endpoint: dict[str, Any] | None) -> None:
        log.info("endpoint %s is to serve %s", name, wanted)
        self._live.put(_record(current, wanted, LiveStatus.STARTING))  # first: it may serve before this function goes on
        try:
            refusal = self._hosting.serve(name, wanted, current, endpoint)
        except Exception:
            self._live.put(_record(current, "", LiveStatus.STARTING))  # nothing was tried: the next event begins again
            raise
        if refusal:
            self._settle(current, wanted, LiveStatus.FAILED, f"Model v{current.version} cannot be put behind the endpoint: {refusal}")

    def _settle(self, current: Current, wanted: str, status: LiveStatus, message: str) -> None:
        """Tell, then remember: a crash in between tells twice rather than never."""
        headline = "Live" if status == LiveStatus.SERVING else "Not live"
        self._notices.tell(f"{headline}: classifier '{current.classifier}'", [message])
        self._live.put(_record(current, wanted, status, message))


def _record(current: Current, wanted: str, status: LiveStatus, message: str = "") -> Live:
    return Live(classifier=current.classifier, version=current.version, name=wanted, status=status, since=now(), message=message)


def _why(endpoint: dict[str, Any] | None, current: Current) -> str:
    """Why an endpoint did not come to serve what it was asked to, or does no more."""
    again = about(f"kit promote {current.version}", current.classifier)
    if endpoint is None:
        return f"Model v{current.version} does not answer: there is no endpoint any more, as if somebody deleted it. {again} makes it anew."
    reason = endpoint.get("FailureReason", "").rstrip(". ") or "SageMaker gave no reason"
    goes_on = " The model before it goes on answering." if endpoint["EndpointStatus"] == "InService" else ""
    return f"Model v{current.version} did not come up behind the endpoint: {reason}.{goes_on} {again} tries once more."


def handle(event: dict[str, Any], context: object) -> None:
    """Parse the event and compare."""
    environment = DeployModelEnvironment.from_env()
    deployer = Deployer(environment)
    if event.get("detail-type") == SCHEDULED:
        each(deployer.classifiers(), lambda name: deployer.bring_up_to_date(name, is_asked=False), "classifier")
    elif event.get("detail-type") == ENDPOINT_STATE_CHANGE:
        classifier = classifier_of(environment.stage, EndpointState.from_event(event).name)
        if classifier:
            deployer.bring_up_to_date(classifier, is_asked=False)
    else:
        deployer.bring_up_to_date(ModelPublished.from_event(event).classifier, is_asked=True)
