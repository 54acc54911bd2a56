"""SNS subscriptions and topic policies, SQS queue policies."""

from __future__ import annotations

import json

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.host import Host
from local.resources.model import Made, Maker, Properties


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    return {
        "AWS::SNS::Subscription": Maker(lambda name, properties: _subscription(host, properties), "", frozenset({"Arn"})),
        "AWS::SNS::TopicPolicy": Maker(lambda name, properties: _topic_policy(host, name, properties)),
        "AWS::SQS::QueuePolicy": Maker(lambda name, properties: _queue_policy(host, name, properties)),
    }


def _subscription(host: Host, properties: Properties) -> Made:
    """A subscription; e-mail goes nowhere, as the topic keeps what was sent."""
    backend = sns_backends[host.account][host.region]
    subscription = backend.subscribe(properties["TopicArn"], properties["Endpoint"], properties["Protocol"])
    if "FilterPolicy" in properties:
        backend.set_subscription_attributes(subscription.arn, "FilterPolicy", json.dumps(properties["FilterPolicy"]))
    if "RawMessageDelivery" in properties:
        backend.set_subscription_attributes(subscription.arn, "RawMessageDelivery", str(properties["RawMessageDelivery"]).lower())
    return Made(subscription.arn, {"Arn": subscription.arn})


def _topic_policy(host: Host, name: str, properties: Properties) -> Made:
    for topic in properties["Topics"]:
        sns_backends[host.account][host.region].get_topic(topic)._policy_json = properties["PolicyDocument"]
    return Made(name)


def _queue_policy(host: Host, name: str, properties: Properties) -> Made:
    for url in properties["Queues"]:
        sqs_backends[host.account][host.region].get_queue(url.rsplit("/", 1)[-1]).policy = json.dumps(properties["PolicyDocument"])
    return Made(name)
