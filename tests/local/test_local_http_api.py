"""HTTP APIs: routes, tokens, origins, throttling and the access log, as API Gateway has them."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from api_client import PASSWORD, Person, Reply, send
from api_templates import BURST, ORIGIN
from joserfc import jwt
from joserfc.jwk import RSAKey
from local_app import eventually
from moto.utilities.utils import load_resource

from local.cloud import Cloud

TEMPORARY = "Invited-2026-x"
Claims = dict[str, Any]


@pytest.fixture(scope="module")
def pools_key() -> RSAKey:
    """The private key with which moto signs: with it a test makes tokens that are wrong in one point alone."""
    return RSAKey.import_key(load_resource("cognitoidp/resources/jwks-private.json"))


@pytest.fixture(scope="module")
def person(cloud: Cloud) -> Person:
    """Somebody of the crew, signed in."""
    cognito, pool, email = cloud.session().client("cognito-idp"), cloud.outputs["Users"], "ann@example.com"
    cognito.admin_create_user(UserPoolId=pool, Username=email, TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName="crew")
    return Person.signed_in(f"{cloud.endpoint}/", cloud.outputs["ApiUrl"], cloud.outputs["Client"], email, TEMPORARY)


def good_claims(cloud: Cloud) -> Claims:
    """What a token of the pool for the client says, as far as the front looks at it."""
    now = int(time.time())
    audience = cloud.outputs["Client"]
    return {"iss": cloud.outputs["Issuer"], "aud": audience, "token_use": "id", "iat": now, "exp": now + 60, "sub": "somebody"}


def call(cloud: Cloud, token: str | None, path: str = "/mine") -> Reply:
    """A request with a token, or with none."""
    return send(f"{cloud.outputs['ApiUrl']}{path}", headers={} if token is None else {"Authorization": token})


def signed(claims: Claims, key: Any, **header: Any) -> str:
    """A token as the pool makes it."""
    return jwt.encode({"alg": "RS256", "kid": "dummy", **header}, claims, key, algorithms=["RS256"])


def encoded(part: Claims) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def unsigned(claims: Claims) -> str:
    """A token that says of itself that it has no signature."""
    return f"{encoded({'alg': 'none', 'kid': 'dummy'})}.{encoded(claims)}."


def signed_with_public_key(claims: Claims, key: RSAKey) -> str:
    """A token whose signature whoever knows the public key can make, if the verifier lets the token choose the algorithm."""
    content = f"{encoded({'alg': 'HS256', 'kid': 'dummy'})}.{encoded(claims)}"
    signature = hmac.digest(key.as_pem(private=False), content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def tampered(token: str) -> str:
    """A token with other claims under the same signature."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(f"{body}=="))
    claims["cognito:groups"] = ["owners"]
    return f"{head}.{encoded(claims)}.{signature}"


def test_a_token_made_by_the_test_is_good(cloud: Cloud, pools_key: RSAKey) -> None:
    """So that each of the wrong ones below is refused for what is wrong with it and nothing else."""
    assert call(cloud, f"Bearer {signed(good_claims(cloud), pools_key)}").status == 201


