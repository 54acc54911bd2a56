"""Who may use the HTTP API and its page: add somebody, list them, remove one.

On AWS Cognito mails a temporary password, which is good for a week. On the local cloud it is printed.
"""

from __future__ import annotations

import argparse
import secrets
from typing import Any

from contract.api import OWNERS
from contract.errors import UserError
from contract.passwords import PASSWORD_RULES
from kit import printing
from kit.deployment import Target, find_target, page_address, same_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    add = deeds.add_parser("add", help="invite somebody, or make somebody an owner")
    add.add_argument("email", metavar="EMAIL", help="under which the person signs in")
    add.add_argument("--owner", action="store_true", help="who may also train and change which model is in use")
    deeds.add_parser("list", help="everybody who may sign in")
    remove = deeds.add_parser("remove", help="take it back")
    remove.add_argument("email", metavar="EMAIL", help="whose")
    for deed in (add, remove, deeds.choices["list"]):
        for name in ("--local", "--json"):  # where people write them
            deed.add_argument(name, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        deed.add_argument("--stage", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def run(given: argparse.Namespace) -> int:
    """Do it."""
    target = find_target(given)
    pool = target.deployment.user_pool_id
    if not pool:
        raise UserError("This deployment has no HTTP API, so it has no users. Deploy it with has_live=true.")
    cognito = target.client("cognito-idp")
    if given.deed == "add":
        _add(cognito, pool, target, given)
    elif given.deed == "remove":
        _remove(cognito, pool, given)
    else:
        _list(cognito, pool, given)
    return 0


def _add(cognito: Any, pool: str, target: Target, given: argparse.Namespace) -> None:
    who = {"UserPoolId": pool, "Username": given.email}
    # on AWS Cognito makes one up and mails it; nobody at a keyboard sees it
    password = f"{secrets.token_urlsafe(9)}-Aa1" if target.is_local else ""
    delivery = {"TemporaryPassword": password, "MessageAction": "SUPPRESS"} if password else {"DesiredDeliveryMediums": ["EMAIL"]}
    attributes = [{"Name": "email", "Value": given.email}, {"Name": "email_verified", "Value": "true"}]
    is_new = True
    try:
        cognito.admin_create_user(**who, UserAttributes=attributes, **delivery)
    except cognito.exceptions.UsernameExistsException:
        is_new = False
    except cognito.exceptions.InvalidParameterException as error:
        raise UserError(f"'{given.email}' is not taken as an e-mail address. Give the whole address.") from error
    if given.owner:
        cognito.admin_add_user_to_group(**who, GroupName=OWNERS)
    if given.json:
        printing.show_json({"email": given.email, "is_new": is_new, "is_owner": given.owner, "temporary_password": password or None})
        return
    if not is_new:
        printing.show(f"'{given.email}' may sign in already.")
    elif password:
        printing.show(f"'{given.email}' may sign in with the temporary password {password} and then chooses another: {PASSWORD_RULES}.")
    else:
        printing.show(f"'{given.email}' may sign in. Cognito has mailed a temporary password; after a week it is worth nothing.")
    if given.owner:
        printing.show("As an owner: models may be put in use and trainings started. It holds from the next sign-in on.")
    if page := page_address(target.deployment, is_local=target.is_local):
        printing.show(f"Next: sign in at {page}")
    printing.show(f"A script signs in with the client id {target.deployment.user_pool_client_id} (docs/runbook.md#a-script-that-signs-in).")


def _remove(cognito: Any, pool: str, given: argparse.Namespace) -> None:
    try:
        cognito.admin_delete_user(UserPoolId=pool, Username=given.email)
    except cognito.exceptions.UserNotFoundException as error:
        raise UserError(f"There is no user '{given.email}'. 'kit user list{same_target(given)}' shows who there is.") from error
    if given.json:
        printing.show_json({"email": given.email})
    else:
        printing.show(f"'{given.email}' may not sign in any more. A page that is open goes on working for an hour at most.")


def _list(cognito: Any, pool: str, given: argparse.Namespace) -> None:
    def pages(operation: str, **request: str) -> list[Any]:
        return [user for page in cognito.get_paginator(operation).paginate(UserPoolId=pool, **request) for user in page["Users"]]

    owners = {user["Username"] for user in pages("list_users_in_group", GroupName=OWNERS)}
    found = [(_email(user), user["Username"] in owners, user["UserStatus"], user["UserCreateDate"]) for user in pages("list_users")]
    if given.json:
        keys = ("email", "is_owner", "status", "created_at")
        printing.show_json([dict(zip(keys, (*entry[:3], entry[3].isoformat()), strict=True)) for entry in sorted(found)])
    elif not found:
        printing.show(f"Nobody may sign in yet. 'kit user add EMAIL{same_target(given)}' invites somebody.")
    else:
        rows = [
            (email, "yes" if is_owner else "", _STATES.get(status, status.lower()), printing.local_time(since.isoformat()))
            for email, is_owner, status, since in sorted(found)
        ]
        printing.show_table(("user", "owner", "state", "since"), rows)


def _email(user: Any) -> str:
    return next((entry["Value"] for entry in user["Attributes"] if entry["Name"] == "email"), str(user["Username"]))


_STATES = {"FORCE_CHANGE_PASSWORD": "invited", "CONFIRMED": "signed in before", "RESET_REQUIRED": "must choose a new password"}
