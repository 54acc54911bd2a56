"""What an account has once: the kit may have brought it about, and others may need it, so nobody is told to delete it."""

from __future__ import annotations

from collections.abc import Iterator

from kit.leftover import Fate, Leftover
from kit.searched_account import SearchedAccount

BOOTSTRAP_STACK = "CDKToolkit"
LOG_DELIVERY = "AWSLogDeliveryWrite"  # what the names of policies begin with by which AWS's services write logs
# services whose own role AWS makes when something in the account first uses them, as the kit does
LINKED_SERVICES = (
    "autoscaling",
    "batch",
    "ecs",
    "ops.apigateway",
    "sagemaker.application-autoscaling",
    "spot",
)


def bootstrap(account: SearchedAccount) -> Iterator[Leftover]:
    """What the CDK put there to deploy from."""
    for stack in account.pages("cloudformation", "describe_stacks", "Stacks"):
        if stack["StackName"] == BOOTSTRAP_STACK and stack["StackStatus"] != "DELETE_COMPLETE":
            note = "The CDK's own, for all its apps here. Copies of the kit's code lie in its bucket; 'cdk gc' deletes what no stack uses."
            yield Leftover("bootstrap", BOOTSTRAP_STACK, Fate.STAYS, note=note)


def service_linked_roles(account: SearchedAccount) -> Iterator[Leftover]:
    """The roles of services that the kit uses; who used them first, nobody can tell."""
    note = (
        "AWS made it for the whole account when something first used its service, which may have been the kit. It costs nothing, and only"
        " the service can take it."
    )
    for role in account.pages("iam", "list_roles", "Roles", PathPrefix="/aws-service-role/"):
        service = role["Path"].split("/")[2].removesuffix(".amazonaws.com")
        if service in LINKED_SERVICES:
            yield Leftover("service-linked role", role["RoleName"], Fate.STAYS, note=note)


def log_policies(account: SearchedAccount) -> Iterator[Leftover]:
    """The policy to which AWS adds each log group that is given to an API for its access log, and takes none out again."""
    note = (
        "AWS's own, for the log groups of all that writes logs in this way, such as the access log of the kit's API. It costs nothing,"
        " and log groups that are gone it gives nobody access to."
    )
    for policy in account.pages("logs", "describe_resource_policies", "resourcePolicies"):
        if policy["policyName"].startswith(LOG_DELIVERY):
            yield Leftover("log resource policy", policy["policyName"], Fate.STAYS, note=note)
