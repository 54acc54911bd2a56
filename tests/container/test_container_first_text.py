"""What a tokenizer makes when first needed, an endpoint has made before its first request."""

from __future__ import annotations

import pytest

from container.serve import FIRST_TEXT
from model.text.parsing import compiled
from model.text.small_patterns import compiled_within
from model.text.tokenizer import Tokenizer
from model.training.spacy_rules import rules_of

HARD = "d'accord👍 привет-мир l'e\u0301te\u0301 https://a.b/ü👍 👍.👍 (a👍b)-c, 10👍km o'👍 été-ü www.é.fr a@b.c"


@pytest.mark.parametrize("language", ["en", "fr", "it", "de", "ru", "xx"])
def test_no_pattern_is_compiled_after_the_first_text(language: str) -> None:
    """French has one that takes seconds, for which everybody's requests would wait."""
    for cache in (compiled, compiled_within):
        cache.cache_clear()
    tokenizer = Tokenizer(rules_of(language))
    tokenizer(FIRST_TEXT)
    before = [cache.cache_info().misses for cache in (compiled, compiled_within)]
    assert sum(before), "the patterns were compiled now"
    assert tokenizer(HARD)
    assert [cache.cache_info().misses for cache in (compiled, compiled_within)] == before
