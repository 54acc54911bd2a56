"""The page of a running local cloud, as a browser on this machine gets it."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from email.message import Message

import pytest
from local_kit import LocalKit

from stacks.constructs.page import CONTENT_SECURITY_POLICY


def get(kit: LocalKit, path: str, method: str = "GET", **headers: str) -> tuple[str, Message]:
    """One file of the page, and its headers."""
    address = kit.deployment.page_url.replace("https://", "http://")
    request = urllib.request.Request(f"{address}/{path}", method=method, headers=headers)  # noqa: S310  # of this machine
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # as above
        return answer.read().decode(), answer.headers


def test_the_page_is_served_as_its_distribution_says(local_kit: LocalKit) -> None:
    """The root is the index, with the headers of the template's policy; HSTS would bind every port of this machine, and is left out."""
    text, headers = get(local_kit, "")
    assert text.startswith("<!doctype html>")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("DENY", "nosniff", "no-referrer")
    assert headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers
    for name in re.findall(r'(?:src|href)="([^"#]+)"', text):
        assert get(local_kit, name, method="HEAD")[0] == ""


def test_the_page_knows_the_deployment(local_kit: LocalKit) -> None:
    """Its settings name this very cloud, and its policy lets a browser talk to it."""
    settings = json.loads(get(local_kit, "settings.json")[0])
    assert settings["stage"] == "dev"
    assert settings["sign_in"] == f"{local_kit.cloud.endpoint}/"
    (connections,) = re.findall(r"connect-src ([^;]+);", get(local_kit, "")[0])
    assert {"'self'", local_kit.cloud.endpoint} <= set(connections.split())


def test_what_is_not_of_the_page_is_refused(local_kit: LocalKit) -> None:
    """The distribution may not list its bucket, so S3 does not even say that nothing is there; and nobody can write."""
    for path, method, status in (("nothing.js", "GET", 403), ("index.html", "PUT", 501)):
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(local_kit, path, method=method)
        assert caught.value.code == status
        caught.value.close()


def test_an_unchanged_file_is_not_sent_again(local_kit: LocalKit) -> None:
    """A browser that asks whether a file has changed hears that it has not."""
    _, headers = get(local_kit, "app.js")
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(local_kit, "app.js", **{"If-None-Match": headers["ETag"]})
    assert caught.value.code == 304
    caught.value.close()
