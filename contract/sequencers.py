"""Which of two versions of one S3 object is the later one."""

from __future__ import annotations


def is_newer(sequencer: str, other: str) -> bool:
    """Whether a sequencer is later than another of the same key.

    They are hexadecimal and of any length; S3 prescribes to fill the shorter one with zeros on the right.
    """
    width = max(len(sequencer), len(other))
    return sequencer.ljust(width, "0").lower() > other.ljust(width, "0").lower()
