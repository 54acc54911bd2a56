"""How buckets are addressed when a browser is told of one: one function signs the address, another one lets the page go there.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

from typing import Final

# The bucket is in the host's name: a page that may go there may go to no bucket of somebody else's. Left to itself, botocore signs for
# the host of all regions, which sends a browser on to another origin while a bucket of another region is young. An endpoint that is
# an IP address has no such hosts and keeps the bucket in the path.
ADDRESSING_STYLE: Final = "virtual"  # in the words of botocore