WRONG: dict[str, Callable[[Claims, Any], str | None]] = {
    "none": lambda claims, key: None,
    "empty": lambda claims, key: "Bearer ",
    "garbage": lambda claims, key: "Bearer garbage",
    "no bearer": lambda claims, key: f"Basic {signed(claims, key)}",
    "another key": lambda claims, key: f"Bearer {signed(claims, RSAKey.generate_key(2048, {'kid': 'dummy'}))}",
    "a key that the pool has not": lambda claims, key: f"Bearer {signed(claims, key, kid='other')}",
    "tampered": lambda claims, key: f"Bearer {tampered(signed(claims, key))}",
    "no signature": lambda claims, key: f"Bearer {unsigned(claims)}",
    "the public key as a secret": lambda claims, key: f"Bearer {signed_with_public_key(claims, key)}",
    "another issuer": lambda claims, key: f"Bearer {signed({**claims, 'iss': claims['iss'] + 'x'}, key)}",
    "another audience": lambda claims, key: f"Bearer {signed({**claims, 'aud': 'other'}, key)}",
    "no audience": lambda claims, key: f"Bearer {signed({name: claims[name] for name in claims if name != 'aud'}, key)}",
    "another audience, our client": lambda claims, key: f"Bearer {signed({**claims, 'aud': 'other', 'client_id': claims['aud']}, key)}",
    "expired": lambda claims, key: f"Bearer {signed({**claims, 'exp': claims['iat'] - 1}, key)}",
    "without an end": lambda claims, key: f"Bearer {signed({name: claims[name] for name in claims if name != 'exp'}, key)}",
    "from tomorrow": lambda claims, key: f"Bearer {signed({**claims, 'nbf': claims['iat'] + 3600}, key)}",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_wrong_in_one_point_is_refused(cloud: Cloud, pools_key: RSAKey, wrong: str) -> None:
    """401 in API Gateway's words, and the function is not asked."""
    reply = call(cloud, WRONG[wrong](good_claims(cloud), pools_key))
    assert (reply.status, reply.json) == (401, {"message": "Unauthorized"})
    assert reply.headers["www-authenticate"].startswith("Bearer")


def test_an_access_token_of_another_client_is_refused(cloud: Cloud, person: Person) -> None:
    """The same person, the same pool, another client; that of the own client passes, as on AWS."""
    cognito = cloud.session().client("cognito-idp")
    password = "Another-2026-secret"  # noqa: S105  # of a pool that ends with the test
    name = {"UserPoolId": cloud.outputs["Users"], "Username": "bob@example.com"}
    cognito.admin_create_user(**name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**name, Password=password, Permanent=True)
    parameters = {"USERNAME": "bob@example.com", "PASSWORD": password}
    for client, status in (("OtherClient", 401), ("Client", 201)):
        answer = cognito.initiate_auth(ClientId=cloud.outputs[client], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
        for token in ("AccessToken", "IdToken"):
            assert call(cloud, f"Bearer {answer['AuthenticationResult'][token]}").status == status


def test_people_sign_in_by_their_address_in_any_case(cloud: Cloud, person: Person) -> None:
    """Where the pool is so set, as ours is: the token has the address that was invited, and nobody is invited twice."""
    cognito = cloud.session().client("cognito-idp")
    parameters = {"USERNAME": "Ann@Example.COM", "PASSWORD": PASSWORD}
    answer = cognito.initiate_auth(ClientId=cloud.outputs["Client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    reply = call(cloud, f"Bearer {answer['AuthenticationResult']['IdToken']}")
    assert reply.json["requestContext"]["authorizer"]["jwt"]["claims"]["email"] == "ann@example.com"
    with pytest.raises(cognito.exceptions.UsernameExistsException):
        cognito.admin_create_user(UserPoolId=cloud.outputs["Users"], Username="ANN@example.com", MessageAction="SUPPRESS")


def test_the_function_receives_the_request(cloud: Cloud, person: Person) -> None:
    """Payload format 2.0: every claim is a text, a list of groups is in brackets, names of headers are in lower case."""
    reply = person("POST", "/items/a%20b?x=1&x=2&y=", {"ü": "ß"})
    assert (reply.status, reply.headers["x-own"], reply.headers["content-type"]) == (201, "yes", "application/json")
    event = reply.json
    assert (event["version"], event["routeKey"]) == ("2.0", "POST /items/{name}")
    assert (event["pathParameters"], event["queryStringParameters"]) == ({"name": "a b"}, {"x": "1,2", "y": ""})
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"ü": "ß"}, False)
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert (claims["email"], claims["cognito:groups"], claims["token_use"]) == ("ann@example.com", "[crew]", "id")
    assert {type(value) for value in claims.values()} == {str}
    assert event["headers"]["authorization"].startswith("Bearer ")


def test_bytes_that_are_no_text_travel_as_base64(person: Person) -> None:
    """And come out of it as they were."""
    event = person("POST", "/items/x", b"\xff\xfe\x00", **{"Content-Type": "application/octet-stream"}).json
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\xff\xfe\x00")


def test_the_route_for_this_very_path_comes_first(person: Person) -> None:
    """Before one with a parameter; what no route is for is not found, with a token and without."""
    assert person("POST", "/items/fixed").json["routeKey"] == "POST /items/fixed"
    for method, path in (("GET", "/items/x"), ("POST", "/items/x/y"), ("GET", "/mine/"), ("DELETE", "/mine")):
        assert (person(method, path).status, person(method, path).json) == (404, {"message": "Not Found"})


def test_a_route_without_an_authorizer_is_open(cloud: Cloud) -> None:
    """The front asks for a token where the template does."""
    reply = call(cloud, None, "/open")
    assert reply.status == 201
    assert "authorizer" not in reply.json["requestContext"]


def test_what_goes_wrong_behind_it_is_told_as_api_gateway_does(cloud: Cloud, person: Person) -> None:
    """A function that fails, one that it may not invoke, and one that is switched off."""
    for path in ("/broken", "/forbidden"):
        assert (person("GET", path).status, person("GET", path).json) == (500, {"message": "Internal Server Error"})
    functions = cloud.session().client("lambda")
    functions.put_function_concurrency(FunctionName=cloud.outputs["Echo"], ReservedConcurrentExecutions=0)
    try:
        assert person("GET", "/mine").status == 503
    finally:
        functions.delete_function_concurrency(FunctionName=cloud.outputs["Echo"])


def test_one_origin_may_ask_and_read(cloud: Cloud) -> None:
    """A browser's question is answered without a token; to another origin nothing is said that lets it read."""
    url, asks = f"{cloud.outputs['ApiUrl']}/mine", {"Access-Control-Request-Method": "GET"}
    allowed = send(url, "OPTIONS", headers={"Origin": ORIGIN, **asks})
    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (204, ORIGIN)
    assert allowed.headers["access-control-allow-headers"] == "authorization"
    other = send(url, "OPTIONS", headers={"Origin": "https://elsewhere.example", **asks})
    assert "access-control-allow-origin" not in other.headers
    refused = send(url, headers={"Origin": ORIGIN})
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, ORIGIN)
    assert "access-control-allow-origin" not in send(url, headers={"Origin": f"{ORIGIN}.example"}).headers


def test_too_many_requests_are_refused(cloud: Cloud) -> None:
    """Beyond the burst of a route, each of which is counted by itself."""
    statuses = [call(cloud, None, "/busy").status for _ in range(BURST + 20)]
    assert set(statuses[:BURST]) == {401}
    assert 429 in statuses
    assert call(cloud, None, "/open").status == 201


def test_a_body_beyond_the_limit_is_refused(person: Person) -> None:
    """Ten mebibytes, before any function sees it."""
    assert person("POST", "/items/x", b"x" * (10 * 1024**2 + 1)).status == 413


def test_every_request_is_a_line_of_the_access_log(cloud: Cloud, person: Person) -> None:
    """As the template's format says; what is not known is a hyphen, and the token is in none."""
    person("GET", "/mine")
    call(cloud, None)
    logs = cloud.session().client("logs")

    def lines() -> list[str]:
        return [entry["message"] for entry in logs.filter_log_events(logGroupName=cloud.outputs["AccessLogs"])["events"]]

    assert eventually(lambda: [line for line in lines() if '"status": "201"' in line and '"who": "-"' not in line])
    assert eventually(lambda: [line for line in lines() if '{"route": "GET /mine", "status": "401", "who": "-"}' in line])
    assert person.id_token not in "".join(lines())
