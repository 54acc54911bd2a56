"""The HTTP API: a route for each operation of the contract, none of them without the authorizer."""

from __future__ import annotations

import json

from aws_cdk import Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from contract.api import OPERATIONS
from contract.deployment import api_name
from stacks.constructs.log_group import ProcessLogGroup
from stacks.constructs.user_pool import UserPool
from stacks.settings import Settings

STAGE = "$default"
RATE_PER_SECOND, BURST = 20, 40  # of each route: a team at work, and no more of what the endpoint and the ledger cost
PREFLIGHT_SECONDS = 3600

# One line for each request. The route and not the address, which names jobs and so files; who asked as the user pool counts people,
# and not by name; no header, for one of them is the token.
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "from": "$context.identity.sourceIp",
    "who": "$context.authorizer.claims.sub",
    "route": "$context.routeKey",
    "status": "$context.status",
    "responseBytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "error": "$context.error.message",
    "authorizer": "$context.authorizer.error",
    "integration": "$context.integrationErrorMessage",
}


class HttpApi(Construct):
    """API Gateway in front of one function: only for those whom the pool has given a token, and in browsers only for one page.

    `page_origin` is where that page comes from: `https://host`.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, pool: UserPool, function: lambda_.Function, page_origin: str
    ) -> None:
        super().__init__(scope, construct_id)
        api = apigateway.CfnApi(
            self,
            "Api",
            name=api_name(settings.stage),
            protocol_type="HTTP",
            cors_configuration=apigateway.CfnApi.CorsProperty(
                allow_origins=[page_origin],
                allow_methods=sorted({operation.method for operation in OPERATIONS}),
                allow_headers=["authorization", "content-type"],
                expose_headers=["retry-after"],
                max_age=PREFLIGHT_SECONDS,
            ),
        )
        authorizer = apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            api_id=api.ref,
            name="users",
            authorizer_type="JWT",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=apigateway.CfnAuthorizer.JWTConfigurationProperty(
                issuer=pool.user_pool_provider_url, audience=[pool.client.user_pool_client_id]
            ),
        )
        integration = apigateway.CfnIntegration(
            self,
            "Integration",
            api_id=api.ref,
            integration_type="AWS_PROXY",
            integration_uri=function.function_arn,
            payload_format_version="2.0",
        )
        for operation in OPERATIONS:
            apigateway.CfnRoute(
                self,
                f"Route-{operation.name}",
                api_id=api.ref,
                route_key=operation.route_key,
                target=f"integrations/{integration.ref}",
                authorization_type="JWT",
                authorizer_id=authorizer.ref,
            )
        log_group = ProcessLogGroup(self, "Logs", settings=settings)
        apigateway.CfnStage(
            self,
            "Stage",
            api_id=api.ref,
            stage_name=STAGE,
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=RATE_PER_SECOND, throttling_burst_limit=BURST
            ),
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn, format=json.dumps(ACCESS_LOG)
            ),
        )
        function.add_permission(
            "Api",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=Stack.of(self).format_arn(service="execute-api", resource=api.ref, resource_name="*"),
        )
        self.url = api.attr_api_endpoint
