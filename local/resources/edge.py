"""CloudFront: distributions, each a server on this machine, and the headers that they add."""

from __future__ import annotations

from local.bucket_server import serve_bucket
from local.host import Host
from local.resources.model import Made, Maker, Properties


def makers(host: Host) -> dict[str, Maker]:
    """The types of this module."""
    headers: dict[str, dict[str, str]] = {}  # of each policy, by its id
    return {
        "AWS::CloudFront::ResponseHeadersPolicy": Maker(lambda name, properties: _headers_policy(name, properties, headers)),
        "AWS::CloudFront::Distribution": Maker(
            lambda name, properties: _distribution(host, name, properties, headers), "", frozenset({"DomainName", "Id"})
        ),
    }


def _headers_policy(name: str, properties: Properties, known: dict[str, dict[str, str]]) -> Made:
    config = properties["ResponseHeadersPolicyConfig"]
    security = config.get("SecurityHeadersConfig", {})
    found = {item["Header"]: item["Value"] for item in config.get("CustomHeadersConfig", {}).get("Items", [])}
    for kind, header, field in (
        ("ContentSecurityPolicy", "Content-Security-Policy", "ContentSecurityPolicy"),
        ("FrameOptions", "X-Frame-Options", "FrameOption"),
        ("ReferrerPolicy", "Referrer-Policy", "ReferrerPolicy"),
    ):
        if kind in security:
            found[header] = security[kind][field]
    if "ContentTypeOptions" in security:
        found["X-Content-Type-Options"] = "nosniff"
    known[name] = found  # HSTS is left out: a browser would ask for https on every port of this machine
    return Made(name)


def _distribution(host: Host, name: str, properties: Properties, headers: dict[str, dict[str, str]]) -> Made:
    config = properties["DistributionConfig"]
    behavior = config["DefaultCacheBehavior"]
    (origin,) = (origin for origin in config["Origins"] if origin["Id"] == behavior["TargetOriginId"])
    bucket = origin["DomainName"].partition(".s3")[0]
    port = serve_bucket(
        host, bucket, root=config.get("DefaultRootObject", ""), headers=headers.get(behavior.get("ResponseHeadersPolicyId"), {})
    )
    return Made(name, {"DomainName": f"127.0.0.1:{port}", "Id": name})
