"""The template of the small app's HTTP API: a pool of users, and routes to functions, one of them open to everybody."""

from __future__ import annotations

import json
from typing import Any

from sample_templates import attribute, function, ref, resource

ORIGIN = "https://page.example"
BURST = 40  # of each route; one more each second
CLIENTS = ("Client", "OtherClient")
ROUTES = {
    "Mine": ("GET /mine", "Echo"),
    "Item": ("POST /items/{name}", "Echo"),
    "Fixed": ("POST /items/fixed", "Echo"),
    "Busy": ("GET /busy", "Echo"),
    "Broken": ("GET /broken", "Broken"),
    "Forbidden": ("GET /forbidden", "Unpermitted"),
}


def api_stack() -> dict[str, Any]:
    """The API; its stage comes before its routes, as a template may have it."""
    functions = {"Echo": function("echo"), "Broken": function("fail"), "Unpermitted": function("echo")}
    users = {
        "Users": resource(
            "AWS::Cognito::UserPool",
            UserPoolName="sample-users",
            UsernameAttributes=["email"],
            UsernameConfiguration={"CaseSensitive": False},
        ),
        "Crew": resource("AWS::Cognito::UserPoolGroup", GroupName="crew", UserPoolId=ref("Users")),
        **{
            name: resource(
                "AWS::Cognito::UserPoolClient",
                UserPoolId=ref("Users"),
                GenerateSecret=False,
                ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
                ReadAttributes=["email"],
            )
            for name in CLIENTS
        },
    }
    log_format = json.dumps({"route": "$context.routeKey", "status": "$context.status", "who": "$context.authorizer.claims.sub"})
    api = {
        "Api": resource(
            "AWS::ApiGatewayV2::Api",
            Name="sample",
            ProtocolType="HTTP",
            CorsConfiguration={
                "AllowOrigins": [ORIGIN],
                "AllowMethods": ["GET", "POST"],
                "AllowHeaders": ["authorization"],
                "ExposeHeaders": ["retry-after"],
                "MaxAge": 60,
            },
        ),
        "AccessLogs": resource("AWS::Logs::LogGroup", RetentionInDays=7),
        "Stage": resource(
            "AWS::ApiGatewayV2::Stage",
            ApiId=ref("Api"),
            StageName="$default",
            AutoDeploy=True,
            DefaultRouteSettings={"ThrottlingBurstLimit": BURST, "ThrottlingRateLimit": 1},
            AccessLogSettings={"DestinationArn": attribute("AccessLogs"), "Format": log_format},
        ),
        "Tokens": resource(
            "AWS::ApiGatewayV2::Authorizer",
            ApiId=ref("Api"),
            Name="tokens",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": attribute("Users", "ProviderURL"), "Audience": [ref("Client")]},
        ),
        **{
            f"To{name}": resource(
                "AWS::ApiGatewayV2::Integration",
                ApiId=ref("Api"),
                IntegrationType="AWS_PROXY",
                IntegrationUri=attribute(name),
                PayloadFormatVersion="2.0",
            )
            for name in functions
        },
        **{
            f"{name}Permission": resource(
                "AWS::Lambda::Permission",
                Action="lambda:InvokeFunction",
                FunctionName=attribute(name),
                Principal="apigateway.amazonaws.com",
                SourceArn={"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"},
            )
            for name in ("Echo", "Broken")
        },
    }
    jwt = {"AuthorizationType": "JWT", "AuthorizerId": ref("Tokens")}
    routes = {f"Route{name}": _route(key, target, jwt) for name, (key, target) in ROUTES.items()}
    routes["RouteOpen"] = _route("GET /open", "Echo", {"AuthorizationType": "NONE"})
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []})
    return {
        "Resources": {**functions, **users, **api, **routes, "Role": role},
        "Outputs": {
            "ApiUrl": {"Value": attribute("Api", "ApiEndpoint")},
            "Issuer": {"Value": attribute("Users", "ProviderURL")},
            **{name: {"Value": ref(name)} for name in ("Users", "AccessLogs", "Echo", *CLIENTS)},
        },
    }


def _route(key: str, target: str, authorization: dict[str, Any]) -> dict[str, Any]:
    integration = {"Fn::Join": ["", ["integrations/", ref(f"To{target}")]]}
    return resource("AWS::ApiGatewayV2::Route", ApiId=ref("Api"), RouteKey=key, Target=integration, **authorization)
