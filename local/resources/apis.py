"""HTTP APIs of API Gateway, and the user pools whose tokens they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.host import Host
from local.resources.model import Made, Maker, Properties

Open = Callable[[str], str]  # lets an API of this id be reached from now on; its address


def makers(host: Host, open_api: Open) -> dict[str, Maker]:
    """The types of this module."""
    return {
        "AWS::ApiGatewayV2::Api": Maker(
            lambda name, properties: _api(host, properties, open_api), "Name", frozenset({"ApiEndpoint", "ApiId"})
        ),
        "AWS::ApiGatewayV2::Authorizer": _part(host, "create_authorizer", "AuthorizerId"),
        "AWS::ApiGatewayV2::Integration": _part(host, "create_integration", "IntegrationId"),
        "AWS::ApiGatewayV2::Route": _part(host, "create_route", "RouteId"),
        "AWS::ApiGatewayV2::Stage": _part(host, "create_stage", "StageName"),
        "AWS::Cognito::UserPool": Maker(
            lambda name, properties: _user_pool(host, name, properties),
            "UserPoolName",
            frozenset({"Arn", "ProviderName", "ProviderURL", "UserPoolId"}),
        ),
        "AWS::Cognito::UserPoolClient": Maker(
            lambda name, properties: _client(host, name, properties), "ClientName", frozenset({"ClientId", "Name"})
        ),
        "AWS::Cognito::UserPoolGroup": Maker(lambda name, properties: _group(host, properties)),
    }


def _api(host: Host, properties: Properties, open_api: Open) -> Made:
    api_id = host.client("apigatewayv2").create_api(**properties)["ApiId"]
    return Made(api_id, {"ApiEndpoint": open_api(api_id), "ApiId": api_id})


def _part(host: Host, operation: str, reference: str) -> Maker:
    """A part of an API, whose properties are those of the request that makes it."""

    def make(name: str, properties: Properties) -> Made:
        made: dict[str, Any] = getattr(host.client("apigatewayv2"), operation)(**properties)
        return Made(made[reference], {reference: made[reference]})

    return Maker(make, "", frozenset({reference}))


def _user_pool(host: Host, name: str, properties: Properties) -> Made:
    request = {"PoolName": name, **{key: value for key, value in properties.items() if key != "UserPoolName"}}
    pool = host.client("cognito-idp").create_user_pool(**request)["UserPool"]
    provider = f"cognito-idp.{host.region}.amazonaws.com/{pool['Id']}"
    return Made(pool["Id"], {"Arn": pool["Arn"], "ProviderName": provider, "ProviderURL": f"https://{provider}", "UserPoolId": pool["Id"]})


def _client(host: Host, name: str, properties: Properties) -> Made:
    made = host.client("cognito-idp").create_user_pool_client(**{"ClientName": name, **properties})["UserPoolClient"]
    return Made(made["ClientId"], {"ClientId": made["ClientId"], "Name": made["ClientName"]})


def _group(host: Host, properties: Properties) -> Made:
    host.client("cognito-idp").create_group(**properties)
    return Made(properties["GroupName"])
