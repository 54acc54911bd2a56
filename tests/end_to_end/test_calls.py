"""Every role may do exactly what is done under it: what the end-to-end tests called against what the templates allow.

These tests judge what the others did. They run last, and only when the whole folder runs; see conftest.py.
"""

from __future__ import annotations

from deployed_policies import Call, Grant, Recording

from stacks.service_calls import SERVICE_CALLS, UNSEEN

NOWHERE = ":table/nowhere"  # where test_operations.py sends a function on purpose


def test_every_call_is_allowed(recordings: list[Recording]) -> None:
    """No call was made that IAM would refuse: by its action, its resource, and the conditions."""
    refused = {(call.role.rpartition("/")[2], call.operation, call.action, call.resource) for one in recordings for call in one.refused()}
    assert {call for call in refused if not call[-1].endswith(NOWHERE)} == set()


def test_every_part_of_the_kit_called(recordings: list[Recording]) -> None:
    """The recording is no empty one: each role whose processes run here has made calls, and those of AWS's own services none."""
    called = {grant.role for one in recordings for call in one.calls for grant in one.grants[call.role]}
    roles = {grant.role for one in recordings for grants in one.grants.values() for grant in grants}
    assert roles - called == {"JobExecutionRole", "QueueHostRole", "BuilderBuildRole", "ServingRole"}


def test_nothing_is_allowed_that_nobody_needs(recordings: list[Recording]) -> None:
    """What is allowed was called by the code, is called by a service of AWS under the role, or has a written reason."""
    allowed = set().union(*(one.names() for one in recordings))
    needed = set().union(*(one.used() for one in recordings))
    explained = {name for name in allowed if any(row.covers(*name[1:]) for row in (*SERVICE_CALLS, *UNSEEN))}
    assert allowed - needed - explained == set()


def test_what_services_call_is_allowed_and_every_row_is_needed(recordings: list[Recording]) -> None:
    """Each row of the two tables, by each of its roles and actions, is about something that a template allows."""
    allowed = {name[1:] for one in recordings for name in one.names()}
    missing = {wanted for row in (*SERVICE_CALLS, *UNSEEN) for wanted in row.grants() if wanted not in allowed}
    assert missing == set()


def test_reasons_are_given_only_for_what_no_service_calls() -> None:
    """A reason beside a row of the services would hide that one of the two is wrong."""
    services = {wanted for row in SERVICE_CALLS for wanted in row.grants()}
    assert services & {wanted for row in UNSEEN for wanted in row.grants()} == set()


def test_a_condition_that_does_not_hold_refuses() -> None:
    """The comparison itself can fail: another service, another stage, another key, a resource outside the pattern."""
    grant = Grant("training", "R", "iam:PassRole", "", "arn:aws:iam::1:role/a-*", {"StringEquals": {"iam:PassedToService": "sagemaker"}})
    call = Call("", "sagemaker:CreateTrainingJob", "iam:PassRole", "arn:aws:iam::1:role/a-b", {"iam:PassedToService": "sagemaker"})
    assert grant.covers(call)
    assert not grant.covers(call._replace(context={"iam:PassedToService": "ec2"}))
    assert not grant.covers(call._replace(context={}))
    assert not grant.covers(call._replace(resource="arn:aws:iam::1:role/b"))
    assert not grant.covers(call._replace(action="iam:GetRole"))
