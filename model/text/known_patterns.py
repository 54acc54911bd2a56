"""The regular expressions that a tokenizer may have: those of the languages that the kit trains for.

Any text with a model goes through its tokenizer's patterns, and a pattern from elsewhere may take exponential time. So
what an artifact brings is compared with what spaCy has, before it is compiled. A pattern stays in this list when spaCy
changes it, for models live longer than libraries.
"""

from __future__ import annotations

from hashlib import blake2b

_DIGESTS = frozenset(
    {
        # spaCy 3.8
        "af223aed5723c696509b764624762088",  # prefix of en, es
        "5b75bcd410b133772dbc6a23e74f455c",  # suffix of en, it, pt
        "10b836a3c668d64a74163aa1553fc858",  # infix of en
        "4b429e4bc7dd52d40a7c09c237320410",  # url_match of en, de, fr, es, it, pt, nl
        "d8f39efc919c6f7299190d71d9bdfe54",  # prefix of de
        "8f95353f45160bee375552dde71c4002",  # suffix of de
        "0dddc42be34ef1c6b1b5db88ae5ea9cb",  # infix of de
        "8a7fdd7d3a7661d616d9bc807b6d66fe",  # prefix of fr
        "29d38b894f4282fddb733a2c74f98ac5",  # suffix of fr
        "22b08809c9ab0eaa0c4615b9323bab17",  # infix of fr
        "f3b8a59e6eb76d4075fe4a944b429eba",  # token_match of fr
        "2b791100efe8e328e4e1a05932935c76",  # suffix of es
        "286b1b0f5fe8785c14bab8fe9134e8e8",  # infix of es
        "9f388160e76a1f075b96fe2ee55ed05a",  # prefix of it
        "203272b95b7775ca630bc483997f2ca9",  # infix of it
        "ef1b9956f01f5ed30d40b9bcab729ef2",  # prefix of pt
        "fcb392edd6274a3fc6232fcef2651766",  # infix of pt
        "b5d8ab5e997f64202ff78e819753d57d",  # prefix of nl
        "33a9b199548ecfdc162f93e6d201d29d",  # suffix of nl
        "b62f1afefb393b94f1c09c7131f12ec4",  # infix of nl
    }
)


def is_known(pattern: str) -> bool:
    """Whether the kit knows a pattern; the empty one stands for none."""
    return not pattern or digest(pattern) in _DIGESTS


def digest(pattern: str) -> str:
    """What stands for a pattern in the list."""
    return blake2b(pattern.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
