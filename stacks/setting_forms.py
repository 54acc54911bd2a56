"""What settings look like that a person writes freely: a regular expression for the machine, a noun with an example for people."""

from __future__ import annotations

from typing import NamedTuple

from contract.layout import CLASSIFIER_PATTERN
from contract.posts import TAG_PATTERN


class Form(NamedTuple):
    """All of a value has to match the pattern; `words` name what such a value is."""

    pattern: str
    words: str


VPC = Form(r"|vpc-[0-9a-f]{8,17}", "the id of a VPC, such as vpc-0123456789abcdef0")
SUBNETS = Form(r"|subnet-[0-9a-f]{8,17}(,subnet-[0-9a-f]{8,17})*", "ids of subnets, such as subnet-0123456789abcdef0")
HASHTAG = Form(f"#?{TAG_PATTERN.pattern}", "a hashtag without spaces, such as refund")
FEED = Form(f"{TAG_PATTERN.pattern}=https?://[^\\s,]+", "a feed as NAME=ADDRESS, such as forum=https://forum.example.com/latest.rss")
CLASSIFIER = Form(CLASSIFIER_PATTERN.pattern, "the name of a classifier, such as urgency")
SECRET = Form(
    r"|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}",
    "the whole ARN of a secret, as arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf",
)
AMOUNT = Form(r"\d{1,4}(\.\d{1,3})?", "an amount in USD, such as 0.50")
SERVER = Form(r"https?://[^\s/]+/?", "the address of a server, such as https://server.example.com")
EMAIL = Form(r"|[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")
IMAGE = Form(r"[\w.\-/]+(:[\w.\-]+)?(@sha256:[0-9a-f]{64})?", "the name of an image, such as debian:bookworm-slim")
