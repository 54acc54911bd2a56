"""The functions of the sample app that the tests deploy: each shows one thing."""

import json
import os
import re
import time
import urllib.request

import boto3


def note(event, context):
    """Leave the event in the results bucket under its id."""
    boto3.client("s3").put_object(Bucket=os.environ["RESULTS"], Key=f"events/{event['id']}.json", Body=json.dumps(event))
    print("noted", event["id"])
    return {"request": context.aws_request_id, "tag": os.environ["TAG"]}


def submit(event, context):
    """Submit a Batch job for the object of the event."""
    thing = event["detail"]["object"]
    boto3.client("batch").submit_job(
        jobName=re.sub(r"[^A-Za-z0-9]+", "-", thing["key"].rsplit("/", 1)[-1]).strip("-"),
        jobQueue=os.environ["QUEUE"],
        jobDefinition=os.environ["DEFINITION"],
        parameters={
            "input": f"s3://{event['detail']['bucket']['name']}/{thing['key']}",
            "output": f"s3://{os.environ['RESULTS']}/{thing['key']}/",
        },
    )


def fail(event, context):
    """Fail always."""
    raise ValueError(f"no good: {event.get('why')}")


def sleep(event, context):
    """Take as long as the event says."""
    time.sleep(event["seconds"])
    return "awake"


def look(event, context):
    """Say what this process sees of the machine, and whether a package can be imported."""
    found = {}
    for name in event.get("packages", []):
        try:
            __import__(name)
            found[name] = True
        except ImportError:
            found[name] = False
    return {"environment": dict(os.environ), "packages": found, "pid": os.getpid()}


def provide(event, context):
    """A custom resource: start a build that registers an image, and answer when asked what was made."""
    properties = event["ResourceProperties"]
    boto3.client("codebuild").start_build(
        projectName=properties["Project"], environmentVariablesOverride=[{"name": "TAG", "value": properties["Tag"]}]
    )
    body = {
        "Status": "FAILED" if properties["IsBroken"] == "true" else "SUCCESS",
        "Reason": "asked to fail",
        "PhysicalResourceId": f"image-{properties['Tag']}",
        "Data": {"Number": properties["Number"]},
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(  # noqa: S310 # the address is the local cloud's
        event["ResponseURL"], data=json.dumps(body).encode(), method="PUT", headers={"Content-Type": ""}
    )
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 # as above


def echo(event, context):
    """Answer an HTTP request with the event that it came as."""
    return {"statusCode": 201, "headers": {"Content-Type": "application/json", "X-Own": "yes"}, "body": json.dumps(event)}
