"""The HTTP API and the pool of its users: nobody gets in without a token, and no page but one reads an answer."""

from __future__ import annotations

import json
from typing import Any

from assemblies import Assembly
from template_policies import allowances, readable

from contract.api import OPERATIONS, OWNERS
from contract.function_environments import AnswerApiEnvironment


def test_no_route_is_without_the_authorizer(assembly: Assembly) -> None:
    """Each operation of the contract has a route, no other has, and each asks for a token of the one authorizer."""
    authorizer = assembly.only("AWS::ApiGatewayV2::Authorizer")
    routes = [route.properties for route in assembly.resources("AWS::ApiGatewayV2::Route")]
    assert {route["RouteKey"] for route in routes} == {operation.route_key for operation in OPERATIONS}
    for route in routes:
        assert (route["AuthorizationType"], route["AuthorizerId"]) == ("JWT", {"Ref": authorizer.logical_id})


def test_tokens_are_those_of_the_pool_for_the_page(assembly: Assembly) -> None:
    """Given out by the stack's own pool, to its one client."""
    pool, client = assembly.only("AWS::Cognito::UserPool"), assembly.only("AWS::Cognito::UserPoolClient")
    authorizer = assembly.only("AWS::ApiGatewayV2::Authorizer").properties
    assert authorizer["JwtConfiguration"] == {
        "Issuer": {"Fn::GetAtt": [pool.logical_id, "ProviderURL"]},
        "Audience": [{"Ref": client.logical_id}],
    }
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]


def test_the_api_is_throttled_and_writes_down_who_asked_for_what(assembly: Assembly) -> None:
    """Every route of the one stage; a line of the log holds neither a header, where the token is, nor an address, where names are."""
    stage = assembly.only("AWS::ApiGatewayV2::Stage").properties
    settings = stage["DefaultRouteSettings"]
    assert 0 < settings["ThrottlingRateLimit"] <= settings["ThrottlingBurstLimit"] <= 100
    written = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    assert {"$context.routeKey", "$context.status", "$context.authorizer.claims.sub"} <= written
    assert [variable for variable in written if "header" in variable or "path" in variable or "email" in variable] == []
    group, _ = stage["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"]
    assert assembly.templates["Realtime"]["Resources"][group]["Properties"]["RetentionInDays"]


def test_one_origin_may_read_answers(assembly: Assembly) -> None:
    """No wildcard, no credentials of the browser's own, and the seconds after which to try again are readable."""
    cors = assembly.only("AWS::ApiGatewayV2::Api").properties["CorsConfiguration"]
    (origin,) = cors["AllowOrigins"]
    assert readable(origin, assembly.stage) == "https://<PageDistribution.DomainName>"
    assert "*" not in json.dumps(cors)
    assert "AllowCredentials" not in cors
    assert set(cors["AllowMethods"]) == {operation.method for operation in OPERATIONS}
    assert "retry-after" in cors["ExposeHeaders"]


def test_nobody_lets_himself_in(assembly: Assembly) -> None:
    """An administrator invites; passwords are long; the client has no secret, no other way to sign in, and no page of AWS's."""
    pool = assembly.only("AWS::Cognito::UserPool").properties
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["UsernameAttributes"] == ["email"]
    policy = pool["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] >= 12
    assert all(policy[f"Require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"))
    client = assembly.only("AWS::Cognito::UserPoolClient").properties
    assert set(client["ExplicitAuthFlows"]) == {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    assert (client["GenerateSecret"], client["AllowedOAuthFlowsUserPoolClient"]) == (False, False)
    assert list(assembly.resources("AWS::Cognito::UserPoolDomain")) == []
    assert assembly.only("AWS::Cognito::UserPoolGroup").properties["GroupName"] == OWNERS


def test_nobody_writes_his_own_address(assembly: Assembly) -> None:
    """By it the ledger names who did something; an empty list would allow all attributes."""
    written = assembly.only("AWS::Cognito::UserPoolClient").properties["WriteAttributes"]
    assert written
    assert not {"email", "email_verified"} & set(written)


def test_users_stay_where_data_stays(dev: Assembly, prod: Assembly) -> None:
    """They go with their stack in dev, and outlive it in prod."""
    assert dev.only("AWS::Cognito::UserPool").body["DeletionPolicy"] == "Delete"
    assert prod.only("AWS::Cognito::UserPool").body["DeletionPolicy"].startswith("Retain")


def test_the_function_knows_its_deployment_and_brings_its_validation(assembly: Assembly) -> None:
    """Every variable of its type and no other; its zip holds the package that validates, with its licence."""
    function = assembly.only("AWS::Lambda::Function", starting="AnswerApiFunction")
    variables = function.properties["Environment"]["Variables"]
    assert set(variables) == {name.upper() for name in AnswerApiEnvironment.names()}
    folder = assembly.asset_folder(function) / "fastjsonschema"
    assert (folder / "__init__.py").is_file()
    assert "Redistribution" in (folder / "LICENSE").read_text()


def test_the_api_alone_asks_the_function(assembly: Assembly) -> None:
    """And it is asked within the time that API Gateway waits."""
    function = assembly.only("AWS::Lambda::Function", starting="AnswerApiFunction")
    api = assembly.only("AWS::ApiGatewayV2::Api")
    (permission,) = (
        found.properties
        for found in assembly.resources("AWS::Lambda::Permission")
        if found.properties["FunctionName"] == {"Fn::GetAtt": [function.logical_id, "Arn"]}
    )
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert {"Ref": api.logical_id} in permission["SourceArn"]["Fn::Join"][1]
    assert function.properties["Timeout"] < 30


def test_the_api_deletes_what_people_said_alone_and_reads_no_file_to_classify(assembly: Assembly) -> None:
    """It hands out results and reports; a file to classify it can only add; it takes back corrections and deletes labelling jobs."""
    grants = {(action, resource) for role, action, resource, _ in allowances(assembly) if role == "AnswerApiRole"}
    assert {action for action, resource in grants if resource.startswith("<Predict.")} == {"s3:PutObject"}
    deleted = {resource for action, resource in grants if "DeleteObject" in action}
    assert deleted == {"<Train.Arn>/corrections/*", "<Train.Arn>/labelling/*"}
    invoked = {resource for action, resource in grants if action == "sagemaker:InvokeEndpoint"}
    assert invoked == {"arn:sagemaker:endpoint/tck-<stage>-*"}


def test_a_page_may_post_files_and_learn_their_version(assembly: Assembly) -> None:
    """Into the buckets that people drop into, by POST alone, for which a form must be signed; results are read by signed links."""

    def rules(bucket: Any) -> Any:
        return bucket.properties.get("CorsConfiguration", {}).get("CorsRules")

    by_name = {readable({"Ref": bucket.logical_id}, assembly.stage): rules(bucket) for bucket in assembly.resources("AWS::S3::Bucket")}
    (links,) = by_name.pop("<Results>")
    assert (links["AllowedMethods"], links.get("ExposedHeaders")) == (["GET"], None)
    assert {name for name, found in by_name.items() if found} == {"<Train>", "<Predict>"}
    for name in ("<Train>", "<Predict>"):
        (rule,) = by_name[name]
        assert (rule["AllowedMethods"], rule["ExposedHeaders"]) == (["POST"], ["x-amz-version-id"])
