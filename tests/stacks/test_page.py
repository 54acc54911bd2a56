"""The page's bucket and the distribution in front of it."""

from __future__ import annotations

import json
import re
from typing import Any

from assemblies import Assembly
from template_policies import without_hash

from contract.promise import MAX_ERRORS
from stacks.sources import ROOT, page_source


def config(assembly: Assembly) -> dict[str, Any]:
    """The distribution's."""
    found: dict[str, Any] = assembly.only("AWS::CloudFront::Distribution").properties["DistributionConfig"]
    return found


def test_the_distribution_alone_may_read_the_bucket(assembly: Assembly) -> None:
    """One statement lets something in: reads by CloudFront for this very distribution, which signs its requests."""
    (policy,) = (one for one in assembly.resources("AWS::S3::BucketPolicy") if without_hash(one.logical_id) == "PageBucketPolicy")
    (allowed,) = (one for one in policy.properties["PolicyDocument"]["Statement"] if one["Effect"] == "Allow")
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    distribution = assembly.only("AWS::CloudFront::Distribution").logical_id
    assert allowed["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Join"][1][-2:] == [":distribution/", {"Ref": distribution}]
    access = assembly.only("AWS::CloudFront::OriginAccessControl")
    assert access.properties["OriginAccessControlConfig"]["SigningBehavior"] == "always"
    (origin,) = config(assembly)["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": [access.logical_id, "Id"]}


def test_the_page_comes_by_https_and_is_only_read(assembly: Assembly) -> None:
    """Plain requests are sent on to https, nothing but GET and HEAD is taken, and the cheapest places hand it out."""
    behavior = config(assembly)["DefaultCacheBehavior"]
    assert (behavior["ViewerProtocolPolicy"], sorted(behavior["AllowedMethods"])) == ("redirect-to-https", ["GET", "HEAD"])
    assert (config(assembly)["PriceClass"], config(assembly)["DefaultRootObject"]) == ("PriceClass_100", "index.html")


def test_every_answer_has_the_headers_that_bind_a_browser(assembly: Assembly) -> None:
    """HSTS, no sniffing, no frames, no referrer, no device, and scripts from nowhere but here; never `unsafe`, never a wildcard."""
    policy = assembly.only("AWS::CloudFront::ResponseHeadersPolicy")
    assert config(assembly)["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": policy.logical_id}
    headers = policy.properties["ResponseHeadersPolicyConfig"]
    security = headers["SecurityHeadersConfig"]
    assert all(header["Override"] is True for header in (*security.values(), *headers["CustomHeadersConfig"]["Items"]))
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 365 * 24 * 3600
    assert security["FrameOptions"]["FrameOption"] == "DENY"
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert "ContentTypeOptions" in security
    content = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert {"script-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"} <= set(content.split("; "))
    assert not re.search(r"unsafe|\*|https?:|data:", content)
    assert not re.search("default-src|connect-src", content)  # a browser obeys both policies, and whom it may talk to the page says


def test_the_page_itself_forbids_what_nobody_allowed() -> None:
    """The policy inside the page starts from nothing, and has the one place that publish_page narrows."""
    index = (ROOT / "page" / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in index
    assert index.count("connect-src 'self'") == 1
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|https?://", index)


def test_no_script_makes_markup_or_code_of_a_text() -> None:
    """Texts come from strangers: nothing that parses them is anywhere in the page."""
    sinks = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc|setHTML")
    scripts = sorted((ROOT / "page").rglob("*.js"))
    assert len(scripts) > 10
    assert [path.name for path in scripts if sinks.search(path.read_text(encoding="utf-8"))] == []


def test_the_asset_knows_what_the_kit_does() -> None:
    """The page guesses the column by the contract's own names, offers its promises, and brings nothing that is no file of a page."""
    with page_source(usual_max_error="2") as folder:
        agreed = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
        assert "beschreibung" in agreed["text"]
        assert (agreed["max_errors"], agreed["usual_max_error"]) == (list(MAX_ERRORS), "2")
        assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".css", ".html", ".js", ".json", ".svg"}
