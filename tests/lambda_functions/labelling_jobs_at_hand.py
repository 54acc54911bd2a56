"""Labelling jobs in the pretended account, and people who label."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from api_events import Answered, ask
from deployed_functions import Deployed

from contract.posts import Post

CSV = "unlabelled/main/claims.csv"
LABELS = ["leak", "noise", "rust"]
PLACE = {"classifier": "main", "labelling": "first"}


def person(name: str) -> dict[str, str]:
    """The claims of somebody who is no owner."""
    return {"token_use": "id", "email": f"{name}@example.com", "cognito:username": name, "sub": name}


def texts_of(count: int) -> list[str]:
    """Texts that differ."""
    return [f"Claim number {number} about a machine" for number in range(count)]


def put_csv(deployed: Deployed, texts: Sequence[str], key: str = CSV) -> None:
    """A table of texts."""
    body = "claim\r\n" + "".join(f'"{text}"\r\n' for text in texts)
    deployed.s3.put_object(Bucket="train", Key=key, Body=body.encode())


def put_posts(deployed: Deployed, key: str, texts: Sequence[str]) -> None:
    """A collected object."""
    posts = [Post(source=text, id=f"mastodon:{place}", posted_at="2026-11-22T10:00:00Z", tag="refund") for place, text in enumerate(texts)]
    deployed.s3.put_object(Bucket="train", Key=key, Body=b"".join(post.to_line() for post in posts))


def create(deployed: Deployed, *, sources: Sequence[str] = (CSV,), labels: Sequence[str] = LABELS, **given: Any) -> Answered:
    """Make the job."""
    asked = {"classifier": "main", "name": "first", "labels": [{"label": label} for label in labels], "sources": list(sources), **given}
    return ask(deployed, "POST /labelling", asked)


def job_of(deployed: Deployed, count: int = 6, **given: Any) -> None:
    """A job about so many texts."""
    put_csv(deployed, texts_of(count))
    made = create(deployed, **given)
    assert made.status == 201, made.content


def given_texts(deployed: Deployed, name: str) -> list[str]:
    """The ids of the next texts for somebody."""
    answer = ask(deployed, "POST /labelling/{classifier}/{labelling}/texts", claims=person(name), **PLACE)
    assert answer.status == 200, answer.content
    return [text["id"] for text in answer.content["texts"]]


def say(deployed: Deployed, name: str, text: str, label: str) -> Answered:
    """Let somebody answer."""
    route = "PUT /labelling/{classifier}/{labelling}/answers/{text}"
    return ask(deployed, route, {"label": label}, claims=person(name), **PLACE, text=text)


def label_all(deployed: Deployed, name: str, label: str) -> int:
    """Let somebody answer whatever comes; how many that were."""
    count = 0
    while given := given_texts(deployed, name):
        for text in given:
            assert say(deployed, name, text, label).status == 200
        count += len(given)
    return count


def look(deployed: Deployed, **parameters: Any) -> Answered:
    """The job as an owner sees it."""
    return ask(deployed, "GET /labelling/{classifier}/{labelling}", **PLACE, **parameters)


def finish(deployed: Deployed, *without: str) -> Answered:
    """Finish the job, the texts of some labels left out."""
    return ask(deployed, "POST /labelling/{classifier}/{labelling}/finish", {"without": without}, **PLACE)


def manifest(deployed: Deployed) -> list[dict[str, Any]]:
    """The lines of what was written."""
    body = deployed.s3.get_object(Bucket="train", Key="labelled/first.manifest")["Body"].read()
    return [json.loads(line) for line in body.splitlines()]
